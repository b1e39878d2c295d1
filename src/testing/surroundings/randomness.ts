import crypto from "node:crypto"
import { SeededNumbers } from "../draws/seededNumbers.ts"
import { noteRead, numberForms } from "./loadTime.ts"
import { currentSurroundings, isChanged, look } from "./surroundings.ts"

const hostRandom = Math.random

let draws: SeededNumbers | undefined
let drawnOutside = 0

/** How often anyone but workflows has drawn from `Math.random`. */
export const drawsOfOthers = (): number => drawnOutside

/** Of the current run, in [0, 1). */
const draw = (): number => {
  const current = currentSurroundings()
  draws ??= current?.draws ?? new SeededNumbers(current?.luck ?? 0)
  // The other half of the interval is what changes a branch.
  return (draws.next() + (isChanged("random") ? 0.5 + 0.31 * (current?.round ?? 0) : 0)) % 1
}

const watchedRandom = (): number => {
  if (currentSurroundings() === undefined) {
    drawnOutside++
    const drawn = hostRandom()
    noteRead("Math.random()", () => numberForms(drawn))
    return drawn
  }
  look("Math.random()", "random")
  return draw()
}

const drawnBytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => Math.floor(draw() * 256)))

const drawnUuid = (): string => {
  const hex = drawnBytes(16).toString("hex")
  const variant = "89ab"[Number.parseInt(hex[16] as string, 16) % 4]
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
}

type AnyFunction = (...args: Array<any>) => unknown

/** `node:crypto`, by import: to the runtime these are no globals. Those that answer later (a callback) go on doing that. */
const cryptoFunctions: Readonly<Record<string, AnyFunction>> = {
  randomUUID: drawnUuid,
  randomBytes: drawnBytes,
  randomInt: (first: number, second?: number) => {
    const [min, max] = second === undefined ? [0, first] : [first, second]
    return min + Math.floor(draw() * (max - min))
  },
  randomFillSync: (into: NodeJS.ArrayBufferView, offset = 0, size = into.byteLength - offset) => {
    new Uint8Array(into.buffer, into.byteOffset + offset, size).set(drawnBytes(size))
    return into
  }
}

const noted = (what: string, value: unknown): unknown => {
  noteRead(what, () => {
    if (!Buffer.isBuffer(value)) return [String(value)]
    return [value.toString("hex"), value.toString("base64"), value.toString("base64url")]
  })
  return value
}

/** In a run the core has its own in this place. */
const watchGlobalUuid = (): void => {
  const host = globalThis.crypto.randomUUID
  const watched: typeof host = () =>
    noted("crypto.randomUUID()", host.call(globalThis.crypto)) as ReturnType<typeof host>
  globalThis.crypto.randomUUID = watched
}

const watchedCrypto = (name: string, host: AnyFunction): AnyFunction =>
  new Proxy(host, {
    apply: (target, self, args: Array<unknown>) => {
      if (currentSurroundings() === undefined || typeof args.at(-1) === "function")
        return noted(`${name}() of node:crypto`, Reflect.apply(target, self, args))
      look(`${name}() of node:crypto`, "random")
      return cryptoFunctions[name]?.(...args)
    }
  })

export const watchRandomness = (): void => {
  Math.random = watchedRandom
  watchGlobalUuid()
  const functions = crypto as unknown as Record<string, AnyFunction>
  for (const name of Object.keys(cryptoFunctions)) functions[name] = watchedCrypto(name, functions[name] as AnyFunction)
}

export const startRandomness = (): void => {
  draws = undefined
}
