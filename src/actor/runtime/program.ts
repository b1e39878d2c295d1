import * as Clock from "effect/Clock"
import * as ConfigProvider from "effect/ConfigProvider"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as References from "effect/References"
import type * as Result from "effect/Result"
import * as Scheduler from "effect/Scheduler"
import * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { RunScope } from "../calls/compensation.ts"
import { placeGiven } from "../calls/limits/limitParts.ts"
import { PatchBox } from "../calls/patched/patchBox.ts"
import { scheduleWorkflowName } from "../calls/schedules/scheduleWorkflow.ts"
import type { AnyWorkflow } from "../definitions/definition.ts"
import { Run } from "../definitions/run.ts"
import { RunPortKey } from "../definitions/runPort.ts"
import { DeterminismViolation } from "../errors.ts"
import { beginTimer } from "../history/command.ts"
import { type Next, placeInTrace } from "../history/continuation.ts"
import { labelsOf, parseAddress, runIdOf } from "../history/generation.ts"
import type { Ledger } from "../history/ledger.ts"
import type { CancelMessage, Message, SignalMessage, StartMessage } from "../history/message.ts"
import type { Ending } from "../history/outcome.ts"
import type { EmittedRecord } from "../history/output/emitted.ts"
import { Continuing } from "../port/continuing/continuing.ts"
import { Places } from "../port/limits/places.ts"
import { EmitBox } from "../port/output/emitBox.ts"
import { makePort } from "../port/port.ts"
import type { PortOptions } from "../port/portOptions.ts"
import { makeSeededRandom, type SeededRandom } from "../port/seededRandom.ts"
import { SignalBox } from "../port/signalBox.ts"
import { StateBox } from "../port/stateBox.ts"
import { Namesakes, type Registered } from "../port/steps/namesakes.ts"
import { UpdateDesk } from "../port/updateDesk.ts"
import { TagBox } from "../tags/tagBox.ts"
import { Services } from "../values/flatContext.ts"
import { type AmbientSource, forget, runOfSlice, withAmbient } from "./ambient.ts"
import {
  type Blame,
  blameFor,
  blameForBody,
  blameForBudget,
  blameForConfig,
  blameForLetGo,
  blameForStray,
  blameForStuck
} from "./blame.ts"
import { bodyOutcome, cancelledReason } from "./bodyOutcome.ts"
import { BodyOutput, type OutputTarget } from "./bodyOutput.ts"
import { CopiedInfo } from "./copied/copiedInfo.ts"
import { olderThanPatch } from "./divergence.ts"
import { LogicalClock } from "./logicalClock.ts"
import { SliceScheduler } from "./sliceScheduler.ts"
import { HeldTracer } from "./spans/heldTracer.ts"
import { definedAt, placeOfFiber, withEdge } from "./userPlace.ts"

export interface ProgramOptions {
  readonly workflow: AnyWorkflow
  readonly runId: string
  readonly budget: number
  readonly ledger: Ledger
  readonly output?: OutputTarget | undefined
  readonly registered?: Registered | undefined
  readonly emitted?: ReadonlyArray<EmittedRecord> | undefined
}

/**
 * The deterministic runtime of one run: a workflow's fibers on a synchronous scheduler, with a clock, randomness and signals
 * that are functions of the messages delivered.
 */
