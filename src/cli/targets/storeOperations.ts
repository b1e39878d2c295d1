import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { defineStream } from "../../actor/calls/stream.ts"
import { defineState } from "../../actor/definitions/outside/state.ts"
import { makeWorkflow } from "../../actor/definitions/workflow.ts"
import { RunCancelled, RunDied, RunTerminated } from "../../actor/errors.ts"
import type { Json } from "../../actor/values/json.ts"
import { fromPayload } from "../../actor/values/payload.ts"
import { Client, type ClientServices } from "../../client/client.ts"
import { OutcomeUnreadable } from "../../client/errors.ts"
import { failureOf, waitForReply } from "../../client/update.ts"
import { waitForOutcome } from "../../client/waitForOutcome.ts"
import { callbackNameOf } from "../../store/callbacks/callbackToken.ts"
import { findAsItWas } from "../../store/generations/newest.ts"
import { load, whySealed } from "../../store/payloads.ts"
import { RunTable } from "../../store/runTable.ts"
import type { Definitions } from "../entry/definitions.ts"
import { wrongUse } from "../framework/commandFailed.ts"
import { storeLimits } from "./around/limitOperations.ts"
import { storedNames } from "./around/publishedNames.ts"
import { storeRepairs } from "./around/repairOperations.ts"
import { callbackNamed, decodeJson, signalNamed, stateNamed, streamNamed, updateNamed, workflowNamed } from "./named.ts"
import type { AnswerRequest, Operations, RunShown, SignalRequest, StartRequest } from "./operations.ts"
import { storeSchedules } from "./scheduleOperations.ts"

type Needs = Client | ClientServices

export interface StoreOperationsOptions {
  readonly definitions: Effect.Effect<Definitions | undefined, unknown>
  /** Provides the store, opened when it is first asked for. */
  readonly provide: <A, E>(effect: Effect.Effect<A, E, Needs>) => Effect.Effect<A, unknown>
}

/** What the client does, on a store that is open to this process. */
export const storeOperations = ({ definitions, provide }: StoreOperationsOptions): Operations => ({
  schedules: storeSchedules(definitions, provide),
  limits: storeLimits(provide),
  repairs: storeRepairs(definitions, provide),
  start: (request) => provide(Effect.flatMap(definitions, (known) => start(known, request))),
  get: (runId) => provide(show(runId)),
  wait: (runId, options) => provide(wait(runId, options)),
  list: (query) => provide(Effect.flatMap(Client, (client) => client.list(query))),
  signal: (runId, request) => provide(Effect.flatMap(definitions, (known) => signal(known, runId, request))),
  update: (runId, request) => provide(Effect.flatMap(definitions, (known) => update(known, runId, request))),
  state: (runId, name) =>
    provide(
      Effect.gen(function* () {
        yield* stateNamed(yield* definitions, name)
        return (yield* (yield* Client).state(runId, defineState(name, json))) as Json
      })
    ),
  watch: (runId, name) =>
    unwrapped(
      provide(
        Effect.gen(function* () {
          yield* stateNamed(yield* definitions, name)
          return (yield* Client).watch(runId, defineState(name, json))
        })
      )
    ),
  stream: (runId, name, options) =>
    unwrapped(
      provide(
        Effect.gen(function* () {
          yield* streamNamed(yield* definitions, name)
          return (yield* Client).stream(runId, defineStream(name, json), options)
        })
      )
    ),
  publishedBy: (runId) => provide(storedNames(runId)),
  answer: (request) => provide(Effect.flatMap(definitions, (known) => answer(known, request))),
  heartbeat: (token) => provide(Effect.flatMap(Client, (client) => client.heartbeatCallback(token))),
  cancel: (runId, reason) => provide(Effect.flatMap(Client, (client) => client.cancel(runId, because(reason)))),
  terminate: (runId, reason) => provide(Effect.flatMap(Client, (client) => client.terminate(runId, because(reason)))),
  pause: (runId, reason) => provide(Effect.flatMap(Client, (client) => client.pause(runId, because(reason)))),
  delete: (runId, { scrub, tombstoneMs }) =>
    provide(
      Effect.flatMap(Client, (client) =>
        client.delete(runId, {
          ...(scrub === undefined ? {} : { scrub }),
          ...(tombstoneMs === undefined ? {} : { tombstone: tombstoneMs === 0 ? ("none" as const) : tombstoneMs })
        })
      )
    ),
  resume: (runId) => provide(Effect.flatMap(Client, (client) => client.resume(runId)))
})

const because = (reason: string | undefined) => (reason === undefined ? {} : { reason })

/** What stands in the store is shown as the JSON that it is. */
const json = Schema.Json as Schema.Codec<any, any>

const unwrapped = <A>(stream: Effect.Effect<Stream.Stream<A, unknown>, unknown>): Stream.Stream<A, unknown> =>
  Stream.unwrap(stream)

