import { defineSignal, defineWorkflow, type Workflow } from "dynactor"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const N = Schema.Struct({ n: Schema.Number })

type Counted = Workflow<string, typeof N.Type, number, never>

/** Ends in its first turn: what is counted is the price of being a child. */
export const child: Counted = defineWorkflow("child", {
  input: N,
  output: Schema.Number,
  run: ({ n }) => Effect.succeed(n)
})

const range = (n: number) => Array.from({ length: n }, (_, index) => index)

/** Children, fifty at a time, each waited for. */
export const children: Counted = defineWorkflow("children", {
  input: N,
  output: Schema.Number,
  run: ({ n }) =>
    Effect.map(
      Effect.forEach(range(n), (index) => child.child({ n: index }), { concurrency: 50 }),
      ({ length }) => length
    )
})

const told = defineSignal("told", Schema.Number)

const listener: Counted = defineWorkflow("listener", {
  input: N,
  output: Schema.Number,
  run: ({ n }) =>
    Effect.map(
      Effect.forEach(range(n), () => told.receive),
      ({ length }) => length
    )
})

/** Sends a child that many signals, all in one turn. */
export const sender: Counted = defineWorkflow("sender", {
  input: N,
  output: Schema.Number,
  run: Effect.fnUntraced(function* ({ n }: { readonly n: number }) {
    const listening = yield* listener.start({ n })
    yield* Effect.forEach(range(n), (index) => listening.signal(told, index), { discard: true })
    return yield* listening.await
  })
})

/** Waits for that many runs that have ended. */
export const waiter: Counted = defineWorkflow("waiter", {
  input: N,
  output: Schema.Number,
  run: ({ n }) =>
    Effect.map(
      Effect.forEach(range(n), (index) => Effect.ignore(child.await(ended(index)))),
      ({ length }) => length
    )
})

/** A run that one of {@link waiter} waits for. */
export const ended = (index: number): string => `ended-${index}`

export const otherRuns: ReadonlyArray<Counted> = [child, children, listener, sender, waiter]
