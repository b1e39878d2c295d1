/**
 * Errors are values, and three kinds never mix.
 *
 * 1. The workflow failed: its typed error or defect is its outcome ({@link StepFailed}, {@link ChildFailed} are defects a
 *    workflow can meet inside).
 * 2. The runtime failed: retried by the shells (see `src/store/errors.ts`). Not here: the core does no I/O.
 * 3. The run cannot go on as it is: it is parked with a {@link ParkReason} and goes on once the reason is gone.
 */
import * as Schema from "effect/Schema"
import { LibraryError } from "./errorPages.ts"

/** History and code disagree: the message names the command, what was recorded and what came. The run is parked. */
export class NonDeterminismError extends LibraryError<NonDeterminismError>()("NonDeterminismError", {
  message: Schema.String,
  /** The command that diverged, such as `step chargeCard#0`. */
  command: Schema.String,
  /** What history holds for it; null where history has no such command. */
  recorded: Schema.NullOr(Schema.String),
  /** What the code does now; null where the code no longer issues it. */
  issued: Schema.NullOr(Schema.String)
}) {}

/**
 * Workflow code did what it may not: awaited a promise, looped for ever, used a timer of the host. The run is parked. The message
 * ends with the place in the user's code, as far as there is one.
 */
export class DeterminismViolation extends LibraryError<DeterminismViolation>()("DeterminismViolation", {
  message: Schema.String,
  violation: Schema.Literals(["promise", "budget", "ambient", "stuck", "duplicateKey", "shared", "noEffect"]),
  /** Its body can be interrupted where it stands: a cancellation ends the run all the same. */
  endsByCancel: Schema.optionalKey(Schema.Literal(true))
}) {}

/** No definition is registered under the name and version that the run was started with. The run is parked. */
export class UnknownWorkflow extends LibraryError<UnknownWorkflow>()("UnknownWorkflow", {
  message: Schema.String,
  workflow: Schema.String,
  known: Schema.Array(Schema.String)
}) {}

/** A stored value no longer decodes by today's schema (or its object is missing or altered). The run is parked. */
export class PayloadUnreadable extends LibraryError<PayloadUnreadable>()("PayloadUnreadable", {
  message: Schema.String,
  /** The row that holds it. */
  row: Schema.String
}) {}

/** The run has reached the number of messages that one generation may hold. The run is parked. */
export class HistoryTooLong extends LibraryError<HistoryTooLong>()("HistoryTooLong", {
  message: Schema.String,
  messages: Schema.Number,
  /** A run that is cancelled may adopt some more, to compensate. */
  endsByCancel: Schema.optionalKey(Schema.Literal(true))
}) {}

/** The store will never take what the run has to write: it is over a limit of the service. The run is parked. */
export class WriteRefused extends LibraryError<WriteRefused>()("WriteRefused", {
  message: Schema.String,
  /** What was tried, such as `RunTable.commitHead`. */
  operation: Schema.String,
  /** What a person has to put right (a right, a name, a quota), where that is all that it lacks. Absent: the run has more to write than the store takes. */
  mend: Schema.optionalKey(Schema.String)
}) {}

/** Why a run cannot go on as it is. */
export const ParkReason = Schema.Union([
  NonDeterminismError,
  DeterminismViolation,
  UnknownWorkflow,
  PayloadUnreadable,
  HistoryTooLong,
  WriteRefused
])
export type ParkReason = typeof ParkReason.Type

/** A reason stands in the head beside all that the run waits for, and must always find room there: long texts are cut. */
export const boundedReason = (reason: ParkReason): ParkReason => {
  const fields = encodeReason(reason)
  const bounded = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, bound(value)]))
  return Object.entries(bounded).every(([name, value]) => value === fields[name as keyof typeof fields])
    ? reason
    : decodeReason(bounded)
}

const maxText = 2_000

const bound = (value: unknown): unknown => {
  if (typeof value === "string" && value.length > maxText)
    return `${value.slice(0, maxText - 40).toWellFormed()} ... (${value.length} characters)`
  // No store takes half of a surrogate pair, and a run that cannot even be parked is not seen by anybody.
  if (typeof value === "string") return value.toWellFormed()
  return Array.isArray(value) && value.length > 50 ? value.slice(0, 50) : value
}

const encodeReason = Schema.encodeSync(ParkReason)
const decodeReason = Schema.decodeUnknownSync(ParkReason)

/**
 * A step ended without an answer of its declared type: retries used up on a defect or a timeout, a dead letter, an output that
 * does not fit its schema, a `key` that cannot be one. Inside a workflow it is a defect; `step.orFail(input)` moves it to the error channel.
 */
