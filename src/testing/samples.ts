import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { SeededNumbers } from "./decisions.ts"

/** A value with smaller ones that it may be replaced by, smallest first. */
export interface Sample<A = unknown> {
  readonly value: A
  readonly smaller: () => Iterable<Sample<A>>
}

/** Values by number, the same for the same number; 0 is the simplest. */
export type Samples<A = unknown> = (number: number) => Sample<A>

/** What fast-check's arbitraries have in common with each other. Nothing of fast-check is loaded by this package. */
export interface FastCheckArbitrary<A> {
  generate(random: any, biasFactor: number | undefined): { readonly value: A; readonly context: unknown }
  shrink(value: A, context: unknown): Iterable<{ readonly value: A; readonly context: unknown }>
  canShrinkWithoutContext(value: unknown): boolean
}

/** Where values come from: a fast-check arbitrary, an Effect Schema, an Effect Arbitrary, or one value. */
export type ValueSource<A> = FastCheckArbitrary<A> | Arbitrary.Arbitrary<A> | Schema.Codec<A, any, never, never> | A

const isFastCheck = (source: unknown): source is FastCheckArbitrary<unknown> =>
  typeof source === "object" &&
  source !== null &&
  typeof (source as { generate?: unknown }).generate === "function" &&
  typeof (source as { shrink?: unknown }).shrink === "function"

/** `what` names the place in errors: "the input of workflow fulfilOrder". */
export const samplesOf = <A>(source: ValueSource<A>, what: string, option: string): Samples<A> => {
  if (isFastCheck(source)) return fastCheckSamples(source as FastCheckArbitrary<A>)
  if (Arbitrary.isArbitrary(source)) return arbitrarySamples(source as Arbitrary.Arbitrary<A>, (value) => value)
  if (Schema.isSchema(source)) return schemaSamples(source as Schema.Codec<A, any, never, never>, what, option)
  const sample = { value: source as A, smaller: () => [] }
  return () => sample
}

/** Throws if no values can be derived; the message names the field and the option that takes them instead. */
export const schemaSamples = <A>(
  schema: Schema.Codec<A, any, never, never>,
  what: string,
  option: string
): Samples<A> => {
  const isValid = Schema.is(schema)
  const tidied = (value: A): A => {
    const candidate = tidy(value) as A
    return isValid(candidate) ? candidate : value
  }
  try {
    const samples = arbitrarySamples(Arbitrary.schema(schema), tidied, function* (value) {
      for (const candidate of simpler(value)) if (isValid(candidate)) yield candidate
    })
    samples(0)
    return samples
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new TypeError(`no values can be derived for ${what}: ${why}. Give some by the option ${option}`)
  }
}

/** Of derived values, by their number: how long texts and lists are at most, and of numbers the square root. Most are to be read with ease. */
const sizes = [4, 1, 2, 3, 4, 2, 16, 100]
const smallerSizes = [0, 1, 2, 3, 4, 8, 16, 32, 64]
/** Lists of lists grow with a power of the size: the next one is left out where values of a smaller one have so many pieces, or a quarter. */
const mostPieces = 1_000

const maxCached = 1_000

const arbitrarySamples = <A>(
  arbitrary: Arbitrary.Arbitrary<A>,
  finish: (value: A) => A,
  simplify: (value: A) => Iterable<A> = () => []
): Samples<A> => {
  const cached = new Map<string, A>()
  const draw = (seed: number, size: number): A => {
    const key = `${seed}/${size}`
    const found = cached.get(key)
    if (found !== undefined) return found
    const [value] = Effect.runSync(Arbitrary.sampleEffect(arbitrary, { count: 1, size, seed }))
    const finished = finish(value as A)
    if (cached.size >= maxCached) cached.clear()
    cached.set(key, finished)
    return finished
  }
  const simplified = (value: A): Sample<A> => ({
    value,
    *smaller() {
      for (const next of simplify(value)) yield simplified(next)
    }
  })
  const sample = (number: number, size: number): Sample<A> => ({
    value: draw(number, size),
    *smaller() {
      for (const less of smallerSizes) if (less < size) for (const seed of [0, number]) yield sample(seed, less)
      yield* simplified(draw(number, size)).smaller()
    }
  })
  const isLarge = (value: unknown, most = mostPieces) => pieces(value) > most
  // By smaller ones: a large value is dear to draw.
  const growsAt = (size: number, most: number) => someSeeds.some((seed) => isLarge(draw(seed, size), most))
  const largestSize = () => (growsAt(8, mostPieces / 4) ? 4 : growsAt(16, mostPieces) ? 16 : 100)
  let largest: number | undefined
  return (number) => {
    if (number === 0) return sample(0, 0)
    largest ??= largestSize()
    let size = Math.min(largest, sizes[number % sizes.length] as number)
    while (size > 4 && isLarge(draw(number, size))) size = size > 16 ? 16 : 4
    return sample(number, size)
  }
}

