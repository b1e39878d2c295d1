import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { isLimiter } from "../../actor/calls/limits/limitNames.ts"
import { durationMs } from "../../actor/definitions/assertOptions.ts"
import { RunNotFound } from "../../actor/errors.ts"
import { finishDeletion, heldMs } from "../../store/deletion/finishDeletion.ts"
import { markDeleted, usualTombstoneMs } from "../../store/deletion/markDeleted.ts"
import { RunEraser } from "../../store/deletion/runEraser.ts"
import type { StoreRefused, StoreUnavailable } from "../../store/errors.ts"
import type { Payloads } from "../../store/payloads.ts"
import type { RunTable } from "../../store/runTable.ts"
import { RunNotEnded } from "../errors.ts"

export interface DeleteOptions {
  /**
   * How long the id is taken from now on: a start under it fails with `RunDeleted`, and nothing that is still under way (a doorbell, a message in a queue, an answer
   * of a step) brings anything back. Default 14 days, as long as a queue keeps a message.
   *
   * `"none"`: not even the id is kept, for ids that say who somebody is. What comes late then is not known for late: a start that is repeated is a new run, and
   * a row that a signal or a step has under way at this moment may stay. Delete such runs an hour or more after their end.
   */
  readonly tombstone?: Duration.Input | "none"
  /**
   * On a SQLite file: it is written anew at once, so that what was deleted can be read from none of its bytes. That takes as long as a copy of the file. False: what
   * is free is left to be written over, or to the next deletion or pass of a purge with it. Default true.
   */
  readonly scrub?: boolean
}

export interface DeletedRun {
  readonly runId: string
  /** Epoch milliseconds. */
  readonly deletedAt: number
  /** Until when the id is taken; no later than `deletedAt`: it is free. */
  readonly takenUntil: number
  /** False: nobody finds the run any more, and a purge deletes what it has stored (on AWS, where a caller has no right to). */
  readonly isErased: boolean
}

/** Deletion of runs. */
export interface DeletionClient {
  /**
   * Delete a run that has ended, with everything that is its: rows and order of all its generations, streams, states, tags, replies, payload objects. From
   * this moment on there is no such run for anybody, and its parent keeps what it was told. Its child runs stay, but for those of `forEachStep`. Idempotent: asked again it is answered as
   * the first time, and goes on where it was interrupted.
   *
   * `RunNotEnded`: it goes on; cancel or terminate it first.
   *
   * @example
   * yield* client.delete("order-17")
   * yield* client.delete("anna@example.com", { tombstone: "none" })
   */
  readonly delete: (
    runId: string,
    options?: DeleteOptions
  ) => Effect.Effect<DeletedRun, RunNotFound | RunNotEnded | StoreUnavailable | StoreRefused>
}

type About = <A, E>(
  name: string,
  runId: string,
  effect: Effect.Effect<A, E, RunTable | Payloads>
) => Effect.Effect<A, E | RunNotFound>

/** `context`: where there is a `RunEraser` in it, all is deleted at once. */
export const deletionClient = (about: About, context: Context.Context<never>): DeletionClient => {
  const eraser = Context.getOption(context as Context.Context<RunEraser>, RunEraser)
  return {
    delete: (runId, options = {}) =>
      about("delete", runId, deleteRun(runId, options, eraser._tag === "Some" ? eraser.value : undefined))
  }
}

const deleteRun = Effect.fnUntraced(function* (
  runId: string,
  { scrub = true, tombstone = usualTombstoneMs }: DeleteOptions,
  eraser: RunEraser["Service"] | undefined
) {
  // Whoever asks for a place of that key starts the next one: its id is to be free.
  const isFree = tombstone === "none" || isLimiter(runId)
  const tombstoneMs = isFree ? 0 : durationMs("tombstone of a deletion", tombstone)
  const marked = yield* markDeleted(runId, { tombstoneMs, heldMs: eraser === undefined ? 0 : heldMs })
  if (marked._tag === "NotFound") return yield* new RunNotFound({ runId, message: `there is no run ${runId}` })
  if (marked._tag === "NotEnded") return yield* notEnded(runId, marked.status)
  if (marked._tag === "Gone") {
    const { deletedAt, takenUntil } = marked
    return { runId, deletedAt, takenUntil, isErased: true } satisfies DeletedRun
  }
  const { address, head, isOurs } = marked
  const told = { runId, deletedAt: head.updatedAt, takenUntil: head.deletion?.until ?? head.updatedAt }
  if (eraser === undefined) return { ...told, isErased: false } satisfies DeletedRun
  const finished = yield* Effect.provideService(finishDeletion(address, head, isOurs), RunEraser, eraser)
  if (finished._tag === "Elsewhere") return { ...told, isErased: false } satisfies DeletedRun
  if (scrub && eraser.scrub !== undefined) yield* Effect.repeat(eraser.scrub, { until: (isDone) => isDone, times: 50 })
  return { ...told, isErased: true } satisfies DeletedRun
})

const notEnded = (runId: string, status: RunNotEnded["status"]) => {
  const todo = {
    accepted: "it is about to begin: terminate it first, then delete it",
    running: "it is running: cancel it first (its compensations run), or terminate it, then delete it",
    parked: "it is parked: terminate it first, then delete it",
    paused: "it is paused: cancel or terminate it first, then delete it",
    settling:
      "it ended less than a minute ago, and what it has sent to other runs may still be under way: ask again in a minute"
  }[status]
  return new RunNotEnded({ runId, status, message: `run ${runId} cannot be deleted: ${todo}` })
}
