import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import type { ScheduleDefinition } from "../actor/calls/schedules/defineSchedule.ts"
import { assertSettings, type SettingKind } from "../actor/definitions/assertOptions.ts"
import type { AnyWorkflow, Step } from "../actor/definitions/definition.ts"
import type { OutputChunks } from "../store/beside/outputChunks.ts"
import type { Replies } from "../store/beside/replies.ts"
import { ChangeFeed } from "../store/changeFeed.ts"
import { Commits } from "../store/commits.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import type { Payloads } from "../store/payloads.ts"
import type { RunTable } from "../store/runTable.ts"
import type { StepQueue } from "../store/stepQueue.ts"
import { SliceGuard } from "./fairness/sliceGuard.ts"
import { eventLoop, type TurnScheduleOptions } from "./fairness/turnSchedule.ts"
import { startWatchdog } from "./fairness/watchdog.ts"
import type { PurgeResult } from "./retention/purge.ts"
import { purgePasses } from "./retention/purgePasses.ts"
import { ensureSchedules } from "./schedules/ensureSchedules.ts"
import type { SystemServices } from "./steps/systemSteps.ts"
import type { LoadOptions } from "./turns/loadRun.ts"
import { makeRegistry, type Registry } from "./turns/registry.ts"
import { makeRuns, Runs } from "./turns/runs.ts"
import { WarmRuns } from "./turns/warmRun.ts"
import { outputTarget, withSafeLoggers } from "./turns/workflowLog.ts"
import { feedLoop } from "./wakeups/feedLoop.ts"
import { Looks } from "./wakeups/looks.ts"
import { type LookResult, lookThrough } from "./wakeups/lookThrough.ts"
import { noCounts, type SweepResult, sweep } from "./wakeups/sweeper.ts"
import { deadLetterLoop } from "./workers/deadLetterLoop.ts"
import { QueueLoop } from "./workers/queueLoop.ts"
import { handleDelivery } from "./workers/stepWorker.ts"

export interface HostOptions<Steps extends ReadonlyArray<Step<string, any, any, any, any>>> {
  readonly workflows: ReadonlyArray<AnyWorkflow>
  readonly steps: Steps
  /** Are there from the host's start on, and are changed where they were defined otherwise before. Default: none. */
  readonly schedules?: ReadonlyArray<ScheduleDefinition>
  /** Steps run at a time. Default 128. */
  readonly stepConcurrency?: number
  /** Suspended runs kept in memory; with 0 every turn begins with a replay. Default 5,000. */
  readonly warmRuns?: number
  /**
   * Characters of large payloads and long histories that suspended runs hold in memory together, about. Beyond that, those that were turned longest ago are
   * replayed when something comes for them. Default: an eighth of the heap that Node gives this process.
   */
  readonly warmCharacters?: number
  /** How long a step is hidden from other workers before the claim is renewed. Default 30 seconds. */
  readonly visibility?: Duration.Input
  /** At shutdown, how long running steps may go on before they are handed back. Default 10 seconds. */
  readonly grace?: Duration.Input
  /** Between passes of the sweeper. Default 1 minute. The first one is at the start. */
  readonly sweepInterval?: Duration.Input
  /** How long runs are kept after their end whose workflow does not say (`defineWorkflow`, `retention`). Default: for ever. */
  readonly retention?: Duration.Input
  /** Between passes of the purge. Default 10 minutes. */
  readonly purgeInterval?: Duration.Input
  /** Runs that have not moved for so long are looked at by the sweeper. Default 2 minutes. */
  readonly quiet?: Duration.Input
  /**
   * Receipts after which a step that this host does not know is failed, with growing pauses in between, of ten minutes at most: a host that
   * knows it may be on its way. Default 8, some two minutes. The first message of each such step is told in the log.
   */
  readonly unknownStepReceives?: number
  /** How long the step queue keeps a message. What is lost beyond it is sent again. Default 14 days. */
  readonly queueRetention?: Duration.Input
  /** Operations that one message may set off in a workflow before the run is parked. Default 1,000,000. */
  readonly budget?: number
  /** Milliseconds that one turn of workflow code may compute before the run is parked. Default 2,000. */
  readonly turnLimitMs?: number
}

/** The services that the steps of a host need. */
export type StepServices<Steps extends ReadonlyArray<Step<string, any, any, any, any>>> =
  Steps[number] extends Step<string, any, any, any, infer R> ? R : never

