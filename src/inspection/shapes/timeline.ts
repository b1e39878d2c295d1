import * as Schema from "effect/Schema"
import { ShownError, ShownValue } from "./value.ts"

export const OutcomeTag = Schema.Literals(["succeeded", "failed", "died", "cancelled", "terminated"])

/** `accepted`: started, and no turn has been taken yet. `continued`: this generation is over, and the run goes on with the next one. */
export const TimelineStatus = Schema.Literals([
  "accepted",
  "running",
  "succeeded",
  "failed",
  "cancelled",
  "terminated",
  "parked",
  "paused",
  "continued"
])

/** An attempt of a step that failed, and was followed by another. */
export const FailedAttempt = Schema.Struct({
  attempt: Schema.Number,
  /** When it failed, epoch milliseconds. */
  at: Schema.Number,
  error: Schema.String
})
export interface FailedAttempt extends Schema.Schema.Type<typeof FailedAttempt> {}

/** A message of a run, in the order in which it was adopted. */
export const TimelineEntry = Schema.Struct({
  /** In the adopted order, from 0; null: it is there, and no turn has adopted it. */
  position: Schema.NullOr(Schema.Number),
  /** Of its row: unique in its generation. */
  key: Schema.String,
  kind: Schema.Literals([
    "start",
    "step",
    "timer",
    "child",
    "callback",
    "signal",
    "update",
    "cancel",
    "await",
    "terminate",
    "pause",
    "resume",
    "restart",
    "repair"
  ]),
  /** Of the workflow, step, signal, update, callback; of a timer its key. */
  name: Schema.optionalKey(Schema.String),
  /** The time that it has brought to the run, epoch milliseconds: the run's time from then on is not less. */
  at: Schema.Number,
  /** The clock of whoever wrote it. */
  writtenAt: Schema.Number,
  /** It came, and nothing waited for it. */
  setAside: Schema.optionalKey(Schema.Literal(true)),
  /** Of a start, or of a request for one: all before message `at` of another generation is its own as well. */
  copy: Schema.optionalKey(
    Schema.Struct({
      how: Schema.Literals(["retry", "reset", "fork"]),
      runId: Schema.String,
      generation: Schema.Number,
      at: Schema.Number,
      /** Keys of rows that were given another outcome. */
      edited: Schema.Array(Schema.String),
      /** Keys of successes that came later, and were taken over. */
      taken: Schema.Array(Schema.String),
      reason: Schema.optionalKey(Schema.String)
    })
  ),
  /** Patches whose new way the run went by it. */
  patches: Schema.optionalKey(Schema.Array(Schema.String)),
  /** `id` of the command that it answers. */
  answers: Schema.optionalKey(Schema.String),
  /** Input, payload, or output. */
  value: Schema.optionalKey(ShownValue),
  outcome: Schema.optionalKey(OutcomeTag),
  error: Schema.optionalKey(ShownError),
  /** Executions of a step. */
  attempts: Schema.optionalKey(Schema.Number),
  /** When the one began that has this outcome. */
  startedAt: Schema.optionalKey(Schema.Number),
  tries: Schema.optionalKey(Schema.Array(FailedAttempt)),
  inline: Schema.optionalKey(Schema.Literal(true)),
  /** Of a signal, an update or a callback's answer: its idempotency key. */
  id: Schema.optionalKey(Schema.String),
  /** What a signal is for. */
  for: Schema.optionalKey(Schema.String),
  /** When a timer was due. */
  due: Schema.optionalKey(Schema.Number),
  /** Of a cancellation. */
  reason: Schema.optionalKey(Schema.NullOr(Schema.String)),
  /** The run that has started this one, or that asks how it ends. */
  fromRunId: Schema.optionalKey(Schema.String)
})
export interface TimelineEntry extends Schema.Schema.Type<typeof TimelineEntry> {}

export const CommandKind = Schema.Literals([
  "step",
  /** A sleep, a time-out, or a moment. */
  "timer",
  "child",
  /** The end of a run that this one has not started. */
  "run",
  "callback",
  /** It waits for a signal. */
  "receive",
  /** It says which updates it takes. */
  "handle",
  /** It answers an update. */
  "update",
  "emit",
  "state",
  /** A signal to another run. */
  "send"
])
export type CommandKind = typeof CommandKind.Type

