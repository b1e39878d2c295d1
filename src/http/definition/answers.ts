import * as Schema from "effect/Schema"
import { Recent, ScheduleSpec } from "../../actor/calls/schedules/scheduleSpec.ts"
import { LimitSpec } from "../../actor/definitions/limits/limitUse.ts"
import { ParkReason } from "../../actor/errors.ts"
import { runStatuses } from "../../actor/history/head.ts"
import { WorkflowInfo } from "../../inspection/shapes/definition.ts"
import { GenerationInfo } from "../../inspection/shapes/run.ts"
import { TimelineEntry } from "../../inspection/shapes/timeline.ts"

// What requests are answered with. Times are epoch milliseconds, dates ISO strings.

const begun = {
  /** The generation that this start has begun, or, where another has to end first, the first that it can begin. */
  generation: Schema.Number,
  /** Of a start that follows another: to wait for its end. */
  requestId: Schema.optionalKey(Schema.String)
}
export const Started = Schema.Struct({ runId: Schema.String, isNew: Schema.Literal(true), ...begun })
export const WasThere = Schema.Struct({ runId: Schema.String, isNew: Schema.Literal(false), ...begun })

/** The write is durable. */
export const Accepted = Schema.Struct({ runId: Schema.String })

/** Of a run that was deleted: times in epoch milliseconds, and whether all that is stored is gone by now. */
export const Deleted = Schema.Struct({
  runId: Schema.String,
  deletedAt: Schema.Number,
  takenUntil: Schema.Number,
  isErased: Schema.Boolean
})

/** What a run goes on with, and what it leaves: keys of messages and commands. */
export const Repaired = Schema.Struct({
  how: Schema.Literals(["retry", "reset", "fork"]),
  runId: Schema.String,
  generation: Schema.Number,
  requestId: Schema.optionalKey(Schema.String),
  isNew: Schema.Boolean,
  at: Schema.Number,
  dropped: Schema.Array(Schema.String),
  taken: Schema.Array(Schema.String),
  asked: Schema.Array(Schema.String),
  again: Schema.Array(Schema.String)
})

export const Answered = Schema.Struct({})

const optional = Schema.optionalKey
const RunStatus = Schema.Literals(runStatuses)
const OutcomeTag = Schema.Literals(["succeeded", "failed", "died", "cancelled", "terminated"])

const WaitingFor = Schema.Union([
  Schema.Struct({
    kind: Schema.Literal("step"),
    key: Schema.String,
    name: Schema.String,
    attempt: optional(Schema.Finite),
    lastError: optional(Schema.String),
    nextTry: optional(Schema.Date),
    worker: optional(Schema.String)
  }),
  Schema.Struct({ kind: Schema.Literal("timer"), key: Schema.String, due: Schema.Date }),
  Schema.Struct({
    kind: Schema.Literal("child"),
    key: Schema.String,
    workflow: Schema.String,
    runId: Schema.String
  }),
  Schema.Struct({ kind: Schema.Literal("run"), workflow: Schema.String, runId: Schema.String }),
  Schema.Struct({
    kind: Schema.Literal("callback"),
    key: Schema.String,
    name: Schema.String,
    expires: optional(Schema.Date)
  }),
  Schema.Struct({ kind: Schema.Literal("signal"), name: Schema.String, for: optional(Schema.String) }),
  Schema.Struct({
    kind: Schema.Literal("limit"),
    place: Schema.String,
    runId: Schema.String,
    number: Schema.Finite,
    position: optional(Schema.Finite),
    queued: optional(Schema.Finite),
    held: optional(Schema.Finite),
    until: optional(Schema.Date)
  }),
  Schema.Struct({ kind: Schema.Literal("update"), name: Schema.String }),
  Schema.Struct({ kind: Schema.Literal("cancellation") })
])

