import * as Effect from "effect/Effect"
import { currentMillis } from "../../currentMillis.ts"
import type { StepRetry } from "../../reading/waitingFor.ts"
import type { RunTable } from "../../runTable.ts"
import type { Delivery, QueueMessage, StepQueue } from "../../stepQueue.ts"
import { StepsInHand } from "./stepsInHand.ts"

/**
 * SQS shows a message to nobody but its receiver, and a write for each attempt that fails would be paid for by all. So what is known of steps that
 * are tried again is what this process has sent itself, and of those in somebody's hands what it has in its own; it forgets both with itself.
 */
export const withRetriesHere = (queue: StepQueue["Service"], table: RunTable["Service"]) => {
  const known = new Map<string, Map<string, StepRetry>>()
  const inHand = new StepsInHand()
  const note = (messages: ReadonlyArray<QueueMessage>) => {
    for (const message of messages) {
      if (message.kind !== "step" || message.attempt === 1) continue
      const { attempt, key, lastError, notBefore, runId } = message
      const ofRun = known.get(runId) ?? new Map<string, StepRetry>()
      // The run that was noted last is the last to be forgotten.
      known.delete(runId)
      known.set(runId, ofRun.set(key, { key, attempt, lastError, notBefore }))
      const [oldest] = known.keys()
      if (known.size > mostRuns && oldest !== undefined) known.delete(oldest)
    }
  }
  const forget = (deliveries: ReadonlyArray<Delivery>) => {
    for (const { message } of deliveries) {
      if (message.kind !== "step") continue
      const ofRun = known.get(message.runId)
      const retry = ofRun?.get(message.key)
      // In its place there may be a later attempt by now.
      if (ofRun === undefined || retry === undefined || retry.attempt > message.attempt) continue
      ofRun.delete(message.key)
      if (ofRun.size === 0) known.delete(message.runId)
    }
  }
  return {
    queue: {
      ...queue,
      send: (messages) => Effect.tap(queue.send(messages), () => Effect.sync(() => note(messages))),
      receive: (options) =>
        Effect.tap(queue.receive(options), (deliveries) =>
          Effect.map(currentMillis, (now) => {
            for (const delivery of deliveries) inHand.take(delivery, now + options.visibilityMs)
          })
        ),
      renew: (delivery, visibilityMs) =>
        Effect.tap(queue.renew(delivery, visibilityMs), (isOurs) =>
          Effect.map(currentMillis, (now) =>
            isOurs ? inHand.take(delivery, now + visibilityMs) : inHand.drop(delivery)
          )
        ),
      release: (delivery, delayMs) =>
        Effect.suspend(() => {
          inHand.drop(delivery)
          return queue.release(delivery, delayMs)
        }),
      replace: (delivery, message) =>
        Effect.tap(queue.replace(delivery, message), () =>
          Effect.sync(() => {
            inHand.drop(delivery)
            note([message])
          })
        ),
      complete: (deliveries) =>
        Effect.tap(queue.complete(deliveries), () =>
          Effect.sync(() => {
            for (const delivery of deliveries) inHand.drop(delivery)
            forget(deliveries)
          })
        )
    } satisfies StepQueue["Service"],
    table: {
      ...table,
      knowsOwnRetriesOnly: true,
      stepRetries: (runId) =>
        Effect.map(currentMillis, (now) => [
          ...new Map([...(known.get(runId) ?? []), ...inHand.of(runId, now)]).values()
        ])
    } satisfies RunTable["Service"]
  }
}

const mostRuns = 10_000