export class Program {
  readonly clock: LogicalClock
  outcome: Ending | undefined
  violation: DeterminismViolation | undefined
  private readonly options: ProgramOptions
  private readonly scheduler: SliceScheduler
  private readonly scope = Scope.makeUnsafe()
  readonly signals = new SignalBox()
  readonly states = new StateBox()
  readonly tags = new TagBox()
  readonly patches = new PatchBox()
  readonly updates = new UpdateDesk({
    fork: (effect, context) => {
      let fiber: Fiber.Fiber<unknown, unknown> | undefined
      withEdge(() => {
        fiber = Effect.runForkWith(context)(effect)
      })
      return fiber as NonNullable<typeof fiber>
    },
    flush: () => this.scheduler.flush(),
    later: (task) => this.scheduler.scheduleTask(task, 0)
  })
  private readonly continuing = new Continuing()
  /** Set with the outcome of a generation that the run leaves behind. */
  next: Next | undefined
  private readonly random: SeededRandom
  private readonly ambientRandom: SeededRandom
  private readonly uuidRandom: SeededRandom
  /** How the body has ended, before its compensations. */
  bodyExit: Exit.Exit<unknown, unknown> | undefined
  private body: Fiber.Fiber<unknown, unknown> | undefined
  private since = 0
  private cancelReason: string | null | undefined
  private cancellation: CancelMessage | undefined
  /** How many sleeps without end are under way. Such a run is not stuck: it waits for a cancellation, which has a name. */
  private endless = 0
  readonly output: BodyOutput | undefined
  private readonly tracer: HeldTracer
  readonly emits: EmitBox
  private hasSecrets = false
  private pendingFailure: { readonly error: unknown } | undefined

  constructor(options: ProgramOptions) {
    this.options = options
    this.emits = new EmitBox(options.emitted)
    const { output, runId, workflow } = options
    if (output !== undefined)
      this.output = new BodyOutput(output, { ...labelsOf(runId), workflow: workflow.workflowName })
    this.tracer = new HeldTracer(runId, this.output?.spans)
    this.scheduler = new SliceScheduler(
      options.budget,
      (fiber) => this.violate(() => blameForStray(fiber ?? this.body, runOfSlice(), options.runId)),
      this.output
    )
    this.random = makeSeededRandom(`${options.runId}/Random`)
    this.ambientRandom = makeSeededRandom(`${options.runId}/Math.random`)
    this.uuidRandom = makeSeededRandom(`${options.runId}/uuid`)
    const parts: PortOptions = {
      workflow,
      // A schedule knows the workflows that it starts by their names alone.
      namesakes:
        workflow.workflowName === scheduleWorkflowName
          ? undefined
          : options.registered && new Namesakes(options.registered),
      continuing: this.continuing,
      ledger: options.ledger,
      since: () => this.since,
      now: () => this.clock.now,
      signals: this.signals,
      states: this.states,
      tags: this.tags,
      patches: this.patches,
      outgrown: (patch) => {
        this.pendingFailure ??= { error: olderThanPatch(patch, placeOfFiber(Fiber.getCurrent())) }
      },
      updates: this.updates,
      emits: this.emits,
      uuidRandom: this.uuidRandom,
      violate: (violation, message) =>
        this.violate(() => ({ violation, message, place: placeOfFiber(Fiber.getCurrent()) })),
      endless: (change) => {
        this.endless += change
      },
      fail: (error) => {
        this.pendingFailure ??= { error }
      }
    }
    this.places = new Places(parts)
    this.port = makePort(parts, this.places)
    this.clock = new LogicalClock(this.port.sleepMs)
  }

  private readonly port: ReturnType<typeof makePort>
  private readonly places: Places

  /** The environment is not on record: a replay would read today's values. */
  private readonly config = ConfigProvider.make((path) =>
    Effect.suspend(() => {
      this.violate(() => blameForConfig(path, Fiber.getCurrent()))
      return Effect.never
    })
  )

  /** One slice: `first` and all that becomes runnable by it. Throws what `first` throws. */
  slice(live: boolean, first: () => void): void {
    if (this.output !== undefined) this.output.isLive = live
    this.tracer.isLive = live
    this.patches.isLive = live
    this.emits.beginSlice()
    this.surroundings ??= this.surround()
    withAmbient(this.surroundings, () => this.run(first))
    if (this.pendingFailure !== undefined) throw this.pendingFailure.error
    if (this.scheduler.alarm === "budget")
      this.violate(() => blameForBudget(this.options.budget, this.scheduler.lastFiber))
    else if (this.outcome === undefined && this.violation === undefined && this.isStuck())
      this.violate(() => blameForStuck(this.scheduler.lastFiber, this.body))
  }

