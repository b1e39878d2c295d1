import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { type Output, printNote } from "../../../framework/output.ts"
import { Target } from "../../../targets/target.ts"

export interface Published<A> {
  readonly runId: string
  readonly kind: "state" | "stream"
  readonly name: string
  /** The position that it begins with. Default: 0. */
  readonly from?: number
  /** It goes on until the run has ended. */
  readonly isLive: boolean
  readonly values: Stream.Stream<A, unknown>
  readonly print: (value: A) => Effect.Effect<void, never, Output>
}

/**
 * Prints each value. Nobody checks a name that the entry does not list, and what is waited for under a misspelt one never comes: where nothing has come for a
 * while, or at all, a note says so, and which names the run has published under.
 */
export const printPublished = Effect.fnUntraced(function* <A>(published: Published<A>) {
  const { isLive, print, values } = published
  let hasCome = false
  const waits = Effect.sleep(silentMs).pipe(
    Effect.andThen(Effect.suspend(() => (hasCome ? Effect.void : noteNothing(published, true)))),
    Effect.ignore
  )
  const fiber = isLive ? yield* Effect.forkChild(waits) : undefined
  const printed = Stream.runForEach(values, (value) => {
    hasCome = true
    return print(value)
  })
  yield* fiber === undefined ? printed : Effect.ensuring(printed, Fiber.interrupt(fiber))
  if (!hasCome) yield* Effect.ignore(noteNothing(published, false))
})

const noteNothing = Effect.fnUntraced(function* <A>({ from = 0, kind, name, runId }: Published<A>, isLive: boolean) {
  const { runs } = yield* Target
  const names = (yield* runs.publishedBy(runId))[kind === "state" ? "states" : "streams"]
  const others = names.filter((one) => one !== name)
  const known =
    others.length === 0 ? "" : `; of others there ${others.length === 1 ? "is" : "are"} ${others.join(", ")}`
  const where = from === 0 ? "" : ` from ${from} on`
  const waits = isLive ? " so far: this waits until the run has ended" : ""
  yield* printNote((style) => style.dim(`nothing of ${kind} ${name}${where} of run ${runId}${waits}${known}`))
})

/** As long as somebody looks at an empty terminal without a doubt. */
const silentMs = 3_000