const descriptionFields = {
  runId: Schema.String,
  generation: Schema.Finite,
  workflow: Schema.String,
  definitionVersion: Schema.String,
  status: Schema.Literals([...runStatuses, "accepted", "continued"]),
  startedAt: Schema.Finite,
  updatedAt: Schema.Finite,
  messages: Schema.Finite,
  waitingFor: Schema.Array(WaitingFor),
  retriedSteps: optional(
    Schema.Array(
      Schema.Struct({ key: Schema.String, attempts: Schema.Finite, lastError: Schema.String, at: Schema.Finite })
    )
  ),
  unread: optional(
    Schema.Array(Schema.Struct({ name: Schema.String, for: optional(Schema.String), count: Schema.Finite }))
  ),
  parked: optional(ParkReason),
  remedy: optional(Schema.String),
  paused: optional(Schema.Struct({ since: Schema.Finite, reason: Schema.NullOr(Schema.String) })),
  outcome: optional(OutcomeTag),
  parentRunId: optional(Schema.String),
  tags: optional(Schema.Record(Schema.String, Schema.String))
}

/** As the client's `RunDescription`. */
export const Described = Schema.Struct(descriptionFields).annotate({ identifier: "RunDescription" })

const resultFields = {
  /** Of a run that has ended: its output, its typed error, what it died of, or why it was cancelled. */
  result: optional(Schema.Json),
  /** The result is too large for an answer: this says so, instead of it. */
  resultOmitted: optional(Schema.String)
}

export const DescribedWithResult = Schema.Struct({ ...descriptionFields, ...resultFields }).annotate({
  identifier: "RunWithResult"
})

export const Ended = Schema.Struct({ runId: Schema.String, outcome: OutcomeTag, ...resultFields }).annotate({
  identifier: "RunEnded"
})

export const NotYet = Schema.Struct({
  runId: Schema.String,
  isPending: Schema.Literal(true),
  status: Schema.Literals([...runStatuses, "accepted"])
}).annotate({ identifier: "RunNotEnded" })

export const RunPage = Schema.Struct({
  runs: Schema.Array(
    Schema.Struct({
      runId: Schema.String,
      generation: Schema.Finite,
      workflow: Schema.String,
      definitionVersion: Schema.String,
      status: RunStatus,
      startedAt: Schema.Finite,
      updatedAt: Schema.Finite,
      /** Absent: none. */
      tags: optional(Schema.Record(Schema.String, Schema.String))
    })
  ),
  /** For the next page; absent at the end. A page may have fewer runs than asked for, and go on all the same. */
  cursor: optional(Schema.String)
}).annotate({ identifier: "RunPage" })

export const HistoryPage = Schema.Struct({
  runId: Schema.String,
  generation: Schema.Finite,
  /** Messages in all: those that were adopted, in their order, and behind them those that no turn has adopted yet. */
  total: Schema.Finite,
  /** Place of the first one of this page. */
  from: Schema.Finite,
  entries: Schema.Array(TimelineEntry),
  /** Where the next page begins; absent at the end. */
  next: optional(Schema.Finite)
}).annotate({ identifier: "HistoryPage" })

export const StateShown = Schema.Struct({ value: Schema.Json, mark: Schema.String, isOver: Schema.Boolean })
/** Nothing new since `after`. */
export const StateUnchanged = Schema.Struct({ mark: Schema.String, isOver: Schema.Boolean })

const Source = Schema.Union([
  Schema.Struct({ from: Schema.Literal("body") }),
  Schema.Struct({
    from: Schema.Literal("step"),
    step: Schema.String,
    attempt: Schema.Finite,
    execution: Schema.String
  })
])

const StreamItem = Schema.Union([
  Schema.Struct({
    _tag: Schema.Literal("Value"),
    position: Schema.Finite,
    value: Schema.Json,
    at: Schema.Finite,
    source: Source
  }),
  Schema.Struct({ _tag: Schema.Literal("Superseded"), position: Schema.Finite, step: Schema.String })
])

export const StreamPage = Schema.Struct({
  items: Schema.Array(StreamItem),
  /** The position to go on from. */
  next: Schema.Finite,
  /** The run has ended, and there will be nothing more. */
  isOver: Schema.Boolean
}).annotate({ identifier: "StreamPage" })

const eventOf = <const Name extends string, Data extends Schema.Top>(name: Name, data: Data) =>
  Schema.Struct({
    id: optional(Schema.UndefinedOr(Schema.String)),
    event: Schema.Literal(name),
    data: Schema.fromJsonString(data)
  })

/** Server-sent events of an output stream. */
export const StreamEvent = Schema.Union([
  eventOf("value", Schema.Struct({ position: Schema.Finite, value: Schema.Json, at: Schema.Finite, source: Source })),
  /** Of that step nothing that came before stands. */
  eventOf("superseded", Schema.Struct({ step: Schema.String })),
  /** The run has ended, and nothing comes any more. */
  eventOf("end", Schema.Struct({})),
  /** The stream cannot be read on. */
  eventOf("failed", Schema.Struct({ error: Schema.String, message: Schema.String }))
])

