import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Actor } from "../../actor/actor.ts"
import { errorPage } from "../../actor/errorPages.ts"
import { boundedReason, type ParkReason, WriteRefused } from "../../actor/errors.ts"
import { labelsOf, placeOfAddress } from "../../actor/history/generation.ts"
import { type Head, isTerminal } from "../../actor/history/head.ts"
import type { StartMessage } from "../../actor/history/message.ts"
import { Commits } from "../../store/commits.ts"
import type { StoreRefused } from "../../store/errors.ts"
import { RunTable } from "../../store/runTable.ts"
import { StepQueue } from "../../store/stepQueue.ts"
import { instruments } from "../../store/telemetry/instruments.ts"
import { parkedHead } from "../commits/parkedHead.ts"
import { taggedBy } from "../commits/taggedBy.ts"
import type { TurnOptions, Work } from "./work.ts"
import { tellOutput } from "./workflowLog.ts"

// Ends of turns in which the run cannot go on, or not on this host. Rows in hand are made durable all the same.

/**
 * The head says why the run stands still. Every new message tries again, and is answered by a commit even if the reason is the
 * same: a turn of other code, under way since before the message, would otherwise end the parking without having seen it, and
 * the doorbell is spent here.
 */
export const park = Effect.fnUntraced(function* (
  runId: string,
  before: Head | undefined,
  start: StartMessage,
  cause: ParkReason,
  work: Work,
  options: TurnOptions,
  actor?: Actor
) {
  options.warm.evict(runId)
  const reason = boundedReason(cause)
  const same =
    before?.status === "parked" && before.parked?._tag === reason._tag && before.parked.message === reason.message
  instruments.parked.add(options.services, 1, start.workflow, reason._tag)
  // Logged at each attempt in vain, so that an alarm that counts these lines stays on while the run stands still.
  const tell = Effect.annotateLogs(
    Effect.logWarning(
      `run ${placeOfAddress(runId)} is parked: ${reason._tag}: ${reason.message} (${errorPage(reason._tag)})`
    ),
    {
      ...labelsOf(runId),
      workflow: start.workflow
    }
  )
  if (same && work.rows.length === 0 && !work.mustCommit) return yield* Effect.andThen(tell, putRows(runId, work))
  const commits = yield* Commits
  const head = parkedHead(before, start, reason, yield* Clock.currentTimeMillis)
  // All fences stay: the steps under way are as valid as they were.
  const openIndexes = head.fences.map((fence) => fence.upTo)
  const nothing = { adopted: [], segments: [], steps: [], timers: [], clearTimers: [], notices: [], openIndexes }
  const commit = { head, ...nothing, ...taggedBy(head, before, start) }
  const result = yield* commits.commit({ runId, rows: work.rows, done: work.done, head: commit })
  work.rows = []
  work.done = []
  // If we parked because we read the partition in the middle of another's commit, the head has moved, and this commit has failed.
  if (result._tag !== "Committed") return "again" as const
  yield* tell
  // The lines of the body help to find out why it was parked. Only the first time: each attempt in vain would say them again.
  if (actor !== undefined && !same) tellOutput(actor, { parked: reason._tag })
  return "settled" as const
})

/**
 * The store will not take what the turn wrote. If that is a row in hand, whoever brought it is told, and the run is left as it
 * is; otherwise the run is parked: a head as large as the last one, and a reason.
 */
export const parkRefused = Effect.fnUntraced(function* (
  runId: string,
  refused: StoreRefused,
  work: Work,
  options: TurnOptions
) {
  yield* putRows(runId, work)
  const table = yield* RunTable
  const head = yield* table.readHead(runId)
  const start = yield* table.readMessage(runId, "start")
  const giveUp = ({ message }: StoreRefused) =>
    Effect.as(
      Effect.logError(`run ${placeOfAddress(runId)} cannot even be parked, and is left to the sweeper: ${message}`),
      settled
    )
  // Another has brought the run to its end meanwhile: what we are rung for may be a request to start it once more.
  if (head !== undefined && isTerminal(head.status)) return "again" as const
  // Or paused it: then whoever lets it go on meets with the same, and parks it.
  if (head?.status === "paused") return settled
  if (start?.kind !== "start") return yield* giveUp(refused)
  return yield* Effect.catchTag(park(runId, head, start, writeRefused(refused), work, options), "StoreRefused", giveUp)
})

const settled = "settled" as const

const writeRefused = ({ message, operation, mend }: StoreRefused): WriteRefused => {
  const what =
    mend === undefined
      ? "The run has more to write down than the store takes: bound its concurrency, make values and keys smaller, or split the work into child runs."
      : "The run has done nothing wrong, and goes on once that is put right."
  return new WriteRefused({
    operation,
    ...(mend === undefined ? {} : { mend }),
    message: `${message}. ${what} The run is tried again with every message and by the sweeper`
  })
}

/**
 * Another host turns this run: its definition is not ours to miss. A wake-up goes round until that host has it: every few
 * seconds at first, as a deployment may be under way, then after pauses as long as the run has not moved. One that is under way
 * already will do.
 */
export const leaveToOthers = Effect.fnUntraced(function* (
  runId: string,
  movedAt: number,
  work: Work,
  { warm }: TurnOptions
) {
  const now = yield* Clock.currentTimeMillis
  const latest = work.rows.reduce((latest, { at }) => Math.max(latest, at), movedAt)
  const notBefore = now + Math.min(Math.max(now - latest, shortestPauseMs), longestPauseMs)
  const sent = warm.wakeAt(runId)
  if (sent === undefined || sent <= now || sent > notBefore) {
    const queue = yield* StepQueue
    // Not parked: other hosts know this definition, and must not find the run parked for what this one lacks. The sweeper comes
    // back to it.
    yield* queue.send([{ kind: "wake", runId, notBefore }]).pipe(
      Effect.andThen(Effect.sync(() => warm.wakeSent(runId, notBefore))),
      Effect.catchTag("StoreRefused", ({ message }) =>
        Effect.logError(`run ${placeOfAddress(runId)} is left to others without a wake-up: ${message}`)
      )
    )
  }
  return yield* putRows(runId, work)
})

const shortestPauseMs = 3_000
const longestPauseMs = 600_000

/** The rows in hand, and nothing else. */
export const putRows = Effect.fnUntraced(function* (runId: string, work: Work, basedOn?: number) {
  if (work.rows.length === 0 && work.done.length === 0) return settled
  const commits = yield* Commits
  const { done, rows } = work
  const result = yield* commits.commit({ runId, rows, done, ...(basedOn === undefined ? {} : { basedOn }) })
  work.rows = []
  work.done = []
  return result._tag === "Committed" ? settled : ("again" as const)
})
