import * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as HttpApiGroup from "effect/http-api/HttpApiGroup"
import * as HttpApiSchema from "effect/http-api/HttpApiSchema"
import * as OpenApi from "effect/http-api/OpenApi"
import * as Schema from "effect/Schema"
import {
  Accepted,
  Deleted,
  DescribedWithResult,
  Ended,
  NotYet,
  Repaired,
  RunPage,
  Started,
  StateShown,
  StateUnchanged,
  StreamEvent,
  StreamPage,
  Updated,
  UpdatePending,
  WasThere
} from "./answers.ts"
import { errors, updateRejected } from "./apiError.ts"
import {
  CancelBody,
  DeleteRunBody,
  ForkBody,
  PauseRunBody,
  ResetBody,
  ResumeRunBody,
  RetryBody,
  SignalBody,
  StartBody,
  TerminateBody,
  UpdateBody
} from "./bodies.ts"
import { many } from "./many/many.ts"
import { Authentication } from "./middleware.ts"
import { EventsQuery, GetQuery, ListQuery, StateQuery, StreamQuery, WaitQuery } from "./queries.ts"
import { routes } from "./routes.ts"

const status = HttpApiSchema.status
const run = { id: Schema.String }
const named = { id: Schema.String, name: Schema.String }
const says = (summary: string, description: string) => OpenApi.annotations({ summary, description })

const start = HttpApiEndpoint.post("start", routes.start.path, {
  params: { name: Schema.String },
  payload: StartBody,
  success: [Started.pipe(status(201)), WasThere.pipe(status(200))],
  error: errors(
    "InputInvalid",
    "RunIdInvalid",
    "TagsInvalid",
    "StartInvalid",
    "SignalInvalid",
    "WorkflowUnknown",
    "SignalUnknown",
    "RunConflict",
    "RunExists",
    "RunDeleted",
    "RunParked",
    "RunFinished",
    "SignalConflict"
  )
}).annotateMerge(
  says(
    "Start a run",
    "201: it is new. 200: the same run was there. 409: there is another, or, with the policy reject, any; a run that is parked and cannot be replaced as it is, is a `RunParked`, and the start is kept. With `signal` it is sent that as well; to be sent again when the answer was lost, it needs a `runId`, and the signal an `id`."
  )
)

const list = HttpApiEndpoint.get("list", routes.list.path, {
  query: ListQuery,
  success: RunPage,
  error: errors("CursorInvalid")
}).annotateMerge(
  says(
    "List runs",
    "The newest start first, whatever the filters. Ask again with `cursor` for the next page; a page may be short, and go on all the same."
  )
)

const get = HttpApiEndpoint.get("get", routes.get.path, {
  params: run,
  query: GetQuery,
  success: DescribedWithResult,
  error: errors("RunNotFound", "PayloadMissing", "PayloadAltered")
}).annotateMerge(
  says(
    "What a run is, and what it waits for",
    "With `result` once it has ended, unless its secrets are to be hidden: then the timeline has it."
  )
)

const wait = HttpApiEndpoint.get("wait", routes.wait.path, {
  params: run,
  query: WaitQuery,
  success: [Ended.pipe(status(200)), NotYet.pipe(status(202))],
  error: errors("RunNotFound", "PayloadMissing", "PayloadAltered")
}).annotateMerge(
  says(
    "Wait for the end of a run",
    "200: its outcome. 202: it has not ended within `waitMs`. Ask again, as often as you like."
  )
)

const state = HttpApiEndpoint.get("state", routes.state.path, {
  params: named,
  query: StateQuery,
  success: [StateShown, StateUnchanged],
  error: errors("StateUnknown", "StateNotSet", "RunNotFound", "StateUnreadable", "PayloadMissing", "PayloadAltered")
}).annotateMerge(
  says(
    "What a run has published last",
    "At once; with `after`, the `mark` of an answer before, when there is another value, or without `value` after `waitMs`."
  )
)

const stream = HttpApiEndpoint.get("stream", routes.stream.path, {
  params: named,
  query: StreamQuery,
  success: StreamPage,
  error: errors("StreamUnknown", "PositionInvalid", "RunNotFound")
}).annotateMerge(
  says(
    "A page of what a run emits",
    "Where there is nothing yet it waits up to `waitMs`. Go on from `next` until `isOver`."
  )
)

const events = HttpApiEndpoint.get("events", routes.events.path, {
  params: named,
  query: EventsQuery,
  headers: { "last-event-id": Schema.optionalKey(Schema.String) },
  success: [HttpApiSchema.StreamSse({ events: StreamEvent }), HttpApiSchema.NoContent],
  error: errors("StreamUnknown", "RunNotFound")
}).annotateMerge(
  says(
    "What a run emits, live, as server-sent events",
    "For the `EventSource` of a browser, which goes on by `Last-Event-ID` where it was. 204: it has had the last one, and is to stay away."
  )
)

