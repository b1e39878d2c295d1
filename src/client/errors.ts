import * as Schema from "effect/Schema"
import { LibraryError } from "../actor/errorPages.ts"
import { ParkReason } from "../actor/errors.ts"
import { updateFailureReasons } from "../actor/history/reply.ts"
import { type Gone, wasDeleted } from "../store/deletion/gone.ts"

/** The input does not fit the workflow's schema. Nothing was written. */
export class InputInvalid extends LibraryError<InputInvalid>()("InputInvalid", {
  message: Schema.String,
  workflow: Schema.String
}) {}

/** A run id must be 1 to 512 characters without control characters. Nothing was written. */
export class RunIdInvalid extends LibraryError<RunIdInvalid>()("RunIdInvalid", {
  message: Schema.String,
  runId: Schema.String
}) {}

/** The run id belongs to a run of another workflow, version or input. Nothing was written. */
export class RunConflict extends LibraryError<RunConflict>()("RunConflict", {
  message: Schema.String,
  runId: Schema.String,
  /** Of the run that is there. */
  workflow: Schema.String
}) {}

/** Items were asked for, and the client's store is a SQLite file; or statements, and it is a table of DynamoDB. */
export class OtherStore extends LibraryError<OtherStore>()("OtherStore", { message: Schema.String }) {}

/** There is a run of that id, and the start was not to be made if there is one (`policy: "reject"`). Nothing was written. */
export class RunExists extends LibraryError<RunExists>()("RunExists", {
  message: Schema.String,
  runId: Schema.String,
  /** Of the run that is there. */
  workflow: Schema.String
}) {}

/**
 * There was a run of that id, which was deleted, and until `takenUntil` (epoch milliseconds) its id is taken: whatever is still under way from then brings
 * nothing back. Nothing was written. After that time, and the next pass of a purge, a start under this id is a new run.
 */
export class RunDeleted extends LibraryError<RunDeleted>()("RunDeleted", {
  message: Schema.String,
  runId: Schema.String,
  deletedAt: Schema.Number,
  takenUntil: Schema.Number
}) {}

export const runDeleted = (runId: string, gone: Gone): RunDeleted =>
  new RunDeleted({
    runId,
    ...gone,
    message: `run ${runId} ${wasDeleted(gone)}: ${
      gone.takenUntil <= gone.deletedAt
        ? "what is left of it goes with the next pass of a purge, and then the id is free"
        : "give what is another run another id, or start it after that"
    }`
  })

/** The run has not ended, and only what has ended is deleted. Nothing was written. */
export class RunNotEnded extends LibraryError<RunNotEnded>()("RunNotEnded", {
  message: Schema.String,
  runId: Schema.String,
  /** `settling`: it ended less than a minute ago, and what it has sent to other runs may be under way. */
  status: Schema.Literals(["accepted", "running", "parked", "paused", "settling"])
}) {}

/** How or when a run is to start contradicts itself, or is nothing that can be. Nothing was written. */
export class StartInvalid extends LibraryError<StartInvalid>()("StartInvalid", {
  message: Schema.String,
  workflow: Schema.String
}) {}

/** The run has ended; nobody would read the message. Nothing was written. */
export class RunFinished extends LibraryError<RunFinished>()("RunFinished", {
  message: Schema.String,
  runId: Schema.String,
  status: Schema.Literals(["succeeded", "failed", "cancelled", "terminated"])
}) {}

/** What was asked of a run is nothing that can be done, and why. Nothing was written. */
export class RepairInvalid extends LibraryError<RepairInvalid>()("RepairInvalid", {
  message: Schema.String
}) {}

/**
 * A run cannot go on from there, or not without a word more. Nothing was written.
 *
 * | reason | why | and then |
 * | --- | --- | --- |
 * | `status` | its status is none that this is for | another of `retry`, `reset`, `fork`, `resume` |
 * | `message` | there is no such message, or the run is over by then | another `at` |
 * | `notFound` | no message handed out the error that it failed with | say `at` |
 * | `compensated` | what it has done was undone since; `keys`: the steps that undid it | say `compensated` |
 * | `open` | what is open there cannot be asked for anew; `keys` | another `at`, or `children: "again"` |
 * | `outcomes` | an outcome that it is given fits nothing there; `keys` | give another |
 * | `code` | the code at hand is of another workflow, or does not come so far | the code that fits |
 */
