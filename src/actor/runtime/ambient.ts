import { outsideOfRun } from "../definitions/runPort.ts"
import { endProbes } from "./blame.ts"
import { guardFormats } from "./hostFormats.ts"
import { withEdge } from "./userPlace.ts"

/**
 * Keeps the host's clock, randomness and asynchrony out of workflow code. Slices are synchronous, so the globals can be
 * replaced for their length and put back, and nobody else ever sees the replacements.
 *
 * Time and `Math.random` answer deterministically (libraries that format a date or hash an object go on working). What has no
 * deterministic answer is noted, and parks the run: promises, timers, `fetch`, and `crypto`, whose results must not be
 * guessable from a run id. None of these throws: thrown into an async function that nobody awaits, it would be a rejection that
 * nobody handles, and one bad run would end the whole process. Promises never settle instead and timers never fire; `crypto`
 * gives what it always does. The turn comes to nothing in any case.
 *
 * Not caught: a function that a module took hold of before (`const now = Date.now`), `process.hrtime`, and `process.env`.
 */
export interface AmbientSource {
  readonly now: () => number
  readonly random: () => number
  /** What was asked for, and what to do instead. */
  readonly onViolation: (what: string, instead: string) => void
  /** In the place of `console`. Undefined: it is left as it is. */
  readonly console?: unknown
  /** The run whose slice it is. */
  readonly runId: string
}

interface Globals {
  Date: DateConstructor
  setTimeout: HostFunction
  setInterval: HostFunction
  setImmediate: HostFunction
  queueMicrotask: HostFunction
  fetch: HostFunction
  console: unknown
}

type HostFunction = (...args: ReadonlyArray<unknown>) => unknown

const host = globalThis as unknown as Globals
const HostDate = host.Date
const hostThen = Promise.prototype.then

let current: AmbientSource | undefined

guardFormats(() => current?.now())

const note = (what: string, instead: string): void => current?.onViolation(what, instead)

const noteOutside = (what: string) => note(what, "yield* it")
outsideOfRun.tell = noteOutside

/** If it is a promise: nobody waits for it, so its rejection must not end the process. */
export const forget = (value: unknown): void => {
  if (value instanceof Promise) hostThen.call(value, undefined, ignore)
}

/** Whose slice it is that is going on now, if there is one. */
export const runOfSlice = (): string | undefined => current?.runId

const ignore = (): void => {}

/** Enough of a timer for code that calls `unref` on it. */
const noTimer = {
  ref: () => noTimer,
  unref: () => noTimer,
  hasRef: () => false,
  close: ignore,
  [Symbol.toPrimitive]: () => 0
}

const SliceDate = new Proxy(HostDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 && current !== undefined ? [current.now()] : args, newTarget),
  apply: () => new HostDate(current === undefined ? HostDate.now() : current.now()).toString(),
  get: (target, property) =>
    property === "now" ? () => (current === undefined ? HostDate.now() : current.now()) : Reflect.get(target, property)
})

const timerOf =
  (name: "setTimeout" | "setInterval" | "setImmediate" | "queueMicrotask"): HostFunction =>
  (...args) => {
    if (current === undefined) return host[name](...args)
    note("a timer of the host", "use Effect.sleep, which is durable")
    return noTimer
  }

const inAStep = "do it in a step"
const instead = "draw secrets in a step; for ids use `randomUuid`, which replays"
/**
 * What stands in for the host during a slice. Code may keep one of these functions (a library that looks `fetch` up once, when it is
 * first used). Called outside of slices it does what the host's own does.
 */
const replacement = {
  random: () => (current === undefined ? Math.random() : current.random()),
  /** For durations, which are differences: from where it counts is of no matter. */
  performanceNow: () => (current === undefined ? performance.now() : current.now()),
  promiseThen: function (this: Promise<unknown>, ...handlers: Parameters<typeof hostThen>): Promise<unknown> {
    // A promise that was resolved with another promise during a slice has looked up `then` there, and calls it after the slice.
    if (saved === undefined) return hostThen.apply(this, handlers)
    note("a promise", "await it in a step (Effect.promise, async functions and fetch do not replay)")
    // Whoever asked for it never handles its rejection, so we do.
    saved.promiseThen.call(this, undefined, ignore)
    return new Promise(ignore)
  },
  setTimeout: timerOf("setTimeout"),
  setInterval: timerOf("setInterval"),
  setImmediate: timerOf("setImmediate"),
  queueMicrotask: timerOf("queueMicrotask"),
  fetch: (...args: ReadonlyArray<unknown>) => {
    if (current === undefined) return host.fetch(...args)
    note("fetch", inAStep)
    return new Promise(ignore)
  },
  randomUUID: () => {
    if (saved === undefined) return globalThis.crypto.randomUUID()
    note("crypto", instead)
    return saved.randomUUID.call(globalThis.crypto)
  },
  getRandomValues: (array: never) => {
    if (saved === undefined) return globalThis.crypto.getRandomValues(array)
    note("crypto", instead)
    return saved.getRandomValues.call(globalThis.crypto, array)
  }
}

/**
 * Runs `slice` with the globals replaced. Does not nest: a slice runs no other slice. What is put back is what was there
 * (a test may have replaced a global of its own).
 */
export const withAmbient = (source: AmbientSource, slice: () => void): void => {
  beginSlice(source)
  try {
    withEdge(slice)
  } finally {
    endSlice()
  }
}

/** What was there before the slice. */
const readGlobals = (crypto: typeof globalThis.crypto) => ({
  crypto,
  Date: host.Date,
  setTimeout: host.setTimeout,
  setInterval: host.setInterval,
  setImmediate: host.setImmediate,
  queueMicrotask: host.queueMicrotask,
  fetch: host.fetch,
  console: host.console,
  random: Math.random,
  performanceNow: performance.now,
  promiseThen: Promise.prototype.then,
  randomUUID: crypto.randomUUID,
  getRandomValues: crypto.getRandomValues
})

let saved: ReturnType<typeof readGlobals> | undefined

const beginSlice = (source: AmbientSource): void => {
  // Asked for once a slice, as it is a getter, which takes its time.
  const { crypto } = globalThis
  saved = readGlobals(crypto)
  current = source
  host.Date = SliceDate
  Math.random = replacement.random
  performance.now = replacement.performanceNow
  // biome-ignore lint/suspicious/noThenProperty: this is the guard itself
  Promise.prototype.then = replacement.promiseThen as never
  host.setTimeout = replacement.setTimeout
  host.setInterval = replacement.setInterval
  host.setImmediate = replacement.setImmediate
  host.queueMicrotask = replacement.queueMicrotask
  host.fetch = replacement.fetch
  if (source.console !== undefined) host.console = source.console
  crypto.randomUUID = replacement.randomUUID as never
  crypto.getRandomValues = replacement.getRandomValues as never
}

/** For a slice that was stopped from outside, whose own `finally` did not run. Does nothing otherwise. */
export const endSlice = (): void => {
  current = undefined
  endProbes()
  if (saved === undefined) return
  host.Date = saved.Date
  host.setTimeout = saved.setTimeout
  host.setInterval = saved.setInterval
  host.setImmediate = saved.setImmediate
  host.queueMicrotask = saved.queueMicrotask
  host.fetch = saved.fetch
  host.console = saved.console
  Math.random = saved.random
  performance.now = saved.performanceNow
  // biome-ignore lint/suspicious/noThenProperty: as above
  Promise.prototype.then = saved.promiseThen
  saved.crypto.randomUUID = saved.randomUUID
  saved.crypto.getRandomValues = saved.getRandomValues
  saved = undefined
}
