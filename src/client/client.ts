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
import { RunNotFound, type SignalInvalid } from "../actor/errors.ts"
import type { Heartbeats } from "../store/beside/heartbeats.ts"
import type { OutputChunks } from "../store/beside/outputChunks.ts"
import type { Replies } from "../store/beside/replies.ts"
import type { CallbackKeys } from "../store/callbacks/callbackKeys.ts"
import type { StoreRefused, StoreUnavailable } from "../store/errors.ts"
import type { Payloads } from "../store/payloads.ts"
import { RunTable } from "../store/runTable.ts"
import { tracerOf } from "../store/telemetry/tracing.ts"
import { type CallbackClient, callbackClient } from "./callbacks.ts"
import { type ClientMemory, memoryOf, newMemory } from "./calls/clientMemory.ts"
import { providing } from "./calls/providing.ts"
import { type DeletionClient, deletionClient } from "./deletion/deletionClient.ts"
import { describeRun, type HistoryEvent, historyOf, type RunDescription } from "./describe.ts"
import type { RunFinished, RunParked, SignalConflict, StateNotSet } from "./errors.ts"
import type { SendUpdateError, StateError, StreamError, UpdateAnswerError, WaitError } from "./failures.ts"
import { type LimitClient, limitClient } from "./limits/limitClient.ts"
import type { ListClient } from "./listing/listClient.ts"
import { readStream } from "./output/readStream.ts"
import type { StreamItem, StreamReadOptions, StreamValue } from "./output/streamItem.ts"
import { readState, watchState } from "./publishedState.ts"
import { type RepairClient, repairClient } from "./repair/repairClient.ts"
import { type ScheduleClient, scheduleClient } from "./schedules/scheduleClient.ts"
import { cancelRun, checkSignal, type SignalOptions, sendSignal } from "./send.ts"
import {
  type NoChoices,
  type PlainStartError,
  type PlainStartOptions,
  type RunHandle,
  type StartError,
  type StartOptions,
  startRun
} from "./start.ts"
import { startedBy } from "./starting/askedStarts.ts"
import type { StartChoices } from "./starting/beginsAt.ts"
import { type SignalWithStartOptions, startAndSignal } from "./starting/signalWithStart.ts"
import type { WaitOptions } from "./starting/soughtStart.ts"
import { traced } from "./tracing.ts"
import { type TransactionClient, transactionClient } from "./transactions/transactionClient.ts"
import { answerOf, sendUpdate, type UpdateRequestOptions, waitForReply } from "./update.ts"
import { waitForOutcome } from "./waitForOutcome.ts"

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
    /**
     * Returns when the start is durable.
     *
     * `policy` says what if there is a run of that id. `replace` fails with `RunParked` where that one is parked so that no cancellation ends it;
     * the start is kept, and takes effect when the run can go on.
     *
     * @example
     * yield* client.start(report, { runId: "monthly", input: month, policy: "replace", requestId: click })
     * yield* client.start(remind, { runId: order.id, input: order, delay: "2 days" })
     */
    readonly start: {
      <Name extends string, In, Out, Err>(
        workflow: Workflow<Name, In, Out, Err>,
        options: PlainStartOptions<NoInfer<In>>
      ): Effect.Effect<RunHandle, PlainStartError>
      <Name extends string, In, Out, Err>(
        workflow: Workflow<Name, In, Out, Err>,
        options: StartOptions<NoInfer<In>>
      ): Effect.Effect<RunHandle, StartError>
    }
    /** Waits for the outcome: the typed output, or in the error channel the typed error, `RunDied`, `RunCancelled` or `RunTerminated`. */
    readonly wait: <Name extends string, In, Out, Err>(
      workflow: Workflow<Name, In, Out, Err>,
      runId: string,
      options?: WaitOptions
    ) => Effect.Effect<Out, WaitError<Err>>
    /** `start`, then `wait` for the end of that start. */
    readonly execute: {
      <Name extends string, In, Out, Err>(
        workflow: Workflow<Name, In, Out, Err>,
        options: PlainStartOptions<NoInfer<In>>
      ): Effect.Effect<Out, WaitError<Err> | PlainStartError>
      <Name extends string, In, Out, Err>(
        workflow: Workflow<Name, In, Out, Err>,
        options: StartOptions<NoInfer<In>>
      ): Effect.Effect<Out, WaitError<Err> | StartError>
    }
    /** Of the newest generation, or of the one asked for, from 0. */
    readonly get: (
      runId: string,
      options?: { readonly generation?: number }
    ) => Effect.Effect<RunDescription, RunNotFound | StoreUnavailable>
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
    readonly signalWithStart: {
      <Name extends string, In, Out, Err, A>(
        workflow: Workflow<Name, In, Out, Err>,
        options: SignalWithStartOptions<NoInfer<In>, A> & NoChoices
      ): Effect.Effect<RunHandle, PlainStartError | SignalInvalid | SignalConflict | RunFinished>
      <Name extends string, In, Out, Err, A>(
        workflow: Workflow<Name, In, Out, Err>,
        options: SignalWithStartOptions<NoInfer<In>, A> & StartChoices
      ): Effect.Effect<RunHandle, StartError | SignalInvalid | SignalConflict | RunFinished>
    }
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
    /** Limits: places that are held, and who waits. */
    readonly limits: LimitClient
  }
>()("dynactor/Client") {}

/** Told in files of their own. */
type Others = CallbackClient & ListClient & TransactionClient & RepairClient & DeletionClient

