import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"

export interface FailedOne {
  readonly runId: string
  /** The tag of the error. */
  readonly error: string
  readonly message: string
}

/** Both in the order of the runs. */
export interface DoneToEach<A> {
  /** What it came to, of those with which it went well. */
  readonly answers: ReadonlyArray<A>
  readonly failed: ReadonlyArray<FailedOne>
}

const atATime = 8

/** Does one thing to each of them, eight at a time. One that fails holds up no other; an interruption is of all of it. */
export const doToEach = Effect.fnUntraced(function* <A, R, R2, R3 = never>(
  runIds: ReadonlyArray<string>,
  each: (runId: string) => Effect.Effect<A, unknown, R>,
  failureOf: (cause: Cause.Cause<unknown>) => Effect.Effect<Omit<FailedOne, "runId">, never, R2>,
  /** With each that is over. */
  onProgress: (done: number, failed: number) => Effect.Effect<void, never, R3> = () => Effect.void
) {
  let done = 0
  let failed = 0
  const one = Effect.fnUntraced(function* (runId: string) {
    const exit = yield* Effect.exit(each(runId))
    if (exit._tag === "Failure" && Cause.hasInterrupts(exit.cause)) return yield* Effect.interrupt
    const end = exit._tag === "Success" ? { answer: exit.value } : { runId, ...(yield* failureOf(exit.cause)) }
    if (exit._tag === "Success") done++
    else failed++
    yield* onProgress(done, failed)
    return end
  })
  const ends = yield* Effect.forEach(runIds, one, { concurrency: atATime })
  return {
    answers: ends.flatMap((end) => ("answer" in end ? [end.answer] : [])),
    failed: ends.flatMap((end) => ("answer" in end ? [] : [end]))
  } satisfies DoneToEach<A> as DoneToEach<A>
})
