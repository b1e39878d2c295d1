import * as Effect from "effect/Effect"

type Meaning = Effect.Effect<unknown, unknown>

/** An answer that any number of fibers may wait for, before it is there and after. */
export class Answer {
  private meaning: Meaning | undefined
  private readonly waiting = new Set<(meaning: Meaning) => void>()

  settle(meaning: Meaning): void {
    this.meaning = meaning
    for (const resume of this.waiting) resume(meaning)
    this.waiting.clear()
  }

  get isThere(): boolean {
    return this.meaning !== undefined
  }

  /** What it says. Interrupting the wait takes nothing from anybody. */
  readonly get: Meaning = Effect.suspend(() => this.meaning ?? this.wait((meaning) => meaning))

  /** That it is there, whatever it says. */
  readonly there: Effect.Effect<void> = Effect.suspend(() =>
    this.isThere ? Effect.void : this.wait(() => Effect.void)
  )

  private wait<A, E>(then: (meaning: Meaning) => Effect.Effect<A, E>): Effect.Effect<A, E> {
    return Effect.callback((resume) => {
      const waiter = (meaning: Meaning) => resume(then(meaning))
      this.waiting.add(waiter)
      return Effect.sync(() => void this.waiting.delete(waiter))
    })
  }
}