/**
 * Turns runs and works on steps in this process until its scope closes. Then it takes nothing new, lets running steps end
 * within the grace, hands the rest back, and nothing is lost.
 *
 * A layer is built once for all that is provided within it: in a program with two stores, call `hostLayer` once for each. Throws a `RangeError`
 * for a number or a length of time that is none.
 *
 * @example
 * const app = hostLayer({ workflows: [fulfilOrder], steps: [chargeCard, reserve, ship] }).pipe(
 *   Layer.provide(PaymentsLive),
 *   Layer.provideMerge(sqliteStore({ filename: "runs.db" }))
 * )
 */
export class Host extends Context.Service<
  Host,
  {
    /** One pass of the sweeper, now. */
    readonly sweep: Effect.Effect<SweepResult>
    /**
     * Looks through the whole table for runs that were started and that no doorbell told of. The host does so by itself when the
     * change feed may have lost some.
     */
    readonly lookThrough: Effect.Effect<LookResult, StoreUnavailable>
    /**
     * One pass of the purge, now: deletes runs that are older than their workflow keeps them, and finishes what was begun. The host makes one every
     * `purgeInterval`. Fails with `StoreUnavailable`; `undefined` where the store has nothing that deletes.
     */
    readonly purge: (options?: {
      readonly dryRun?: boolean
    }) => Effect.Effect<PurgeResult | undefined, StoreUnavailable>
    /** Steps in hand. */
    readonly stepsUnderWay: () => number
  }
>()("dynactor/Host") {}

type StoreServices = RunTable | ChangeFeed | StepQueue | Payloads | Commits | Replies | OutputChunks | SystemServices

export const hostLayer = <const Steps extends ReadonlyArray<Step<string, any, any, any, any>>>(
  options: HostOptions<Steps>
): Layer.Layer<Host | Runs, never, StoreServices | StepServices<Steps>> => {
  assertSettings("a host", options, settings)
  return Layer.effectContext(
    Effect.acquireRelease(
      Effect.sync(() => liveMachine(options.turnLimitMs ?? 2_000)),
      (machine) => Effect.sync(machine.stop)
    ).pipe(Effect.flatMap((machine) => makeHost(options, machine)))
  ) as Layer.Layer<Host | Runs, never, StoreServices | StepServices<Steps>>
}

const settings: Readonly<Record<string, SettingKind>> = {
  stepConcurrency: 0,
  warmRuns: [0, "orInfinity"],
  warmCharacters: [0, "orInfinity"],
  visibility: "pause",
  grace: "duration",
  sweepInterval: "pause",
  // Of nothing, by a slip, it would delete each run as it ends.
  retention: "pause",
  purgeInterval: "pause",
  quiet: "duration",
  unknownStepReceives: [1, "orInfinity"],
  queueRetention: "pause",
  budget: [1, "orInfinity"],
  turnLimitMs: [1, "orInfinity"]
}

/** What a host needs of the process that it lives in. A simulated one has another. */
export interface HostMachine {
  readonly guard: LoadOptions["guard"]
  readonly schedule: TurnScheduleOptions
  /** The most doorbells that are taken from the feed and not handled yet. */
  readonly doorbellsUnderWay: number
  /** Between the host and its definitions: some runs go on with other code than the rest. Default: nothing. */
  readonly registry?: (registry: Registry) => Registry
}

/** A process of its own. `stop` ends its watchdog. */
export const liveMachine = (turnLimitMs: number) => {
  const watchdog = startWatchdog(turnLimitMs)
  const guard = new SliceGuard(turnLimitMs, watchdog)
  return { guard, schedule: eventLoop, doorbellsUnderWay: 32_000, stop: watchdog.stop }
}