/** What a client needs of a store. */
export type ClientServices = RunTable | Payloads | Replies | OutputChunks | CallbackKeys | Heartbeats

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a list of methods, each a few lines, that share one context
const makeClient = Effect.fnUntraced(function* ({ asked, sent }: ClientMemory) {
  const context = yield* Effect.context<ClientServices>()
  const provide = providing(context)
  /** No run can have such an id, and a store that writes text as UTF-8 would take it for that of another one. */
  const existing = <A, E, R>(runId: string, effect: Effect.Effect<A, E, R>) =>
    typeof runId === "string" && runId.isWellFormed()
      ? provide(effect)
      : Effect.fail(
          new RunNotFound({
            runId: String(runId),
            message: `there is no run ${JSON.stringify(String(runId).slice(0, 80))}`
          })
        )
  const own = tracerOf(context as Context.Context<never>)
  const about = <A, E, R>(
    name: string,
    runId: string | undefined,
    effect: Effect.Effect<A, E, R>,
    workflow?: AnyWorkflow
  ) => traced(own, name, { "dynactor.run": runId, "dynactor.workflow": workflow?.workflowName }, effect)
  const start = <Name extends string, In, Out, Err>(
    workflow: Workflow<Name, In, Out, Err>,
    options: StartOptions<In>
  ): Effect.Effect<RunHandle, StartError> =>
    about("start", options.runId, provide(asked.noting(startRun(workflow, options, sent))), workflow)
  const wait: Client["Service"]["wait"] = (workflow, runId, options) =>
    about("wait", runId, existing(runId, waitForOutcome(workflow, runId, asked.optionsOf(runId, options))), workflow)
  const send: Client["Service"]["sendUpdate"] = (runId, update, input, options) =>
    about("sendUpdate", runId, existing(runId, sendUpdate(runId, update, input, options?.id, sent)))
  const answer: Client["Service"]["updateAnswer"] = (runId, update, id, options) =>
    Effect.flatMap(existing(runId, waitForReply(runId, update.updateName, id, options)), (reply) =>
      provide(answerOf(runId, update, reply))
    )
  return {
    start: start as Client["Service"]["start"],
    wait,
    sendUpdate: send,
    updateAnswer: (runId, update, id, options) => about("updateAnswer", runId, answer(runId, update, id, options)),
    update: (runId, update, input, options) =>
      about(
        "update",
        runId,
        Effect.flatMap(send(runId, update, input, options), (id) => answer(runId, update, id, options))
      ),
    execute: ((workflow: AnyWorkflow, options: StartOptions<never>) =>
      about(
        "execute",
        options.runId,
        Effect.flatMap(start(workflow, options), (handle) =>
          about("wait", handle.runId, provide(waitForOutcome(workflow, handle.runId, startedBy(handle))), workflow)
        ),
        workflow
      )) as Client["Service"]["execute"],
    get: (runId, options) => about("get", runId, existing(runId, describeRun(runId, options?.generation))),
    signal: (runId, signal, payload, options = {}) => {
      const send = Effect.flatMap(checkSignal(signal, payload, options, runId), (one) => sendSignal(runId, one, sent))
      return about("signal", runId, existing(runId, send))
    },
    signalWithStart: ((workflow: AnyWorkflow, options: SignalWithStartOptions<any, any> & StartChoices) =>
      about(
        "signalWithStart",
        options.runId,
        provide(asked.noting(startAndSignal(workflow, options, sent))),
        workflow
      )) as Client["Service"]["signalWithStart"],
    history: (runId, options) => about("history", runId, existing(runId, historyOf(runId, options?.generation))),
    state: (runId, state) => about("state", runId, existing(runId, readState(runId, state))),
    watch: (runId, state) =>
      Stream.unwrap(existing(runId, Effect.succeed(watchState(runId, state)))).pipe(Stream.provideContext(context)),
    stream: ((runId, stream, options = {}) =>
      Stream.unwrap(existing(runId, Effect.succeed(readStream(runId, stream, options)))).pipe(
        Stream.provideContext(context)
      )) as Client["Service"]["stream"],
    cancel: (runId, options) => about("cancel", runId, existing(runId, cancelRun(runId, options?.reason, sent))),
    ...repairClient(
      <A, E>(name: string, runId: string, effect: Effect.Effect<A, E, RunTable | Payloads>) =>
        about<A, E | RunNotFound, never>(name, runId, existing(runId, effect)),
      asked
    ),
    ...deletionClient(
      <A, E>(name: string, runId: string, effect: Effect.Effect<A, E, RunTable | Payloads>) =>
        about<A, E | RunNotFound, never>(name, runId, existing(runId, effect)),
      context as Context.Context<never>
    ),
    ...callbackClient(context),
    ...transactionClient(context, sent),
    schedules: scheduleClient(context, sent),
    limits: limitClient(context),
    list: (query = {}) => about("list", undefined, provide(Effect.flatMap(RunTable, (table) => table.list(query)))),
    counts: (query = {}) => about("counts", undefined, provide(Effect.flatMap(RunTable, (table) => table.count(query))))
  } satisfies Client["Service"]
})

/**
 * The client of the store that it is provided with. Made anew wherever it is: a layer is otherwise built once for all that is provided within one another, and
 * who has two stores would get the client of the outer one for both.
 */
export const clientLayer: Layer.Layer<Client, never, ClientServices> = Layer.fresh(
  Layer.effect(
    Client,
    Effect.flatMap(RunTable, (table) => makeClient(memoryOf(table)))
  )
)

/** The same for callers who are others than those of this program, whatever store they share: they wait for no start that was asked for here. */
export const clientOfOthers: Layer.Layer<Client, never, ClientServices> = Layer.fresh(
  Layer.effect(
    Client,
    Effect.suspend(() => makeClient(newMemory()))
  )
)
