import * as Schema from "effect/Schema"
import { startPolicies } from "../../actor/history/restarting/policies.ts"
import { zonedMoment } from "./zonedMoment.ts"

// What requests hold. The functions of AWS Lambda read theirs by the same schemas.

/** The most that a request waits for news: below what an HTTP API gives its function. */
export const mostWaitMs = 20_000

const WaitMs = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: mostWaitMs }))

const signalFields = {
  /** As the signal's schema encodes it to JSON. Left out: null. */
  payload: Schema.optionalKey(Schema.Json),
  /** Makes it idempotent: the same id and payload is the same signal. */
  id: Schema.optionalKey(Schema.String),
  /** What it is for: only who waits for that receives it. */
  for: Schema.optionalKey(Schema.String)
}

export const SignalBody = Schema.Struct(signalFields)

/** A moment with its zone: `2026-11-29T00:00:00Z`. */
const Instant = Schema.String.check(
  Schema.makeFilter((text) =>
    zonedMoment(text) === undefined ? "a moment with its zone, such as 2026-11-29T00:00:00Z" : undefined
  )
)

export const StartBody = Schema.Struct({
  /** As the input's schema encodes it to JSON. Left out: null. */
  input: Schema.optionalKey(Schema.Json),
  runId: Schema.optionalKey(Schema.String),
  version: Schema.optionalKey(Schema.String),
  /** What lists find the run by, such as { "customer": "c-17" }. */
  tags: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  policy: Schema.optionalKey(
    Schema.Literals(startPolicies).annotate({
      description:
        "What if there is a run of that id. existing: it is the one that is meant, if it is of this input. reject: 409. replace: it is cancelled, and then this start. afterFinish: this start once that one is over. debounce: this start in the place of one whose delay is not over, and otherwise once that one is. Default existing."
    })
  ),
  requestId: Schema.optionalKey(
    Schema.String.annotate({
      description:
        "Makes a start with reject, replace, afterFinish or debounce idempotent: the same requestId is the same start."
    })
  ),
  startAt: Schema.optionalKey(
    Instant.annotate({
      description: "A date and time with its zone (2026-07-01T09:00:00Z) before which the body does not begin."
    })
  ),
  delay: Schema.optionalKey(
    Schema.String.annotate({ description: 'The same, from now: "90 seconds", "2 days". Not both.' })
  ),
  maxDelay: Schema.optionalKey(
    Schema.String.annotate({
      description:
        "With policy debounce: the body begins so much later than the first of such starts at the latest. Default ten times the delay; Infinity for never mind."
    })
  ),
  /** Sent as well, to the run that this starts or that is there. */
  signal: Schema.optionalKey(Schema.Struct({ name: Schema.String, ...signalFields }))
})

export const UpdateBody = Schema.Struct({
  input: Schema.optionalKey(Schema.Json),
  id: Schema.optionalKey(Schema.String),
  /** How long to wait for the answer. */
  waitMs: Schema.optionalKey(WaitMs)
})

export const CompleteBody = Schema.Struct({
  payload: Schema.optionalKey(Schema.Json),
  id: Schema.optionalKey(Schema.String)
})

export const FailBody = Schema.Struct({
  error: Schema.optionalKey(Schema.Json),
  id: Schema.optionalKey(Schema.String)
})

export const CancelBody = Schema.Struct({ reason: Schema.optionalKey(Schema.String) })

export const TerminateBody = CancelBody

export const PauseRunBody = Schema.Struct({
  reason: Schema.optionalKey(Schema.String),
  id: Schema.optionalKey(Schema.String)
})

export const ResumeRunBody = Schema.Struct({ id: Schema.optionalKey(Schema.String) })

const cut = {
  /** For people, in the history. */
  reason: Schema.optionalKey(Schema.String),
  /** Only say what would be done. */
  dryRun: Schema.optionalKey(Schema.Boolean),
  children: Schema.optionalKey(
    Schema.Literal("again").annotate({
      description: "Child runs that are open at that message, and may come to success, are started anew. Default: 409."
    })
  )
}

const at = Schema.Union([Schema.Int, Schema.NonEmptyString]).annotate({
  description:
    "Messages before this one are kept: its position in the history, from 0, or its key, `step/charge#0`, which is the same in many runs."
})

/** Makes it idempotent. */
const requestId = Schema.optionalKey(Schema.String)

export const RetryBody = Schema.Struct({
  ...cut,
  at: Schema.optionalKey(at),
  compensated: Schema.optionalKey(
    Schema.Literals(["rerun", "keep"]).annotate({
      description:
        "What if compensations have run? rerun: what they have undone runs once more. keep: it counts as done all the same. Default: 409."
    })
  ),
  requestId
})

export const ResetBody = Schema.Struct({ ...cut, at, requestId })

export const Outcomes = Schema.Record(
  Schema.String,
  Schema.Union([Schema.Struct({ succeeded: Schema.Json }), Schema.Struct({ failed: Schema.Json })])
).annotate({
  description:
    'What steps, child runs and callbacks came to, instead, by the keys of their messages: { "step/charge#0": { "succeeded": "r-17" } }. Values as their schemas encode them.'
})

export const ForkBody = Schema.Struct({
  ...cut,
  at,
  /** Of the new run; makes it idempotent. Left out: a fresh one. */
  runId: Schema.optionalKey(Schema.String),
  /** Of the run that is forked. Left out: the newest. */
  generation: Schema.optionalKey(Schema.Natural),
  outcomes: Schema.optionalKey(Outcomes)
})

/** `tombstone`: in milliseconds, or as `"30 days"`, or `"none"`. */
export const DeleteRunBody = Schema.Struct({
  tombstone: Schema.optionalKey(Schema.Union([Schema.Finite, Schema.String])),
  scrub: Schema.optionalKey(Schema.Boolean)
})

/** Or nothing at all. */
export const EmptyBody = Schema.Struct({})

const overlap = Schema.Literals(["skip", "queue", "allow", "replace"])

/** In milliseconds, or as `"1 hour"`. */
export const Length = Schema.Union([Schema.Finite, Schema.String])

/** As `defineSchedule` takes it: when by `cron` or by `every`. */
export const ScheduleBody = Schema.Struct({
  workflow: Schema.String,
  version: Schema.optionalKey(Schema.String),
  /** As the input's schema encodes it to JSON. Left out: null. */
  input: Schema.optionalKey(Schema.Json),
  cron: Schema.optionalKey(Schema.String),
  timeZone: Schema.optionalKey(Schema.String),
  onDstOverlap: Schema.optionalKey(Schema.Literals(["earlier", "later", "both"])),
  every: Schema.optionalKey(Length),
  offset: Schema.optionalKey(Length),
  overlap: Schema.optionalKey(overlap),
  catchUp: Schema.optionalKey(Length),
  jitter: Schema.optionalKey(Length),
  startsAt: Schema.optionalKey(Instant),
  endsAt: Schema.optionalKey(Instant),
  /** One that has ended, or was removed, begins anew. Default false. */
  again: Schema.optionalKey(Schema.Boolean)
})

export const PauseBody = Schema.Struct({ note: Schema.optionalKey(Schema.String) })

export const TriggerBody = Schema.Struct({
  /** Makes it idempotent: the same id is the same run. */
  id: Schema.optionalKey(Schema.String),
  overlap: Schema.optionalKey(overlap)
})

export const BackfillBody = Schema.Struct({
  from: Instant,
  until: Instant,
  overlap: Schema.optionalKey(Schema.Literals(["queue", "allow"]))
})
