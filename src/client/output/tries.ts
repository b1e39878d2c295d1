import type { OutputChunk } from "../../store/beside/outputChunks.ts"

/** Of a step: the try whose values are shown, and those that are not any more. */
interface Shown {
  execution: string
  readonly superseded: Set<string>
}

/** What to do with a chunk: its values come, come after a note that all before of that step does not stand, or do not come. */
export type Verdict = "show" | "supersede" | "skip"

/**
 * Tells which tries of steps stand. Which one does is known for certain once the outcome of the step is on record; until then it is the
 * latest. So a worker that was believed dead, and goes on emitting, is not heard.
 */
export class Tries {
  private readonly shown = new Map<string, Shown>()
  /** By step: the execution whose outcome was accepted, undefined for one that emitted nothing. Known when the run has ended. */
  private readonly accepted = new Map<string, string | undefined>()

  /** From here on of these steps only what stands comes. */
  know(accepted: ReadonlyMap<string, string | undefined>): void {
    for (const [key, execution] of accepted) this.accepted.set(key, execution)
  }

  judge({ source }: OutputChunk): Verdict {
    if (source.kind !== "step") return "show"
    const { execution, key } = source
    if (this.accepted.has(key)) return this.accepted.get(key) === execution ? "show" : "skip"
    const shown = this.shown.get(key)
    if (shown === undefined) {
      this.shown.set(key, { execution, superseded: new Set() })
      return "show"
    }
    if (shown.execution === execution) return "show"
    if (shown.superseded.has(execution)) return "skip"
    if (attemptOf(execution) < attemptOf(shown.execution)) {
      shown.superseded.add(execution)
      return "skip"
    }
    shown.superseded.add(shown.execution)
    shown.execution = execution
    return "supersede"
  }

  /** Steps of which a try was shown. */
  get steps(): Iterable<string> {
    return this.shown.keys()
  }

  /** Steps of which the wrong try was shown, with the right one; undefined: none of its tries stands. */
  wrong(): ReadonlyMap<string, string | undefined> {
    const { accepted } = this
    const wrong = new Map<string, string | undefined>()
    for (const [key, { execution }] of this.shown) {
      if (accepted.has(key) && accepted.get(key) !== execution) wrong.set(key, accepted.get(key))
    }
    return wrong
  }
}

export const attemptOf = (execution: string): number => Number.parseInt(execution, 10)
