import * as Effect from "effect/Effect"

/** What has changed since a mark. */
export interface Changes {
  /** For whoever comes back: up to where they know. */
  readonly mark: string
  /** Null: it is not known which, or they are many. Look at all of them. */
  readonly runIds: ReadonlyArray<string> | null
}

/** Whoever sends something else has never listened before. */
export const isMark = (text: string): boolean => /^[a-z0-9]{1,20}\.\d{1,15}$/.test(text)

const mostKept = 2_000
const mostTold = 200

/** The last changes, each with a number: whoever was away for a moment is told what they have missed, and others that they have missed something. */
export class ChangeLog {
  /** The store tells of every change. If not, some are seen late, or by whoever looks at the run itself. */
  readonly isComplete: boolean
  /** Numbers of another log say nothing here. */
  private readonly name: string
  private count = 0
  private readonly kept: Array<string | undefined> = []
  private readonly waiting = new Set<() => void>()

  constructor(name: string, isComplete: boolean) {
    this.name = name
    this.isComplete = isComplete
  }

  /** Undefined: something, of which nobody knows what. */
  readonly tell = (runId: string | undefined): void => {
    this.count++
    this.kept.push(runId)
    if (this.kept.length > mostKept) this.kept.shift()
    const waiting = [...this.waiting]
    this.waiting.clear()
    for (const wake of waiting) wake()
  }

  get mark(): string {
    return `${this.name}.${this.count}`
  }

  /** Undefined: nothing. */
  since(mark: string): Changes | undefined {
    if (mark === this.mark) return undefined
    const [name, number] = mark.split(".")
    const first = Number(number) - (this.count - this.kept.length)
    const isKnown = name === this.name && first >= 0 && first <= this.kept.length
    const changed = new Set(isKnown ? this.kept.slice(first) : [undefined])
    const runIds = [...changed].filter((runId) => runId !== undefined)
    return { mark: this.mark, runIds: runIds.length < changed.size || runIds.length > mostTold ? null : runIds }
  }

  /** Until there is something since that mark. */
  readonly wait = (mark: string): Effect.Effect<void> =>
    Effect.callback((resume) => {
      if (mark !== this.mark) return resume(Effect.void)
      const wake = () => resume(Effect.void)
      this.waiting.add(wake)
      return Effect.sync(() => this.waiting.delete(wake))
    })
}
