import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { isName } from "../../actor/definitions/name.ts"
import type { Json } from "../../actor/values/json.ts"
import { freshId } from "../../client/send.ts"
import { followEvents } from "../../http/client/followEvents.ts"
import { type HttpApi, makeApiClient } from "../../http/client/httpClient.ts"
import { listRequest } from "../../http/client/listRequest.ts"
import { UpdateRejected } from "../../http/definition/apiError.ts"
import { CommandFailed, nameRule, wrongUse } from "../framework/commandFailed.ts"
import { exitCodes } from "../framework/exitCodes.ts"
import { httpLimits } from "./around/limitOperations.ts"
import { toldNames } from "./around/publishedNames.ts"
import { httpRepairs } from "./around/repairOperations.ts"
import type { Operations, RunShown, UpdateAnswer } from "./operations.ts"
import { shownRun } from "./people/httpResult.ts"
import type { HttpPlace } from "./place.ts"
import { httpSchedules } from "./scheduleOperations.ts"

/** The longest that one request waits: answers come sooner where there is news. */
const mostWaitMs = 20_000

/** `hide`: what is secret is not for the eyes of whoever looks. */
export interface Secrets {
  readonly secrets?: "hide"
}

/** What the client does, by an HTTP API: whoever runs it checks values by its definitions. */
export const httpOperations = (place: HttpPlace, secrets: Secrets = {}): Operations => {
  const { url, key } = place
  const ask = <A>(use: (api: HttpApi) => Effect.Effect<A, unknown>): Effect.Effect<A, unknown> =>
    Effect.flatMap(makeApiClient({ url, ...(key === undefined ? {} : { key }) }), use).pipe(
      Effect.mapError(told(place))
    )
  const flow = <A>(use: (api: HttpApi) => Stream.Stream<A, unknown>): Stream.Stream<A, unknown> =>
    Stream.unwrap(Effect.map(makeApiClient({ url, ...(key === undefined ? {} : { key }) }), use)).pipe(
      Stream.mapError(told(place))
    )
  const get = (runId: string) =>
    ask((api) =>
      secrets.secrets === "hide"
        ? shownRun(api, runId)
        : (api.runs.get({ params: { id: runId }, query: {} }) as Effect.Effect<RunShown, unknown>)
    )
  return {
    schedules: httpSchedules(ask),
    limits: httpLimits(ask),
    repairs: httpRepairs(ask),
    start: ({ workflow, ...payload }) =>
      ask((api) =>
        api.runs.start({
          params: { name: workflow },
          payload
        })
      ),
    get,
    wait: (runId, options) => waitFor(ask, get, runId, options),
    list: (query) => ask((api) => api.runs.list({ query: listRequest(query) })),
    signal: (runId, { name, ...payload }) =>
      Effect.andThen(
        named("signal", name),
        Effect.asVoid(ask((api) => api.runs.signal({ params: { id: runId, name }, payload })))
      ),
    update: (runId, request) => update(ask, runId, request),
    state: (runId, name) =>
      Effect.flatMap(
        ask((api) => api.runs.state({ params: { id: runId, name }, query: secrets })),
        (shown) => Effect.succeed(("value" in shown ? shown.value : null) as Json)
      ),
    watch: (runId, name) => watch(ask, runId, name, secrets),
    stream: (runId, name, { from, tries = "standing", live = true }) =>
      // What comes as events is as it is.
      live && secrets.secrets === undefined
        ? Stream.map(
            flow((api) => followEvents(api, { runId, name, tries, ...(from === undefined ? {} : { from }) })),
            (event) =>
              event.event === "value"
                ? { _tag: "Value" as const, ...event.data, value: event.data.value as Json }
                : { _tag: "Superseded" as const, position: Number(event.id ?? 0), ...event.data }
          )
        : pages(ask, runId, name, { from: from ?? 0, tries, live, ...secrets }),
    publishedBy: (runId) => ask((api) => toldNames(api, runId)),
    answer: ({ id, outcome, token, value }) => {
      const named = id === undefined ? {} : { id }
      return Effect.asVoid(
        ask((api) =>
          outcome === "complete"
            ? api.callbacks.complete({ params: { token }, payload: { payload: value, ...named } })
            : api.callbacks.fail({ params: { token }, payload: { error: value, ...named } })
        )
      )
    },
    heartbeat: (token) => Effect.asVoid(ask((api) => api.callbacks.heartbeat({ params: { token } }))),
    cancel: (runId, reason) =>
      Effect.asVoid(ask((api) => api.runs.cancel({ params: { id: runId }, payload: because(reason) }))),
    terminate: (runId, reason) =>
      Effect.asVoid(ask((api) => api.runs.terminate({ params: { id: runId }, payload: because(reason) }))),
    pause: (runId, reason) =>
      Effect.asVoid(ask((api) => api.runs.pause({ params: { id: runId }, payload: because(reason) }))),
    delete: (runId, options) => ask((api) => api.runs.delete({ params: { id: runId }, payload: howDeleted(options) })),
    resume: (runId) => Effect.asVoid(ask((api) => api.runs.resume({ params: { id: runId }, payload: {} })))
  }
}

const howDeleted = ({ scrub, tombstoneMs }: Parameters<Operations["delete"]>[1]) => ({
  ...(scrub === undefined ? {} : { scrub }),
  ...(tombstoneMs === undefined ? {} : { tombstone: tombstoneMs === 0 ? "none" : tombstoneMs })
})

const because = (reason: string | undefined) => (reason === undefined ? {} : { reason })

type Ask = <A>(use: (api: HttpApi) => Effect.Effect<A, unknown>) => Effect.Effect<A, unknown>

