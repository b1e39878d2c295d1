import * as Hash from "effect/Hash"
import { SeededNumbers } from "../draws/seededNumbers.ts"
import { currentSurroundings, isChanged, isLoading, look, rounds } from "./surroundings.ts"

/**
 * Effect hashes a function (and whatever else it goes by reference) with a number that it draws once in each process, and that decides
 * where a `HashMap` or a `HashSet` has it. Where a run was the first to ask for it, replays are shown another one. What was hashed
 * before there was any run stays as it is: collections that a module has made could not be read any more.
 */
type Hashes = WeakMap<object, number>

/** Effect's own, which it does not export: first those that are drawn, then those that are remembered of anything. */
const hashesOfEffect = (): ReadonlyArray<Hashes> => {
  const probe = () => {}
  const found = new Set<Hashes>()
  const { set } = WeakMap.prototype
  const noting: typeof set = function (this: WeakMap<WeakKey, any>, key, value) {
    if (key === probe) found.add(this as Hashes)
    return set.call(this, key, value)
  }
  WeakMap.prototype.set = noting
  try {
    Hash.hash(probe)
  } finally {
    WeakMap.prototype.set = set
  }
  return [...found]
}

let numbers: SeededNumbers | undefined

const anotherHash = (): number => {
  const { luck = 0, round = 0 } = currentSurroundings() ?? {}
  numbers ??= new SeededNumbers(luck * rounds + round)
  return numbers.below(2 ** 30)
}

class WatchedHashes {
  private readonly areDrawn: boolean
  /** Hashes of what runs were the first to hash. While nothing is changed, all runs see the same ones. */
  private readonly ofRuns: Hashes = new WeakMap()
  /** Of the replay that is going on. */
  private changed: Hashes = new WeakMap()

  constructor(hashes: Hashes, areDrawn: boolean) {
    this.areDrawn = areDrawn
    const [get, set, has] = [hashes.get.bind(hashes), hashes.set.bind(hashes), hashes.has.bind(hashes)]
    const put: Hashes["set"] = (key, hash) => {
      if (currentSurroundings() === undefined || isLoading()) set(key, hash)
      else this.put(key, hash)
      return hashes
    }
    Object.assign(hashes, {
      get: (key: object) => get(key) ?? this.overlay.get(key),
      has: (key: object) => has(key) || this.overlay.has(key),
      set: put
    })
  }

  start(): void {
    this.changed = new WeakMap()
  }

  private get overlay(): Hashes {
    return isChanged("hashes") ? this.changed : this.ofRuns
  }

  private put(key: object, hash: number): void {
    if (this.areDrawn) look(`the hash of ${nameOf(key)}`, "hashes")
    this.overlay.set(key, this.areDrawn && isChanged("hashes") ? anotherHash() : hash)
  }
}

const nameOf = (key: object): string => {
  if (typeof key !== "function") return "an object that goes by reference"
  if ("stepName" in key) return `the step ${key.stepName}`
  return key.name === "" ? "a function" : `the function ${key.name}`
}

let watched: ReadonlyArray<WatchedHashes> = []

export const watchHashes = (): void => {
  watched = hashesOfEffect().map((hashes, index) => new WatchedHashes(hashes, index === 0))
}

export const startHashes = (): void => {
  numbers = undefined
  for (const hashes of watched) hashes.start()
}
