import type * as Random from "effect/Random"

/**
 * Randomness that is the same in every replay: xoshiro128** seeded from a text (run id and domain, so that drawing one more
 * number in one domain moves nothing in another).
 */
export const makeSeededRandom = (seed: string): SeededRandom => {
  const { next, reseed } = xoshiro128(seed)
  const nextDoubleUnsafe = () => (next() * 2 ** 21 + (next() >>> 11)) / 2 ** 53
  return {
    nextDoubleUnsafe,
    // 54 bits, added up from two parts: a double has 53, and made of one every integer would be odd.
    nextIntUnsafe: () =>
      Math.min((next() >>> 10) * 2 ** 32 + Number.MIN_SAFE_INTEGER + next(), Number.MAX_SAFE_INTEGER),
    reseed
  }
}

export interface SeededRandom extends Random.Random {
  /** From here on as one that was made of this. */
  readonly reseed: (seed: string) => void
}

/** A version 4 UUID from such randomness. */
export const uuidFrom = (random: { readonly nextDoubleUnsafe: () => number }): string => {
  let hex = ""
  for (let i = 0; i < 32; i++) {
    const digit = Math.floor(random.nextDoubleUnsafe() * 16)
    hex += (i === 12 ? 4 : i === 16 ? (digit & 3) | 8 : digit).toString(16)
    if (i === 7 || i === 11 || i === 15 || i === 19) hex += "-"
  }
  return hex
}

const xoshiro128 = (first: string) => {
  let seed = first
  // Most runs draw nothing.
  let seeded: Array<number> | undefined
  const reseed = (next: string) => {
    seed = next
    seeded = undefined
  }
  const next = (): number => {
    seeded ??= seedState(seed)
    const state = seeded
    const [s0, s1, s2, s3] = state as [number, number, number, number]
    const result = Math.imul(rotate(Math.imul(s1, 5), 7), 9) >>> 0
    const t = s1 << 9
    state[2] = s2 ^ s0
    state[3] = s3 ^ s1
    state[1] = s1 ^ state[2]
    state[0] = s0 ^ state[3]
    state[2] ^= t
    state[3] = rotate(state[3], 11)
    return result
  }
  return { next, reseed }
}

const rotate = (x: number, k: number): number => (x << k) | (x >>> (32 - k))

/** Four words from a text by MurmurHash3's mixing steps. */
const seedState = (seed: string): Array<number> => {
  let h = 1779033703 ^ seed.length
  for (let i = 0; i < seed.length; i++) {
    h = Math.imul(h ^ seed.charCodeAt(i), 3432918353)
    h = rotate(h, 13)
  }
  const word = () => {
    h = Math.imul(h ^ (h >>> 16), 2246822507)
    h = Math.imul(h ^ (h >>> 13), 3266489909)
    h ^= h >>> 16
    return h | 0
  }
  return [word(), word(), word(), word() | 1]
}
