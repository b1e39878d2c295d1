import { SeededNumbers as Numbers } from "../../src/testing/draws/seededNumbers.ts"

/** A stream of numbers from a seed: the simulated world must do the same for the same seed, and shrink with it. */
export class SeededNumbers extends Numbers {
  /** Removes one of `from` and returns it. */
  draw<A>(from: Array<A>): A | undefined {
    return from.splice(this.below(from.length), 1)[0]
  }
}