const start = Effect.fnUntraced(function* (definitions: Definitions | undefined, request: StartRequest) {
  const { delay, input, maxDelay, policy, requestId, runId, signal, startAt, tags, version, workflow: name } = request
  const table = yield* RunTable
  const versionElse =
    definitions !== undefined || version !== undefined
      ? "1"
      : ((yield* table.list({ workflow: name, limit: 1 })).runs[0]?.definitionVersion ?? "1")
  const workflow = yield* workflowNamed(definitions, name, version, versionElse)
  const client = yield* Client
  const options = {
    input: yield* decodeJson(`the input of workflow ${name}`, workflow.input(), input),
    ...(runId === undefined ? {} : { runId }),
    ...(tags === undefined ? {} : { tags }),
    ...(policy === undefined ? {} : { policy }),
    ...(requestId === undefined ? {} : { requestId }),
    ...(startAt === undefined ? {} : { startAt: new Date(startAt) }),
    ...(delay === undefined ? {} : { delay: delay as Duration.Input }),
    ...(maxDelay === undefined ? {} : { maxDelay: maxDelay as Duration.Input })
  }
  if (signal === undefined) return yield* client.start(workflow, options)
  if (runId === undefined)
    return yield* wrongUse(
      "--signal goes with --id: a start that has a signal names its run.",
      "say --id, or leave the signal out"
    )
  const { definition, payload, ...rest } = yield* signalValue(definitions, signal)
  return yield* client.signalWithStart(workflow, { ...options, runId, signal: definition, payload, ...rest })
})

const signalValue = Effect.fnUntraced(function* (
  definitions: Definitions | undefined,
  { name, payload, ...rest }: SignalRequest
) {
  const definition = yield* signalNamed(definitions, name)
  const value = yield* decodeJson(`the payload of signal ${name}`, definition.codec(), payload)
  return { definition, payload: value, ...rest }
})

const signal = Effect.fnUntraced(function* (
  definitions: Definitions | undefined,
  runId: string,
  request: SignalRequest
) {
  const client = yield* Client
  const { definition, payload, ...rest } = yield* signalValue(definitions, request)
  return yield* client.signal(runId, definition, payload, rest)
})

const show = Effect.fnUntraced(function* (runId: string) {
  const client = yield* Client
  const described = yield* client.get(runId)
  if (described.outcome === undefined) return described as RunShown
  const outcome = (yield* findAsItWas(runId)).head?.outcome
  if (outcome === undefined) return described as RunShown
  const sealed = whySealed(outcome.payload)
  if (sealed !== undefined) return { ...described, resultOmitted: `the result is not shown: ${sealed}; ${giveEntry}` }
  return { ...described, result: fromPayload(yield* load(outcome.payload)) } satisfies RunShown
})

const giveEntry = "say --entry with a module that exports the codec"

const wait = Effect.fnUntraced(function* (
  runId: string,
  { timeoutMs, failWhenParked = false, ...which }: Parameters<Operations["wait"]>[1]
) {
  const any = makeWorkflow("any", { input: json, output: json, error: json, run: () => Effect.never })
  // What it ends with is read below, with the run: of interest is when, and whether there is a run to wait for.
  const ended = Effect.catch(
    Effect.asVoid(waitForOutcome(any, runId, { failWhenParked, ...which })),
    (error: unknown) =>
      error instanceof RunDied ||
      error instanceof RunCancelled ||
      error instanceof RunTerminated ||
      error instanceof OutcomeUnreadable ||
      !isOurs(error)
        ? Effect.void
        : Effect.fail(error)
  )
  const done = timeoutMs === undefined ? Option.some(yield* ended) : yield* Effect.timeoutOption(ended, timeoutMs)
  return Option.isNone(done) ? undefined : yield* show(runId)
})

/** An error of the client's, and not what the workflow failed with, which is JSON. */
const isOurs = (error: unknown): boolean => error instanceof Error

const update = Effect.fnUntraced(function* (
  definitions: Definitions | undefined,
  runId: string,
  { name, input, id: givenId, waitMs }: Parameters<Operations["update"]>[1]
) {
  const definition = yield* updateNamed(definitions, name)
  const value = yield* decodeJson(`the input of update ${name}`, definition.input(), input)
  const client = yield* Client
  const id = yield* client.sendUpdate(runId, definition, value, givenId === undefined ? {} : { id: givenId })
  const answered = waitForReply(runId, name, id)
  const reply = waitMs === undefined ? Option.some(yield* answered) : yield* Effect.timeoutOption(answered, waitMs)
  if (Option.isNone(reply)) return { id, isPending: true } as const
  const { outcome } = reply.value
  const stored = fromPayload(yield* load(outcome.payload))
  if (outcome.tag === "succeeded") return { id, output: stored }
  if (outcome.tag === "failed") return { id, failure: stored }
  return yield* failureOf(runId, name, id, stored)
})

const answer = Effect.fnUntraced(function* (
  definitions: Definitions | undefined,
  { as, id, outcome, token, value }: AnswerRequest
) {
  const client = yield* Client
  // The token says of which callback it is: what does not fit would be the end of the run that waits for it.
  const known = definitions?.callbacks?.find(({ callbackName }) => callbackName === callbackNameOf(token))
  const callback = as === undefined ? known : yield* callbackNamed(definitions, as)
  const options = {
    isJson: true,
    ...(callback === undefined ? {} : { as: callback }),
    ...(id === undefined ? {} : { id })
  }
  return outcome === "complete"
    ? yield* client.completeCallback<any>(token, value, options)
    : yield* client.failCallback<any>(token, value, options)
})
