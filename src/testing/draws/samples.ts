import * as Arbitrary from "effect/Arbitrary"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { makeCodec } from "../../actor/values/codec.ts"
import { signedText } from "../../actor/values/json.ts"
import { SeededNumbers } from "./seededNumbers.ts"
import { simpler, tidy } from "./simpler.ts"

/** A value with smaller ones that it may be replaced by, large steps first; undefined for one that there is not after all. */
export interface Sample<A = unknown> {
  readonly value: A
  readonly smaller: () => Iterable<() => Sample<A> | undefined>
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
  try {
    const codec = makeCodec(schema)
    const textOf = (value: A) => Result.getOrUndefined(codec.encode(value))?.payload.json
    const read = (text: string) => Result.getOrUndefined(codec.decode({ json: text }))
    const isValid = Schema.is(schema)
    // Only a value as a whole, and nothing inside of errors, dates and the like. Some values stay untidy: they are what bugs are
    // found with.
    const tidied = (value: A): A => {
      const candidate = tidy(value) as A
      return isValid(candidate) ? candidate : value
    }
    const changes = new ChangesOfValues()
    const isStorable = (value: A) => changes.isNone(codec.encode(value))
    const samples = arbitrarySamples(Arbitrary.schema(schema), tidied, isStorable, function* (value) {
      const text = textOf(value)
      if (text === undefined) return
      for (const json of simpler(JSON.parse(text)))
        yield () => {
          const candidate = signedText(json)
          const next = read(candidate)
          // The tidied value must come back from its JSON unchanged: a field that was left out may come back with its default,
          // and a time may be cut at any digit.
          return next !== undefined && textOf(next) === candidate ? next : undefined
        }
    })
    for (let number = 0; number < fewDraws; number++) samples(number)
    changes.refuseMany()
    return samples
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new TypeError(`no values can be derived for ${what}: ${why}. Give some by the option ${option}`)
  }
}

/** Enough to tell a schema that changes most values from one that cannot store a few. */
const fewDraws = 12

/** Of the values that are drawn: how many would come back from their JSON as others. */
class ChangesOfValues {
  private drawn = 0
  private changed = 0
  private failure = ""

  isNone(encoded: Result.Result<unknown, string>): boolean {
    this.drawn++
    if (Result.isSuccess(encoded)) return true
    if (encoded.failure.startsWith("does not survive")) {
      this.changed++
      this.failure = encoded.failure
    }
    return false
  }

  /** Leaving the changed values out would not be fair: a real run that meets such a value dies of it. */
  refuseMany(): void {
    if (this.changed * 2 >= this.drawn)
      throw new Error(`its schema changes values, ${this.changed} of ${this.drawn} that were drawn: ${this.failure}`)
  }
}

/** Of derived values, by their number: how long texts and lists are at most, and of numbers the square root. Most are to be read with ease. */
const sizes = [4, 1, 2, 3, 4, 2, 16, 100]
const smallerSizes = [0, 1, 2, 3, 4, 8, 16, 32]
/** Lists of lists grow with a power of the size: the next one is left out where values of a smaller one have so many pieces, or a quarter. */
const mostPieces = 1_000

const maxCached = 1_000
const mostDraws = 20

const arbitrarySamples = <A>(
  arbitrary: Arbitrary.Arbitrary<A>,
  finish: (value: A) => A,
  isUsable: (value: A) => boolean = () => true,
  simplify: (value: A) => Iterable<() => A | undefined> = () => []
): Samples<A> => {
  const cached = new Map<string, A>()
  const draw = (seed: number, size: number): A => {
    const key = `${seed}/${size}`
    const found = cached.get(key)
    if (found !== undefined) return found
    // Not all values of a type can be stored by its schema: such as do not come back from their JSON as they went.
    const [first] = Effect.runSync(Arbitrary.sampleEffect(arbitrary, { count: 1, size, seed }))
    let finished = finish(first as A)
    for (let again = 1; again <= mostDraws && !isUsable(finished); again++) {
      const otherDraw = { count: 1, size: size + (again >> 2), seed: seed + again * 7_919 }
      const [next] = Effect.runSync(Arbitrary.sampleEffect(arbitrary, otherDraw))
      finished = finish(next as A)
    }
    if (cached.size >= maxCached) cached.clear()
    cached.set(key, finished)
    return finished
  }
  function* steps(value: A, before: number): Iterable<() => Sample<A> | undefined> {
    for (const make of simplify(value)) {
      yield () => {
        const next = make()
        return next === undefined ? undefined : simplified(next, before)
      }
    }
  }
  const simplified = (value: A, before: number): Sample<A> => ({
    value,
    *smaller() {
      // Put in place of the earlier steps of this kind, so that the steps behind them keep their numbers.
      for (let count = 0; count < before; count++) yield () => undefined
      yield* steps(value, before)
    }
  })
  const sample = (number: number, size: number): Sample<A> => ({
    value: draw(number, size),
    *smaller() {
      const others = smallerSizes.filter((less) => less < size)
      for (const less of others) yield () => sample(less === 0 ? 0 : number, less)
      yield* steps(draw(number, size), others.length)
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
export const pieces = (value: unknown, seen = new Set<object>()): number => {
  if (typeof value === "string") return value.length
  if (typeof value !== "object" || value === null || seen.has(value)) return 1
  seen.add(value)
  if (ArrayBuffer.isView(value)) return value.byteLength
  const parts: ReadonlyArray<unknown> =
    Array.isArray(value) || value instanceof Map || value instanceof Set ? [...value] : Object.entries(value).flat()
  return parts.reduce<number>((sum, part) => sum + pieces(part, seen), 1)
}

const fastCheckSamples = <A>(arbitrary: FastCheckArbitrary<A>): Samples<A> => {
  const sample = (value: A, context: unknown): Sample<A> => ({
    value,
    *smaller() {
      for (const next of arbitrary.shrink(value, context)) yield () => sample(next.value, next.context)
    }
  })
  const draw = (number: number): Sample<A> => {
    // As fast-check itself does: some more, some less likely to come to the ends of a range.
    const { value, context } = arbitrary.generate(
      new FastCheckRandom(new SeededNumbers(number * 7_919 + 1)),
      2 + (number % 4)
    )
    return sample(value, context)
  }
  return draw
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
