/** Definitions: what a workflow is written with. */

export { type Callback, type CallbackCall, callback, waitForCallback } from "./actor/calls/callback.ts"
export { type Collected, type CollectOptions, collect } from "./actor/calls/collect.ts"
export { compensateWith } from "./actor/calls/compensation.ts"
export { continueAsNew, historyLength } from "./actor/calls/continueAsNew.ts"
export { nextCron, sleepUntilCron } from "./actor/calls/cron.ts"
export { defineLimit, type LimitOptions } from "./actor/calls/limits/defineLimit.ts"
export type { Rate } from "./actor/calls/limits/parseRate.ts"
export { forEachStep } from "./actor/calls/many/forEachStep.ts"
export type { ForEachStepOptions } from "./actor/calls/many/manyOptions.ts"
export type {
  AllSucceeded,
  Enough,
  ItemFailed,
  ItemOutcome,
  ManyReason,
  ManyResult,
  NotEnough
} from "./actor/calls/many/manyResult.ts"
export { itemsFailed, outputsOrFail } from "./actor/calls/many/outputsOrFail.ts"
export { deprecatePatch, patched } from "./actor/calls/patched/patched.ts"
export { type PollOptions, PollUsedUp, pollUntil } from "./actor/calls/pollUntil.ts"
export {
  type CronOptions,
  defineSchedule,
  type EveryOptions,
  type ScheduleDefinition,
  type ScheduledTime,
  type ScheduleOptions
} from "./actor/calls/schedules/defineSchedule.ts"
export { setTags } from "./actor/calls/setTags.ts"
export { type Moment, type SleepOptions, sleep, sleepUntil } from "./actor/calls/sleep.ts"
export { defineStream } from "./actor/calls/stream.ts"
export { updatesSettled } from "./actor/calls/updatesSettled.ts"
export { randomUuid } from "./actor/calls/uuid.ts"
export {
  type CallbackDefinition,
  type CallbackOptions,
  defineCallback
} from "./actor/definitions/callbacks/callback.ts"
export type {
  Answered,
  ChildHandle,
  ChildOptions,
  ContinueOptions,
  Emitting,
  SignalDefinition,
  SignalSource,
  StateDefinition,
  Step,
  StepContext,
  StreamDefinition,
  UpdateDefinition,
  UpdateHandling,
  UpdateInfo,
  Workflow
} from "./actor/definitions/definition.ts"
export type { Limit, LimitSpec, LimitUse } from "./actor/definitions/limits/limitUse.ts"
export { defineState } from "./actor/definitions/outside/state.ts"
export { defineUpdate, type UpdateOptions } from "./actor/definitions/outside/update.ts"
export { RetryAfter, type RetryAfterOptions } from "./actor/definitions/retryAfter.ts"
export { Run } from "./actor/definitions/run.ts"
export { defineSignal } from "./actor/definitions/signal.ts"
export {
  defineStep,
  type StepOptions,
  type StepSettings,
  type TransactionStepOptions
} from "./actor/definitions/step.ts"
export type {
  SqlStatement,
  SqlValue,
  TransactItem,
  TransactionPlan,
  Writes
} from "./actor/definitions/transactions/transaction.ts"
export { defineWorkflow, type WorkflowOptions } from "./actor/definitions/workflow.ts"
export {
  CallbackFailed,
  CallbackHeartbeatMissed,
  CallbackTimedOut,
  ChildFailed,
  CompensationFailed,
  ContinueFailed,
  DeterminismViolation,
  EmitInvalid,
  EmitTooLarge,
  HistoryTooLong,
  ItemsFailed,
  LimitFailed,
  NonDeterminismError,
  PayloadUnreadable,
  RunCancelled,
  RunDied,
  RunNotFound,
  RunOfOtherWorkflow,
  RunTerminated,
  SignalInvalid,
  StateInvalid,
  StepFailed,
  StreamEnded,
  StreamFull,
  TagsInvalid,
  TransactionCancelled,
  UnknownWorkflow,
  WriteRefused
} from "./actor/errors.ts"
export type { EmitError } from "./actor/history/output/emitted.ts"
export type { StartPolicy } from "./actor/history/restarting/policies.ts"
export type { TagChanges } from "./actor/tags/tagBox.ts"
export type { Tags } from "./actor/tags/tags.ts"
/** The client: what the outside does with runs. */
export {
  CallbackAltered,
  CallbackClosed,
  CallbackExpired,
  CallbackForged,
  CallbackInvalid,
  CallbackUsed
} from "./client/callbackErrors.ts"
export type { AnswerError, AnswerOptions } from "./client/callbacks.ts"
export {
  Client,
  clientLayer
} from "./client/client.ts"
export type { DeletedRun, DeleteOptions, DeletionClient } from "./client/deletion/deletionClient.ts"
export type { HistoryEvent, RunDescription } from "./client/describe.ts"
export {
  InputInvalid,
  OtherStore,
  OutcomeUnreadable,
  PositionInvalid,
  RepairInvalid,
  RepairRefused,
  RunConflict,
  RunDeleted,
  RunExists,
  RunFinished,
  RunIdInvalid,
  RunNotEnded,
  RunParked,
  SignalConflict,
  StartInvalid,
  StateNotSet,
  StateUnreadable,
  StreamUnreadable,
  UpdateConflict,
  UpdateFailed,
  UpdateInvalid
} from "./client/errors.ts"
export type {
  SendUpdateError,
  StateError,
  StreamError,
  UpdateAnswerError,
  WaitError
} from "./client/failures.ts"
export type { LimitClient, LimitDescription } from "./client/limits/limitClient.ts"
export type {
  StreamItem,
  StreamReadOptions,
  StreamSource,
  StreamSuperseded,
  StreamValue
} from "./client/output/streamItem.ts"
export type { PauseOptions, ResumeOptions, TerminateOptions } from "./client/repair/decide.ts"
export type { ForkError, RepairClient, RepairError } from "./client/repair/repairClient.ts"
export type {
  CutOptions,
  EditedOutcome,
  ForkOptions,
  MessagePlace,
  Repair,
  ResetOptions,
  RetryOptions
} from "./client/repair/repairOptions.ts"
export type { ScheduleDescription } from "./client/schedules/describeSchedule.ts"
export { ScheduleEnded, ScheduleInvalid, ScheduleNotFound } from "./client/schedules/errors.ts"
export type { ScheduleClient } from "./client/schedules/scheduleClient.ts"
export type { SignalOptions } from "./client/send.ts"
export type {
  NoChoices,
  PlainStartError,
  PlainStartOptions,
  RunHandle,
  StartError,
  StartOptions
} from "./client/start.ts"
export type { StartChoices } from "./client/starting/beginsAt.ts"
export type { SignalWithStartOptions } from "./client/starting/signalWithStart.ts"
export type { WaitOptions, WhichStart } from "./client/starting/soughtStart.ts"
export type { IsThere, RunItems, RunStatements, TransactionClient } from "./client/transactions/transactionClient.ts"
export { type CallbackKey, CallbackKeys } from "./store/callbacks/callbackKeys.ts"
export { RunEraser } from "./store/deletion/runEraser.ts"
export { CursorInvalid, PayloadAltered, PayloadMissing, StoreRefused, StoreUnavailable } from "./store/errors.ts"
export type { CountQuery, RunCount, RunCounts } from "./store/listing/runCounts.ts"
export type { WaitingFor, WaitingForPlace, WaitingForStep } from "./store/reading/waitingFor.ts"
export type { ListQuery, RunPage, RunSummary } from "./store/runTable.ts"
export type { RowItem } from "./store/transactions/asWrites.ts"