/** What the workflow has asked for. */
export const TimelineCommand = Schema.Struct({
  /** Unique in its generation: `<kind>/<key>`. */
  id: Schema.String,
  kind: CommandKind,
  /** `<name>#<occurrence>`, or `<name>:<your key>`. */
  key: Schema.String,
  name: Schema.String,
  /** Position of the entry that led to it; null: not known without code. */
  by: Schema.NullOr(Schema.Number),
  /** The run's time as it was asked for, epoch milliseconds; null: not known without code. */
  issuedAt: Schema.NullOr(Schema.Number),
  /**
   * `open`: it is waited for. `abandoned`: nobody waits any more (a lost race, a time-out not needed). `done`: answered, fired, or at once,
   * as of `emit`, `state`, `send` and `handle`.
   */
  state: Schema.Literals(["open", "done", "abandoned"]),
  /** Position of the entry that has answered it. Absent for what needs no answer, and for a timer that fired by the time that another message brought. */
  answeredBy: Schema.optionalKey(Schema.Number),
  /** The run's time as it was answered, fired or given up. */
  endedAt: Schema.optionalKey(Schema.Number),
  outcome: Schema.optionalKey(OutcomeTag),
  /** Of a step or child; what is emitted, set or sent. */
  input: Schema.optionalKey(ShownValue),
  /** What it was answered with. */
  output: Schema.optionalKey(ShownValue),
  error: Schema.optionalKey(ShownError),
  /** Executions so far, as far as is known. */
  attempts: Schema.optionalKey(Schema.Number),
  /** When the execution began that gave the outcome. */
  startedAt: Schema.optionalKey(Schema.Number),
  tries: Schema.optionalKey(Schema.Array(FailedAttempt)),
  /** Of an open step that has failed: how, and when it is tried again. */
  lastError: Schema.optionalKey(Schema.String),
  nextTry: Schema.optionalKey(Schema.Number),
  inline: Schema.optionalKey(Schema.Literal(true)),
  /** Of a timer. */
  dueAt: Schema.optionalKey(Schema.Number),
  /** Of a callback's token; absent: never. */
  expiresAt: Schema.optionalKey(Schema.Number),
  /** Of a child, of a run that is waited for, or of the one that a signal goes to. */
  runId: Schema.optionalKey(Schema.String),
  /** What a signal is for. */
  for: Schema.optionalKey(Schema.String)
})
export interface TimelineCommand extends Schema.Schema.Type<typeof TimelineCommand> {}

/** A page of what has happened in one generation of a run. */
export const Timeline = Schema.Struct({
  runId: Schema.String,
  generation: Schema.Number,
  /** Of the newest generation: the timeline of another is asked for by its number. */
  newestGeneration: Schema.Number,
  /** The generation that the start of this one has begun with: its input is what was asked for. Absent: 0, as nobody has started the run again. */
  firstGeneration: Schema.optionalKey(Schema.Number),
  workflow: Schema.String,
  definitionVersion: Schema.String,
  status: TimelineStatus,
  startedAt: Schema.Number,
  updatedAt: Schema.Number,
  /** Of the head: the same number, the same timeline. 0: no turn has been taken. */
  version: Schema.Number,
  /** Entries in all: adopted ones, and behind them those that no turn has adopted yet. */
  total: Schema.Number,
  /** Place of the first entry of this page among them. */
  from: Schema.Number,
  entries: Schema.Array(TimelineEntry),
  /** Those that the entries of this page have led to; where that is not known, that they have answered; what is open without a known origin, on the last page. */
  commands: Schema.Array(TimelineCommand),
  /** There are more of this page: they begin with this one (`commandsAt`). */
  nextCommands: Schema.optionalKey(Schema.Number),
  /**
   * `code`: by a replay with the workflow of today, which knows all. `rows`: by what is stored, which knows of commands that were answered
   * or are open, without inputs.
   */
  commandsFrom: Schema.Literals(["code", "rows"]),
  /** With `rows`: why not by a replay. */
  withoutCode: Schema.optionalKey(Schema.String),
  outcome: Schema.optionalKey(Schema.Literals(["succeeded", "failed", "died", "cancelled", "terminated", "continued"])),
  output: Schema.optionalKey(ShownValue),
  error: Schema.optionalKey(ShownError),
  parentRunId: Schema.optionalKey(Schema.String),
  /** Names of what its body has published, and of the streams that it has emitted to. */
  states: Schema.Array(Schema.String),
  streams: Schema.Array(Schema.String)
})
export interface Timeline extends Schema.Schema.Type<typeof Timeline> {}
