import * as Effect from "effect/Effect"
import { placeOfAddress } from "../../../actor/history/generation.ts"
import { currentMillis } from "../../currentMillis.ts"
import type { RunTable } from "../../runTable.ts"
import type { Delivery, QueueMessage, StepQueue, StepRequest } from "../../stepQueue.ts"
import { type HeldStep, StepsInHand } from "../queue/stepsInHand.ts"
import type { AttemptItems } from "../table/attemptItems.ts"

export interface NotedAttemptsOptions {
  readonly queue: StepQueue["Service"]
  readonly table: RunTable["Service"]
  readonly attempts: AttemptItems
  /** Of this process, for people who look for it. */
  readonly worker: string
}

/**
 * SQS shows a message to nobody but its receiver. So that whoever asks is told why a run stands, it is noted in the table which attempt of a step has failed, how, and when the
 * next is; and of one that takes long, who has it. A step that is through at once is noted nowhere. What this process has in hand it knows without. No note holds up what it is
 * about: one that cannot be written is a line in the log, and the next one says it.
 */
export const withNotedAttempts = ({ attempts, queue, table, worker }: NotedAttemptsOptions) => {
  const inHand = new StepsInHand(worker)

  const noteBy = (message: StepRequest, at: number, by?: { readonly worker: string; readonly until: number }) => {
    const { attempt, key, notBefore, runId } = message
    return quietly(message, attempts.held(runId, { key, attempt, notBefore, at, by }))
  }

  const noteFailed = (message: StepRequest, at: number) => {
    const { attempt, key, lastError, notBefore, runId } = message
    return quietly(message, attempts.failed(runId, { key, attempt, notBefore, at, lastError }))
  }

  const noteHeld = (held: HeldStep, message: StepRequest, now: number) => {
    if (now < held.noteAt) return Effect.void
    held.isNoted = true
    held.noteAt = now + againMs
    // Beside the renewal: one that waits for the table would come too late.
    return Effect.asVoid(Effect.forkDetach(noteBy(message, now, { worker, until: now + againMs + graceMs })))
  }

  /** Its message goes back, or another comes in its place. */
  const noteGiven = (delivery: Delivery, message: QueueMessage) => {
    if (message.kind !== "step") return Effect.void
    if (hasFailed(delivery, message)) return Effect.flatMap(currentMillis, (now) => noteFailed(message, now))
    return inHand.isNoted(delivery) ? Effect.flatMap(currentMillis, (now) => noteBy(message, now)) : Effect.void
  }

  return {
    queue: {
      ...queue,
      receive: (options) =>
        Effect.tap(queue.receive(options), (deliveries) =>
          Effect.map(currentMillis, (now) => {
            for (const delivery of deliveries) inHand.take(delivery, now, now + options.visibilityMs)
          })
        ),
      renew: (delivery, visibilityMs) =>
        Effect.tap(queue.renew(delivery, visibilityMs), (isOurs) =>
          Effect.flatMap(currentMillis, (now) => {
            if (!isOurs) return Effect.sync(() => inHand.drop(delivery))
            const held = inHand.take(delivery, now, now + visibilityMs)
            const { message } = delivery
            return held === undefined || message.kind !== "step" ? Effect.void : noteHeld(held, message, now)
          })
        ),
      release: (delivery, delayMs) =>
        Effect.suspend(() => {
          const given = noteGiven(delivery, delivery.message)
          inHand.drop(delivery)
          return together(queue.release(delivery, delayMs), given)
        }),
      replace: (delivery, message) =>
        Effect.suspend(() =>
          Effect.tap(together(queue.replace(delivery, message), noteGiven(delivery, message)), () =>
            Effect.sync(() => inHand.drop(delivery))
          )
        ),
      complete: (deliveries) =>
        Effect.tap(queue.complete(deliveries), () =>
          Effect.sync(() => {
            for (const delivery of deliveries) inHand.drop(delivery)
          })
        )
    } satisfies StepQueue["Service"],
    table: {
      ...table,
      stepRetries: Effect.fnUntraced(function* (runId) {
        const known = new Map((yield* table.stepRetries(runId))?.map((step) => [step.key, step]))
        for (const [key, step] of inHand.of(runId, yield* currentMillis))
          if ((known.get(key)?.attempt ?? 0) <= step.attempt) known.set(key, step)
        return [...known.values()]
      })
    } satisfies RunTable["Service"]
  }
}

/** Said again while it lasts; whoever has not, by then and a little more, may be gone. */
const againMs = 240_000
const graceMs = 60_000

const hasFailed = (delivery: Delivery, next: StepRequest): boolean =>
  delivery.message.kind === "step" && next.attempt > delivery.message.attempt

/** At the same time: the next attempt does not wait for what is noted of it. Fails as the first does. */
const together = <E, R>(does: Effect.Effect<void, E, R>, given: Effect.Effect<void>) =>
  given === Effect.void ? does : Effect.all([does, given], { concurrency: "unbounded", discard: true })

/** A table that is away answers after a while: nobody waits for so long. */
const longestMs = 2_000

const quietly = <E extends { readonly message: string }>(
  { key, runId }: StepRequest,
  write: Effect.Effect<void, E>
): Effect.Effect<void> =>
  Effect.flatMap(Effect.timeoutOption(Effect.result(write), longestMs), (done) => {
    if (done._tag === "Some" && done.value._tag === "Success") return Effect.void
    const why =
      done._tag === "None" ? `no answer within ${longestMs} ms` : (done.value as { failure: E }).failure.message
    return Effect.logWarning(
      `how far step ${key} of run ${placeOfAddress(runId)} has come could not be noted: ${why}. Whoever asks is told as it was before.`
    )
  })
