import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { messageKey } from "../../../src/actor/history/message.ts"
import { decodeQueueMessage, encodeQueueMessage } from "../../../src/store/aws/queue/queueBody.ts"
import { fromAttributes, itemBytes, toAttributes, writeUnits } from "../../../src/store/aws/table/attributes.ts"
import { ByteReader, ByteWriter } from "../../../src/store/aws/table/bytes.ts"
import {
  assertTenant,
  checkpointPartition,
  isInboxKey,
  listPartition,
  listShard,
  listShards,
  listSort,
  orderKey,
  parseListPartition,
  parseListSort,
  parseOrderKey,
  parseRunPartition,
  runPartition,
  workflowsPartition
} from "../../../src/store/aws/table/keys.ts"
import { messageItem, readMessageItem } from "../../../src/store/aws/table/messageItem.ts"
import { payloadAttributes, readPayload } from "../../../src/store/aws/table/payloadAttributes.ts"
import { bulkyJson, everyMessage, reference, stepRequest } from "../samples.ts"

const anyText = fc.string({ unit: "binary", maxLength: 30 })
const odd = fc.oneof(anyText, fc.constantFrom("", "/", "//", "/0", "0", "#", "a/b/1"))
const tenant = odd.filter((text) => !text.includes("/") && !text.startsWith("#"))

describe("keys", () => {
  it("tell every run from every other, whatever tenants and run ids hold", () => {
    fc.assert(
      fc.property(tenant, odd, fc.nat(), (tenant, runId, generation) => {
        const run = { tenant, runId, generation }
        expect(parseRunPartition(runPartition(run))).toEqual(run)
      })
    )
  })

  it("give no run the partition of something else", () => {
    for (const partition of [
      workflowsPartition("a"),
      checkpointPartition("default", "arn:a/b/0"),
      "",
      "a",
      "a/0",
      "a/b/x",
      "a/b/01"
    ]) {
      expect(parseRunPartition(partition)).toBeUndefined()
    }
  })

  it("refuse a tenant that would read as another", () => {
    for (const good of ["", "acme", "Ünï 1"]) expect(() => assertTenant(good)).not.toThrow()
    for (const bad of ["a/b", "/", "#a", "x".repeat(300)]) expect(() => assertTenant(bad)).toThrow(RangeError)
  })

  it("know inbox rows", () => {
    for (const message of everyMessage) expect(isInboxKey(messageKey(message))).toBe(true)
    for (const key of ["head", orderKey(3), "", "started", "cancelled", "stepping", "shardId-1"]) {
      expect(isInboxKey(key)).toBe(false)
    }
  })

  it("number order segments so that they sort", () => {
    expect(parseOrderKey(orderKey(12))).toBe(12)
    expect(parseOrderKey("head")).toBeUndefined()
    expect([10, 9, 100].map(orderKey).sort()).toEqual([9, 10, 100].map(orderKey))
  })

  it("of the index say workflow, status and start", () => {
    fc.assert(
      fc.property(tenant, odd, fc.nat(8_640_000_000_000), anyText, (tenant, workflow, startedAt, runId) => {
        const group = { workflow, status: "parked" as const }
        expect(parseListPartition(tenant, listPartition(tenant, group, 7))).toEqual(group)
        expect(parseListSort(listSort(startedAt, runId))).toBe(startedAt)
        expect(listShard(runId)).toBeLessThan(listShards)
      })
    )
    const times = [5, 1_767_225_600_000, 36, 1_767_225_600_001]
    expect(times.map((time) => listSort(time, "")).sort()).toEqual(
      times.sort((a, b) => a - b).map((time) => listSort(time, ""))
    )
  })

  it("spread runs over the shards of the index", () => {
    const counts = new Array(listShards).fill(0)
    for (let run = 0; run < 8_000; run++) counts[listShard(`run-${run}`)]++
    expect(Math.min(...counts)).toBeGreaterThan(800)
    expect(Math.max(...counts)).toBeLessThan(1_200)
  })
})

describe("rows as items", () => {
  it.each(everyMessage.map((message) => [messageKey(message), message] as const))(
    "come back as they were: %s",
    (key, message) => {
      const item = fromAttributes(toAttributes(messageItem(message)))
      expect(readMessageItem(key, item)).toEqual(message)
    }
  )

  it("keep any names and ids", () => {
    fc.assert(
      fc.property(anyText, anyText, fc.integer({ min: 0 }), (name, id, due) => {
        const rows = [
          { kind: "signal", at: 1, name, id, payload: { json: "1" } },
          { kind: "timer", at: 1, key: id, due },
          { kind: "cancel", at: 1, reason: id },
          { ...(everyMessage[3] as object), key: name, fingerprint: id }
        ] as typeof everyMessage
        for (const row of rows) expect(readMessageItem(messageKey(row), messageItem(row))).toEqual(row)
      })
    )
  })
})

