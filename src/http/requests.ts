import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { runStatuses } from "../actor/history/head.ts"
import type { ListQuery } from "../store/runTable.ts"
import { BadRequest, RequestTooLarge } from "./errors.ts"

/** A request, whatever brought it. */
export interface ApiRequest {
  readonly method: string
  /** Decoded, all of it. Undefined: it was not percent-encoded as it should be. */
  readonly path: string | undefined
  readonly query: { readonly [name: string]: string | undefined }
  readonly body: string
}

export interface ApiResponse {
  readonly status: number
  readonly body: unknown
}

/** Below what Lambda takes in one event, six million bytes, and a third more where they come as base64. */
export const maxBodyBytes = 4 * 1024 * 1024

const signalFields = {
  payload: Schema.optionalKey(Schema.Json),
  id: Schema.optionalKey(Schema.String),
  for: Schema.optionalKey(Schema.String)
}

const StartBody = Schema.Struct({
  /** As the input's schema encodes it to JSON. Left out: null. */
  input: Schema.optionalKey(Schema.Json),
  runId: Schema.optionalKey(Schema.String),
  version: Schema.optionalKey(Schema.String),
  /** Sent as well, to the run that this starts or that is there. */
  signal: Schema.optionalKey(Schema.Struct({ name: Schema.String, ...signalFields }))
})

export const SignalBody = Schema.Struct(signalFields)

const UpdateBody = Schema.Struct({
  input: Schema.optionalKey(Schema.Json),
  id: Schema.optionalKey(Schema.String),
  /** How long to wait for the answer. */
  waitMs: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 20_000 })))
})

const CompleteBody = Schema.Struct({
  payload: Schema.optionalKey(Schema.Json),
  id: Schema.optionalKey(Schema.String)
})

const FailBody = Schema.Struct({
  error: Schema.optionalKey(Schema.Json),
  id: Schema.optionalKey(Schema.String)
})

const CancelBody = Schema.Struct({ reason: Schema.optionalKey(Schema.String) })

const bodyOf = <A>(schema: Schema.Codec<A, any>) => {
  const decode = Schema.decodeUnknownExit(schema, { onExcessProperty: "error" })
  return ({ body }: ApiRequest, whereEmpty: unknown = {}): Effect.Effect<A, BadRequest | RequestTooLarge> => {
    const bytes = Buffer.byteLength(body)
    if (bytes > maxBodyBytes) {
      const message = `the body has ${bytes} bytes, the most is ${maxBodyBytes}: keep the value elsewhere and pass its name`
      return Effect.fail(new RequestTooLarge({ message }))
    }
    let json: unknown
    try {
      json = body.trim() === "" ? whereEmpty : JSON.parse(body)
    } catch (error) {
      return Effect.fail(new BadRequest({ message: `the body is no JSON: ${(error as Error).message}` }))
    }
    const exit = decode(json)
    if (Exit.isSuccess(exit)) return Effect.succeed(exit.value)
    const [reason] = exit.cause.reasons
    const why = reason?._tag === "Fail" ? reason.error.message : String(exit.cause)
    return Effect.fail(new BadRequest({ message: `the body does not fit: ${why}` }))
  }
}

export const startBody = bodyOf(StartBody)
export const signalBody = bodyOf(SignalBody)
export const updateBody = bodyOf(UpdateBody)
export const cancelBody = bodyOf(CancelBody)
export const completeBody = bodyOf(CompleteBody)
export const failBody = bodyOf(FailBody)

const jsonBody = bodyOf(Schema.Json as Schema.Codec<Schema.Json>)
/** Whatever JSON it is; none is null. */
export const anyBody = (request: ApiRequest) => jsonBody(request, null)

export const idQuery = ({ query }: ApiRequest): Effect.Effect<string | undefined, BadRequest> => {
  const unknown = Object.keys(query).find((name) => name !== "id")
  if (unknown === undefined) return Effect.succeed(query.id)
  return Effect.fail(new BadRequest({ message: `parameter ${unknown}: an answer takes id` }))
}

/** The most that a request waits for news: below what an HTTP API gives its function. */
const mostWaitMs = 20_000

export const stateQuery = ({
  query
}: ApiRequest): Effect.Effect<{ readonly after: string | undefined; readonly waitMs: number }, BadRequest> => {
  const wrong = (message: string) => Effect.fail(new BadRequest({ message }))
  const unknown = Object.keys(query).find((name) => name !== "after" && name !== "waitMs")
  if (unknown !== undefined) return wrong(`parameter ${unknown}: a state takes after, waitMs`)
  const { after, waitMs = "0" } = query
  if (!/^\d{1,5}$/.test(waitMs) || Number(waitMs) > mostWaitMs)
    return wrong(`waitMs: a number of milliseconds, ${mostWaitMs} at most`)
  return Effect.succeed({ after, waitMs: Number(waitMs) })
}

const streamParameters = ["from", "limit", "tries", "waitMs"]

/** Without `tries` everything comes: to tell the tries apart, a page reads all that is before it. */
export const streamQuery = ({ query }: ApiRequest) => {
  const wrong = (message: string) => Effect.fail(new BadRequest({ message }))
  const unknown = Object.keys(query).find((name) => !streamParameters.includes(name))
  if (unknown !== undefined) return wrong(`parameter ${unknown}: a stream takes ${streamParameters.join(", ")}`)
  const { from = "0", limit = "100", tries = "all", waitMs = "0" } = query
  if (!/^-?\d{1,12}$/.test(from)) return wrong("from: a position, 0 for the first value, -10 for the last ten")
  if (!/^\d{1,4}$/.test(limit) || Number(limit) < 1 || Number(limit) > 1000)
    return wrong("limit: a number from 1 to 1000")
  if (tries !== "all" && tries !== "standing") return wrong("tries: all, or standing")
  if (!/^\d{1,5}$/.test(waitMs) || Number(waitMs) > mostWaitMs)
    return wrong(`waitMs: a number of milliseconds, ${mostWaitMs} at most`)
  return Effect.succeed({ from: Number(from), limit: Number(limit), tries, waitMs: Number(waitMs) } as const)
}

const listParameters = ["workflow", "status", "limit", "cursor"]

export const listQuery = ({ query }: ApiRequest): Effect.Effect<ListQuery, BadRequest> => {
  const wrong = (message: string) => Effect.fail(new BadRequest({ message }))
  const unknown = Object.keys(query).find((name) => !listParameters.includes(name))
  if (unknown !== undefined) return wrong(`parameter ${unknown}: a list takes ${listParameters.join(", ")}`)
  const { workflow, cursor, limit } = query
  const status = runStatuses.find((known) => known === query.status)
  if (query.status !== undefined && status === undefined) {
    return wrong(`status ${JSON.stringify(query.status)}: one of ${runStatuses.join(", ")}`)
  }
  if (limit !== undefined && !/^[1-9]\d{0,3}$/.test(limit)) return wrong("limit: a number from 1 to 1,000")
  return Effect.succeed({
    ...(workflow === undefined ? {} : { workflow }),
    ...(status === undefined ? {} : { status }),
    ...(limit === undefined ? {} : { limit: Number(limit) }),
    ...(cursor === undefined ? {} : { cursor })
  })
}
