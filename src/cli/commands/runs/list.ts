import * as Clock from "effect/Clock"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { ListQuery, RunSummary } from "../../../store/runTable.ts"
import { printNote, printResult } from "../../framework/output.ts"
import { type Style, statusStyle } from "../../framework/style.ts"
import { textTable } from "../../framework/textTable.ts"
import { agoText, momentText } from "../../framework/times.ts"
import { Target } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"
import { statusFlag, workflowFlag } from "./arguments.ts"

/** JSON: `{ runs, cursor? }`. */
export const list = defineTargetCommand("list", {
  summary: "List runs",
  description:
    "Lists runs, the newest first within each workflow and state. May lag behind by a second. Runs that no host has seen yet are not in it.",
  examples: [
    ["list", "The first hundred"],
    ["list --workflow rentBike --status parked", "Those that cannot go on as they are"],
    ["list --all --json", "Every run, for a script"]
  ],
  input: {
    workflow: workflowFlag,
    status: statusFlag,
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
  run: Effect.fnUntraced(function* ({ workflow, status, limit, cursor, all }) {
    const { runs } = yield* Target
    const query: ListQuery = {
      ...(Option.isSome(workflow) ? { workflow: workflow.value } : {}),
      ...(Option.isSome(status) ? { status: status.value } : {}),
      limit: all ? 1_000 : limit
    }
    const found: Array<RunSummary> = []
    let next = Option.getOrUndefined(cursor)
    do {
      const page = yield* runs.list(next === undefined ? query : { ...query, cursor: next })
      found.push(...page.runs)
      next = page.cursor
    } while (all && next !== undefined)
    const now = yield* Clock.currentTimeMillis
    const more = next
    yield* printResult(more === undefined ? { runs: found } : { runs: found, cursor: more }, (style) =>
      listText(found, style, now)
    )
    if (more !== undefined) yield* printNote((style) => style.dim(`there are more: --all, or --cursor '${more}'`))
  })
})

const listText = (runs: ReadonlyArray<RunSummary>, style: Style, now: number): string => {
  if (runs.length === 0) return style.dim("no runs")
  const head = ["status", "started", "workflow", "run"].map(style.dim)
  return textTable([
    head,
    ...runs.map(({ runId, startedAt, status, workflow }) => [
      statusStyle(style, status)(status),
      `${momentText(startedAt)} ${style.dim(agoText(startedAt, now))}`,
      workflow,
      runId
    ])
  ])
}
