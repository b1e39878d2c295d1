/** For tests of your own workflows: thousands of schedules, virtual time, recorded histories. */
export { exportHistory, HistoryUnreadable, type RecordedHistory } from "./inspection/history/recordedHistory.ts"
export type { CheckOptions } from "./testing/checkOptions.ts"
export {
  type CheckReport,
  checkWorkflow
} from "./testing/checkWorkflow.ts"
export type { FastCheckArbitrary, ValueSource } from "./testing/draws/samples.ts"
export {
  HistoryDiverged,
  type ReplayReport,
  readHistory,
  replayAll,
  replayHistory,
  writeHistory
} from "./testing/history.ts"
export type { Condition, Facts, RunOutcome, RunView, SignalView, StepView } from "./testing/runView.ts"
export type { TestUpdate } from "./testing/sentUpdate.ts"
export type { TestRun } from "./testing/testRun.ts"
export { TestRuntime, type TestRuntimeOptions } from "./testing/testRuntime.ts"
export type { TestSchedules } from "./testing/testSchedules.ts"
export type { TestStartOptions } from "./testing/testStart.ts"
export { WorkflowCheckFailed } from "./testing/workflowCheckFailed.ts"
export {
  fails,
  flaky,
  outcomes,
  type StandIn,
  type StandInData,
  type StepCode,
  succeeds,
  type Transact
} from "./testing/world/standIns.ts"