const named = (kind: string, name: string) =>
  isName(name) ? Effect.void : Effect.fail(wrongUse(`${JSON.stringify(name)} is no name of a ${kind}.`, nameRule))

/** Errors of the API have the tags of the client's. What else there is says that nobody answers, or something else. */
const told =
  ({ url }: HttpPlace) =>
  (error: unknown): unknown => {
    const tag = (error as { readonly _tag?: unknown } | null)?._tag
    const message = (error as { readonly message?: unknown } | null)?.message
    if (tag === "HttpClientError") {
      const status = (error as { readonly response?: { readonly status: number } }).response?.status
      if (status === 401 || status === 403)
        return new CommandFailed({
          kind: "Unauthorized",
          exitCode: exitCodes.away,
          message: `the HTTP API at ${url} does not let this key in (${status}).`,
          todo: "set DYNACTOR_KEY, or say --key"
        })
      return new CommandFailed({
        kind: "ServerAway",
        exitCode: exitCodes.away,
        message:
          status === undefined
            ? `nobody answers at ${url}: ${reasonOf(error)}.`
            : `${url} answers with ${status}, which is no answer of this API's.`,
        todo: "is it the right URL, and is the server up"
      })
    }
    if (tag === "SchemaError")
      return new CommandFailed({
        kind: "ServerOther",
        exitCode: exitCodes.away,
        message: `what ${url} answers is none of this API's answers: ${String(message).split("\n")[0]}.`,
        todo: "is it the right URL; are the server and this command of the same version"
      })
    return error
  }

const reasonOf = (error: unknown): string => {
  let at = error as {
    readonly cause?: unknown
    readonly reason?: unknown
    readonly code?: unknown
    readonly message?: unknown
  }
  for (let depth = 0; depth < 6 && (at?.reason ?? at?.cause) instanceof Object; depth++) {
    if (typeof at.code === "string") break
    at = (at.cause ?? at.reason) as typeof at
  }
  return String(at?.code ?? at?.message ?? error)
}

const waitFor = Effect.fnUntraced(function* (
  ask: Ask,
  get: (runId: string) => Effect.Effect<RunShown, unknown>,
  runId: string,
  { timeoutMs, failWhenParked = false, ...which }: Parameters<Operations["wait"]>[1]
) {
  const until = (yield* Clock.currentTimeMillis) + (timeoutMs ?? Number.POSITIVE_INFINITY)
  for (;;) {
    const leftMs = until - (yield* Clock.currentTimeMillis)
    // Nobody is told of a run that is parked: it is looked at every second.
    const waitMs = Math.max(0, Math.ceil(Math.min(failWhenParked ? 1_000 : mostWaitMs, leftMs)))
    const answer = yield* ask((api) => api.runs.wait({ params: { id: runId }, query: { waitMs, ...which } }))
    if (!("isPending" in answer)) return yield* get(runId)
    if (failWhenParked && answer.status === "parked") {
      const { parked } = yield* get(runId)
      return yield* new CommandFailed({
        kind: "RunParked",
        exitCode: exitCodes.notYet,
        message: `run ${runId} is parked: ${parked?.message ?? "see get"}`
      })
    }
    if (leftMs <= waitMs) return undefined
  }
})

const update = Effect.fnUntraced(function* (
  ask: Ask,
  runId: string,
  { id, input, name, waitMs }: Parameters<Operations["update"]>[1]
) {
  yield* named("update", name)
  const until = (yield* Clock.currentTimeMillis) + (waitMs ?? Number.POSITIVE_INFINITY)
  // Asked again, it is to be the same one.
  const givenId = id ?? (yield* freshId)
  for (;;) {
    const leftMs = until - (yield* Clock.currentTimeMillis)
    const thisMs = Math.max(0, Math.ceil(Math.min(mostWaitMs, leftMs)))
    const payload = { input, id: givenId, waitMs: thisMs }
    const answer = yield* Effect.result(ask((api) => api.runs.update({ params: { id: runId, name }, payload })))
    if (answer._tag === "Failure") {
      const { failure } = answer
      if (failure instanceof UpdateRejected)
        return { id: failure.id, failure: failure.failure as Json } satisfies UpdateAnswer as UpdateAnswer
      return yield* Effect.fail(failure)
    }
    const { success } = answer
    if (!("isPending" in success))
      return { id: success.id, output: success.output as Json } satisfies UpdateAnswer as UpdateAnswer
    if (leftMs <= thisMs) return success as UpdateAnswer
  }
})

const watch = (ask: Ask, runId: string, name: string, secrets: Secrets): Stream.Stream<Json, unknown> =>
  Stream.paginate(undefined as string | undefined, (after) =>
    Effect.map(
      ask((api) =>
        api.runs.state({
          params: { id: runId, name },
          query: after === undefined ? secrets : { ...secrets, after, waitMs: mostWaitMs }
        })
      ),
      (shown) => {
        const values = "value" in shown ? [shown.value as Json] : []
        return [values, shown.isOver ? Option.none<string>() : Option.some(shown.mark)] as const
      }
    )
  )

const pages = (
  ask: Ask,
  runId: string,
  name: string,
  {
    live,
    from: first,
    ...query
  }: Secrets & {
    readonly from: number
    readonly tries: "standing" | "all"
    readonly live: boolean
  }
) =>
  Stream.paginate(first, (from) =>
    Effect.map(
      ask((api) =>
        api.runs.stream({
          params: { id: runId, name },
          query: { ...query, from, limit: 1_000, ...(live ? { waitMs: mostWaitMs } : {}) }
        })
      ),
      ({ isOver, items, next }) =>
        [
          items.map((item) => (item._tag === "Value" ? { ...item, value: item.value as Json } : item)),
          isOver || (items.length === 0 && !live) ? Option.none<number>() : Option.some(next)
        ] as const
    )
  )
