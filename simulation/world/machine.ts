import type * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Random from "effect/Random"
import * as References from "effect/References"
import * as Scheduler from "effect/Scheduler"
import { unlimited } from "../../src/streams/fairness/sliceGuard.ts"
import type { HostMachine } from "../../src/streams/host.ts"
import { Draw } from "./draw.ts"
import { wordsOf } from "./wordsOf.ts"
import type { Caller, World } from "./world.ts"

/**
 * A process, from its start to its death. What lives in it runs on its own scheduler, and only while it is up: a crash drops
 * everything at once (no finalizer runs, nothing is said), a pause holds everything back and lets it go on later, out of date
 * and none the wiser.
 */
export class Life implements Caller {
  readonly machine: Machine
  readonly world: World
  hasChangedCode = false
  private state: "up" | "paused" | "frozen" | "over" = "up"
  private tasks: Array<() => void> = []
  private next = 0
  private isDraining = false
  /** What is gone with it. */
  readonly atEnd: Array<() => void> = []

  constructor(machine: Machine, world: World) {
    this.machine = machine
    this.world = world
  }

  /** Of the machine; with a star if its code was changed. */
  get name(): string {
    return this.hasChangedCode ? `${this.machine.name}*` : this.machine.name
  }

  get isFaulty(): boolean {
    return this.machine.isFaulty
  }

  get isOver(): boolean {
    return this.state === "over"
  }

  get isPaused(): boolean {
    return this.state === "paused"
  }

  /** In its turn; while it is paused, later; if it is over, never. */
  deliver(task: () => void): void {
    if (this.state === "over") return
    this.tasks.push(task)
    this.drain()
  }

  crash(downMs: number): void {
    if (this.state !== "over") this.machine.crash(downMs)
  }

  pause(forMs: number): void {
    if (this.state !== "up") return
    this.state = "paused"
    this.machine.pauses++
    this.world.later(forMs, () => {
      if (this.state !== "paused") return
      this.machine.zombies++
      this.world.note(this.name, () => "goes on, a zombie")
      this.state = "up"
      this.drain()
    })
  }

  /** Stands still until it is let go on, and knows: what comes meanwhile waits. */
  freeze(): void {
    if (this.state === "up") this.state = "frozen"
  }

  thaw(): void {
    if (this.state !== "frozen") return
    this.state = "up"
    this.drain()
  }

  end(): void {
    this.state = "over"
    this.tasks = []
    for (const end of this.atEnd) end()
  }

  private drain(): void {
    if (this.isDraining) return
    this.isDraining = true
    try {
      while (this.state === "up" && this.next < this.tasks.length) {
        const task = this.tasks[this.next++] as () => void
        task()
        this.world.drain()
      }
    } finally {
      this.isDraining = false
      if (this.next < this.tasks.length) this.tasks = this.tasks.slice(this.next)
      else this.tasks.length = 0
      this.next = 0
    }
  }

  /** Its clock, randomness, scheduler and log. */
  context(): Context.Context<never> {
    const { world, machine } = this
    const draw = new Draw(world.draw.bits())
    const logger = Logger.make((entry) => machine.onLog(entry.logLevel, wordsOf(entry.message), entry.cause))
    return Context.empty().pipe(
      Context.add(Scheduler.Scheduler, new LifeScheduler(this)),
      Context.add(Clock.Clock, new LifeClock(this)),
      Context.add(Random.Random, { nextDoubleUnsafe: () => draw.next(), nextIntUnsafe: () => draw.bits() }),
      Context.add(References.TracerEnabled, false),
      // Somebody may keep debug lines too: nothing of a user's may stand in them (S16).
      Context.add(References.MinimumLogLevel, "Debug"),
      Context.add(Logger.CurrentLoggers, new Set([logger]))
    ) as Context.Context<never>
  }

  /** What a host takes from its process. */
  hostMachine(): HostMachine {
    const { world } = this
    return {
      guard: unlimited,
      schedule: {
        now: () => world.now,
        soon: (call) => this.deliver(call),
        next: (call) => world.later(0, () => this.deliver(call))
      },
      // Few, so that room which is not given back is soon missed.
      doorbellsUnderWay: 5
    }
  }
}

/** Clocks of different machines differ by twice as much at most. */
export const maxSkewMs = 100

export interface ClockSetting {
  /** The clock is ahead by this much, and after a while steps back to the right time at once. */
  readonly aheadMs?: number
  readonly untilMs?: number
  /** The clock goes in ticks of this length: all that happens between two ticks has the same time. */
  readonly tickMs?: number
}

