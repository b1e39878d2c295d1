import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { AnyCallback } from "../actor/definitions/callbacks/callback.ts"
import type {
  AnyStream,
  AnyUpdate,
  AnyWorkflow,
  SignalDefinition,
  StateDefinition
} from "../actor/definitions/definition.ts"
import { defineSignal } from "../actor/definitions/signal.ts"
import { SignalInvalid } from "../actor/errors.ts"
import { signedText } from "../actor/values/json.ts"
import { fromPayload } from "../actor/values/payload.ts"
import { Client } from "../client/client.ts"
import { InputInvalid } from "../client/errors.ts"
import { freshId } from "../client/send.ts"
import { findNewest } from "../store/generations/newest.ts"
import { load } from "../store/payloads.ts"
import { answerCallbackRoute } from "./callbacks.ts"
import { BadRequest, errorStatuses, RouteUnknown, SignalUnknown, WorkflowUnknown } from "./errors.ts"
import {
  type ApiRequest,
  type ApiResponse,
  cancelBody,
  listQuery,
  maxBodyBytes,
  type SignalBody,
  signalBody,
  startBody
} from "./requests.ts"
import { answerState } from "./states.ts"
import { answerStream } from "./streams.ts"
import { answerUpdate } from "./updates.ts"

/** What runs can be started, and what they can be told. */
export interface ApiDefinitions {
  readonly workflows: ReadonlyArray<AnyWorkflow>
  /** Undefined: every signal is taken, unchecked; one that does not fit parks the run that receives it. */
  readonly signals: ReadonlyArray<SignalDefinition<string, any>> | undefined
  /** Those that can be read. Undefined: every state, as the JSON that it is. */
  readonly states?: ReadonlyArray<StateDefinition<string, any>> | undefined
  /** Those that are taken. Undefined: every update, unchecked but by the run. */
  readonly updates?: ReadonlyArray<AnyUpdate> | undefined
  /** Answers to these are checked by their schemas. To all others any JSON is taken, and the run finds out. */
  readonly callbacks?: ReadonlyArray<AnyCallback> | undefined
  /** Those that can be read. Undefined: every stream. */
  readonly streams?: ReadonlyArray<AnyStream> | undefined
}

/**
 * Answers one request. Errors are answers like others: `{ error, message }`, where `error` is the tag of the client's error.
 *
 * | request | answer |
 * | --- | --- |
 * | `POST /workflows/{name}/runs` `{ input, runId?, version? }` | 201, or 200 if the run was there: `{ runId, isNew }` |
 * | the same with `signal: { name, payload, id?, for? }` | the same: the run has been sent the signal as well |
 * | `GET /runs/{id}` | 200: the run's description, with `result` once it has ended |
 * | `GET /runs/{id}/states/{name}?after=&waitMs=` | 200: `{ value, mark, isOver }`, what the run has published last |
 * | `GET /runs/{id}/streams/{name}?from=&limit=&tries=&waitMs=` | 200: `{ items, next, isOver }`, what the run emits |
 * | `POST /runs/{id}/updates/{name}` `{ input, id?, waitMs? }` | 200: `{ id, output }`; 422: `UpdateRejected`; 202: no answer yet |
 * | `POST /runs/{id}/signals/{name}` `{ payload, id?, for? }` | 202 |
 * | `POST /runs/{id}/cancel` `{ reason? }` | 202 |
 * | `POST /callbacks/{token}?id=` any JSON | 202: the callback is completed with it |
 * | `POST /callbacks/{token}/complete` `{ payload?, id? }`, `/fail` `{ error?, id? }`, `/heartbeat` | 202 |
 * | `GET /runs?workflow=&status=&limit=&cursor=` | 200: `{ runs, cursor? }` |
 *
 * A start, a signal with an `id` and a cancellation can be sent again when their answer was lost: the answer is the same, also once
 * the run has ended. 409 says `RunConflict` or `SignalConflict` where that id was given to something else, and `RunFinished` where
 * the run had ended before.
 *
 * A run id may hold "/", encoded or not. One with "?" is out of reach behind an HTTP API, which ends the path there though it was
 * encoded, and one that ends in "/signals" is not cancelled here: that is a signal called "cancel".
 */
