import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { ScheduleDefinition } from "../../actor/calls/schedules/defineSchedule.ts"
import type { AnyStep, AnyWorkflow } from "../../actor/definitions/definition.ts"
import type { ClientStoreServices, TurnStoreServices } from "../../store/aws/functionStore.ts"
import type { RunEraser } from "../../store/deletion/runEraser.ts"
import { keepSchedules } from "../schedules/deployedSchedules.ts"
import { Looks } from "../wakeups/looks.ts"
import { handleDeadLetter, handleDelivery } from "../workers/stepWorker.ts"
import { type ContainerOptions, type FunctionMachine, makeContainer } from "./container.ts"
import { deadLetterQueueUrlOf, type Environment, queueUrlOf, tenantOf } from "./environment.ts"
import type { BatchResponse, LambdaContext, QueueEvent, StreamEvent } from "./events.ts"
import { makePurgeHandler, type PurgeHandler } from "./purgeHandler.ts"
import { handleBatch } from "./queueHandler.ts"
import { ringDoorbells } from "./streamHandler.ts"
import { type LookAnswer, lookInTime, lookRequest, type SweepAnswer, sweepInTime } from "./sweepHandler.ts"
import { makeTelemetry } from "./telemetry/telemetry.ts"
import { type TimeLeft, until } from "./timeLeft.ts"

/** Settings, with their defaults. */
export interface TurnTuning {
  /** Suspended runs that a function keeps in memory between its events. Default 500. */
  readonly warmRuns?: number
  /** Operations that one message may set off in a workflow before the run is parked. Default 1,000,000. */
  readonly budget?: number
  /** Milliseconds that one turn of workflow code may compute before the run is parked. Default 2,000. */
  readonly turnLimitMs?: number
  /**
   * Receipts after which a step that this function does not know is failed, with growing pauses in between: a deployment may be
   * under way. Default 8, some two minutes. The queue must allow more receipts than that.
   */
  readonly unknownStepReceives?: number
  /** How long a step that takes more than a moment is hidden at a time, and so how soon it is back after a crash. Default 30,000. */
  readonly visibilityMs?: number
  /** Milliseconds for which a run must not have moved before the sweeper looks at it. Default 120,000. */
  readonly quietMs?: number
}

export interface TurnHandlerOptions {
  readonly tuning: TurnTuning
  readonly workflows: ReadonlyArray<AnyWorkflow>
  readonly steps: ReadonlyArray<AnyStep>
  /** Default: none. */
  readonly schedules?: ReadonlyArray<ScheduleDefinition>
  readonly layer: Layer.Layer<never, unknown>
  readonly store: Layer.Layer<TurnStoreServices, unknown>
  /** Of the function that deletes. Default: there is none, and it fails. */
  readonly purgeStore?: Layer.Layer<ClientStoreServices | RunEraser, unknown>
  /** Read with each event. */
  readonly environment: () => Environment
  /** Default: Node's. */
  readonly machine?: FunctionMachine
}

/** The functions that turn runs. */
export interface TurnHandlers {
  readonly stream: (event: StreamEvent, context: LambdaContext) => Promise<BatchResponse>
  readonly step: (event: QueueEvent, context: LambdaContext) => Promise<BatchResponse>
  readonly deadLetter: (event: QueueEvent, context: LambdaContext) => Promise<BatchResponse>
  /** A pass of the sweeper, which first makes sure of schedules: those of the code, and those of the event (`{ schedules }`). With `{ lookThrough: true, cursor? }`: a look through the whole table for runs that were never begun. */
  readonly sweep: (event: unknown, context: LambdaContext) => Promise<SweepAnswer | LookAnswer>
  /** A pass of the purge. With `{ dryRun: true }` nothing is deleted, and what would be is counted. */
  readonly purge: PurgeHandler
}

/**
 * The functions for the stream, dead letters and sweeps give up soon on a store that is away: they lose nothing, the platform calls them
 * again, and waiting costs money. A step worker may hold the outcome of code that would have to run again, so it waits as long as it can.
 */
const shortPatience = { ms: 5_000 }

export const makeTurnHandlers = (options: TurnHandlerOptions): TurnHandlers => {
  const container = makeContainer(containerOptions(options))
  const { environment, tuning } = options
  const { visibilityMs = 30_000, quietMs = 120_000 } = tuning
  const looks = new Looks()
  // Of an environment: a deployment makes new ones.
  const ensureSchedules = keepSchedules(options.workflows, options.schedules)
  return {
    purge: makePurgeHandler({
      workflows: options.workflows,
      store: options.purgeStore ?? noPurge,
      environment,
      machine: options.machine
    }),
    stream: (event, context) =>
      container.invoke(context, shortPatience, (time) => ringDoorbells(event, tenantOf(environment()), time)),
    step: (event, context) =>
      container.invoke(context, "untilHandBack", (time, worker) =>
        Effect.flatMap(queueUrlOf(environment()), (queueUrl) =>
          handleBatch(event, {
            queueUrl,
            handle: (delivery) => handleDelivery(delivery, worker),
            strangers: "comeAgain",
            time,
            visibilityMs
          })
        )
      ),
    deadLetter: (event, context) =>
      container.invoke(context, shortPatience, (time, worker) =>
        Effect.flatMap(deadLetterQueueUrlOf(environment()), (queueUrl) =>
          handleBatch(event, {
            queueUrl,
            handle: (delivery) => handleDeadLetter(delivery, worker),
            // No function will ever be able to read it.
            strangers: "deleted",
            time,
            visibilityMs
          })
        )
      ),
    sweep: async (event, context) => {
      const look = lookRequest(event)
      return await container.invoke<SweepAnswer | LookAnswer, unknown>(context, shortPatience, (time) =>
        look === undefined
          ? Effect.andThen(inHalfOf(time, ensureSchedules(event)), sweepInTime(time, looks, quietMs))
          : lookInTime(time, look.cursor)
      )
    }
  }
}

/** However many there are to be made sure of: the sweep has its time. */
const inHalfOf = Effect.fnUntraced(function* <E, R>({ handBackAt }: TimeLeft, ensure: Effect.Effect<void, E, R>) {
  const now = yield* Clock.currentTimeMillis
  if (yield* until(now + (handBackAt - now) / 2, ensure)) return
  yield* Effect.logWarning("schedules are not made sure of yet: half of the time was up, and the next pass tries again")
})

const noPurge = Layer.effectContext(Effect.die(new Error("these functions were made without a store to delete from")))

const containerOptions = (options: TurnHandlerOptions): ContainerOptions => ({
  workflows: options.workflows,
  steps: options.steps,
  ...(options.schedules === undefined ? {} : { schedules: options.schedules }),
  store: options.store,
  layer: options.layer,
  warmRuns: options.tuning.warmRuns ?? 500,
  budget: options.tuning.budget ?? 1_000_000,
  turnLimitMs: options.tuning.turnLimitMs ?? 2_000,
  unknownStepReceives: options.tuning.unknownStepReceives ?? 8,
  telemetry: () => makeTelemetry(options.environment),
  machine: options.machine
})
