import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { RunTable } from "../../src/store/runTable.ts"
import { aesGcmCodec } from "../../src/store/sealing/aesGcmCodec.ts"
import type { PayloadCodec } from "../../src/store/sealing/payloadCodec.ts"
import { type Delivery, type QueueMessage, StepQueue } from "../../src/store/stepQueue.ts"
import { inline, stepRequest } from "../store/samples.ts"
import { keyOf, testCodec } from "./codecs.ts"

/** A queue that hands out what was put into it last, as it stands, and keeps nothing of its own. */
const setup = () => {
  const held: Array<QueueMessage> = []
  const keep = (messages: ReadonlyArray<QueueMessage>) => Effect.sync(() => void held.push(...messages))
  const all = Effect.sync(() => held.map((message): Delivery => ({ receipt: "r", message, receives: 1 })))
  const service = {
    send: keep,
    receive: () => all,
    receiveDead: () => all,
    replace: (_: Delivery, message: QueueMessage) => keep([message]),
    renew: () => Effect.succeed(true),
    complete: () => Effect.void,
    release: () => Effect.void,
    maxDelayMs: 900_000
  } satisfies StepQueue["Service"]
  const by = (codec: PayloadCodec) => {
    const services = Context.make(RunTable, {} as RunTable["Service"]).pipe(Context.add(StepQueue, service))
    return Context.get(codec.sealServices(services, ""), StepQueue)
  }
  return { held, by }
}

const options = { limit: 10, waitMs: 0, visibilityMs: 1_000 }
const message = stepRequest("run", "ship#0", {
  attempt: 2,
  input: inline({ to: "a street" }),
  lastError: "no such street",
  tries: [{ attempt: 1, at: 1, error: "no such street" }]
})

it("a message is sealed in the queue, and comes back in clear by whatever way it is handed over", () =>
  Effect.runPromise(
    Effect.gen(function* () {
      const { by, held } = setup()
      const queue = by(testCodec())
      yield* queue.send([message])
      expect(JSON.stringify(held)).not.toContain("street")
      const received = yield* queue.receive(options)
      const dead = yield* queue.receiveDead(options)
      for (const deliveries of [received, dead]) expect(deliveries.map((one) => one.message)).toEqual([message])
      // One that a platform has received.
      const open = queue.open as NonNullable<typeof queue.open>
      const [first] = held
      expect((yield* open({ receipt: "r", message: first as QueueMessage, receives: 1 })).message).toEqual(message)
    })
  ))

it("a message that a process could not open goes back as it was, for one that can", () =>
  Effect.runPromise(
    Effect.gen(function* () {
      const { by, held } = setup()
      yield* by(testCodec()).send([message])
      const [sealed] = held
      const without = by(aesGcmCodec({ keys: { other: keyOf("b") }, current: "other" }))
      const [delivery] = yield* without.receive(options)
      if (delivery === undefined) throw new Error("nothing was received")
      expect(delivery.message).toMatchObject({ input: { unopened: { reason: "refused" } } })
      held.length = 0
      yield* without.replace(delivery, delivery.message)
      expect(held).toMatchObject([{ input: (sealed as typeof message).input }])
      const [again] = yield* by(testCodec()).receive(options)
      expect(again?.message).toMatchObject({ input: message.input, fingerprint: message.fingerprint })
    })
  ))
