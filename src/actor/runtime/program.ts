import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as References from "effect/References"
import type * as Result from "effect/Result"
import * as Scheduler from "effect/Scheduler"
import * as Scope from "effect/Scope"
import { RunScope } from "../definitions/compensation.ts"
import type { AnyWorkflow } from "../definitions/definition.ts"
import { Run } from "../definitions/run.ts"
import { RunPortKey } from "../definitions/runPort.ts"
import { DeterminismViolation } from "../errors.ts"
import type { Ledger } from "../history/ledger.ts"
import type { CancelMessage, SignalMessage, StartMessage } from "../history/message.ts"
import type { Outcome } from "../history/outcome.ts"
import { withAmbient } from "./ambient.ts"
import { bodyOutcome, cancelledReason } from "./bodyOutcome.ts"
import { LogicalClock } from "./logicalClock.ts"
import { makePort } from "./port.ts"
import { makeSeededRandom } from "./seededRandom.ts"
import { SignalBox } from "./signalBox.ts"
import { SliceScheduler } from "./sliceScheduler.ts"

export interface ProgramOptions {
  readonly workflow: AnyWorkflow
  readonly runId: string
  readonly budget: number
  readonly ledger: Ledger
  /** Log lines of the workflow, those of live turns only. */
  readonly onLog: ((entry: Logger.Options<unknown>) => void) | undefined
}

/**
 * The deterministic runtime of one run: a workflow's fibers on a synchronous scheduler, with a clock, randomness and signals
 * that are functions of the messages delivered.
 */
export class Program {
  readonly clock: LogicalClock
  outcome: Outcome | undefined
  violation: DeterminismViolation | undefined
  private readonly options: ProgramOptions
  private readonly scheduler: SliceScheduler
  private readonly scope = Scope.makeUnsafe()
  private readonly signals = new SignalBox()
  private readonly random: Random.Random
  private readonly ambientRandom: Random.Random
  private body: Fiber.Fiber<unknown, unknown> | undefined
  private cancelReason: string | null | undefined
  /** Sleeps without end: waiting for a cancellation is waiting for something nameable. */
  private endless = 0
  private live = true
  private pendingFailure: { readonly error: unknown } | undefined

  constructor(options: ProgramOptions) {
    this.options = options
    this.scheduler = new SliceScheduler(options.budget, () => this.violate("promise", strayMessage))
    this.random = makeSeededRandom(`${options.runId}/Random`)
    this.ambientRandom = makeSeededRandom(`${options.runId}/Math.random`)
    const uuidRandom = makeSeededRandom(`${options.runId}/uuid`)
    this.port = makePort({
      ledger: options.ledger,
      now: () => this.clock.now,
      signals: this.signals,
      uuidRandom,
      violate: (violation, message) => this.violate(violation, message),
      endless: (change) => {
        this.endless += change
      },
      fail: (error) => {
        this.pendingFailure ??= { error }
      }
    })
    this.clock = new LogicalClock(this.port.sleepMs)
  }

  private readonly port: ReturnType<typeof makePort>

  /** One slice: `first` and all that becomes runnable by it. Throws what `first` throws. */
  slice(live: boolean, first: () => void): void {
    this.live = live
    withAmbient(
      {
        now: () => this.clock.now,
        random: () => this.ambientRandom.nextDoubleUnsafe(),
        onViolation: (message) => this.violate("ambient", message)
      },
      () => this.scheduler.slice(first)
    )
    if (this.pendingFailure !== undefined) throw this.pendingFailure.error
    if (this.scheduler.alarm === "budget") this.violate("budget", budgetMessage(this.options.budget))
    else if (this.outcome === undefined && this.violation === undefined && this.isStuck())
      this.violate("stuck", stuckMessage)
  }

  start(message: StartMessage, input: unknown): void {
    const { workflow, runId } = this.options
    const info = {
      runId,
      workflow: message.workflow,
      definitionVersion: message.definitionVersion,
      startedAt: message.at
    }
    const context = this.context(info)
    this.body = Effect.runForkWith(context)(
      Effect.suspend(() => workflow.body(input)) as Effect.Effect<unknown, unknown>
    )
    // The body's own children are interrupted before its exit is seen; only then is the run's scope closed, with that exit.
    this.body.addObserver((exit) => this.close(context, exit))
  }

  /** Interrupts the body. Compensations that already run are not disturbed: they run after the body's exit. */
  cancel(message: CancelMessage): void {
    if (this.cancelReason !== undefined) return
    this.cancelReason = message.reason
    // Once the body has ended, compensations run, and nothing of theirs is cancelled.
    if (this.body === undefined || this.body.pollUnsafe() !== undefined) return
    this.body.interruptUnsafe()
    this.options.ledger.cancelChildren()
  }

  signal(message: SignalMessage, decode: (result: Result.Result<unknown, string>) => unknown): void {
    this.signals.put(message.name, (definition) => decode(definition.codec().decode(message.payload)))
  }

  waitingSignals(): ReadonlyArray<string> {
    return this.signals.waiting()
  }

  private close(context: Context.Context<never>, exit: Exit.Exit<unknown, unknown>): void {
    // As the body ended: a cancellation that comes while compensations run changes nothing.
    const cancelled = cancelledReason(this.cancelReason)
    const closing = Effect.runForkWith(context)(Scope.close(this.scope, exit), { uninterruptible: true })
    closing.addObserver((closed) => {
      this.outcome = bodyOutcome(this.options.workflow, exit, closed, cancelled)
    })
  }

  private isStuck(): boolean {
    return this.options.ledger.openCount === 0 && this.signals.waiting().length === 0 && this.endless === 0
  }

  private violate(violation: DeterminismViolation["violation"], message: string): void {
    this.violation ??= new DeterminismViolation({
      violation,
      message: `${message} (workflow ${this.options.workflow.workflowName})`
    })
  }

  private context(info: Run["Service"]): Context.Context<never> {
    const logger = Logger.make((entry) => {
      if (this.live) this.options.onLog?.(entry)
    })
    return Context.empty().pipe(
      Context.add(Scheduler.Scheduler, this.scheduler),
      Context.add(Clock.Clock, this.clock),
      Context.add(Random.Random, this.random),
      Context.add(References.TracerEnabled, false),
      Context.add(Logger.CurrentLoggers, new Set([logger])),
      Context.add(Scope.Scope, this.scope),
      Context.add(RunScope, this.scope),
      Context.add(Run, info),
      Context.add(RunPortKey, this.port)
    ) as Context.Context<never>
  }
}

const strayMessage =
  "workflow code went on outside of a turn: it awaited a promise or a callback of the host; put such work in a step"
const stuckMessage =
  "the workflow neither ended nor waits for a step, timer, signal or child run: it awaits something that cannot be replayed. " +
  'To wait for a cancellation use Effect.sleep("Infinity")'
const budgetMessage = (budget: number) =>
  `one message set off more than ${budget} operations: an endless loop, or work that belongs in a step`
