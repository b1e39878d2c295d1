import * as Schema from "effect/Schema"
import { runStatuses } from "../../../actor/history/head.ts"
import { Repaired } from "../answers.ts"
import {
  CancelBody,
  DeleteRunBody,
  Length,
  PauseRunBody,
  ResetBody,
  ResumeRunBody,
  RetryBody,
  TerminateBody
} from "../bodies.ts"

/** The most runs that one request acts on. */
export const mostOfMany = 200

const text = (description: string) => Schema.optionalKey(Schema.String.annotate({ description }))

/** All that is given has to hold, and something has to be given. */
export const Where = Schema.Struct({
  workflow: text("The name of a workflow. Default: of all."),
  status: Schema.optionalKey(
    Schema.Literals([...runStatuses, "any"]).annotate({
      description:
        "Default: running to cancel or pause, parked to terminate, paused to resume, failed to retry or reset, succeeded to delete."
    })
  ),
  tags: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
  since: text("Only runs that have started at this time or later: 2026-07-01T09:00:00Z, or epoch milliseconds."),
  until: text("Only runs that have started before this time."),
  prefix: text("Only runs whose id begins so."),
  idleFor: Schema.optionalKey(
    Length.annotate({ description: 'Only runs that have not changed for so long: milliseconds, or "2 days".' })
  )
})

const many = {
  where: Where,
  limit: Schema.optionalKey(
    Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: mostOfMany })).annotate({
      description: `So many runs at most, ${mostOfMany} at most. Default 100.`
    })
  ),
  cursor: text("From the answer before, to the same request: goes on behind its runs."),
  dryRun: Schema.optionalKey(
    Schema.Boolean.annotate({
      description: "Only say which runs it would be; of retry and reset also what would be done."
    })
  )
}

/** The same number is another message in each run: a key is the same in all. */
const at = Schema.NonEmptyString.annotate({
  description: "Messages before this one are kept: its key, `step/charge#0`, which is the same in many runs."
})

/** What is done, to which runs, and how: as the routes of one run take it. */
export const ManyBody = Schema.Union([
  Schema.Struct({ act: Schema.Literal("cancel"), ...many, ...CancelBody.fields }),
  Schema.Struct({ act: Schema.Literal("terminate"), ...many, ...TerminateBody.fields }),
  Schema.Struct({ act: Schema.Literal("pause"), ...many, ...PauseRunBody.fields }),
  Schema.Struct({ act: Schema.Literal("resume"), ...many, ...ResumeRunBody.fields }),
  Schema.Struct({ act: Schema.Literal("retry"), ...RetryBody.fields, ...many, at: Schema.optionalKey(at) }),
  Schema.Struct({
    act: Schema.Literal("reset"),
    ...ResetBody.fields,
    ...many,
    at,
    requestId: Schema.String.annotate({
      description:
        "A run that was reset looks like one that is not yet: by this it is known, and the same request again goes on with what is left."
    })
  }),
  Schema.Struct({ act: Schema.Literal("delete"), ...many, ...DeleteRunBody.fields })
])

export const ManyDone = Schema.Struct({
  /** The runs of this answer, the newest start first. */
  runIds: Schema.Array(Schema.String),
  /** With how many of them it went well. */
  done: Schema.Finite,
  failed: Schema.Array(Schema.Struct({ runId: Schema.String, error: Schema.String, message: Schema.String })),
  dryRun: Schema.optionalKey(Schema.Literal(true)),
  /** Of a dry run of retry or reset: what would be done to those that it would not fail for. */
  plans: Schema.optionalKey(Schema.Array(Repaired)),
  /** There may be more: ask the same with it. Absent: these were the last. */
  cursor: Schema.optionalKey(Schema.String)
}).annotate({ identifier: "ManyDone" })
