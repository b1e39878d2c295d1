import * as Effect from "effect/Effect"
import type { AnyWorkflow } from "../actor/definitions/definition.ts"
import type { ParkReason } from "../actor/errors.ts"
import type { RecordedHistory } from "../inspection/history/recordedHistory.ts"
import { remedyFor } from "../store/reading/remedyFor.ts"
import type { RunSummary } from "../store/runTable.ts"
import { makeRegistry } from "../streams/turns/registry.ts"
import { liveRuns } from "./liveRuns.ts"
import { type Looked, lookAt, lookAtHistory, type Named } from "./lookAt.ts"
import { type PatchReview, patchesOf, type ReviewOptions } from "./reviewRuns.ts"

/** What one run came to. JSON: one line of what a pass that was cut short has done. */
export interface ReplayedRun extends Named {
  /** Absent: the code goes on with it. `over`: it had ended by then. */
  readonly cause?: ReplayCause
  readonly isOver?: true
  readonly patches: Looked["patches"]
  /** Read units of DynamoDB: 4 KB each, strongly read. */
  readonly units: number
}

/** Why a run would be parked. */
export interface ReplayCause {
  readonly reason: ParkReason["_tag"]
  /** As its first run says it. */
  readonly message: string
  readonly advice: string
  /** What runs of one cause have in common. */
  readonly group: string
}

export interface ReplayGroup extends Omit<ReplayCause, "group"> {
  readonly workflow: string
  readonly definitionVersion: string
  readonly runIds: ReadonlyArray<string>
}

export interface ReplayPlan {
  readonly runs: number
  /** Of those, how many an earlier pass has done. */
  readonly done: number
  /** What is left to be read, by those that were read to find out: some, of all of them. */
  readonly units: number
  readonly sampled: number
}

export interface LiveReplay {
  /** Runs that were under way. */
  readonly runs: number
  readonly fit: number
  /** Those that would be parked, by cause, the most frequent first. */
  readonly groups: ReadonlyArray<ReplayGroup>
  readonly patches: ReadonlyArray<PatchReview>
  /** What was read, by this pass and those that it goes on from. */
  readonly units: number
}

export interface ReplayLiveOptions<R = never> extends ReviewOptions {
  /** Runs that are replayed side by side. Default 8. */
  readonly parallel?: number
  /** What a pass that was cut short has done, with the same code. */
  readonly done?: ReadonlyArray<ReplayedRun>
  /** Told once, before the first run is replayed but for those that it was estimated by. */
  readonly onPlan?: (plan: ReplayPlan) => Effect.Effect<void, never, R>
  /** Told of each run as it is done. Keep these, and hand them in as `done`. */
  readonly onRun?: (run: ReplayedRun) => Effect.Effect<void, never, R>
}

/**
 * Takes every run under way through this code and writes nothing: which of them would be parked, by cause. Needs the store: `RunTable` and `Payloads`. Fails with
 * `StoreUnavailable`, `StoreRefused` or `CursorInvalid`.
 *
 * @example
 * const { groups } = yield* replayLive([fulfilOrder], { steps: [chargeCard], onPlan: ({ runs, units }) => Console.log(`${runs} runs, ${units} read units`) })
 */
export const replayLive = Effect.fnUntraced(function* <R = never>(
  workflows: ReadonlyArray<AnyWorkflow>,
  { done = [], onPlan, onRun, parallel = 8, steps = [] }: ReplayLiveOptions<R> = {}
) {
  const registry = makeRegistry(workflows, steps)
  const live = yield* liveRuns
  const before = new Map(done.map((run) => [run.runId, run]))
  const left = live.filter(({ runId }) => !before.has(runId))
  const replay = Effect.fnUntraced(function* (run: RunSummary) {
    const looked = yield* lookAt(run, registry)
    const replayed = looked === undefined ? overBy(run) : replayedOf(looked)
    if (onRun !== undefined) yield* onRun(replayed)
    return replayed
  })
  // Spread over all of them: those that were started last are the shortest.
  const every = Math.max(1, Math.ceil(left.length / mostSampled))
  const isSampled = (_: RunSummary, index: number) => index % every === 0
  const sample = yield* Effect.forEach(left.filter(isSampled), replay, { concurrency: parallel })
  const sampledUnits = sumOf(sample)
  if (onPlan !== undefined) {
    const units = sample.length === 0 ? 0 : Math.ceil((sampledUnits / sample.length) * left.length)
    yield* onPlan({ runs: live.length, done: live.length - left.length, units, sampled: sample.length })
  }
  const others = left.filter((run, index) => !isSampled(run, index))
  const rest = yield* Effect.forEach(others, replay, { concurrency: parallel })
  return reportOf([...done, ...sample, ...rest])
})

/** Of so many runs it is found out how much there is to be read. */
const mostSampled = 25

/** The same of histories in hand, as `export` and `exportHistory` write them. Reads nothing. */
export const replayHistories = (
  histories: ReadonlyArray<RecordedHistory>,
  workflows: ReadonlyArray<AnyWorkflow>,
  { steps = [] }: ReviewOptions = {}
): LiveReplay => {
  const registry = makeRegistry(workflows, steps)
  return { ...reportOf(histories.map((history) => replayedOf(lookAtHistory(history, registry)))), units: 0 }
}

const overBy = ({ definitionVersion, runId, workflow }: RunSummary): ReplayedRun => ({
  runId,
  workflow,
  definitionVersion,
  isOver: true,
  patches: { old: [], new: [], unknown: [] },
  units: 1
})

const unitBytes = 4_096

const replayedOf = ({ bytes, patches, reason, run }: Looked): ReplayedRun => ({
  ...run,
  ...(reason === undefined ? {} : { cause: causeOf(run, reason) }),
  patches,
  units: Math.ceil(bytes / unitBytes)
})

const causeOf = (run: Named, reason: NonNullable<Looked["reason"]>): ReplayCause => ({
  reason: reason._tag,
  message: reason.message,
  advice: remedyFor(reason),
  group: [run.workflow, run.definitionVersion, reason._tag, whatOf(reason)].join("\n")
})

/** Without the occurrence, and without what is a run's own. */
const whatOf = (reason: NonNullable<Looked["reason"]>): string => {
  if (reason._tag === "NonDeterminismError") return reason.command.replace(/[#:~].*$/, "")
  if (reason._tag === "DeterminismViolation") return reason.violation
  return reason._tag === "PayloadUnreadable" ? reason.row.replace(/[#:~].*$/, "") : ""
}

const sumOf = (runs: ReadonlyArray<ReplayedRun>): number => runs.reduce((sum, { units }) => sum + units, 0)

const reportOf = (all: ReadonlyArray<ReplayedRun>): LiveReplay => {
  const runs = all.filter(({ isOver }) => isOver !== true)
  const groups = new Map<string, ReplayGroup & { readonly runIds: Array<string> }>()
  for (const { cause, definitionVersion, runId, workflow } of runs) {
    if (cause === undefined) continue
    const { group, ...told } = cause
    const found = groups.get(group) ?? { ...told, workflow, definitionVersion, runIds: [] }
    found.runIds.push(runId)
    groups.set(group, found)
  }
  return {
    runs: runs.length,
    fit: runs.filter(({ cause }) => cause === undefined).length,
    groups: [...groups.values()].sort((a, b) => b.runIds.length - a.runIds.length),
    patches: patchesOf(runs.map((run) => ({ run, patches: run.patches }))),
    units: sumOf(all)
  }
}
