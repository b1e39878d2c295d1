import * as Effect from "effect/Effect"
import { StoreUnavailable } from "../../src/store/errors.ts"
import { Draw } from "./draw.ts"
import { EventHeap } from "./eventHeap.ts"
import type { AwaitFault, Faults } from "./faults.ts"

/** 2026-01-01: any time will do, so long as it is no small number. */
export const startTime = 1_767_225_600_000

/** One of the design's invariants does not hold. */
export class Violation extends Error {
  readonly invariant: string

  constructor(invariant: string, message: string) {
    super(`${invariant}: ${message}`)
    this.invariant = invariant
  }
}

/** Who calls a service: a process that may die, stand still or be long gone by the time of the answer. */
export interface Caller {
  readonly name: string
  readonly isOver: boolean
  /** False for one that faults are not for. */
  readonly isFaulty: boolean
  crash(downMs: number): void
  pause(forMs: number): void
  deliver(task: () => void): void
}

/** A line of the timeline, kept only when somebody is going to read it. */
export interface TraceLine {
  readonly at: number
  readonly who: string
  readonly what: string
}

/**
 * Everything that is not ours, made of one heap of events and one seed. Time passes from event to event; nothing in here waits
 * for a promise or a timer of the host, so that a schedule is the same to the last byte each time that it is run.
 *
 * Who owns what: the world the time and the order of events, `Machine` what lives in one process and dies with it, the
 * `simulated*` files the services, `Faults` what goes wrong, `Invariants` the verdict.
 */
export class World {
  now: number
  events = 0
  awaits = 0
  readonly draw: Draw
  readonly faults: Faults
  readonly trace: Array<TraceLine> | undefined
  /** The first one: with it the schedule ends. */
  violation: Violation | undefined
  /** Runs that a service has refused something: no wake-up of theirs may have been taken. */
  readonly refusedRuns = new Set<string>()
  /** Of the run's head. The table says. */
  versionOf: (runId: string) => number = () => 0
  /** Rows that the run has been sent. The table says. */
  rowsOf: (runId: string) => number = () => 0
  /** Lets promises go on that have been answered. Only what runs on the wire has any. */
  drain: () => void = () => undefined
  private readonly heap = new EventHeap()

  constructor(
    seed: number,
    faults: Faults,
    options: { readonly traced?: boolean; readonly startsAt?: number | undefined } = {}
  ) {
    this.now = options.startsAt ?? startTime
    this.draw = new Draw(seed)
    this.faults = faults
    this.trace = options.traced === true ? [] : undefined
  }

  /** In `delayMs`, wherever it happens: a service's own doing, which no crash of a machine prevents. */
  later(delayMs: number, happen: () => void): void {
    this.heap.add(this.now + delayMs, happen)
  }

  /** To be thrown; it counts even where a fiber catches it. */
  violate(invariant: string, message: string): Violation {
    const violation = new Violation(invariant, message)
    this.violation ??= violation
    return violation
  }

  note(who: string, what: () => string): void {
    this.trace?.push({ at: this.now, who, what: what() })
  }

  /** Events until `isDone`, or until `untilMs` of virtual time, or until nothing is left. */
  run(isDone: () => boolean, untilMs: number, maxEvents: number): "done" | "time" | "events" {
    const lastEvent = this.events + maxEvents
    while (!isDone()) {
      const { nextAt } = this.heap
      if (nextAt === undefined || nextAt > untilMs) {
        this.now = Math.max(this.now, untilMs)
        return "time"
      }
      if (this.events >= lastEvent) return "events"
      const event = this.heap.take()
      if (event === undefined) return "time"
      this.now = event.at
      this.events++
      try {
        event.happen()
      } catch (error) {
        if (!(error instanceof Violation)) this.violate("world", describeError(error))
      }
      if (this.violation !== undefined) return "done"
    }
    return "done"
  }

  /**
   * A call of a service by a machine, and the one place where an await can go wrong: the machine dies before the request is
   * out, or after it has taken effect and before the answer; the answer is lost; the service refuses; the machine stands still
   * and comes back as a zombie; the network is slow. Otherwise the request takes effect in one moment and the answer comes in
   * another.
   */
  call<A>(life: Caller, point: string, request: () => A): Effect.Effect<A, StoreUnavailable> {
    return this.callWhen<A>(life, point, (answer) => answer(request()))
  }

  /** As `call`, for a service that answers when it likes (a long poll). */
  callWhen<A>(
    life: Caller,
    point: string,
    request: (answer: (value: A) => void) => void
  ): Effect.Effect<A, StoreUnavailable> {
    return Effect.callback<A, StoreUnavailable>((resume) =>
      this.reach<A>(life, point, request, {
        answered: (value) => resume(Effect.succeed(value)),
        unanswered: () => resume(Effect.fail(new StoreUnavailable({ message: "simulated", operation: point })))
      })
    )
  }

  /** As `callWhen`, for whoever waits in another way than by an effect. */
  reach<A>(
    life: Caller,
    point: string,
    request: (answer: (value: A) => void) => void,
    then: { readonly answered: (value: A) => void; readonly unanswered: () => void }
  ): void {
    if (life.isOver) return
    this.awaits++
    const fault = life.isFaulty ? this.faults.atAwait(point) : undefined
    const outMs = latency(this.draw) + (fault?.kind === "slow" ? fault.forMs : 0)
    const fail = () => this.later(latency(this.draw), () => life.deliver(then.unanswered))
    if (fault !== undefined) this.note(life.name, () => `${describe(fault)} at ${point}`)
    if (fault?.kind === "crashBefore") return life.crash(fault.forMs)
    if (fault?.kind === "refused") return this.later(outMs, fail)
    if (fault?.kind === "pause") life.pause(fault.forMs)
    this.later(outMs, () =>
      request((value) => {
        // A long poll may answer when nothing is to go wrong any more.
        if (fault?.kind === "crashAfter" && !this.faults.isCalm) return life.crash(fault.forMs)
        if (fault?.kind === "lostAnswer") return fail()
        this.later(latency(this.draw), () => life.deliver(() => then.answered(value)))
      })
    )
  }
}

const describeError = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error)

/** Milliseconds on the way; mostly one or two, so that what races is close. */
const latency = (draw: Draw): number => 1 + draw.below(3) + (draw.chance(0.05) ? draw.below(40) : 0)

const describe = ({ kind, forMs }: AwaitFault): string =>
  kind === "refused" || kind === "lostAnswer" ? kind : `${kind} (${forMs} ms)`