describe("payloads in items", () => {
  const rest = { pk: "x".repeat(60) }
  const units = (json: string) => writeUnits(itemBytes({ ...rest, ...payloadAttributes({ json }, rest) }))

  it("are text while text costs no more", () => {
    expect(payloadAttributes({ json: '"small"' }, rest)).toEqual({ j: '"small"' })
    // Base64 shrinks by a quarter: here not below the next KB.
    const random = bulkyJson(1_500)
    expect(payloadAttributes({ json: random }, rest)).toEqual({ j: random })
  })

  it("are deflated where that saves write units, and never cost more for it", () => {
    const repetitive = JSON.stringify(Array.from({ length: 500 }, (_, n) => ({ item: n, status: "reserved" })))
    expect(Object.keys(payloadAttributes({ json: repetitive }, rest))).toEqual(["z"])
    expect(units(repetitive)).toBeLessThan(writeUnits(repetitive.length) / 4)
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.nat(3_000), (json, padding) => {
        const text = JSON.stringify([json, "p".repeat(padding)])
        const attributes = payloadAttributes({ json: text }, rest)
        expect(readPayload(attributes)).toEqual({ json: text })
        expect(units(text)).toBeLessThanOrEqual(writeUnits(itemBytes({ ...rest, j: text })))
      })
    )
  })

  it("are references where they are elsewhere", () => {
    const payload = reference("elsewhere")
    expect(readPayload(fromAttributes(toAttributes(payloadAttributes(payload, rest))))).toEqual(payload)
  })
})

describe("bytes", () => {
  it("come back as they were written", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.maxSafeNat(), anyText, fc.integer())), (values) => {
        const out = new ByteWriter()
        for (const [natural, text, integer] of values) {
          out.varint(natural)
          out.fixed53(natural)
          out.text(text)
          out.signed(integer)
        }
        const input = new ByteReader(out.finish())
        for (const [natural, text, integer] of values) {
          expect([input.varint(), input.fixed53(), input.text(), input.signed()]).toEqual([
            natural,
            natural,
            text,
            integer
          ])
        }
        expect(() => input.byte()).toThrow(RangeError)
      })
    )
  })

  it("hold no number that is none", () => {
    for (const value of [-1, 1.5, Number.NaN, 2 ** 53]) expect(() => new ByteWriter().varint(value)).toThrow(RangeError)
  })
})

describe("queue messages as bodies", () => {
  it("come back as they were", () => {
    fc.assert(
      fc.property(anyText, anyText, fc.json(), (runId, key, json) => {
        const message = stepRequest(runId, key, { input: { json } })
        const body = encodeQueueMessage(message)
        expect(body).not.toMatch(/[\uFFFE\uFFFF]/)
        const decoded = decodeQueueMessage(body)
        expect({ ...decoded, input: undefined }).toEqual({ ...message, input: undefined })
        const input = decoded?.kind === "step" && "json" in decoded.input ? decoded.input.json : ""
        expect(JSON.parse(input)).toEqual(JSON.parse(json))
      })
    )
  })

  it("hold no character that SQS refuses, and come back with those that they had", () => {
    const input = { json: '{"half":"\ud83d","other":"\udc00x","none":"\ufffe\uffff","whole":"\u{1f600}"}' }
    const message = stepRequest("run \udbff", "key", { input })
    const body = encodeQueueMessage(message)
    expect(body.isWellFormed()).toBe(true)
    expect(body).not.toMatch(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u)
    const decoded = decodeQueueMessage(body)
    expect(decoded?.runId).toBe("run \udbff")
    const read = decoded?.kind === "step" && "json" in decoded.input ? decoded.input.json : "{}"
    expect(JSON.parse(read)).toEqual(JSON.parse(input.json))
  })

  it("are none of ours if they are anything else", () => {
    for (const body of [
      "",
      "x",
      "{}",
      "null",
      "[]",
      '"text"',
      '{"kind":"step","runId":"a"}',
      '{"kind":"step","runId":"a","key":"b","notBefore":0}'
    ]) {
      expect(decodeQueueMessage(body)).toBeUndefined()
    }
  })
})