export const makeHost = Effect.fnUntraced(function* (
  options: HostOptions<ReadonlyArray<Step<string, any, any, any, any>>>,
  machine: HostMachine
) {
  const services = withSafeLoggers(yield* Effect.context<StoreServices>())
  const own = makeRegistry(options.workflows, options.steps, options.schedules)
  const registry = machine.registry?.(own) ?? own
  const state = { closing: false }
  const runs = makeRuns(
    {
      registry,
      services: services as Context.Context<never>,
      guard: machine.guard,
      schedule: machine.schedule,
      ...(options.queueRetention === undefined ? {} : { queueRetentionMs: ms(options.queueRetention) }),
      warm: new WarmRuns(options.warmRuns ?? 5_000, options.warmCharacters),
      budget: options.budget ?? 1_000_000,
      output: outputTarget(services as Context.Context<never>),
      isClosing: () => state.closing
    },
    services
  )
  const worker = {
    registry,
    services: services as Context.Context<never>,
    unknownStepReceives: options.unknownStepReceives ?? 8
  }
  const all = Context.add(services, Runs, runs)
  const loopOf = (lane: "steps" | "prompt", concurrency: number) =>
    new QueueLoop<StoreServices | Runs>({
      lane,
      concurrency,
      visibilityMs: ms(options.visibility ?? "30 seconds"),
      graceMs: ms(options.grace ?? "10 seconds"),
      handle: (delivery) => handleDelivery(delivery, worker)
    })
  const stepLoop = loopOf("steps", options.stepConcurrency ?? 128)
  // Timers and wake-ups take no step's place, and wait for none.
  const promptLoop = loopOf("prompt", promptConcurrency)
  const sweepWith = (looks: Looks) => Effect.provideContext(sweepAnyway(ms(options.quiet ?? "2 minutes"), looks), all)
  const purging = purgePasses(options, all)
  const looks = new Looks()
  const interval = options.sweepInterval ?? "1 minute"
  const loops = [
    feedLoop({ doorbellsUnderWay: machine.doorbellsUnderWay }),
    stepLoop.run(),
    promptLoop.run(),
    stepLoop.renew(),
    promptLoop.renew(),
    deadLetterLoop(worker),
    Effect.forever(Effect.andThen(sweepWith(looks), Effect.sleep(interval))),
    untilThere(options.schedules ?? []),
    purging.loop
  ]
  const fibers = loops.map((run) =>
    Effect.runForkWith(all)(keepUp(run as Effect.Effect<unknown, unknown, StoreServices | Runs>))
  )
  yield* Effect.addFinalizer(() =>
    Effect.gen(function* () {
      state.closing = true
      yield* Effect.forEach(fibers.slice(0, 3), Fiber.interrupt, { discard: true })
      // Inline steps run in turns, and get the same grace.
      yield* Effect.all(
        [stepLoop.close(), promptLoop.close(), Effect.timeoutOption(runs.idle, ms(options.grace ?? "10 seconds"))],
        {
          concurrency: "unbounded",
          discard: true
        }
      )
      yield* Effect.forEach(fibers, Fiber.interrupt, { discard: true })
    }).pipe(Effect.provideContext(all))
  )
  yield* goAheadOfStarts(services, runs)
  return Context.make(Runs, runs).pipe(
    Context.add(Host, {
      // A pass that somebody asks for tries every parked run.
      sweep: Effect.suspend(() => sweepWith(new Looks())),
      lookThrough: Effect.provideContext(lookThrough(), all),
      purge: purging.pass,
      stepsUnderWay: () => stepLoop.size
    })
  )
})

/** Only a transaction can make a commit stand or fall with a row that is put beside it. */
const goAheadOfStarts = (services: Context.Context<ChangeFeed | Commits>, runs: Runs["Service"]) => {
  const { onStart } = Context.get(services, ChangeFeed)
  return onStart === undefined || !Context.get(services, Commits).atomic ? Effect.void : onStart(runs.begin)
}

const sweepAnyway = (quietMs: number, looks: Looks) =>
  Effect.catchCause(sweep({ quietMs, looks }), (cause) =>
    Effect.as(Effect.logWarning("the sweep failed", cause), { ...noCounts(), failed: 1 })
  )

/** A store that is away when the host begins is there later. */
const untilThere = (schedules: ReadonlyArray<ScheduleDefinition>) =>
  Effect.andThen(
    Effect.repeat(ensureSchedules(schedules), {
      until: ({ isDone }) => isDone,
      schedule: Schedule.spaced("10 seconds")
    }),
    Effect.never
  )

const promptConcurrency = 256

/** A loop of the host ends when it is interrupted; otherwise it is reported and begins anew. */
const keepUp = <R>(loop: Effect.Effect<unknown, unknown, R>): Effect.Effect<never, never, R> =>
  Effect.forever(
    Effect.andThen(
      Effect.catchCause(loop, (cause) =>
        Cause.hasInterrupts(cause) ? Effect.interrupt : Effect.logError("a loop of the host ended", cause)
      ),
      Effect.sleep("1 second")
    )
  )

const ms = (duration: Duration.Input): number => Duration.toMillis(Duration.fromInputUnsafe(duration))
