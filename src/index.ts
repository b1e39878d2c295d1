/** Definitions: what a workflow is written with. */
export { compensateWith } from "./actor/compensation.ts"
export {
  ChildFailed,
  CompensationFailed,
  DeterminismViolation,
  HistoryTooLong,
  NonDeterminismError,
  PayloadUnreadable,
  StepFailed,
  UnknownWorkflow,
  WriteRefused
} from "./actor/errors.ts"
export { Run } from "./actor/run.ts"
export { defineSignal, type SignalDefinition } from "./actor/signal.ts"
export { defineStep, type Step, type StepContext, type StepOptions } from "./actor/step.ts"
export { randomUuid } from "./actor/uuid.ts"
export { defineWorkflow, type Workflow, type WorkflowOptions } from "./actor/workflow.ts"
/** The client: what the outside does with runs. */
export {
  Client,
  clientLayer,
  type RunHandle,
  type StartOptions,
  type WaitError,
  type WaitOptions
} from "./client/client.ts"
export type { HistoryEvent, RunDescription } from "./client/describe.ts"
export {
  InputInvalid,
  OutcomeUnreadable,
  RunCancelled,
  RunConflict,
  RunDied,
  RunFinished,
  RunIdInvalid,
  RunNotFound,
  RunParked,
  SignalInvalid
} from "./client/errors.ts"
export { PayloadAltered, PayloadMissing, StoreRefused, StoreUnavailable } from "./store/errors.ts"
