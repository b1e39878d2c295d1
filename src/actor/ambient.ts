/**
 * Keeps the host's clock, randomness and asynchrony out of workflow code. Slices are synchronous, so the globals can be
 * replaced for their length and put back, and nobody else ever sees the replacements.
 *
 * Time and `Math.random` answer deterministically (libraries that format a date or hash an object go on working). What has no
 * deterministic answer throws: promises, timers, `fetch`, and `crypto`, whose results must not be guessable from a run id.
 *
 * Not caught: a function that a module took hold of before (`const now = Date.now`), and `process.env`.
 */
export interface AmbientSource {
  readonly now: () => number
  readonly random: () => number
  readonly onViolation: (what: string) => void
}

interface Globals {
  Date: DateConstructor
  setTimeout: unknown
  setInterval: unknown
  setImmediate: unknown
  queueMicrotask: unknown
  fetch: unknown
}

/** What workflow code is told; also thrown where it stands, so that the stack shows the place. */
export class AmbientUse extends Error {
  override readonly name = "AmbientUse"
}

const host = globalThis as unknown as Globals
const HostDate = host.Date

let current: AmbientSource | undefined

const forbidden = (what: string, instead: string) =>
  function (): never {
    const message = `${what} in workflow code: ${instead}`
    current?.onViolation(message)
    throw new AmbientUse(message)
  }

const SliceDate = new Proxy(HostDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 && current !== undefined ? [current.now()] : args, newTarget),
  apply: () => new HostDate(current === undefined ? HostDate.now() : current.now()).toString(),
  get: (target, property) =>
    property === "now" ? () => (current === undefined ? HostDate.now() : current.now()) : Reflect.get(target, property)
})

const inAStep = "do it in a step"
const replacement = {
  random: () => current?.random() ?? 0,
  then: forbidden("a promise", `await it in a step (Effect.promise, async functions and fetch do not replay)`),
  timer: forbidden("a timer of the host", "use Effect.sleep, which is durable"),
  fetch: forbidden("fetch", inAStep),
  crypto: forbidden("crypto", "draw secrets in a step; for ids use `randomUuid`, which replays")
}

/**
 * Runs `slice` with the globals replaced. Does not nest: a slice runs no other slice. What is put back is what was there
 * (a test may have replaced a global of its own).
 */
export const withAmbient = (source: AmbientSource, slice: () => void): void => {
  beginSlice(source)
  try {
    slice()
  } finally {
    endSlice()
  }
}

let putBack: (() => void) | undefined

const beginSlice = (source: AmbientSource): void => {
  const { Date, setTimeout, setInterval, setImmediate, queueMicrotask, fetch } = host
  const random = Math.random
  const then = Promise.prototype.then
  const { randomUUID, getRandomValues } = globalThis.crypto
  putBack = () => {
    host.Date = Date
    Math.random = random
    // biome-ignore lint/suspicious/noThenProperty: this is the guard itself
    Promise.prototype.then = then
    host.setTimeout = setTimeout
    host.setInterval = setInterval
    host.setImmediate = setImmediate
    host.queueMicrotask = queueMicrotask
    host.fetch = fetch
    globalThis.crypto.randomUUID = randomUUID
    globalThis.crypto.getRandomValues = getRandomValues
  }
  current = source
  host.Date = SliceDate
  Math.random = replacement.random
  // biome-ignore lint/suspicious/noThenProperty: this is the guard itself
  Promise.prototype.then = replacement.then
  host.setTimeout = host.setInterval = host.setImmediate = host.queueMicrotask = replacement.timer
  host.fetch = replacement.fetch
  globalThis.crypto.randomUUID = globalThis.crypto.getRandomValues = replacement.crypto
}

/** For whoever stops a slice from outside, so that not even its `finally` runs. Otherwise of no effect. */
export const endSlice = (): void => {
  current = undefined
  putBack?.()
  putBack = undefined
}
