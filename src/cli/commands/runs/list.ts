import * as Clock from "effect/Clock"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ListQuery, RunPage, RunSummary } from "../../../store/runTable.ts"
import { printNote, printResult } from "../../framework/output.ts"
import { type Style, statusStyle } from "../../framework/style.ts"
import { textTable } from "../../framework/textTable.ts"
import { agoText, momentText } from "../../framework/times.ts"
import { Target } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"
import { momentFlag, prefixFlag, statusFlag, tagFlag, workflowFlag } from "./arguments.ts"
import { tagsText } from "./runText.ts"

export const list = defineTargetCommand("list", {
  summary: "List runs",
  description:
    "Lists runs, the newest start first, whatever the filters; all that are given have to hold. May lag behind by a second. Runs that no host has seen yet are not in it.",
  json: "{ runs, cursor? }",
  examples: [
    ["list", "The first hundred"],
    ["list --workflow rentBike --status parked", "Those that cannot go on as they are"],
    ["list --tag customer=c-17 --since 2h --prefix order-", "By tag, time and id"],
    ["list --all --json", "Every run, for a script"]
  ],
  input: {
    workflow: workflowFlag,
    status: statusFlag,
    tags: tagFlag("Only runs with this tag; given more than once: with all of them"),
    since: momentFlag("since", "Only runs that have started at this time or later"),
    until: momentFlag("until", "Only runs that have started before this time"),
    prefix: prefixFlag,
    limit: Flag.Int("limit").pipe(
      Flag.withAlias("n"),
      Flag.withDescription("So many at most, 1 to 1,000. Default: 100"),
      Flag.filter(
        (limit) => limit >= 1 && limit <= 1_000,
        (limit) => `--limit ${limit}: a number from 1 to 1,000; --all lists every run`
      ),
      Flag.withDefault(100)
    ),
    cursor: Flag.String("cursor").pipe(
      Flag.withMetavar("TEXT"),
      Flag.withDescription("Where the page before has ended"),
      Flag.optional
    ),
    all: Flag.Boolean("all").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("All pages, from the cursor on")
    )
  },
  run: Effect.fnUntraced(function* ({ workflow, status, tags, since, until, prefix, limit, cursor, all }) {
    const { runs } = yield* Target
    const now = yield* Clock.currentTimeMillis
    const query: ListQuery = {
      ...(Option.isSome(workflow) ? { workflow: workflow.value } : {}),
      ...(Option.isSome(status) ? { status: status.value } : {}),
      ...(Object.keys(tags).length > 0 ? { tags } : {}),
      ...(Option.isSome(since) ? { since: since.value(now) } : {}),
      ...(Option.isSome(until) ? { until: until.value(now) } : {}),
      ...(Option.isSome(prefix) ? { prefix: prefix.value } : {}),
      limit: all ? 1_000 : limit
    }
    const found: Array<RunSummary> = []
    let next = Option.getOrUndefined(cursor)
    do {
      const asked = all ? query : { ...query, limit: limit - found.length }
      const page: RunPage = yield* runs.list(next === undefined ? asked : { ...asked, cursor: next })
      found.push(...page.runs)
      next = page.cursor
      // A page may be short, and go on all the same.
    } while (next !== undefined && (all || found.length < limit))
    const more = next
    yield* printResult(more === undefined ? { runs: found } : { runs: found, cursor: more }, (style) =>
      listText(found, style, now)
    )
    if (more !== undefined)
      yield* printNote((style) => style.dim(`there are more: --all, or ${momentsOf(query)}--cursor '${more}'`))
  })
})

/** A cursor is good for the same moments, and "2h ago" is another one each time. */
const momentsOf = ({ since, until }: ListQuery): string =>
  [
    ...(since === undefined ? [] : [`--since ${new Date(since).toISOString()} `]),
    ...(until === undefined ? [] : [`--until ${new Date(until).toISOString()} `])
  ].join("")

const listText = (runs: ReadonlyArray<RunSummary>, style: Style, now: number): string => {
  if (runs.length === 0) return style.dim("no runs")
  const areTagged = runs.some(({ tags }) => Object.keys(tags ?? {}).length > 0)
  const head = ["status", "started", "workflow", "run", ...(areTagged ? ["tags"] : [])].map(style.dim)
  return textTable([
    head,
    ...runs.map(({ runId, startedAt, status, tags = {}, workflow }) => [
      statusStyle(style, status)(status),
      `${momentText(startedAt)} ${style.dim(agoText(startedAt, now))}`,
      workflow,
      runId,
      ...(areTagged ? [tagsText(tags)] : [])
    ])
  ])
}
