import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Head, runStatuses } from "../../../src/actor/history/head.ts"
import type { OutcomeTag } from "../../../src/actor/history/outcome.ts"
import { fingerprintText } from "../../../src/actor/values/json.ts"
import { fromAttributes, itemBytes, toAttributes } from "../../../src/store/aws/table/attributes.ts"
import { headItem, readHeadItem } from "../../../src/store/aws/table/headItem.ts"
import { epoch, everyHead, everyParkReason, inline, newHead, owned, reference } from "../samples.ts"

const tenant = "acme"
const run = { tenant, runId: "order-2026-000123", generation: 0 }
const encode = (head: Head) => headItem(head, { run, commitId: "0123456789" })

/** As an item goes to the table and comes back. */
const roundTrip = (head: Head) => readHeadItem(fromAttributes(toAttributes(encode(head))), tenant)

const anyText = fc.string({ unit: "binary", maxLength: 40 })
const time = fc.integer({ min: 0, max: 8_640_000_000_000 })

/** Keys as runs have them, with odd numbers and odd characters among them. */
const key = fc.oneof(
  anyText,
  fc.tuple(fc.constantFrom("a", "fetch", "x\u0000", "0"), fc.nat(200)).map(([name, n]) => `${name}#${n}`),
  fc.tuple(fc.constantFrom("sleep", "a"), fc.nat(9), time).map(([name, n, due]) => `!timer/${name}#${n}@${due}`),
  fc.constantFrom("a#007", "a#9007199254740993", "\u0000", "a\u00001", "1\u00002", "12345678901234567890", "__proto__"),
  fc.uuid().map((uuid) => `signal/approved/${uuid}`)
)

const print = fc.oneof(
  anyText,
  fc.maxSafeNat().map((n) => n.toString(36)),
  fc.maxSafeNat().map(String),
  fc.constantFrom("", "0", "00", "-1", "9007199254740992", "2gosa7pa2gw", "infinity", "nan")
)

const record = fc.record({
  kind: fc.constantFrom("step" as const, "timer" as const, "child" as const),
  key,
  fingerprint: print
})

/** Records next to each other with running numbers, as a fan-out has them. */
const records = fc
  .array(
    fc.oneof(
      record.map((one) => [one]),
      fc
        .tuple(fc.nat(20), fc.nat(5), fc.array(print, { maxLength: 8 }))
        .map(([from, name, prints]) =>
          prints.map((fingerprint, n) => ({ kind: "step" as const, key: `fetch${name}#${from + n}`, fingerprint }))
        )
    ),
    { maxLength: 6 }
  )
  .map((groups) => groups.flat())

const payload = fc.oneof(
  fc.json().map((json) => ({ json })),
  anyText.map(reference),
  anyText.map(owned)
)

