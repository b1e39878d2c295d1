/** Definitions: what a workflow is written with. */
export { compensateWith } from "./actor/compensation.ts"
export { ChildFailed, CompensationFailed, DeterminismViolation, HistoryTooLong, NonDeterminismError, PayloadUnreadable, StepFailed, UnknownWorkflow } from "./actor/errors.ts"
export { Run } from "./actor/run.ts"
export { defineSignal, type SignalDefinition } from "./actor/signal.ts"
export { defineStep, type Step, type StepContext, type StepOptions } from "./actor/step.ts"
export { randomUuid } from "./actor/uuid.ts"
export { defineWorkflow, type Workflow, type WorkflowOptions } from "./actor/workflow.ts"
