import * as fc from "fast-check"

/**
 * Which of `count` things are kept: all of them when it is made, fewer and fewer as it shrinks - none, half, a quarter left out,
 * at last one at a time. A plan that fails comes down to the few faults that matter in a few dozen tries instead of hundreds.
 */
export class KeepAll extends fc.Arbitrary<ReadonlyArray<number>> {
  private readonly count: number

  constructor(count: number) {
    super()
    this.count = count
  }

  generate(): fc.Value<ReadonlyArray<number>> {
    const all = Array.from({ length: this.count }, (_, index) => index)
    return new fc.Value<ReadonlyArray<number>>(all, undefined)
  }

  canShrinkWithoutContext(value: unknown): value is ReadonlyArray<number> {
    return Array.isArray(value)
  }

  shrink(value: ReadonlyArray<number>): fc.Stream<fc.Value<ReadonlyArray<number>>> {
    return fc.stream(fewer(value))
  }
}

function* fewer(kept: ReadonlyArray<number>): Generator<fc.Value<ReadonlyArray<number>>> {
  for (let size = kept.length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < kept.length; from += size) {
      yield new fc.Value<ReadonlyArray<number>>(kept.toSpliced(from, size), undefined)
    }
  }
}