export interface MachineOptions {
  readonly name: string
  /** False for one that faults are not for. */
  readonly isFaulty: boolean
  readonly boot: (life: Life) => void
  readonly onLog: (level: string, message: unknown, cause: Cause.Cause<unknown>) => void
  /** A life of it is over. */
  readonly onEnd?: () => void
}

/** A machine: one life after the other. */
export class Machine {
  readonly name: string
  readonly isFaulty: boolean
  readonly onLog: MachineOptions["onLog"]
  private readonly world: World
  private readonly boot: MachineOptions["boot"]
  private readonly onEnd: MachineOptions["onEnd"]
  /** What its clock is ahead of the world's. */
  readonly skewMs: number
  /** What else is wrong with its clock. */
  clock: ClockSetting = {}
  readonly madeAt: number
  life: Life | undefined
  lives = 0
  /** Kept from starting again. */
  isHeld = false
  crashes = 0
  pauses = 0
  /** Pauses that it came back from. */
  zombies = 0

  constructor(world: World, options: MachineOptions) {
    this.world = world
    this.name = options.name
    this.isFaulty = options.isFaulty
    this.boot = options.boot
    this.onLog = options.onLog
    this.onEnd = options.onEnd
    this.madeAt = world.now
    this.skewMs = world.draw.between(-maxSkewMs, maxSkewMs)
  }

  /** Its first life. */
  begin(): Life {
    this.start()
    return this.life as Life
  }

  start(): void {
    if (this.life !== undefined || this.isHeld) return
    this.world.note(this.name, () => (this.lives === 0 ? "starts" : "starts again"))
    this.lives++
    const life = new Life(this, this.world)
    this.life = life
    life.deliver(() => this.boot(life))
  }

  /** Dead at once, and there again after `downMs`. */
  crash(downMs: number): void {
    if (this.life === undefined) return
    this.crashes++
    this.world.note(this.name, () => `dies, for ${downMs} ms`)
    this.stop()
    this.world.later(downMs, () => this.start())
  }

  /** Dead, and not coming back by itself. */
  stop(): void {
    if (this.life === undefined) return
    this.life.end()
    this.life = undefined
    this.onEnd?.()
  }

  /** Begins anew, with the right code, or goes on if it is well and is to. */
  renew(goesOn: boolean): void {
    const { life } = this
    const isWell = life !== undefined && !life.hasChangedCode && !life.isPaused
    if (!isWell || !goesOn) this.stop()
    this.start()
  }
}

/** Tasks of fibers run in their order, after what made them. */
class LifeScheduler implements Scheduler.Scheduler, Scheduler.SchedulerDispatcher {
  readonly executionMode = "sync"
  private readonly life: Life

  constructor(life: Life) {
    this.life = life
  }

  /** What has died in the middle of something does no more of it. */
  shouldYield(_fiber: Fiber.Fiber<unknown, unknown>): boolean {
    return this.life.isOver
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    return this
  }

  scheduleTask(task: () => void, _priority: number): void {
    this.life.deliver(task)
  }

  flush(): void {}
}

class LifeClock implements Clock.Clock {
  private readonly life: Life
  readonly currentTimeMillis: Effect.Effect<number>
  readonly currentTimeNanos: Effect.Effect<bigint>
  readonly monotonicTimeNanos: Effect.Effect<bigint>

  constructor(life: Life) {
    this.life = life
    this.currentTimeMillis = Effect.sync(() => this.currentTimeMillisUnsafe())
    this.currentTimeNanos = Effect.sync(() => this.currentTimeNanosUnsafe())
    this.monotonicTimeNanos = this.currentTimeNanos
  }

  currentTimeMillisUnsafe(): number {
    const { now } = this.life.world
    const { clock, madeAt, skewMs } = this.life.machine
    const { aheadMs = 0, tickMs = 1, untilMs = Number.POSITIVE_INFINITY } = clock
    // Whole milliseconds, as any clock tells: a pause that was drawn may end between two of them.
    const told = Math.floor(now) + skewMs + (now - madeAt < untilMs ? aheadMs : 0)
    return tickMs === 1 ? told : told - (told % tickMs)
  }

  currentTimeNanosUnsafe(): bigint {
    return BigInt(Math.floor(this.currentTimeMillisUnsafe())) * 1_000_000n
  }

  monotonicTimeNanosUnsafe(): bigint {
    return this.currentTimeNanosUnsafe()
  }

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    const ms = Duration.toMillis(duration)
    if (!Number.isFinite(ms)) return Effect.never
    return Effect.callback<void>((resume) => {
      const { life } = this
      life.world.later(ms, () => life.deliver(() => resume(Effect.void)))
    })
  }
}
