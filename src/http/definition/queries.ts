import * as Schema from "effect/Schema"
import { runStatuses } from "../../actor/history/head.ts"
import { mostWaitMs } from "./bodies.ts"

// What may stand behind the "?" of a request.

const whole = (minimum: number, maximum: number, description: string) =>
  Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum, maximum })).annotate({ description }))

const text = (description: string) => Schema.optionalKey(Schema.String.annotate({ description }))

const waitMs = (what: string, usual: number) =>
  whole(0, mostWaitMs, `How long to wait ${what}, in milliseconds: ${mostWaitMs} at most. Default ${usual}.`)

const secrets = Schema.optionalKey(
  Schema.Literals(["hide"]).annotate({
    description:
      "hide: for people's eyes. What the schemas say is Redacted is <redacted>, and values without a schema are not shown. Default: values as they are."
  })
)

const generation = whole(0, 999_999_999, "Which generation of the run. Default: the newest.")

/** Of what a run has ended with the timeline tells what is no secret. */
export const GetQuery = Schema.Struct({ secrets, generation })

export const DeadLettersQuery = Schema.Struct({
  workflow: text("The name of a workflow. Default: of all."),
  status: Schema.optionalKey(
    Schema.Literals(runStatuses).annotate({ description: "Runs of which state are looked at. Default failed." })
  ),
  limit: whole(1, 200, "So many runs are looked at, 200 at most. Default 50."),
  cursor: text("From the page before.")
})

export const ListQuery = Schema.Struct({
  workflow: text("The name of a workflow. Default: of all."),
  status: Schema.optionalKey(Schema.Literals(runStatuses)),
  tag: text(
    "A tag that the run has, as key=value; several with commas between. A comma or percent sign of a value is percent-encoded once more."
  ),
  since: text("Only runs that have started at this time or later: 2026-07-01T09:00:00Z, or epoch milliseconds."),
  until: text("Only runs that have started before this time."),
  prefix: text("Only runs whose id begins so."),
  limit: whole(1, 1_000, "Runs of a page, 1,000 at most. Default 100."),
  cursor: text("From the page before, which was asked for with the same filters.")
})

export const SchedulesQuery = Schema.Struct({
  limit: whole(1, 1_000, "Names of a page, 1,000 at most. Default 100."),
  cursor: text("From the page before.")
})

export const LimitsQuery = Schema.Struct({
  limit: whole(1, 200, "Keys of a page, 200 at most. Default 50."),
  cursor: text("From the page before, which was asked for with the same prefix."),
  prefix: text("Only what begins so: `stripe/` are the keys of one limit.")
})

export const StateQuery = Schema.Struct({
  after: text("The mark of an answer before: it is waited for another value."),
  secrets,
  waitMs: waitMs("for another value, or for the first one", 0)
})

const from = whole(
  -999_999_999_999,
  999_999_999_999,
  "A position, 0 for the first value, -10 for the last ten. Default 0."
)

export const EventsQuery = Schema.Struct({
  /** Unless a `Last-Event-ID` says where a connection before was lost. */
  from,
  tries: Schema.optionalKey(
    Schema.Literals(["all", "standing"]).annotate({
      description: "standing: what does not stand after all is noted. Default standing."
    })
  )
})

/** Without `tries` everything comes: to tell the tries apart, a page reads all that is before it. */
export const StreamQuery = Schema.Struct({
  from,
  limit: whole(1, 1_000, "Values of a page, 1,000 at most. Default 100."),
  tries: Schema.optionalKey(
    Schema.Literals(["all", "standing"]).annotate({
      description: "all: also what tries of steps have emitted that do not stand. Default all."
    })
  ),
  secrets,
  waitMs: waitMs("where there is nothing yet", 0)
})

export const HistoryQuery = Schema.Struct({
  generation,
  from: whole(
    -999_999_999,
    999_999_999,
    "The first message to be told, by its place in the order; a negative number counts from the end. Default 0."
  ),
  limit: whole(1, 500, "Messages of a page, 500 at most. Default 100.")
})

export const TimelineQuery = Schema.Struct({
  ...HistoryQuery.fields,
  commandsAt: whole(
    0,
    999_999_999,
    "Of the commands of this page, which are told 500 at a time, the first one: `nextCommands` of the answer before. The entries are left out then. Default 0."
  )
})

export const GenerationQuery = Schema.Struct({ generation })

export const ValueQuery = Schema.Struct({
  generation,
  ref: Schema.String.annotate({ description: "What the timeline gives with the value." })
})

export const WaitQuery = Schema.Struct({
  waitMs: waitMs("for the end of the run", 10_000),
  generation: whole(
    0,
    999_999_999,
    "Of a run that was started more than once: the end of the start that this generation is of. Default: of the newest."
  ),
  requestId: text("The same, of the start that was asked for by this request. It may be still to come.")
})

export const AnswerQuery = Schema.Struct({
  id: text("Makes the answer idempotent.")
})