const heads: fc.Arbitrary<Head> = fc
  .record({
    version: fc.integer({ min: 1 }),
    status: fc.constantFrom(...runStatuses),
    workflow: anyText,
    definitionVersion: anyText,
    startedAt: time,
    updatedAt: time,
    adopted: fc.nat(30_000),
    segments: fc.nat(1_000),
    tail: fc.array(key, { maxLength: 33 }),
    open: records,
    abandoned: records,
    fences: fc.array(
      fc.record({ upTo: fc.nat(30_000), token: print, sentAt: time }, { requiredKeys: ["upTo", "token"] }),
      { maxLength: 5 }
    ),
    notices: fc.boolean(),
    parent: fc.option(fc.record({ runId: anyText, key: anyText, fingerprint: print }), { nil: undefined }),
    sends: fc.option(
      fc.record(
        { count: fc.nat(1_000), fingerprint: print, toParent: fc.constantFrom("signal/a/run-1/3.0") },
        { requiredKeys: ["count", "fingerprint"] }
      ),
      { nil: undefined }
    ),
    outcome: fc.option(
      fc.record({
        tag: fc.constantFrom<OutcomeTag>("succeeded", "failed", "died", "cancelled", "terminated"),
        payload
      }),
      { nil: undefined }
    ),
    parked: fc.option(fc.constantFrom(...everyParkReason), { nil: undefined }),
    paused: fc.option(fc.record({ since: time, reason: fc.option(anyText) }), { nil: undefined }),
    updates: fc.option(fc.array(anyText, { maxLength: 3 }), { nil: undefined }),
    replies: fc.option(payload, { nil: undefined }),
    answered: fc.option(fc.nat(), { nil: undefined }),
    states: fc.option(fc.array(fc.record({ name: anyText, payload }), { maxLength: 3 }), { nil: undefined })
  })
  .map(({ parent, outcome, parked, paused, sends, states, updates, replies, answered, ...head }) => ({
    ...head,
    ...(updates === undefined ? {} : { updates }),
    ...(replies === undefined ? {} : { replies }),
    ...(answered === undefined ? {} : { answered }),
    ...(states === undefined ? {} : { states }),
    ...(parent === undefined ? {} : { parent }),
    ...(sends === undefined ? {} : { sends }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(parked === undefined ? {} : { parked }),
    ...(paused === undefined ? {} : { paused })
  }))

/** The second sample, by the code before heads had more than their first flags. */
const asWrittenBefore =
  "0103f2c00146020600010c737465702f666574636823003d0102102174696d65722f736c656570230040000380d0eab6b7330201167369676e616c2f617070726f7665642f30314a002f78000301147e007e7369676e616c2f617070726f7665642f7e80d0eab6b73304001f217e313736373232353630303030307e74696d65722f736c6565702332403005000663616e63656c0301060107666574636823003e020642eff2288f2602de10fcafd3f50a070107736c65657023000480d0eab6b7330408010a7061636b3a626f7820000702a5c113bd5b64010a070200027a00075cc33e5741a2120005121d999475e308706172656e742f31076368696c642330000b74eef02cc874"

describe("a head as an item", () => {
  it("comes back as it was, whatever it holds", () => {
    fc.assert(
      fc.property(heads, (head) => {
        expect(roundTrip(head)).toEqual(head)
      }),
      { numRuns: 1_000 }
    )
  })

  it.each(everyHead.map((head, index) => [index, head] as const))("comes back as it was: sample %i", (_, head) => {
    expect(roundTrip(head)).toEqual(head)
  })

  it("is written as earlier versions wrote it where it has nothing that they did not know", () => {
    const { open, ...rest } = everyHead[1] as Head
    const head = { ...rest, open: open.filter(({ kind }) => kind === "step" || kind === "timer" || kind === "child") }
    expect(Buffer.from(encode(head).b as Uint8Array).toString("hex")).toBe(asWrittenBefore)
  })

  it("refuses the format of a later version", () => {
    const item = encode(newHead())
    const bytes = Uint8Array.from(item.b as Uint8Array)
    bytes[0] = 99
    expect(() => readHeadItem({ ...item, b: bytes }, tenant)).toThrow(/later version/)
  })

  it("expires where its run was deleted, long after its id is free, and nowhere else", () => {
    expect(encode(newHead())).not.toHaveProperty("ttl")
    const ended = newHead({ status: "succeeded", outcome: { tag: "succeeded", payload: inline(1) } })
    expect(encode(ended)).not.toHaveProperty("ttl")
    const deleted = newHead({ status: "deleted", deletion: { generation: 0, until: 5_000_500 } })
    expect(encode(deleted)).toMatchObject({ ttl: 5_001 + 90 * 86_400 })
  })
})

describe("a head is one write unit", () => {
  const open = (count: number, keyOf: (n: number) => string) =>
    Array.from({ length: count }, (_, n) => ({
      kind: "step" as const,
      key: keyOf(n),
      fingerprint: fingerprintText(`input ${n}`)
    }))
  const tail = (count: number) => ["start", ...Array.from({ length: count - 1 }, (_, n) => `step/reserveParcel#${n}`)]
  const fences = [{ upTo: 1, token: fingerprintText("token"), sentAt: epoch + 86_400_000 }]
  const parent = { runId: "order-2026-000122", key: "fulfilOrder#0", fingerprint: fingerprintText("child") }

  it.each([
    ["100 open steps of one name", newHead({ open: open(100, (n) => `reserveParcel#${n}`), fences, parent })],
    [
      "69 open steps of one name, 32 adopted keys",
      newHead({ open: open(69, (n) => `reserveParcel#${n + 31}`), tail: tail(32), fences })
    ],
    [
      "80 open steps of two names by turns",
      newHead({ open: open(80, (n) => `${n % 2 === 0 ? "reserve" : "notify"}#${n >> 1}`), fences })
    ],
    [
      "a full tail of timers and steps",
      newHead({
        tail: Array.from({ length: 63 }, (_, n) =>
          n % 2 === 0 ? `step/poll#${n >> 1}` : `timer/sleep#${n >> 1}@${epoch + n}`
        ),
        fences
      })
    ]
  ])("with %s", (_, head) => {
    expect(itemBytes(encode(head))).toBeLessThanOrEqual(1024)
    expect(roundTrip(head)).toEqual(head)
  })
})
