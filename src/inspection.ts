/** Reading a run for people: what has happened, why it stands where it stands, and what to do about it. */
export { compareRun } from "./inspection/comparison/compareRun.ts"
export type { Code } from "./inspection/replay/replayRun.ts"
export { Comparison } from "./inspection/shapes/comparison.ts"
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
