import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type { ScheduleDefinition } from "../../actor/calls/schedules/defineSchedule.ts"
import type { AnyStep, AnyWorkflow } from "../../actor/definitions/definition.ts"
import { lazy } from "../../store/aws/calls/lazy.ts"
import type { TurnStoreServices } from "../../store/aws/functionStore.ts"
import { SliceGuard } from "../fairness/sliceGuard.ts"
import type { TurnScheduleOptions } from "../fairness/turnSchedule.ts"
import type { Watchdog } from "../fairness/watchdog.ts"
import type { LoadOptions } from "../turns/loadRun.ts"
import { makeRegistry, type Registry } from "../turns/registry.ts"
import { makeRuns, Runs } from "../turns/runs.ts"
import { WarmRuns } from "../turns/warmRun.ts"
import { outputTarget, withSafeLoggers } from "../turns/workflowLog.ts"
import type { StepWorkerOptions } from "../workers/stepWorker.ts"
import type { LambdaContext } from "./events.ts"
import { lambdaLogger } from "./lambdaLogger.ts"
import type { Telemetry } from "./telemetry/telemetry.ts"
import { type TimeLeft, timeLeft, until } from "./timeLeft.ts"

export interface ContainerOptions {
  readonly workflows: ReadonlyArray<AnyWorkflow>
  readonly steps: ReadonlyArray<AnyStep>
  /** Default: none. */
  readonly schedules?: ReadonlyArray<ScheduleDefinition>
  /** Built once, when the first event comes; if that fails, again with the next one. */
  readonly store: Layer.Layer<TurnStoreServices, unknown>
  /** What the steps need. Built after the store, and kept like it. */
  readonly layer: Layer.Layer<never, unknown>
  /** Suspended runs kept in memory from event to event. */
  readonly warmRuns: number
  readonly budget: number
  readonly turnLimitMs: number
  readonly unknownStepReceives: number
  /** Asked for with the first event. */
  readonly telemetry: () => Telemetry
  /** Default: Node's. */
  readonly machine?: FunctionMachine | undefined
}

/** What a function needs of the process that it lives in. A simulated one has another. */
export interface FunctionMachine {
  /** Its clock, scheduler and randomness. */
  readonly context: Context.Context<never>
  readonly guard: LoadOptions["guard"]
  readonly schedule: TurnScheduleOptions
  /** How long the step queue keeps a message, in milliseconds. Default 14 days. */
  readonly queueRetentionMs?: number
}

export type ContainerServices = TurnStoreServices | Runs

/** How long a store that is away is waited for in a turn. */
export type Patience = "untilHandBack" | { readonly ms: number }

/** What a function keeps from one event to the next: clients and their connections, the steps' services, suspended runs. */
export interface Container {
  /** Sees to one event. When it answers, nothing is under way any more. */
  readonly invoke: <A, E>(
    context: LambdaContext,
    patience: Patience,
    work: (time: TimeLeft, worker: StepWorkerOptions) => Effect.Effect<A, E, ContainerServices>
  ) => Promise<A>
}

/**
 * No watchdog here. It is a thread that ends a process whose workflow code does not return, and the environment of a function
 * has one: its timeout. So every slice runs under the guard's own limit, which costs some 150 µs beside calls of
 * milliseconds, and a run that hangs is parked by the function that met it. That limit is in real time, but no slice is under
 * way while a function is frozen: slices are synchronous, and a function is frozen once its answer is given
 * (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html).
 */
const noWatchdog: Watchdog = {
  enter: () => undefined,
  leave: () => undefined,
  isWatching: () => false,
  stop: () => undefined
}

export const makeContainer = (options: ContainerOptions): Container => {
  // Mistakes in the definitions are told when the function is loaded, and not with the first event.
  const registry = makeRegistry(options.workflows, options.steps, options.schedules)
  const state = { giveUpAt: Number.POSITIVE_INFINITY }
  const context = options.machine?.context ?? Context.empty()
  const build = lazy(() => Effect.runPromiseWith(context)(buildServices(options, registry, state)))
  return {
    invoke: async (lambda, patience, work) => {
      const { services, worker, telemetry } = await build()
      const one = Effect.gen(function* () {
        const time = yield* timeLeft(lambda)
        const now = yield* Clock.currentTimeMillis
        state.giveUpAt = patience === "untilHandBack" ? time.handBackAt : Math.min(time.handBackAt, now + patience.ms)
        // A turn goes on to its end even if its caller was interrupted or nobody waits for it.
        const idle = Effect.flatMap(Runs, (runs) => until(time.answerAt, runs.idle))
        return yield* Effect.ensuring(
          Effect.tap(work(time, worker), () => idle),
          telemetry.end(services, time.answerAt)
        )
      })
      return await Effect.runPromiseWith(services)(one)
    }
  }
}

const buildServices = Effect.fnUntraced(function* (
  options: ContainerOptions,
  registry: Registry,
  state: { readonly giveUpAt: number }
) {
  // Never closed: a function is not told when its environment goes.
  const scope = yield* Scope.make()
  // A logger or tracer among the steps' services takes the place of ours.
  const telemetry = options.telemetry()
  const below = Layer.merge(lambdaLogger, telemetry.layer)
  const layer = Layer.provideMerge(options.layer, Layer.provideMerge(options.store, below))
  const store = withSafeLoggers(yield* Layer.buildWithScope(layer, scope))
  const services = store as Context.Context<never>
  const runs = makeRuns(
    {
      registry,
      services,
      guard: options.machine?.guard ?? new SliceGuard(options.turnLimitMs, noWatchdog),
      ...scheduleOf(options.machine),
      warm: new WarmRuns(options.warmRuns),
      budget: options.budget,
      output: outputTarget(services),
      isClosing: () => false,
      giveUpAt: () => state.giveUpAt
    },
    store
  )
  const worker: StepWorkerOptions = { registry, services, unknownStepReceives: options.unknownStepReceives }
  return { services: Context.add(store, Runs, runs), worker, telemetry }
})

const scheduleOf = (machine: FunctionMachine | undefined) => {
  if (machine === undefined) return {}
  const { queueRetentionMs, schedule } = machine
  return { schedule, ...(queueRetentionMs === undefined ? {} : { queueRetentionMs }) }
}