export const answerRequest = (request: ApiRequest, definitions: ApiDefinitions) =>
  route(request, definitions).pipe(
    Effect.catch((error) => {
      const status = errorStatuses[error._tag]
      // What the store says names tables and roles: for the log, not for the caller.
      if (error._tag === "StoreUnavailable") {
        const told = { error: error._tag, message: "the store did not answer: try again" }
        return Effect.andThen(Effect.logWarning(error.message), answer(status, told))
      }
      if (error._tag === "StoreRefused" && error.mend !== undefined) {
        const message =
          "this deployment is not set up as it should be, and asking again is of no use until it is: see the log"
        return Effect.andThen(Effect.logError(error.message), answer(500, { error: error._tag, message }))
      }
      return answer(status, { error: error._tag, message: error.message })
    }),
    Effect.catchDefect((defect) =>
      Effect.andThen(
        Effect.logError("a request failed", Cause.die(defect)),
        answer(500, { error: "InternalError", message: "the request failed for a reason of our own: see the log" })
      )
    )
  )

const answer = (status: number, body: unknown) => Effect.succeed({ status, body } satisfies ApiResponse)

/** In the order in which they are tried: a run id is whatever stands where one may, "/" included; no other name has that. */
const routes = {
  start: /^POST \/workflows\/(?<name>[^/]+)\/runs$/,
  list: /^GET \/runs\/?$/,
  state: /^GET \/runs\/(?<id>.+)\/states\/(?<name>[^/]+)$/s,
  stream: /^GET \/runs\/(?<id>.+)\/streams\/(?<name>[^/]+)$/s,
  get: /^GET \/runs\/(?<id>.+)$/s,
  update: /^POST \/runs\/(?<id>.+)\/updates\/(?<name>[^/]+)$/s,
  signal: /^POST \/runs\/(?<id>.+)\/signals\/(?<name>[^/]+)$/s,
  callback: /^POST \/callbacks\/(?<name>[^/]+)$/,
  complete: /^POST \/callbacks\/(?<name>[^/]+)\/complete$/,
  fail: /^POST \/callbacks\/(?<name>[^/]+)\/fail$/,
  heartbeat: /^POST \/callbacks\/(?<name>[^/]+)\/heartbeat$/,
  cancel: /^POST \/runs\/(?<id>.+)\/cancel$/s
} as const

const route = Effect.fnUntraced(function* (request: ApiRequest, definitions: ApiDefinitions) {
  const { method, path } = request
  if (path === undefined) return yield* new BadRequest({ message: "the path is not percent-encoded as it should be" })
  for (const [route, pattern] of Object.entries(routes) as Array<[keyof typeof routes, RegExp]>) {
    const { groups, index } = pattern.exec(`${method} ${path}`) ?? {}
    if (index === undefined) continue
    const { id = "", name = "" } = groups ?? {}
    switch (route) {
      case "start":
        return yield* start(request, definitions, name)
      case "list":
        return yield* list(request)
      case "state":
        return yield* answerState(request, definitions.states, id, name)
      case "stream":
        return yield* answerStream(request, definitions.streams, id, name)
      case "get":
        return yield* get(id)
      case "update":
        return yield* answerUpdate(request, definitions.updates, id, name)
      case "signal":
        return yield* signal(request, definitions, id, name)
      case "cancel":
        return yield* cancel(request, id)
      case "callback":
      case "complete":
      case "fail":
      case "heartbeat":
        return yield* answerCallbackRoute(request, definitions.callbacks, name, route)
    }
  }
  return yield* new RouteUnknown({ message: `nothing answers to ${method} ${path}` })
})