const someSeeds = Array.from({ length: 20 }, (_, index) => index + 1)

/** Letters, items and fields. An Option, a Result and an error iterate over themselves, and some collections hold themselves. */
const pieces = (value: unknown, seen = new Set<object>()): number => {
  if (typeof value === "string") return value.length
  if (typeof value !== "object" || value === null || seen.has(value)) return 1
  seen.add(value)
  const parts: ReadonlyArray<unknown> =
    Array.isArray(value) || value instanceof Map || value instanceof Set ? [...value] : Object.entries(value).flat()
  return parts.reduce<number>((sum, part) => sum + pieces(part, seen), 1)
}

const fastCheckSamples = <A>(arbitrary: FastCheckArbitrary<A>): Samples<A> => {
  const sample = (value: A, context: unknown): Sample<A> => ({
    value,
    *smaller() {
      for (const next of arbitrary.shrink(value, context)) yield sample(next.value, next.context)
    }
  })
  return (number) => {
    // As fast-check itself does: some more, some less likely to come to the ends of a range.
    const { value, context } = arbitrary.generate(
      new FastCheckRandom(new SeededNumbers(number * 7_919 + 1)),
      2 + (number % 4)
    )
    return sample(value, context)
  }
}

/** The source of randomness that fast-check's arbitraries ask for. */
class FastCheckRandom {
  private readonly numbers: SeededNumbers

  constructor(numbers: SeededNumbers) {
    this.numbers = numbers
  }

  /** Draws what this one will: `chain` shrinks by it. */
  clone(): FastCheckRandom {
    return new FastCheckRandom(this.numbers.clone())
  }

  next(bits: number): number {
    return this.numbers.below(2 ** bits)
  }

  nextBoolean(): boolean {
    return this.numbers.chance(0.5)
  }

  nextInt(min = -2_147_483_648, max = 2_147_483_647): number {
    return min + Math.floor(this.numbers.next() * (max - min + 1))
  }

  nextBigInt(min: bigint, max: bigint): bigint {
    let drawn = 0n
    for (let range = max - min + 1n; range > 0n; range >>= 31n) drawn = (drawn << 31n) | BigInt(this.next(31))
    return min + (drawn % (max - min + 1n))
  }

  nextDouble(): number {
    return this.numbers.next()
  }

  getState(): ReadonlyArray<number> | undefined {
    return undefined
  }
}

/** The same with one piece of it simpler, large steps first; each is shorter or nearer to zero, so this comes to an end. */
function* simpler(value: unknown): Iterable<unknown> {
  if (typeof value === "number" && Number.isFinite(value) && value !== 0) {
    for (let step = value; Math.abs(step) >= 1; step = Math.trunc(step / 2)) yield value - step
  } else if (typeof value === "string" && value !== "") {
    for (let length = 0; length < value.length; length = Math.ceil((length + value.length) / 2))
      yield value.slice(0, length)
  } else if (value === true) {
    yield false
  } else if (Array.isArray(value)) {
    for (let length = Math.floor(value.length / 2); length > 1; length = Math.floor(length / 2))
      for (let from = 0; from < value.length; from += length) yield value.toSpliced(from, length)
    for (const index of value.keys()) yield value.toSpliced(index, 1)
    for (const [index, item] of value.entries()) for (const next of simpler(item)) yield value.with(index, next)
  } else if (isPlain(value)) {
    for (const [key, field] of Object.entries(value)) {
      const { [key]: _, ...others } = value
      yield others
      for (const next of simpler(field)) yield { ...value, [key]: next }
    }
  }
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> => {
  if (typeof value !== "object" || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const letters = "abcdefghijklmnopqrstuvwxyz"

/** Derived texts hold what breaks parsers, lone surrogates among it. In a story about orders that only hides the point. */
const tidy = (value: unknown): unknown => {
  if (typeof value === "string") {
    return value.replace(/[^A-Za-z0-9 ]/gu, (character) => letters[(character.codePointAt(0) ?? 0) % 26] as string)
  }
  if (Array.isArray(value)) return value.map(tidy)
  if (!isPlain(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, tidy(field)]))
}