export class StepFailed extends LibraryError<StepFailed>()("StepFailed", {
  message: Schema.String,
  step: Schema.String,
  reason: Schema.Literals([
    "defect",
    "timeout",
    "heartbeat",
    "interrupted",
    "scheduleToStart",
    "deadLetter",
    "invalidInput",
    "invalidOutput",
    "invalidError",
    "unknownStep",
    "payload",
    "invalidKey",
    "duplicateKey",
    "stream",
    "transaction"
  ]),
  attempts: Schema.Number,
  /** Of the last defect, where it had one: what Node and most libraries name a failure by, such as `"ECONNRESET"`. */
  code: Schema.optionalKey(Schema.Union([Schema.Finite, Schema.String])),
  /** Of the last defect, where it had one under `status` or `statusCode`: that of an HTTP answer. */
  status: Schema.optionalKey(Schema.Finite),
  /**
   * The last defect, as far as it could be written down. Of an Error: `name` (that of its class where it has none of its own),
   * `message`, `stack`, `_tag`, `cause`, `errors`, and `code`, `status` and their like. Its other fields only if it has a `_tag`.
   */
  cause: Schema.optionalKey(Schema.Json)
}) {}

/**
 * A transaction was taken back: a condition in it does not hold, or a database refuses what it writes. Nothing of it was written. What a
 * step with `transaction` is handed by `onCancelled`, and the cause of its `StepFailed`.
 */
export class TransactionCancelled extends LibraryError<TransactionCancelled>()("TransactionCancelled", {
  message: Schema.String,
  /** One for each action that stood in the way. */
  reasons: Schema.Array(
    Schema.Struct({
      /** Which of your items or statements, from 0. */
      index: Schema.Number,
      /** As DynamoDB names it, such as `ConditionalCheckFailed`; of SQLite `RowsNotChanged` and `ConstraintFailed`. */
      code: Schema.String,
      message: Schema.optionalKey(Schema.String),
      /** In plain values, where the action asks for it by `ReturnValuesOnConditionCheckFailure: "ALL_OLD"`. */
      item: Schema.optionalKey(Schema.Unknown)
    })
  )
}) {}

/** A child run ended otherwise than with its typed output or error. A defect; `workflow.childOrFail` makes it an error. */
export class ChildFailed extends LibraryError<ChildFailed>()("ChildFailed", {
  message: Schema.String,
  workflow: Schema.String,
  runId: Schema.String,
  /** `terminated`: by force. Nothing of what the child had done was compensated. */
  reason: Schema.Literals(["died", "cancelled", "terminated", "conflict", "invalidKey", "duplicateKey"]),
  cause: Schema.optionalKey(Schema.Json)
}) {}

/**
 * Of the items of `forEachStep`, more failed than were tolerated, or fewer succeeded than were asked for: what `outputsOrFail` fails
 * with.
 */
export class ItemsFailed extends LibraryError<ItemsFailed>()("ItemsFailed", {
  message: Schema.String,
  reason: Schema.Literals(["completed", "minSuccessful", "toleratedCount", "toleratedPercent"]),
  total: Schema.Number,
  started: Schema.Number,
  succeeded: Schema.Number,
  failed: Schema.Number,
  /** Ten at most. */
  firstFailed: Schema.Array(Schema.Struct({ index: Schema.Number, message: Schema.String }))
}) {}

/** A body has set a state to what it cannot be. A defect; `state.setOrFail` makes it an error. The value before it stands. */
export class StateInvalid extends LibraryError<StateInvalid>()("StateInvalid", {
  message: Schema.String,
  state: Schema.String,
  reason: Schema.Literals(["invalid", "tooLarge", "tooMany"])
}) {}

/** No run has this id. Nothing was written. */
export class RunNotFound extends LibraryError<RunNotFound>()("RunNotFound", {
  message: Schema.String,
  runId: Schema.String,
  /** There was one, and it was deleted: when, epoch milliseconds. Absent: nobody knows of one. */
  deletedAt: Schema.optionalKey(Schema.Number),
  /** Until when the id of that one is taken. */
  takenUntil: Schema.optionalKey(Schema.Number)
}) {}

/** The run that was to be waited for is one of another workflow. */
export class RunOfOtherWorkflow extends LibraryError<RunOfOtherWorkflow>()("RunOfOtherWorkflow", {
  message: Schema.String,
  runId: Schema.String,
  /** Of the run that is there. */
  workflow: Schema.String
}) {}

/** The run ended with a defect. */
export class RunDied extends LibraryError<RunDied>()("RunDied", {
  message: Schema.String,
  runId: Schema.String,
  /** The defect as far as it could be written down: mostly `name`, `message`, `stack`, `cause`. */
  cause: Schema.Json
}) {}

/** The run was cancelled, and its compensations are through. */
export class RunCancelled extends LibraryError<RunCancelled>()("RunCancelled", {
  message: Schema.String,
  runId: Schema.String,
  reason: Schema.NullOr(Schema.String)
}) {}

