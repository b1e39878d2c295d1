import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { nestsTooDeep } from "../actor/values/json.ts"
import { misfitOf } from "../actor/values/misfit.ts"
import {
  BackfillBody,
  CancelBody,
  CompleteBody,
  DeleteRunBody,
  EmptyBody,
  FailBody,
  ForkBody,
  PauseBody,
  PauseRunBody,
  ResetBody,
  ResumeRunBody,
  RetryBody,
  ScheduleBody,
  SignalBody,
  StartBody,
  TerminateBody,
  TriggerBody,
  UpdateBody
} from "./definition/bodies.ts"
import { ManyBody } from "./definition/many/manyBody.ts"
import {
  AnswerQuery,
  DeadLettersQuery,
  EventsQuery,
  GenerationQuery,
  GetQuery,
  HistoryQuery,
  LimitsQuery,
  ListQuery,
  SchedulesQuery,
  StateQuery,
  StreamQuery,
  TimelineQuery,
  ValueQuery,
  WaitQuery
} from "./definition/queries.ts"
import { BadRequest, RequestTooLarge } from "./errors.ts"
import { maxBodyBytes, nestedTooDeep } from "./operations/response.ts"

/** A request, whatever brought it. */
export interface ApiRequest {
  readonly method: string
  /** Decoded, all of it. Undefined: it was not percent-encoded as it should be. */
  readonly path: string | undefined
  readonly query: { readonly [name: string]: string | undefined }
  /** By their names in lower case. */
  readonly headers?: { readonly [name: string]: string | undefined }
  readonly body: string
}

const misfit = (what: string, cause: Cause.Cause<Schema.SchemaError>) => {
  const [reason] = cause.reasons
  const why = reason?._tag === "Fail" ? misfitOf(reason.error) : String(cause)
  return new BadRequest({ message: `the ${what} does not fit: ${why}` })
}

const bodyOf = <A>(schema: Schema.Codec<A, any>) => {
  const decode = Schema.decodeUnknownExit(schema, { onExcessProperty: "error" })
  return ({ body }: ApiRequest, whereEmpty: unknown = {}): Effect.Effect<A, BadRequest | RequestTooLarge> => {
    const bytes = Buffer.byteLength(body)
    if (bytes > maxBodyBytes) {
      const message = `the body has ${bytes} bytes, the most is ${maxBodyBytes}: keep the value elsewhere and pass its name`
      return Effect.fail(new RequestTooLarge({ message }))
    }
    if (nestsTooDeep(body)) return Effect.fail(new BadRequest({ message: nestedTooDeep }))
    let json: unknown
    try {
      json = body.trim() === "" ? whereEmpty : JSON.parse(body)
    } catch (error) {
      return Effect.fail(new BadRequest({ message: `the body is no JSON: ${(error as Error).message}` }))
    }
    const exit = decode(json)
    if (Exit.isSuccess(exit)) return Effect.succeed(exit.value)
    return Effect.fail(misfit("body", exit.cause))
  }
}

export const startBody = bodyOf(StartBody)
export const signalBody = bodyOf(SignalBody)
export const updateBody = bodyOf(UpdateBody)
export const cancelBody = bodyOf(CancelBody)
export const terminateBody = bodyOf(TerminateBody)
export const pauseRunBody = bodyOf(PauseRunBody)
export const resumeRunBody = bodyOf(ResumeRunBody)
export const retryBody = bodyOf(RetryBody)
export const resetBody = bodyOf(ResetBody)
export const forkBody = bodyOf(ForkBody)
export const deleteRunBody = bodyOf(DeleteRunBody)
export const manyBody = bodyOf(ManyBody)
export const completeBody = bodyOf(CompleteBody)
export const failBody = bodyOf(FailBody)
export const emptyBody = bodyOf(EmptyBody as Schema.Codec<object>)
export const scheduleBody = bodyOf(ScheduleBody)
export const pauseBody = bodyOf(PauseBody)
export const triggerBody = bodyOf(TriggerBody)
export const backfillBody = bodyOf(BackfillBody)

const jsonBody = bodyOf(Schema.Json as Schema.Codec<Schema.Json>)
/** Whatever JSON it is; none is null. */
export const anyBody = (request: ApiRequest) => jsonBody(request, null)

const queryOf = <S extends Schema.Top>(schema: S) => {
  const decode = Schema.decodeUnknownExit(
    Schema.toCodecStringTree(schema) as unknown as Schema.Codec<S["Type"], unknown>,
    {
      onExcessProperty: "error"
    }
  )
  return ({ query }: ApiRequest): Effect.Effect<S["Type"], BadRequest> => {
    const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined))
    const exit = decode(given)
    return Exit.isSuccess(exit) ? Effect.succeed(exit.value) : Effect.fail(misfit("query", exit.cause))
  }
}

export const getQuery = queryOf(GetQuery)
export const idQuery = queryOf(AnswerQuery)
export const stateQuery = queryOf(StateQuery)
export const streamQuery = queryOf(StreamQuery)
export const listQuery = queryOf(ListQuery)
export const deadLettersQuery = queryOf(DeadLettersQuery)
export const limitsQuery = queryOf(LimitsQuery)
export const schedulesQuery = queryOf(SchedulesQuery)
export const eventsQuery = queryOf(EventsQuery)
export const historyQuery = queryOf(HistoryQuery)
export const timelineQuery = queryOf(TimelineQuery)
export const valueQuery = queryOf(ValueQuery)
export const generationQuery = queryOf(GenerationQuery)
export const waitQuery = queryOf(WaitQuery)
