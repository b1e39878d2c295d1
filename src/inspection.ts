/** Reading a run for people: what has happened, and with which values. */
export type { Code } from "./inspection/replay/replayRun.ts"
export {
  CommandKind,
  FailedAttempt,
  Timeline,
  TimelineCommand,
  TimelineEntry,
  TimelineStatus
} from "./inspection/shapes/timeline.ts"
export { ErrorLink, HiddenBecause, ShownError, ShownValue } from "./inspection/shapes/value.ts"
export { readTimeline, type TimelineOptions } from "./inspection/timeline/readTimeline.ts"
export { readValue, ValueNotFound, type ValueOptions } from "./inspection/timeline/readValue.ts"
export type { ShowOptions } from "./inspection/values/showValue.ts"
