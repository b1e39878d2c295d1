import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type {
  AnyWorkflow,
  SignalSource,
  StateDefinition,
  StreamDefinition,
  UpdateDefinition,
  Workflow
} from "../actor/definitions/definition.ts"
import {
  type RunCancelled,
  type RunDied,
  RunNotFound,
  type RunTerminated,
  type SignalInvalid
} from "../actor/errors.ts"
import type { Heartbeats } from "../store/beside/heartbeats.ts"
import type { OutputChunks } from "../store/beside/outputChunks.ts"
import type { Replies } from "../store/beside/replies.ts"
import type { CallbackKeys } from "../store/callbacks/callbackKeys.ts"
import type { CursorInvalid, PayloadAltered, PayloadMissing, StoreRefused, StoreUnavailable } from "../store/errors.ts"
import type { CountQuery, RunCounts } from "../store/listing/runCounts.ts"
import type { Payloads } from "../store/payloads.ts"
import { type ListQuery, type RunPage, RunTable } from "../store/runTable.ts"
import { tracerOf } from "../store/telemetry/tracing.ts"
import { type CallbackClient, callbackClient } from "./callbacks.ts"
import { describeRun, type HistoryEvent, historyOf, type RunDescription } from "./describe.ts"
import type {
  InputInvalid,
  OutcomeUnreadable,
  PositionInvalid,
  RunConflict,
  RunFinished,
  RunIdInvalid,
  RunParked,
  SignalConflict,
  StateNotSet,
  StateUnreadable,
  StreamUnreadable,
  UpdateConflict,
  UpdateFailed,
  UpdateInvalid
} from "./errors.ts"
import { readStream } from "./output/readStream.ts"
import type { StreamItem, StreamReadOptions, StreamValue } from "./output/streamItem.ts"
import { readState, watchState } from "./publishedState.ts"
import { type RepairClient, repairClient } from "./repair/repairClient.ts"
import { type ScheduleClient, scheduleClient } from "./schedules/scheduleClient.ts"
import { cancelRun, checkSignal, type SignalOptions, sendSignal } from "./send.ts"
import { SentBefore } from "./sentBefore.ts"
import { type RunHandle, type StartOptions, startRun } from "./start.ts"
import { traced } from "./tracing.ts"
import { type TransactionClient, transactionClient } from "./transactions/transactionClient.ts"
import { answerOf, sendUpdate, type UpdateRequestOptions, waitForReply } from "./update.ts"
import { waitForOutcome } from "./waitForOutcome.ts"

export interface SignalWithStartOptions<In, A> extends SignalOptions {
  readonly runId: string
  /** For the start, if there is no such run yet. */
  readonly input: In
  readonly signal: SignalSource<string, A>
  readonly payload: NoInfer<A>
}

export interface WaitOptions {
  /** Fail with `RunParked` when the run is parked, instead of waiting until it goes on. Default false. */
  readonly failWhenParked?: boolean
}

export type WaitError<Err> =
  | Err
  | RunDied
  | RunCancelled
  | RunTerminated
  | RunNotFound
  | RunParked
  | OutcomeUnreadable
  | PayloadMissing
  | PayloadAltered
  | StoreRefused
  | StoreUnavailable

export type StateError =
  | RunNotFound
  | StateUnreadable
  | PayloadMissing
  | PayloadAltered
  | StoreRefused
  | StoreUnavailable

export type SendUpdateError =
  | UpdateInvalid
  | UpdateConflict
  | RunNotFound
  | RunFinished
  | StoreUnavailable
  | StoreRefused

export type UpdateAnswerError<Err> =
  | Err
  | RunNotFound
  | UpdateFailed
  | RunParked
  | OutcomeUnreadable
  | PayloadMissing
  | PayloadAltered
  | StoreUnavailable
  | StoreRefused
export type StreamError = RunNotFound | StreamUnreadable | PositionInvalid | StoreRefused | StoreUnavailable

/**
 * What the outside does with runs. Every write is one put-if-absent row; a host that sees the row takes it from there.
 *
 * @example
 * const client = yield* Client
 * yield* client.start(fulfilOrder, { runId: order.id, input: order })
 * const shipment = yield* client.wait(fulfilOrder, order.id).pipe(Effect.timeout("1 minute"))
 */
