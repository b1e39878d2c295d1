/** Reading a run for people: what has happened, why it stands where it stands, and what to do about it. */
export { compareRun } from "./inspection/comparison/compareRun.ts"
export { costOfRun } from "./inspection/cost/costOfRun.ts"
export { type DeadLettersOptions, findDeadLetters } from "./inspection/deadLetters/findDeadLetters.ts"
export { doctorAws, doctorSqlite } from "./inspection/doctor/doctor.ts"
export type {
  ExportedBeside,
  ExportedGeneration,
  ExportedRun,
  ExportedStream
} from "./inspection/history/exportedRun.ts"
export { type ExportOptions, exportRun } from "./inspection/history/exportRun.ts"
export { type ImportedRun, type ImportOptions, ImportRefused, importRun } from "./inspection/history/importRun.ts"
export { definitionsOf } from "./inspection/relations/definitionsOf.ts"
export { generationsOf } from "./inspection/relations/generationsOf.ts"
export { runTree, type TreeOptions } from "./inspection/relations/runTree.ts"
export type { Code } from "./inspection/replay/replayRun.ts"
export { Comparison } from "./inspection/shapes/comparison.ts"
export { RunCost } from "./inspection/shapes/cost.ts"
export { DeadLetter, DeadLetters, DeadStep } from "./inspection/shapes/deadLetters.ts"
export { WorkflowInfo } from "./inspection/shapes/definition.ts"
export { Check, DoctorReport } from "./inspection/shapes/doctor.ts"
export { GenerationInfo, RunNode, RunTree } from "./inspection/shapes/run.ts"
export {
  CommandKind,
  FailedAttempt,
  Timeline,
  TimelineCommand,
  TimelineEntry,
  TimelineStatus
} from "./inspection/shapes/timeline.ts"
export { ErrorLink, HiddenBecause, ShownError, ShownValue } from "./inspection/shapes/value.ts"
export { Why, WhyCause, WhyWait } from "./inspection/shapes/why.ts"
export { readTimeline, type TimelineOptions } from "./inspection/timeline/readTimeline.ts"
export { readValue, ValueNotFound, type ValueOptions } from "./inspection/timeline/readValue.ts"
export type { ShowOptions } from "./inspection/values/showValue.ts"
export { type WhyOptions, whyRun } from "./inspection/why/whyRun.ts"
