import * as Schema from "effect/Schema"
import { TimelineStatus } from "./timeline.ts"

/** What holds a run up, one word each. New ones may come. */
export const WhyCause = Schema.Literals([
  "stepQueued",
  "stepRetrying",
  "stepRunning",
  /** It is not known whether it runs, or waits for a worker: the queue tells nobody. */
  "stepUnderWay",
  "noWorker",
  "deadLetter",
  "timer",
  "signal",
  "callback",
  "update",
  "child",
  "run",
  "limit",
  "cancellation",
  "diverged",
  "violation",
  "unknownWorkflow",
  "unknownStep",
  "schemaChanged",
  "payloadMissing",
  "historyTooLong",
  "refused",
  "cancelling",
  "notTurned",
  "lagging",
  "succeeded",
  "failed",
  "died",
  "cancelled",
  "terminated",
  "paused",
  "stepFailed"
])
export type WhyCause = typeof WhyCause.Type

/** One thing that the run waits for. */
export const WhyWait = Schema.Struct({
  cause: WhyCause,
  /** What for, in a sentence. */
  sentence: Schema.String,
  /** What a person can do about it; a command of the command line among it, where one would help. */
  todo: Schema.optionalKey(Schema.String),
  /** `<name>#<occurrence>` and the like. */
  key: Schema.optionalKey(Schema.String),
  /** Until when, or when it is tried again, epoch milliseconds. */
  until: Schema.optionalKey(Schema.Number),
  /** The run that is waited for. */
  runId: Schema.optionalKey(Schema.String),
  /** How things are with that run, where it is looked at. */
  because: Schema.optionalKey(Schema.Array(Schema.String))
})
export interface WhyWait extends Schema.Schema.Type<typeof WhyWait> {}

/** Why a run stands where it stands. What is not certain begins with "if" or says "may". */
export const Why = Schema.Struct({
  runId: Schema.String,
  generation: Schema.Number,
  workflow: Schema.String,
  definitionVersion: Schema.String,
  status: TimelineStatus,
  /** In order: how things are, what is waited for, what is wrong. */
  sentences: Schema.Array(Schema.String),
  waits: Schema.Array(WhyWait),
  /** What to do, the most likely first. Empty: nothing but wait. */
  todo: Schema.Array(Schema.String),
  causes: Schema.Array(WhyCause)
})
export interface Why extends Schema.Schema.Type<typeof Why> {}
