import * as Clock from "effect/Clock"
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { RunStatus } from "../../../actor/history/head.ts"
import type { Tags } from "../../../actor/tags/tags.ts"
import { pageOfRuns } from "../../../client/many/pageOfRuns.ts"
import { wrongUse } from "../../framework/commandFailed.ts"
import { printNote, showProgress } from "../../framework/output.ts"
import { yesFlag } from "../../framework/question.ts"
import { Screen } from "../../framework/screen.ts"
import { Target } from "../../targets/target.ts"
import { durationFlag, prefixFlag, statusFlag, tagFlag, workflowFlag } from "../runs/arguments.ts"

/** Runs by their ids, or by filters: of commands that can be about many. */
export const selectionFlags = {
  runIds: Argument.String("run").pipe(
    Argument.withDescription("Ids of runs; - reads them from standard input, one a line. None: by filters"),
    Argument.variadic()
  ),
  workflow: workflowFlag,
  status: statusFlag,
  tags: tagFlag("Only runs with this tag; given more than once: with all of them"),
  olderThan: durationFlag("older-than", "Only runs that were started longer ago"),
  newerThan: durationFlag("newer-than", "Only runs that were started since"),
  idleFor: durationFlag("idle-for", "Only runs that have not moved for so long"),
  prefix: prefixFlag,
  most: Flag.Int("most").pipe(
    Flag.withDescription("So many runs at most"),
    Flag.filter(
      (most) => most >= 1,
      (most) => `--most ${most}: 1 or more`
    ),
    Flag.optional
  ),
  dryRun: Flag.Boolean("dry-run").pipe(
    Flag.withoutNegation,
    Flag.withDefault(false),
    Flag.withDescription("Say which runs it would be, and do nothing")
  ),
  yes: yesFlag
} as const

export interface Selection {
  readonly runIds: ReadonlyArray<string>
  readonly workflow: Option.Option<string>
  readonly status: Option.Option<RunStatus>
  readonly tags: Tags
  readonly olderThan: Option.Option<number>
  readonly newerThan: Option.Option<number>
  readonly idleFor: Option.Option<number>
  readonly prefix: Option.Option<string>
  readonly most: Option.Option<number>
  readonly dryRun: boolean
  readonly yes: boolean
}

export interface Selected {
  readonly runIds: ReadonlyArray<string>
  /** They were named, and not found by filters. */
  readonly areNamed: boolean
}

/** Does any filter say which runs? */
export const isFiltered = ({ workflow, status, tags, olderThan, newerThan, idleFor, prefix }: Selection): boolean =>
  Object.keys(tags).length > 0 ||
  Option.getOrElse(prefix, () => "") !== "" ||
  [workflow, status, olderThan, newerThan, idleFor].some((filter) => Option.isSome<unknown>(filter))

/**
 * The ids of the runs that a command is about. `elseStatus`: of those that filters find, where they do not say a state. Neither ids nor filters is wrong use:
 * nobody means all runs by saying nothing. `leavesOut`: what filters find, and it is not for; that is told.
 */
export const selectRuns = Effect.fnUntraced(function* <R = never>(
  selection: Selection,
  elseStatus: RunStatus | "any",
  leavesOut: (runId: string) => Effect.Effect<boolean, unknown, R> = () => Effect.succeed(false)
) {
  const { workflow, status, tags, olderThan, newerThan, idleFor, prefix, runIds } = selection
  const isTagged = Object.keys(tags).length > 0
  const byFilters = isFiltered(selection)
  if (runIds.length > 0 && byFilters)
    return yield* wrongUse(
      "runs are named by their ids or found by filters, and not both at a time.",
      "leave out the ids, or the filters"
    )
  if (runIds.length > 0) return { runIds: yield* namedRuns(runIds), areNamed: true } satisfies Selected
  if (!byFilters)
    return yield* wrongUse(
      "nothing says which runs.",
      "name them, or find them by --workflow, --status, --tag, --older-than, --newer-than, --idle-for or --prefix"
    )
  const now = yield* Clock.currentTimeMillis
  const most = Option.getOrElse(selection.most, () => Number.POSITIVE_INFINITY)
  const { runs } = yield* Target
  const found: Array<string> = []
  const wantedStatus = Option.getOrElse(status, () => elseStatus)
  const query = {
    ...(wantedStatus === "any" ? {} : { status: wantedStatus }),
    ...(Option.isSome(workflow) ? { workflow: workflow.value } : {}),
    ...(isTagged ? { tags } : {}),
    // Started a time ago or longer: before the millisecond after that.
    ...(Option.isSome(olderThan) ? { until: Math.floor(now - olderThan.value) + 1 } : {}),
    ...(Option.isSome(newerThan) ? { since: Math.ceil(now - newerThan.value) } : {}),
    ...(Option.isSome(prefix) ? { prefix: prefix.value } : {}),
    ...(Option.isSome(idleFor) ? { idleSince: now - idleFor.value } : {})
  }
  let cursor: string | undefined
  let looked = 0
  let leftOut = 0
  do {
    const page = yield* pageOfRuns(runs.list, query, { limit: 1_000, ...(cursor === undefined ? {} : { cursor }) })
    looked += page.looked
    const fitting = page.runIds
    const kept = yield* Effect.filter(fitting, (runId) => Effect.map(leavesOut(runId), (isOut) => !isOut), {
      concurrency: 8
    })
    found.push(...kept)
    leftOut += fitting.length - kept.length
    cursor = page.cursor
    yield* showProgress(`looking: ${found.length} of ${looked} runs`)
  } while (cursor !== undefined && found.length < most)
  yield* showProgress(undefined)
  if (leftOut > 0) yield* printNote((style) => style.dim(`${leftOut} left out, which such a call has begun`))
  return { runIds: found.slice(0, most), areNamed: false } satisfies Selected
})

const namedRuns = Effect.fnUntraced(function* (runIds: ReadonlyArray<string>) {
  if (!runIds.includes("-")) return [...new Set(runIds)]
  const screen = yield* Screen
  const text = yield* Effect.promise(() => screen.readInput())
  const read = text.split(/\r?\n/).filter((line) => line.trim() !== "")
  return [...new Set(runIds.flatMap((runId) => (runId === "-" ? read : [runId])))]
})