export class Client extends Context.Service<
  Client,
  Others & {
    /** Returns when the start is durable. */
    readonly start: <Name extends string, In, Out, Err>(
      workflow: Workflow<Name, In, Out, Err>,
      options: StartOptions<In>
    ) => Effect.Effect<RunHandle, InputInvalid | RunIdInvalid | RunConflict | StoreUnavailable | StoreRefused>
    /** Waits for the outcome: the typed output, or in the error channel the typed error, `RunDied`, `RunCancelled` or `RunTerminated`. */
    readonly wait: <Name extends string, In, Out, Err>(
      workflow: Workflow<Name, In, Out, Err>,
      runId: string,
      options?: WaitOptions
    ) => Effect.Effect<Out, WaitError<Err>>
    /** `start`, then `wait`. */
    readonly execute: <Name extends string, In, Out, Err>(
      workflow: Workflow<Name, In, Out, Err>,
      options: StartOptions<In>
    ) => Effect.Effect<Out, WaitError<Err> | InputInvalid | RunIdInvalid | RunConflict>
    readonly get: (runId: string) => Effect.Effect<RunDescription, RunNotFound | StoreUnavailable>
    /**
     * What has happened so far: adopted messages in their order, then those not adopted yet. Of a run that has continued as new those of
     * its newest generation, or of the one asked for, from 0.
     */
    readonly history: (
      runId: string,
      options?: { readonly generation?: number }
    ) => Effect.Effect<ReadonlyArray<HistoryEvent>, RunNotFound | StoreUnavailable>
    /**
     * Send a signal to a run that was started and has not ended. It is kept until the workflow receives it. What one client sends to
     * a run, each when the one before was acknowledged, arrives in that order, a cancellation included. On SQLite so does what several
     * clients of the file send; on DynamoDB their clocks decide.
     *
     * `id` makes it idempotent: a second signal of one name, id and payload is the first, and is answered as that was, also once
     * the run has ended; with another payload, or for something else, it is a `SignalConflict`. Default: a fresh one.
     *
     * `for` says what it is for: only `signal.for(...)` of the same text receives it.
     */
    readonly signal: <Name extends string, A>(
      runId: string,
      signal: SignalSource<Name, A>,
      payload: A,
      options?: SignalOptions
    ) => Effect.Effect<
      void,
      SignalInvalid | SignalConflict | RunNotFound | RunFinished | StoreUnavailable | StoreRefused
    >
    /**
     * Starts the run if there is none of that id, and sends it the signal. Returns when both are durable. To be repeated when the answer
     * was lost, give the signal an `id`: then nothing is done twice.
     *
     * A run of that id that was started with another workflow or input is a `RunConflict`, and one that has ended a `RunFinished`: it gets
     * no signal.
     *
     * @example
     * yield* client.signalWithStart(cart, { runId: customer, input: { customer }, signal: added, payload: item, id: click })
     */
    readonly signalWithStart: <Name extends string, In, Out, Err, A>(
      workflow: Workflow<Name, In, Out, Err>,
      options: SignalWithStartOptions<In, A>
    ) => Effect.Effect<
      RunHandle,
      | InputInvalid
      | RunIdInvalid
      | RunConflict
      | SignalInvalid
      | SignalConflict
      | RunFinished
      | StoreUnavailable
      | StoreRefused
    >
    /**
     * Send an update to a run that was started and has not ended, and wait for its answer: the typed output, or in the error channel the typed
     * error. It is kept until the run is turned, so whoever is in a hurry gives a time-out, and may ask again with the same `id`. A run that ends
     * first fails it with `UpdateFailed`, reason `runEnded`; one that had ended before is a `RunFinished`. As with signals,
     * what one client sends to a run arrives in that order.
     *
     * @example
     * yield* client.update("order-17", changeAddress, address, { id: "change-3" })
     */
    readonly update: <Name extends string, In, Out, Err>(
      runId: string,
      update: UpdateDefinition<Name, In, Out, Err>,
      input: In,
      options?: UpdateRequestOptions
    ) => Effect.Effect<Out, SendUpdateError | UpdateAnswerError<Err>>
    /** The same in two parts, the first: returns when the update is durable, with its id. */
    readonly sendUpdate: <Name extends string, In, Out, Err>(
      runId: string,
      update: UpdateDefinition<Name, In, Out, Err>,
      input: In,
      options?: { readonly id?: string }
    ) => Effect.Effect<string, SendUpdateError>
    /** And the second: waits for the answer to an update that was sent. */
    readonly updateAnswer: <Name extends string, In, Out, Err>(
      runId: string,
      update: UpdateDefinition<Name, In, Out, Err>,
      id: string,
      options?: WaitOptions
    ) => Effect.Effect<Out, UpdateAnswerError<Err>>
    /**
     * Ask the run to cancel: its body is interrupted, finalizers and compensations run. Returns when it is durable. Idempotent:
     * asked again, also once the run has ended by it, it is answered as the first time, and the first reason stands.
     *
     * A run that is parked because it waits for what never comes (`Effect.never`, a promise) ends by it. One that cannot be replayed
     * does not: that is a `RunParked`, and the cancellation is kept for when the run can go on.
     */
    readonly cancel: (
      runId: string,
      options?: { readonly reason?: string }
    ) => Effect.Effect<void, RunNotFound | RunFinished | RunParked | StoreUnavailable | StoreRefused>
    /**
     * What the run has published last, as of its last commit; also once it has ended. Strongly read, and the run is not woken by it.
     *
     * @example
     * const { packed, of } = yield* client.state("order-17", progress)
     */
    readonly state: <Name extends string, A>(
      runId: string,
      state: StateDefinition<Name, A>
    ) => Effect.Effect<A, StateNotSet | StateError>
    /**
     * The value that there is, then each other one, as soon as this process hears of it (of runs that other processes drive it looks every
     * second at most). A value that stood only between two looks is not seen. Ends with the run, behind its last value.
     *
     * @example
     * yield* client.watch("order-17", progress).pipe(Stream.runForEach(({ packed, of }) => Console.log(`${packed} of ${of}`)))
     */
    readonly watch: <Name extends string, A>(
      runId: string,
      state: StateDefinition<Name, A>
    ) => Stream.Stream<A, StateError>
    /**
     * What steps and the body of a run emit to a stream, from any position, live, until the run has ended. Reading wakes nobody, and any
     * number may read. To go on after a break, give the `position` behind the last value.
     *
     * @example
     * yield* client.stream("chat-17", tokens).pipe(
     *   Stream.runForEach((item) => (item._tag === "Value" ? show(item.value) : clear(item.step)))
     * )
     */
    readonly stream: {
      <Name extends string, A>(
        runId: string,
        stream: StreamDefinition<Name, A>,
        options: StreamReadOptions & { readonly tries: "all" }
      ): Stream.Stream<StreamValue<A>, StreamError>
      <Name extends string, A>(
        runId: string,
        stream: StreamDefinition<Name, A>,
        options?: StreamReadOptions
      ): Stream.Stream<StreamItem<A>, StreamError>
    }
    /** Schedules: made, looked at, paused, triggered. */
    readonly schedules: ScheduleClient
    /**
     * A page of runs, the newest start first (of one millisecond the greater run id first), by workflow, status, tags, time of the start and the
     * beginning of the id, or all of them: whatever is given has to hold. The order is the same whatever the filters and the store.
     *
     * A page reads so much at most: where few runs fit it may be shorter than `limit`, or empty, and go on all the same. So ask until there is no
     * `cursor`. Later pages have what comes behind the one before, whatever has started or changed meanwhile: no run twice, and none left
     * out. It may lag behind by a second, and has no runs that no host has seen yet. A cursor is good for the same filters on the same
     * store: any other is a `CursorInvalid`.
     *
     * @example
     * const page = yield* client.list({ tags: { customer: "c-17" }, status: "failed", since: Date.now() - 86_400_000 })
     */
    readonly list: (query?: ListQuery) => Effect.Effect<RunPage, CursorInvalid | StoreUnavailable>
    /**
     * How many runs there are of each status, of all workflows or one. In a SQLite file exact, and as dear as reading ten rows. On DynamoDB nobody keeps count, which
     * would make every start dearer: they are counted when asked for, `upTo` of each status (default 1,000), and beyond that it says
     * `isMore`; it costs a read unit for some sixty runs counted, and four for each status of each workflow. May lag behind by a second.
     *
     * @example
     * const { failed } = yield* client.counts({ workflow: "fulfilOrder" }) // { count: 3, isMore: false }
     */
    readonly counts: (query?: CountQuery) => Effect.Effect<RunCounts, StoreUnavailable>
  }