export class RepairRefused extends LibraryError<RepairRefused>()("RepairRefused", {
  message: Schema.String,
  runId: Schema.String,
  reason: Schema.Literals(["status", "message", "notFound", "compensated", "open", "outcomes", "code"]),
  /** Of rows: `step/chargeCard#0`. */
  keys: Schema.Array(Schema.String)
}) {}

/** How a run has ended, in a sentence behind its id. */
export const hasEnded = (status: string): string =>
  status === "cancelled" || status === "terminated" ? `was ${status}` : `has ${status}`

export const runFinished = (runId: string, status: RunFinished["status"], what: string): RunFinished =>
  new RunFinished({ runId, status, message: `run ${runId} ${hasEnded(status)}: ${what} comes too late` })

/** A signal of this name and id was sent to the run before, with another payload. That one stands; nothing was written. */
export class SignalConflict extends LibraryError<SignalConflict>()("SignalConflict", {
  message: Schema.String,
  runId: Schema.String,
  signal: Schema.String,
  id: Schema.String
}) {}

/** The run has not set this state by its last commit; it may yet, unless it has ended. */
export class StateNotSet extends LibraryError<StateNotSet>()("StateNotSet", {
  message: Schema.String,
  runId: Schema.String,
  state: Schema.String
}) {}

/** The state does not decode by the schema given: another version's, or another state of that name. */
export class StateUnreadable extends LibraryError<StateUnreadable>()("StateUnreadable", {
  message: Schema.String,
  runId: Schema.String,
  state: Schema.String
}) {}

/** The input does not fit the update's schema, or its id is none. Nothing was written. */
export class UpdateInvalid extends LibraryError<UpdateInvalid>()("UpdateInvalid", {
  message: Schema.String,
  update: Schema.String
}) {}

/** An update of this name and id was sent to the run before, with another input. That one stands; nothing was written. */
export class UpdateConflict extends LibraryError<UpdateConflict>()("UpdateConflict", {
  message: Schema.String,
  runId: Schema.String,
  update: Schema.String,
  id: Schema.String
}) {}

/**
 * The update has no answer of its own kind, and will have none under this id.
 *
 * | reason | |
 * | --- | --- |
 * | `noHandler` | the body had no handler for it when it came; nothing was done |
 * | `invalidInput` | the code that runs has another schema for the input; nothing was done |
 * | `runEnded` | the run ended, or was cancelled, before it answered; the handler may have begun |
 * | `died` | the handler, or the validator, ended with a defect (`cause`) |
 * | `invalidAnswer` | what the handler answered with does not fit its schema |
 * | `refused` | the store does not take the answer |
 * | `notSent` | of `updateAnswer`: no update of that id was sent |
 */
export class UpdateFailed extends LibraryError<UpdateFailed>()("UpdateFailed", {
  message: Schema.String,
  runId: Schema.String,
  update: Schema.String,
  id: Schema.String,
  reason: Schema.Literals(updateFailureReasons),
  cause: Schema.optionalKey(Schema.Json)
}) {}

/** A value of the stream does not decode by the schema given: another version's, or another stream of that name. */
export class StreamUnreadable extends LibraryError<StreamUnreadable>()("StreamUnreadable", {
  message: Schema.String,
  runId: Schema.String,
  stream: Schema.String,
  position: Schema.Number
}) {}

/** A stream cannot be read from there: its positions are whole numbers. */
export class PositionInvalid extends LibraryError<PositionInvalid>()("PositionInvalid", {
  message: Schema.String,
  runId: Schema.String,
  stream: Schema.String
}) {}

/** The outcome does not decode by the schema given: another workflow's, or another version's. */
export class OutcomeUnreadable extends LibraryError<OutcomeUnreadable>()("OutcomeUnreadable", {
  message: Schema.String,
  runId: Schema.String
}) {}

/** The run is parked: it cannot go on as it is, and does when the reason is gone. */
export class RunParked extends LibraryError<RunParked>()("RunParked", {
  message: Schema.String,
  runId: Schema.String,
  reason: ParkReason
}) {}