/** Server-sent events of changes in the list of runs. */
export const ChangeEvent = Schema.Union([
  /** The first one. `isComplete`: every change is told of, and not only those that a look at the newest runs finds. */
  eventOf("open", Schema.Struct({ isComplete: Schema.Boolean })),
  /** Of these runs; null: some have changed, and it is not known which, or they are many. */
  eventOf("changed", Schema.Struct({ runIds: Schema.NullOr(Schema.Array(Schema.String)) }))
])

export const Updated = Schema.Struct({ id: Schema.String, output: Schema.Json })
export const UpdatePending = Schema.Struct({ id: Schema.String, isPending: Schema.Literal(true) })

/** How many signals it became. */
export const DeliveryTaken = Schema.Struct({ taken: Schema.Finite })

const Count = Schema.Struct({
  count: Schema.Finite,
  /** There are more: nobody counts on. */
  isMore: Schema.Boolean
})

export const Counts = Schema.Struct({
  counts: Schema.Struct({
    running: Count,
    succeeded: Count,
    failed: Count,
    cancelled: Count,
    terminated: Count,
    parked: Count,
    paused: Count
  }),
  /** When they were counted. */
  at: Schema.Finite
}).annotate({ identifier: "Counts" })

const Names = Schema.NullOr(Schema.Array(Schema.String))

export const Definitions = Schema.Struct({
  workflows: Schema.Array(WorkflowInfo),
  /** Null: the deployment does not say, and takes any. */
  signals: Names,
  states: Names,
  updates: Names,
  callbacks: Names,
  streams: Names,
  webhooks: Schema.Array(Schema.String)
}).annotate({ identifier: "Definitions" })

export const Generations = Schema.Struct({ runId: Schema.String, generations: Schema.Array(GenerationInfo) }).annotate({
  identifier: "Generations"
})

export const ScheduleNames = Schema.Struct({
  schedules: Schema.Array(Schema.String),
  cursor: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "ScheduleNames" })

export const ScheduleTold = Schema.Struct({ schedule: Schema.String }).annotate({ identifier: "ScheduleTold" })

export const Triggered = Schema.Struct({ schedule: Schema.String, runId: Schema.String }).annotate({
  identifier: "Triggered"
})

const { input: _, ...specFields } = ScheduleSpec.fields

/** Times are epoch milliseconds. */
export const ScheduleShown = Schema.Struct({
  schedule: Schema.String,
  runId: Schema.String,
  status: Schema.Literals(["starting", "active", "paused", "held", "removed", "ended"]),
  why: Schema.optionalKey(Schema.String),
  /** Without its input. */
  spec: Schema.optionalKey(Schema.Struct({ ...specFields, isInputMade: Schema.Boolean })),
  paused: Schema.optionalKey(Schema.Struct({ at: Schema.Finite, note: Schema.optionalKey(Schema.String) })),
  next: Schema.Array(Schema.Finite),
  recent: Schema.Array(Recent),
  live: Schema.Array(Schema.String),
  queued: Schema.Finite,
  backfills: Schema.optionalKey(Schema.Array(Schema.Struct({ from: Schema.Finite, until: Schema.Finite }))),
  started: Schema.Finite,
  skipped: Schema.Finite
}).annotate({ identifier: "ScheduleShown" })

/** Times are epoch milliseconds. */
export const LimitShown = Schema.Struct({
  /** `<limit>/<key>`. */
  place: Schema.String,
  limit: Schema.String,
  runId: Schema.String,
  status: Schema.Literals(["starting", "active", "held", "ended"]),
  spec: Schema.optionalKey(LimitSpec),
  held: Schema.Finite,
  queued: Schema.Finite,
  total: Schema.Finite,
  holders: Schema.Array(Schema.String),
  waitingSince: Schema.optionalKey(Schema.Finite),
  heldBackUntil: Schema.optionalKey(Schema.Finite)
}).annotate({ identifier: "LimitShown" })

export const LimitsPage = Schema.Struct({
  limits: Schema.Array(LimitShown),
  cursor: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "LimitsPage" })
