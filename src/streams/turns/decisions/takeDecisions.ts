import * as Effect from "effect/Effect"
import { labelsOf, placeOfAddress } from "../../../actor/history/generation.ts"
import type { Head } from "../../../actor/history/head.ts"
import type { StartMessage } from "../../../actor/history/message.ts"
import type { Outcome } from "../../../actor/history/outcome.ts"
import { hasUnsettled } from "../../../actor/history/output/emitted.ts"
import { Commits, type HeadCommit } from "../../../store/commits.ts"
import { currentMillis } from "../../../store/currentMillis.ts"
import { sendingAway } from "../../../store/limits/sendAway.ts"
import type { StoredRun } from "../../../store/runTable.ts"
import { instruments } from "../../../store/telemetry/instruments.ts"
import { cancelsOfLeft, childrenToCancel } from "../../commits/leftChildren.ts"
import { answerConflict } from "../../commits/notices.ts"
import { outcomeNotice } from "../../commits/rowsForOthers.ts"
import { taggedBy } from "../../commits/taggedBy.ts"
import { wakeForEnd } from "../../commits/wakeForEnd.ts"
import type { TurnOptions, Work } from "../work.ts"
import { decidedHead } from "./decidedHead.ts"
import type { Decided } from "./decisions.ts"
import { putOwed } from "./putOwed.ts"

/**
 * A turn that acts on what was decided, and on nothing else. `again`: the run goes on, and all that has come for it while it stood still is read after
 * this commit: whoever was woken for it meanwhile has left it to us.
 */
export const takeDecisions = Effect.fnUntraced(function* (
  runId: string,
  { decided, start, stored }: { readonly decided: Decided; readonly start: StartMessage; readonly stored: StoredRun },
  work: Work,
  options: TurnOptions
) {
  options.warm.evict(runId)
  const commits = yield* Commits
  const at = yield* currentMillis
  const next = decidedHead(stored, start, decided, at)
  const isOver = decided.by._tag === "Terminated"
  if (isOver) yield* putOwed(runId, start, stored, options, true)
  const last = isOver ? yield* lastOf(runId, next.head, stored, at) : undefined
  const head = last?.head ?? next.head
  const commit: HeadCommit = {
    ...next,
    head,
    // A doorbell that an atomic store takes back with what it has rung for is still needed: the turn goes on.
    adopted: decided.by._tag === "GoesOn" ? [] : next.adopted,
    steps: [],
    timers: [],
    clearTimers: last?.clearTimers ?? [],
    notices: last?.notices ?? [],
    openIndexes: head.fences.map(({ upTo }) => upTo),
    ...taggedBy(head, stored.head, start)
  }
  if (!work.comesAgain && !commits.atomic) yield* wakeForEnd(runId, head, at)
  const result = yield* commits.commit({ runId, rows: work.rows, done: work.done, head: commit })
  work.rows = []
  work.done = []
  if (result._tag !== "Committed") return "again" as const
  for (const conflict of result.conflicts) yield* answerConflict(runId, conflict, at)
  yield* tell(runId, head, decided)
  if (decided.by._tag === "GoesOn") return "again" as const
  if (isOver) {
    // Another start, a retry or a reset was asked for, and begins now: its doorbell may be among ours. Or values that its body has emitted last may not be in
    // their streams yet.
    const isAsked = stored.messages.some(({ kind }) => kind === "restart" || kind === "repair")
    const goesOn = isAsked || (!commits.atomic && hasUnsettled(head.emitted))
    if (!goesOn) options.warm.finish(runId)
    options.underWay?.stopUnwanted(runId, () => false)
    instruments.ended.add(options.services, 1, head.workflow, "terminated")
    if (goesOn) return "again" as const
  }
  return "settled" as const
})

/** What the end of a run asks for, as far as head and rows tell of it. */
const lastOf = Effect.fnUntraced(function* (runId: string, head: Head, stored: StoredRun, at: number) {
  const { head: before, messages } = stored
  const open = before === undefined ? [] : yield* childrenToCancel(runId, before)
  const outcome = head.outcome as Outcome
  const waiters = messages.flatMap((row) => (row.kind === "await" ? [row.waiter] : []))
  const notices = [
    ...cancelsOfLeft(runId, { open }, at),
    ...[...(head.parent === undefined ? [] : [head.parent]), ...waiters].map((one) => outcomeNotice(one, outcome, at)),
    ...(yield* sendingAway(runId, head, stored))
  ]
  const timers = (before?.open ?? []).filter(({ kind }) => kind === "timer")
  return {
    head: { ...head, open, notices: notices.length > 0 || before?.notices === true },
    notices,
    clearTimers: timers.map(({ fingerprint, key }) => ({ runId, key, due: Number(fingerprint) }))
  }
})

const tell = (runId: string, { workflow }: Head, { by }: Decided): Effect.Effect<void> => {
  const place = placeOfAddress(runId)
  const why = "reason" in by && by.reason !== null ? `: ${by.reason}` : ""
  const line =
    by._tag === "Terminated"
      ? Effect.logWarning(`run ${place} of workflow ${workflow} was terminated, and nothing was compensated${why}`)
      : Effect.logInfo(by._tag === "Paused" ? `run ${place} is paused${why}` : `run ${place} goes on`)
  return Effect.annotateLogs(line, { ...labelsOf(runId), workflow })
}