  /** What its slices see in the place of the host's globals. */
  private surroundings: AmbientSource | undefined

  private surround(): AmbientSource {
    return {
      now: () => this.clock.now,
      random: () => this.ambientRandom.nextDoubleUnsafe(),
      onViolation: (what, instead) => {
        if (what.startsWith("crypto")) this.hasSecrets = true
        this.violate(() => blameFor(what, instead))
      },
      runId: this.options.runId,
      console: this.output?.console
    }
  }

  private run(first: () => void): void {
    this.scheduler.slice(first)
    while (this.signals.isUnsettled && this.scheduler.alarm === undefined)
      this.scheduler.slice(() => this.signals.settle())
  }

  /** From here on randomness is made of this address. */
  runAs(address: string): void {
    this.random.reseed(`${address}/Random`)
    this.ambientRandom.reseed(`${address}/Math.random`)
    this.uuidRandom.reseed(`${address}/uuid`)
  }

  /** From here on it is another run, or another start, that holds and waits. */
  askForPlaces(): void {
    this.places.goOn()
    if (this.places.isAsked) this.slice(false, () => this.places.askAnew())
  }

  start(message: StartMessage, startedAt: number, input: unknown): void {
    const { workflow, runId } = this.options
    const info =
      message.from === undefined ? plainInfo(runId, message, startedAt) : new CopiedInfo(message, this.options.ledger)
    const context = this.context(info, placeInTrace(runId, message))
    this.since = message.continues?.since ?? 0
    const plain = Effect.suspend(() => this.effectOf(workflow.body(input)))
    const { limits } = workflow
    const now = limits.length === 0 ? plain : Effect.andThen(this.port.admit(limits, input), plain)
    const { notBefore } = message
    const body = notBefore === undefined ? now : Effect.andThen(this.port.sleepUntil(notBefore, beginTimer), now)
    withEdge(() => {
      this.body = Effect.runForkWith(context)(body)
    })
    // The body's own children are interrupted before its exit is seen, and its handlers then; only after that is the run's scope
    // closed, with that exit.
    this.body?.addObserver((exit) => {
      this.bodyExit = exit
      if (this.cancelReason === undefined && this.continuing.askedBy(exit) !== undefined) this.updates.keepForNext()
      this.updates.close(() => this.close(context, exit))
    })
  }

  /** Interrupts the body. Compensations that already run are not disturbed: they run after the body's exit. */
  cancel(message: CancelMessage): void {
    if (this.cancelReason !== undefined) return
    this.cancellation = message
    this.interrupt(message.reason)
  }

  /** As a cancellation, but for a start that takes its place. */
  replace(): void {
    if (this.cancelReason === undefined) this.interrupt("another start took its place")
  }

  private interrupt(reason: string | null): void {
    this.cancelReason = reason
    // Once the body has ended, compensations run, and nothing of theirs is cancelled.
    if (this.body === undefined || this.body.pollUnsafe() !== undefined) return
    this.body.interruptUnsafe()
    this.updates.cancel()
    this.options.ledger.cancelChildren()
  }

  signal(message: SignalMessage, decode: (result: Result.Result<unknown, string>) => unknown): void {
    if (message.name === placeGiven.name) {
      const given = decode(placeGiven.codec().decode(message.payload))
      if (this.places.isStray(message.for ?? "", given)) return
    }
    this.signals.put({ message, decode: (definition) => decode(definition.codec().decode(message.payload)) })
  }

  /** Signals that nobody has received, updates that came when none was taken any more, and a cancellation that did not end this one. */
  get unread(): ReadonlyArray<Message> {
    const came = [...this.signals.unread(), ...this.updates.unread]
    return this.cancellation === undefined ? came : [...came, this.cancellation]
  }

  /** Channels of the signals that are waited for: see `channelText`. */
  waitingSignals(): ReadonlyArray<string> {
    return this.signals.waiting()
  }

  get isEndless(): boolean {
    return this.endless > 0
  }