/**
 * The run was ended by force, as it stood. Its code was not asked: no finalizer and no compensation of it has run, and what its steps had done stands.
 */
export class RunTerminated extends LibraryError<RunTerminated>()("RunTerminated", {
  message: Schema.String,
  runId: Schema.String,
  reason: Schema.NullOr(Schema.String)
}) {}

/** By the reason as it is stored. */
export const terminatedRun = (runId: string, stored: unknown): RunTerminated => {
  const reason = typeof stored === "string" ? stored : null
  const why = reason === null ? "" : ` (${reason})`
  const message = `run ${runId} was terminated${why}: its code was not asked, and nothing of what it had done was compensated`
  return new RunTerminated({ runId, reason, message })
}

/** The payload does not fit the signal's schema, or its id is none. Nothing was written. A defect where a body sends it. */
export class SignalInvalid extends LibraryError<SignalInvalid>()("SignalInvalid", {
  message: Schema.String,
  signal: Schema.String
}) {}

/** Tags that no run can have: too many, a wrong name, or a value that is none. Nothing was written. From a body it is a defect. */
export class TagsInvalid extends LibraryError<TagsInvalid>()("TagsInvalid", {
  message: Schema.String
}) {}

/** Nobody has completed or failed the callback in its time, which counts from when it was made. */
export class CallbackTimedOut extends LibraryError<CallbackTimedOut>()("CallbackTimedOut", {
  message: Schema.String,
  callback: Schema.String,
  /** When its token expired, epoch milliseconds. */
  expiredAt: Schema.Number
}) {}

/** Whoever holds the token of the callback has not been heard of for longer than its `heartbeat` allows. */
export class CallbackHeartbeatMissed extends LibraryError<CallbackHeartbeatMissed>()("CallbackHeartbeatMissed", {
  message: Schema.String,
  callback: Schema.String,
  /** The last heartbeat, epoch milliseconds; null: there was none. */
  lastHeartbeatAt: Schema.NullOr(Schema.Number)
}) {}

/**
 * A callback was answered with what its schemas do not take, or cannot be waited for. Inside a workflow it is a defect;
 * `receiveOrFail` moves it to the error channel.
 */
export class CallbackFailed extends LibraryError<CallbackFailed>()("CallbackFailed", {
  message: Schema.String,
  callback: Schema.String,
  /**
   * `payload`: completed with a value that is none of its `payload`. `error`: failed with what is none of its `error`, or it declares
   * none. `closed`: it was closed before it was answered. The others: its `key` cannot be one.
   */
  reason: Schema.Literals(["payload", "error", "closed", "invalidKey", "duplicateKey"]),
  /** What it was completed or failed with. */
  cause: Schema.optionalKey(Schema.Json)
}) {}

/**
 * `continueAsNew` was called as it cannot be: with an input that does not fit, or with compensations that the next generation could not
 * run. A defect: the run ends by it, and its compensations run.
 */
export class ContinueFailed extends LibraryError<ContinueFailed>()("ContinueFailed", {
  message: Schema.String,
  /** The one to go on with. */
  workflow: Schema.String,
  reason: Schema.Literals(["invalidInput", "compensations"])
}) {}

/**
 * A place of a limit was asked for as it cannot be: by a key or priority that is none; of a limit and key of which the run itself holds one
 * (`nested`: it could wait for itself); or of a limiter whose run id is another workflow's (`taken`). A defect: the run ends by it.
 */
export class LimitFailed extends LibraryError<LimitFailed>()("LimitFailed", {
  message: Schema.String,
  limit: Schema.String,
  reason: Schema.Literals(["invalidKey", "nested", "taken"])
}) {}

/** One or more compensations failed; the outcome that set them off is inside. The outcome of such a run is `Died`. */
export class CompensationFailed extends LibraryError<CompensationFailed>()("CompensationFailed", {
  message: Schema.String
}) {}

/** The value does not fit the stream's schema. */
export class EmitInvalid extends LibraryError<EmitInvalid>()("EmitInvalid", {
  message: Schema.String,
  stream: Schema.String
}) {}

/** One value has more than 65,536 characters of JSON, or a body has emitted more than 1,048,576 without waiting for anything. */
export class EmitTooLarge extends LibraryError<EmitTooLarge>()("EmitTooLarge", {
  message: Schema.String,
  stream: Schema.String
}) {}

/** The stream has 1,000,000 values, or 100,000 that the body has emitted. */
export class StreamFull extends LibraryError<StreamFull>()("StreamFull", {
  message: Schema.String,
  stream: Schema.String
}) {}

/** The run has ended and its stream with it, or the execution of the step that emits has. */
export class StreamEnded extends LibraryError<StreamEnded>()("StreamEnded", {
  message: Schema.String,
  stream: Schema.String
}) {}
