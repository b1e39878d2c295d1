import { AsyncLocalStorage } from "node:async_hooks"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"
import { placeIn } from "./place.ts"

/** The code that runs is this one's. */
const current = new AsyncLocalStorage<Awaits>()

/**
 * The awaits of one execution of a step's code: where it waits for a promise, and between the operations of an Effect. It can be stopped at one of them, and goes on
 * from there, or never.
 */
export class Awaits {
  /** How many it has come to. */
  count = 0
  /** Of the one at which it was stopped: `, at orders/charge.ts:12`. */
  place = ""
  isStopped = false
  private whenPassed: (() => void) | undefined
  private whenStopped: (() => void) | undefined
  private readonly stopAt: number
  private isUnderWay = false
  private isHeld = false
  private readonly held: Array<() => void> = []
  private readonly places = new WeakMap<object, Error>()

  /** `stopAt`: counted from 1. 0: it is only counted. */
  constructor(stopAt = 0) {
    this.stopAt = stopAt
  }

  /** Calls it at each that the code comes to. */
  onPass(call: (() => void) | undefined): void {
    this.whenPassed = call
  }

  /** Calls it when the code is stopped. */
  onStop(call: () => void): void {
    this.whenStopped = call
  }

  /** What is called within has its awaits counted. */
  within<A>(code: () => A): A {
    return watchers === 0 ? code() : current.run(this, code)
  }

  /** The step's own code, with what it answers: a promise, an Effect, or a value. */
  of(answer: unknown, isPromise: (value: unknown) => value is PromiseLike<unknown>): unknown {
    if (Effect.isEffect(answer)) return this.ofEffect(answer as Effect.Effect<unknown, unknown>)
    if (!isPromise(answer)) return answer
    const end = () => this.end()
    if (answer instanceof Promise) nativeThen.call(answer, end, end)
    return answer
  }

  begin(): void {
    this.isUnderWay = true
  }

  end(): void {
    this.isUnderWay = false
  }

  /** What has been stopped goes on. */
  goOn(): void {
    this.isHeld = false
    for (const task of this.held.splice(0)) task()
  }

  private ofEffect(effect: Effect.Effect<unknown, unknown>): Effect.Effect<unknown, unknown> {
    return Effect.onExit(Effect.provideService(effect, Scheduler.Scheduler, new StoppingScheduler(this)), () =>
      Effect.sync(() => this.end())
    )
  }

  /** At an await whose answer is there: is the code to be stopped here? */
  stops(place?: () => string): boolean {
    if (this.isHeld) return true
    if (!this.isUnderWay) return false
    this.count++
    this.whenPassed?.()
    if (this.count !== this.stopAt) return false
    this.isHeld = true
    this.isStopped = true
    this.place = place?.() ?? ""
    this.whenStopped?.()
    return true
  }

  hold(task: () => void): void {
    this.held.push(task)
  }

  get isWatched(): boolean {
    return this.isUnderWay || this.isHeld
  }

  /** Somebody waits for this promise, here. */
  notePlace(promise: object): void {
    if (this.stopAt > this.count && !this.places.has(promise)) this.places.set(promise, new Error())
  }

  /** The promise as code sees it that may be stopped before it goes on. */
  gated<A>(promise: Promise<A>): Promise<A> {
    const place = () => placeIn(this.places.get(promise)?.stack)
    const pass = (next: () => A): A | Promise<A> =>
      this.stops(place)
        ? (nativeThen.call(new Promise<void>((resolve) => this.hold(resolve)), next) as Promise<A>)
        : next()
    return nativeThen.call(
      promise,
      (value: unknown) => pass(() => value as A),
      (error: unknown) =>
        pass(() => {
          throw error
        })
    ) as Promise<A>
  }
}

/** Runs fibers as ever, but for the one operation before which they are stopped. */
class StoppingScheduler extends Scheduler.MixedScheduler {
  private readonly awaits: Awaits
  private isStopping = false

  constructor(awaits: Awaits) {
    super()
    this.awaits = awaits
  }

  override shouldYield(fiber: Fiber.Fiber<unknown, unknown>): boolean {
    // Of what was stopped just now, the first operation is the one that it stops before.
    if (fiber.currentOpCount > 1 && this.awaits.stops()) {
      this.isStopping = true
      return true
    }
    return super.shouldYield(fiber)
  }

  override makeDispatcher() {
    const dispatcher = super.makeDispatcher()
    const { scheduleTask } = dispatcher
    const holding: typeof scheduleTask = (task, priority) => {
      if (!this.isStopping) return scheduleTask.call(dispatcher, task, priority)
      this.isStopping = false
      this.awaits.hold(task)
    }
    return Object.assign(dispatcher, { scheduleTask: holding })
  }
}

const nativeThen = Promise.prototype.then
const NativePromise = Promise

let watchers = 0

/**
 * Has awaits go through `then`, where a step's code is stopped: `await` asks a promise for its constructor, and takes one that says none for somebody
 * else's. Answers with what ends it.
 */
export const watchAwaits = (): (() => void) => {
  if (watchers++ === 0) install()
  return () => {
    if (--watchers === 0) uninstall()
  }
}

const install = (): void => {
  Object.defineProperty(Promise.prototype, "constructor", {
    configurable: true,
    get(this: object) {
      const awaits = current.getStore()
      if (awaits === undefined || !awaits.isWatched) return NativePromise
      awaits.notePlace(this)
      return undefined
    },
    set(this: object, value: unknown) {
      Object.defineProperty(this, "constructor", { value, writable: true, configurable: true })
    }
  })
  // biome-ignore lint/suspicious/noThenProperty: the one of promises
  Object.defineProperty(Promise.prototype, "then", {
    ...property,
    value: function (this: Promise<unknown>, ...callbacks: Parameters<typeof nativeThen>) {
      const awaits = current.getStore()
      const self = awaits?.isWatched === true ? awaits.gated(this) : this
      return nativeThen.apply(self, callbacks)
    }
  })
}

const property = { configurable: true, enumerable: false, writable: true }

const restorers: Array<() => void> = []

/** Undone when nobody watches any more. */
export const restoredAtEnd = (restore: () => void): void => void restorers.push(restore)

const uninstall = (): void => {
  for (const restore of restorers.splice(0)) restore()
  Object.defineProperty(Promise.prototype, "constructor", { ...property, value: NativePromise })
  // biome-ignore lint/suspicious/noThenProperty: the one of promises
  Object.defineProperty(Promise.prototype, "then", { ...property, value: nativeThen })
}

/** The world is not the step's: what is asked of it goes on to its end, whatever becomes of whoever asked. */
export const outside = <A>(code: () => A): A => (current.getStore() === undefined ? code() : current.exit(code))
