import * as Effect from "effect/Effect"
import type { InlinePayload } from "../../../actor/values/payload.ts"
import { sealedElsewhere } from "../../../actor/values/sealed.ts"
import type { StoreRefused, StoreUnavailable } from "../../errors.ts"
import type { Delivery, QueueMessage, StepQueue, StepRequest } from "../../stepQueue.ts"
import { openBundle, sealBundle } from "../bundle.ts"
import type { Place, Seals } from "../seals.ts"

const placeOf = ({ key, runId }: StepRequest): Place => ({ runId, place: `queue/step/${key}` })

/** In a text of its own: it is shown to people by stores that can look into their queue. */
const placeOfError = (runId: string, key: string): Place => ({ runId, place: `queue/error/${key}` })

/** Timers and wake-ups hold nothing of a user's but names. */
const sealQueued = (
  seals: Seals,
  operation: string,
  message: QueueMessage
): Effect.Effect<QueueMessage, StoreUnavailable | StoreRefused> =>
  message.kind === "step" ? sealStep(seals, operation, message) : Effect.succeed(message)

export const sealStep = Effect.fnUntraced(function* (seals: Seals, operation: string, message: StepRequest) {
  const { fingerprint, input, lastError, tries, ...rest } = message
  const small = { f: fingerprint, ...(tries === undefined ? {} : { t: tries }) }
  const sealed = yield* sealBundle(seals, operation, input, small, placeOf(message))
  const error = lastError === undefined ? undefined : yield* sealError(seals, operation, message, lastError)
  return {
    ...rest,
    fingerprint: sealedElsewhere,
    input: sealed,
    ...(error === undefined ? {} : { lastError: error })
  } satisfies StepRequest
})

const sealError = (seals: Seals, operation: string, { key, runId }: StepRequest, error: string) =>
  Effect.map(
    sealBundle(seals, operation, { json: JSON.stringify(error) }, {}, placeOfError(runId, key)),
    ({ json }) => json
  )

/** A message that cannot be opened is delivered with its sealed input, which says why: what becomes of it the worker decides. */
export const openQueued = Effect.fnUntraced(function* (seals: Seals, message: QueueMessage) {
  if (message.kind !== "step") return message
  const { payload, small } = yield* openBundle(seals, message.input, placeOf(message))
  const lastError = yield* openError(seals, message.runId, message.key, message.lastError)
  return {
    ...message,
    input: payload,
    ...(small === undefined ? {} : { fingerprint: small.f as string }),
    ...(small?.t === undefined ? {} : { tries: small.t as NonNullable<StepRequest["tries"]> }),
    ...(lastError === undefined ? {} : { lastError })
  } satisfies StepRequest
})

/** One that cannot be opened stays as it is, so that it can be sent again. */
export const openError = (seals: Seals, runId: string, key: string, error: string | undefined) => {
  if (error === undefined || !error.startsWith(sealedMark)) return Effect.succeed(error)
  const stored: InlinePayload = { json: error }
  return Effect.map(openBundle(seals, stored, placeOfError(runId, key)), ({ payload }) =>
    "json" in payload && payload.unopened === undefined ? (JSON.parse(payload.json) as string) : error
  )
}

const sealedMark = "~1."

/** For who adds a method: does it bring a message in or out? */
export const methodsOfQueue: { readonly [Method in keyof Required<StepQueue["Service"]>]: "sealed" | "clear" } = {
  send: "sealed",
  receive: "sealed",
  renew: "clear",
  complete: "clear",
  replace: "sealed",
  release: "clear",
  receiveDead: "sealed",
  open: "sealed",
  maxDelayMs: "clear"
}

export const sealedQueue = (seals: Seals, queue: StepQueue["Service"]): StepQueue["Service"] => {
  // What belongs to a receipt stays what the store has made of it.
  const openOne = (delivery: Delivery) =>
    Effect.map(openQueued(seals, delivery.message), (message): Delivery => ({ ...delivery, message }))
  const open = (deliveries: ReadonlyArray<Delivery>) => Effect.forEach(deliveries, openOne)
  return {
    ...queue,
    open: openOne,
    send: (messages) =>
      Effect.flatMap(
        Effect.forEach(messages, (message) => sealQueued(seals, "StepQueue.send", message)),
        queue.send
      ),
    replace: (delivery, message) =>
      Effect.flatMap(sealQueued(seals, "StepQueue.replace", message), (sealed) => queue.replace(delivery, sealed)),
    receive: (options) => Effect.flatMap(queue.receive(options), open),
    receiveDead: (options) => Effect.flatMap(queue.receiveDead(options), open)
  }
}