>()("dynactor/Client") {}

/** Told in files of their own. */
type Others = CallbackClient & TransactionClient & RepairClient

/** What a client needs of a store. */
export type ClientServices = RunTable | Payloads | Replies | OutputChunks | CallbackKeys | Heartbeats

export const clientLayer: Layer.Layer<Client, never, ClientServices> = Layer.effect(
  Client,
  Effect.gen(function* () {
    const context = yield* Effect.context<ClientServices>()
    const provide = Effect.provideContext(context)
    const sent = new SentBefore()
    /** No run can have such an id, and a store that writes text as UTF-8 would take it for that of another one. */
    const existing = <A, E, R>(runId: string, effect: Effect.Effect<A, E, R>) =>
      typeof runId === "string" && runId.isWellFormed()
        ? provide(effect)
        : Effect.fail(
            new RunNotFound({ runId, message: `there is no run ${JSON.stringify(String(runId).slice(0, 80))}` })
          )
    const own = tracerOf(context as Context.Context<never>)
    const about = <A, E, R>(
      name: string,
      runId: string | undefined,
      effect: Effect.Effect<A, E, R>,
      workflow?: AnyWorkflow
    ) => traced(own, name, { "dynactor.run": runId, "dynactor.workflow": workflow?.workflowName }, effect)
    const start: Client["Service"]["start"] = (workflow, options) =>
      about("start", options.runId, provide(startRun(workflow, options)), workflow)
    const wait: Client["Service"]["wait"] = (workflow, runId, options) =>
      about("wait", runId, existing(runId, waitForOutcome(workflow, runId, options)), workflow)
    const send: Client["Service"]["sendUpdate"] = (runId, update, input, options) =>
      about("sendUpdate", runId, existing(runId, sendUpdate(runId, update, input, options?.id, sent)))
    const answer: Client["Service"]["updateAnswer"] = (runId, update, id, options) =>
      Effect.flatMap(existing(runId, waitForReply(runId, update.updateName, id, options)), (reply) =>
        provide(answerOf(runId, update, reply))
      )
    return {
      start,
      wait,
      sendUpdate: send,
      updateAnswer: (runId, update, id, options) => about("updateAnswer", runId, answer(runId, update, id, options)),
      update: (runId, update, input, options) =>
        about(
          "update",
          runId,
          Effect.flatMap(send(runId, update, input, options), (id) => answer(runId, update, id, options))
        ),
      execute: (workflow, options) =>
        about(
          "execute",
          options.runId,
          Effect.flatMap(start(workflow, options), ({ isNew, runId }) =>
            about("wait", runId, provide(waitForOutcome(workflow, runId, { isNew })), workflow)
          ),
          workflow
        ),
      get: (runId) => about("get", runId, existing(runId, describeRun(runId))),
      signal: (runId, signal, payload, options = {}) => {
        const send = Effect.flatMap(checkSignal(signal, payload, options), (one) => sendSignal(runId, one, sent))
        return about("signal", runId, existing(runId, send))
      },
      signalWithStart: (workflow, options) =>
        about("signalWithStart", options.runId, provide(startAndSignal(workflow, options, sent)), workflow),
      history: (runId, options) => about("history", runId, existing(runId, historyOf(runId, options?.generation))),
      state: (runId, state) => about("state", runId, existing(runId, readState(runId, state))),
      watch: (runId, state) =>
        Stream.unwrap(existing(runId, Effect.succeed(watchState(runId, state)))).pipe(Stream.provideContext(context)),
      stream: ((runId, stream, options = {}) =>
        Stream.unwrap(existing(runId, Effect.succeed(readStream(runId, stream, options)))).pipe(
          Stream.provideContext(context)
        )) as Client["Service"]["stream"],
      cancel: (runId, options) => about("cancel", runId, existing(runId, cancelRun(runId, options?.reason, sent))),
      ...repairClient(<A, E>(name: string, runId: string, effect: Effect.Effect<A, E, RunTable>) =>
        about<A, E | RunNotFound, never>(name, runId, existing(runId, effect))
      ),
      ...callbackClient(context),
      ...transactionClient(context, sent),
      schedules: scheduleClient(context, sent),
      list: (query = {}) => about("list", undefined, provide(Effect.flatMap(RunTable, (table) => table.list(query)))),
      counts: (query = {}) =>
        about("counts", undefined, provide(Effect.flatMap(RunTable, (table) => table.count(query))))
    }
  })
)

/** All is looked at before anything is written; the start is durable first, as what is sent to no run is answered so. */
const startAndSignal = Effect.fnUntraced(function* <Name extends string, In, Out, Err, A>(
  workflow: Workflow<Name, In, Out, Err>,
  { runId, input, signal, payload, ...options }: SignalWithStartOptions<In, A>,
  sent: SentBefore
) {
  const checked = yield* checkSignal(signal, payload, options)
  const handle = yield* startRun(workflow, { input, runId: runId ?? "" })
  // The row of the start is there.
  yield* Effect.catchTag(sendSignal(runId, checked, sent), "RunNotFound", Effect.die)
  return handle
})