const signal = HttpApiEndpoint.post("signal", routes.signal.path, {
  params: named,
  payload: SignalBody,
  success: Accepted.pipe(status(202)),
  error: errors("SignalInvalid", "SignalUnknown", "SignalConflict", "RunNotFound", "RunFinished")
}).annotateMerge(
  says("Send a signal", "202: it is durable. With an `id` it can be sent again when the answer was lost.")
)

const update = HttpApiEndpoint.post("update", routes.update.path, {
  params: named,
  payload: UpdateBody,
  success: [Updated.pipe(status(200)), UpdatePending.pipe(status(202))],
  error: [
    ...errors(
      "UpdateInvalid",
      "UpdateUnknown",
      "UpdateConflict",
      "UpdateFailed",
      "RunNotFound",
      "RunFinished",
      "RunParked",
      "PayloadMissing",
      "PayloadAltered"
    ),
    updateRejected
  ]
}).annotateMerge(
  says(
    "Send an update and wait for its answer",
    "202: no answer within `waitMs`. Ask again with the same `id` and `input`."
  )
)

const cancel = HttpApiEndpoint.post("cancel", routes.cancel.path, {
  params: run,
  payload: CancelBody,
  success: Accepted.pipe(status(202)),
  error: errors("RunNotFound", "RunFinished", "RunParked")
}).annotateMerge(says("Cancel a run", "202: the request is durable. Its body is interrupted, and compensations run."))

const terminate = HttpApiEndpoint.post("terminate", routes.terminate.path, {
  params: run,
  payload: TerminateBody,
  success: Accepted.pipe(status(202)),
  error: errors("RunNotFound", "RunFinished")
}).annotateMerge(
  says("End a run by force", "202: the request is durable. Its code is not asked: nothing is compensated.")
)

const pause = HttpApiEndpoint.post("pause", routes.pause.path, {
  params: run,
  payload: PauseRunBody,
  success: Accepted.pipe(status(202)),
  error: errors("RepairInvalid", "RunNotFound", "RunFinished")
}).annotateMerge(
  says("Pause a run", "202: the request is durable. From its next turn on nothing is handed to it. Idempotent by `id`.")
)

const resume = HttpApiEndpoint.post("resume", routes.resume.path, {
  params: run,
  payload: ResumeRunBody,
  success: Accepted.pipe(status(202)),
  error: errors("RepairInvalid", "RunNotFound", "RunFinished")
}).annotateMerge(says("Let a paused run go on", "202: the request is durable. Idempotent by `id`."))

const repairErrors = ["BadRequest", "RepairInvalid", "RepairRefused", "RunNotFound", "WorkflowUnknown"] as const

const retry = HttpApiEndpoint.post("retry", routes.retry.path, {
  params: run,
  payload: RetryBody,
  success: [Repaired.pipe(status(202)), Repaired],
  error: errors(...repairErrors)
}).annotateMerge(
  says(
    "A run that has failed goes on from its failure",
    "202: it is durable, and the run goes on in its next generation. 200: a dry run, or it was asked for before by this `requestId`. 409 `RepairRefused`: it cannot, or not without a word more."
  )
)

const reset = HttpApiEndpoint.post("reset", routes.reset.path, {
  params: run,
  payload: ResetBody,
  success: [Repaired.pipe(status(202)), Repaired],
  error: errors(...repairErrors)
}).annotateMerge(
  says(
    "A run goes on from an earlier message",
    "Whatever state it is in; what came behind message `at` is dropped without compensation. 202, 200 and 409 as for a retry."
  )
)

const fork = HttpApiEndpoint.post("fork", routes.fork.path, {
  params: run,
  payload: ForkBody,
  success: [Repaired.pipe(status(201)), Repaired],
  error: errors(...repairErrors, "RunIdInvalid", "RunConflict", "RunDeleted", "PayloadMissing", "PayloadAltered")
}).annotateMerge(
  says(
    "Another run begins with what this one has been through",
    "201: it is new, under `runId`. 200: a dry run, or that fork was there. With `outcomes`, steps, child runs and callbacks came to something else."
  )
)

const remove = HttpApiEndpoint.post("delete", routes.delete.path, {
  params: run,
  payload: DeleteRunBody,
  success: [Deleted, Deleted.pipe(status(202))],
  error: errors("BadRequest", "RunNotFound", "RunNotEnded")
}).annotateMerge(
  says(
    "Delete a run that has ended",
    "200: all that was stored of it is gone. 202: nobody finds it any more, and a purge deletes what is stored. `tombstone`: how long its id is taken, in milliseconds or as `30 days` (default 14 days), or `none`. 409 `RunNotEnded`: it goes on."
  )
)

export class RunsGroup extends HttpApiGroup.make("runs")
  .add(
    start,
    list,
    get,
    wait,
    state,
    stream,
    events,
    signal,
    update,
    cancel,
    terminate,
    pause,
    resume,
    retry,
    reset,
    fork,
    remove,
    many
  )
  .middleware(Authentication)
  .annotate(OpenApi.Title, "Runs") {}