const start = Effect.fnUntraced(function* (request: ApiRequest, definitions: ApiDefinitions, name: string) {
  const { workflows } = definitions
  const { input = null, runId, version, signal } = yield* startBody(request)
  const named = workflows.filter((one) => one.workflowName === name)
  // Of several versions the one listed last is the current one.
  const workflow = version === undefined ? named.at(-1) : named.find((one) => one.version === version)
  if (workflow === undefined) {
    const what = version === undefined ? name : `${name}, version ${version},`
    return yield* new WorkflowUnknown({ message: `no workflow ${what} is deployed here` })
  }
  const decoded = workflow.input().decode({ json: signedText(input) })
  if (Result.isFailure(decoded)) {
    const message = `input of workflow ${name} does not fit its schema: ${decoded.failure}`
    return yield* new InputInvalid({ workflow: name, message })
  }
  const client = yield* Client
  const options = { input: decoded.success, ...(runId === undefined ? {} : { runId }) }
  const handle =
    signal === undefined
      ? yield* client.start(workflow, options)
      : yield* client.signalWithStart(workflow, {
          ...options,
          runId: runId ?? (yield* freshId),
          ...(yield* signalOf(definitions, signal.name, signal))
        })
  return { status: handle.isNew ? 201 : 200, body: handle } satisfies ApiResponse
})

const get = Effect.fnUntraced(function* (runId: string) {
  const client = yield* Client
  const description = yield* client.get(runId)
  if (description.outcome === undefined) return { status: 200, body: description } satisfies ApiResponse
  const outcome = (yield* findNewest(runId)).head?.outcome
  if (outcome === undefined) return { status: 200, body: description } satisfies ApiResponse
  const payload = yield* load(outcome.payload)
  // A function's answer has the same limit as its event.
  if (Buffer.byteLength(payload.json) > maxBodyBytes) {
    const resultOmitted = `the result has more than ${maxBodyBytes} bytes`
    return { status: 200, body: { ...description, resultOmitted } } satisfies ApiResponse
  }
  return { status: 200, body: { ...description, result: fromPayload(payload) } } satisfies ApiResponse
})

const anySignal = (name: string): SignalDefinition<string, Schema.Json> | undefined => {
  try {
    return defineSignal(name, Schema.Json)
  } catch {
    return undefined
  }
}

/** By its name, and with its payload as the definition has it. */
const signalOf = Effect.fnUntraced(function* (
  { signals }: ApiDefinitions,
  name: string,
  { payload = null, id, for: correlation }: typeof SignalBody.Type
) {
  const definition = signals === undefined ? anySignal(name) : signals.find((one) => one.name === name)
  if (definition === undefined) {
    const known = signals?.map((one) => one.name).join(", ")
    const message = `there is no signal ${name}${known === undefined ? "" : `; there are ${known || "none"}`}`
    return yield* new SignalUnknown({ message })
  }
  const decoded = definition.codec().decode({ json: signedText(payload) })
  if (Result.isFailure(decoded)) {
    const message = `payload of signal ${name} does not fit its schema: ${decoded.failure}`
    return yield* new SignalInvalid({ signal: name, message })
  }
  return {
    signal: definition,
    payload: decoded.success,
    ...(id === undefined ? {} : { id }),
    ...(correlation === undefined ? {} : { for: correlation })
  }
})

const signal = Effect.fnUntraced(function* (
  request: ApiRequest,
  definitions: ApiDefinitions,
  runId: string,
  name: string
) {
  const { signal, payload, ...options } = yield* signalOf(definitions, name, yield* signalBody(request))
  const client = yield* Client
  yield* client.signal(runId, signal, payload, options)
  return { status: 202, body: { runId } } satisfies ApiResponse
})

const cancel = Effect.fnUntraced(function* (request: ApiRequest, runId: string) {
  const body = yield* cancelBody(request)
  const client = yield* Client
  yield* client.cancel(runId, body)
  return { status: 202, body: { runId } } satisfies ApiResponse
})

const list = Effect.fnUntraced(function* (request: ApiRequest) {
  const query = yield* listQuery(request)
  const client = yield* Client
  const page = yield* Effect.catchDefect(client.list(query), (defect) =>
    // A cursor that no listing gave out.
    defect instanceof RangeError && query.cursor !== undefined
      ? Effect.fail(new BadRequest({ message: defect.message }))
      : Effect.die(defect)
  )
  return { status: 200, body: page } satisfies ApiResponse
})
