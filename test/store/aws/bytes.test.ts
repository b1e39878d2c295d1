import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { encodeQueueMessage } from "../../../src/store/aws/queue/queueBody.ts"
import { makeSqsStepQueue } from "../../../src/store/aws/queue/sqsStepQueue.ts"
import { itemBytes } from "../../../src/store/aws/table/attributes.ts"
import { isPossibleKey, maxPartitionBytes, maxSortBytes, outputPartition } from "../../../src/store/aws/table/keys.ts"
import { offload, Payloads } from "../../../src/store/payloads.ts"
import { stepRequest } from "../samples.ts"

/** A character of three bytes. */
const wide = "価"

describe("sizes are bytes, and not characters", () => {
  it("of a payload", async () => {
    const put: Array<string> = []
    const payloads = {
      inlineLimitBytes: 4_096,
      put: (_: string, text: string) => Effect.sync(() => void put.push(text)),
      get: () => Effect.undefined
    } satisfies Payloads["Service"]
    const offloaded = (json: string) =>
      Effect.runPromise(Effect.provideService(offload({ json }, "run"), Payloads, payloads))
    const json = JSON.stringify(wide.repeat(2_000))
    expect(await offloaded(json)).toMatchObject({ bytes: 6_002 })
    expect(put).toEqual([json])
    expect(await offloaded(JSON.stringify("a".repeat(2_000)))).toHaveProperty("json")
  })

  it("of an item", () => {
    expect(itemBytes({ a: wide })).toBe(1 + 3)
    expect(itemBytes({ [wide]: "a" })).toBe(3 + 1)
  })

  it("of the keys of an item", () => {
    expect(isPossibleKey(wide.repeat(Math.floor(maxPartitionBytes / 3)), "")).toBe(true)
    expect(isPossibleKey(wide.repeat(maxPartitionBytes / 2), "")).toBe(false)
    expect(isPossibleKey("run", wide.repeat(maxSortBytes / 2))).toBe(false)
  })

  it("of the partition of a stream", () => {
    const partition = outputPartition("", "run", wide.repeat(maxPartitionBytes / 2))
    expect(partition).not.toContain("/run/")
  })

  it("of the messages that go to SQS in one request", async () => {
    const sent: Array<number> = []
    const client = {
      send: async ({
        input
      }: {
        readonly input: { readonly Entries: ReadonlyArray<{ readonly MessageBody: string }> }
      }) => {
        sent.push(input.Entries.reduce((sum, { MessageBody }) => sum + Buffer.byteLength(MessageBody), 0))
        return {}
      }
    }
    const queue = makeSqsStepQueue({
      client: client as never,
      queueUrl: "https://queue",
      deadLetterQueueUrl: "https://dead"
    })
    const message = { ...stepRequest("run", "a"), input: { json: JSON.stringify(wide.repeat(20_000)) } }
    const bytes = Buffer.byteLength(encodeQueueMessage(message))
    await Effect.runPromise(queue.send(Array.from({ length: 8 }, () => message)))
    expect(sent.reduce((sum, one) => sum + one, 0)).toBe(8 * bytes)
    expect(sent.length).toBeGreaterThan(1)
    for (const one of sent) expect(one).toBeLessThanOrEqual(256 * 1024)
  })
})