  /**
   * Can a cancellation end the parked body? Not where code loops or was resumed by something outside; nor where it was handed
   * what no replay has (a value of another run,
   * randomness of the host), as it may have given that to a step.
   */
  get canBeInterrupted(): boolean {
    if (this.cancelReason !== undefined || this.scheduler.alarm !== undefined) return false
    return this.violation?.violation !== "shared" && !this.hasSecrets
  }

  private close(context: Context.Context<never>, exit: Exit.Exit<unknown, unknown>): void {
    // As the body ended: a cancellation that comes while compensations run changes nothing.
    const cancelled = cancelledReason(this.cancelReason)
    this.options.ledger.closeCallbacks()
    // Whoever is cancelled ends, and does not go on in another generation.
    const next = cancelled === undefined ? this.continuing.askedBy(exit) : undefined
    const ending = next === undefined ? exit : Exit.void
    const ended = (closed: Exit.Exit<unknown, unknown>) => {
      if (next === undefined || Exit.isFailure(closed)) {
        this.outcome = bodyOutcome(this.options.workflow, ending, closed, cancelled)
      } else {
        this.next = next
        this.places.leaveFor(next)
        this.outcome = { tag: "continued", payload: { json: "null" } }
      }
    }
    const closing = Scope.closeUnsafe(this.scope, ending)
    // Most bodies leave nothing to do at their end, and need no fiber for it.
    if (closing === undefined) ended(Exit.void)
    else Effect.runForkWith(context)(closing, { uninterruptible: true }).addObserver(ended)
  }

  /** The types say that a body returns an Effect, but JavaScript and casts may return anything. */
  private effectOf(answer: unknown): Effect.Effect<unknown, unknown> {
    if (Effect.isEffect(answer)) return answer as Effect.Effect<unknown, unknown>
    forget(answer)
    this.violate(() => blameForBody(answer))
    return Effect.never
  }

  /**
   * Asked when a run is at the point at which it was stuck before. A violation if it goes on now, as only something outside can
   * have let it.
   */
  letGo(): DeterminismViolation | undefined {
    if (this.outcome === undefined && this.isStuck()) return undefined
    this.violate(() => blameForLetGo(this.scheduler.lastFiber))
    return this.violation
  }

  private isStuck(): boolean {
    const { ledger } = this.options
    return (
      ledger.openCount === 0 &&
      this.signals.waiting().length === 0 &&
      this.endless === 0 &&
      this.updates.names.length === 0
    )
  }

  /** The first violation counts: later ones may follow from it. */
  private violate(blame: () => Blame | undefined): void {
    if (this.violation !== undefined) return
    const found = blame()
    if (found === undefined) return
    const { violation, message, place } = found
    const { workflow } = this.options
    const where = place === undefined ? definedAt(workflow) : `, at ${place}`
    this.violation = new DeterminismViolation({
      violation,
      message: `${message} (workflow ${workflow.workflowName}${where})`
    })
  }

  private context(info: Run["Service"], place: Tracer.AnySpan): Context.Context<never> {
    const services = new Services()
      .add(Scheduler.Scheduler, this.scheduler)
      .add(Clock.Clock, this.clock)
      .add(Random.Random, this.random)
      .add(ConfigProvider.ConfigProvider, this.config)
      .add(References.TracerEnabled, true)
      .add(Tracer.Tracer, this.tracer)
      .add(Tracer.ParentSpan, place)
      .add(Logger.CurrentLoggers, noLoggers)
      .add(Scope.Scope, this.scope)
      .add(RunScope, this.scope)
      .add(Run, info)
      .add(RunPortKey, this.port)
    this.output?.provide(services)
    return services.context
  }
}

const plainInfo = (address: string, message: StartMessage, startedAt: number): Run["Service"] => ({
  ...parseAddress(address),
  workflow: message.workflow,
  definitionVersion: message.definitionVersion,
  startedAt,
  parentRunId: message.parent === undefined ? undefined : runIdOf(message.parent.runId)
})

const noLoggers: ReadonlySet<Logger.Logger<unknown, unknown>> = new Set()
