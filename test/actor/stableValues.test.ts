import { describe, expect, it } from "vitest"
import { messageKey, messageTime } from "../../src/actor/history/message.ts"
import { makeSeededRandom, uuidFrom } from "../../src/actor/port/seededRandom.ts"
import { fingerprint, fingerprintText } from "../../src/actor/values/json.ts"

// What histories in stores were made with. A release that gives another value for any of these parks runs that are under way:
// the values below may be added to, never changed.

describe("the fingerprint is the same in every release", () => {
  it.each([
    [null, "cfxmz86r6p"],
    [true, "ez49y884rp"],
    [false, "ft6egl787z"],
    [0, "sfkxkakgtw"],
    [17, "oiztcdxn6"],
    [97_561, "uhy4e7"],
    [-1.5, "bq00qk73s4"],
    [1e21, "85z12futan"],
    ["", "1btemvse9s"],
    ["text", "80qpmkz3ub"],
    ["größe", "fdw2jmvk0a"],
    [[], "v62mp7i8to"],
    [{}, "n16soafubp"],
    [[1, "a", null, [true]], "n3n2eagzff"],
    [{ b: 1, a: { c: [] } }, "187dv9ootf6"],
    [{ id: "order-1", cents: 4_999 }, "b8rlifwd4s"]
  ])("of %j", (value, expected) => {
    expect(fingerprint(value)).toBe(expected)
  })

  it("of a text", () => {
    expect(fingerprintText("")).toBe("1621u19p4yh")
    expect(fingerprintText("1 run-1:pack#0 abc")).toBe("i2xzxpejuv")
  })
})

describe("what a run draws is the same in every release", () => {
  it.each([
    [
      "",
      [0.10812441573158127, 0.47899052893993477],
      [3157027135044856, 1930392085597156],
      ["90f25d0e-a29b-41cd-a0ee-abd73de91d83", "697e5b0d-750b-4a4e-8692-4e02b3c6ef62"]
    ],
    [
      "run-1/Random",
      [0.10516260702137736, 0.523057532052246],
      [8231306285671818, -4911082703381125],
      ["4a067dda-d1cb-405a-a6e7-6784a0b38e79", "dbacd413-3207-4ea3-992b-1d9427a476ff"]
    ],
    [
      "a much longer run id, 42/uuid",
      [0.7985635876188008, 0.5003178444519573],
      [7218357210936920, -1785381342008373],
      ["b2149219-bdae-4a6e-900f-4dcc52afffce", "a6dc9269-7bcd-4972-af35-1c4a52d0f03c"]
    ]
  ])("from %j", (seed, doubles, integers, uuids) => {
    const random = makeSeededRandom(seed)
    expect(doubles.map(() => random.nextDoubleUnsafe())).toEqual(doubles)
    expect(integers.map(() => random.nextIntUnsafe())).toEqual(integers)
    expect(uuids.map(() => uuidFrom(random))).toEqual(uuids)
  })
})

describe("the key of a row is the same in every release", () => {
  const outcome = { tag: "succeeded", payload: { json: "1" } } as const
  const step = { kind: "step", at: 5, key: "charge#0", fingerprint: "f", outcome, attempts: 1, startedAt: 4 } as const
  const start = { kind: "start", at: 5, workflow: "w", definitionVersion: "1", fingerprint: "f" } as const

  it.each([
    [{ ...start, input: { json: "1" } }, "start"],
    [{ kind: "cancel", at: 5, reason: null }, "cancel"],
    [step, "step/charge#0"],
    [{ ...step, inline: true }, "step/charge#0"],
    [{ ...step, inline: true, beside: true }, "step/charge#0@f"],
    [{ kind: "child", at: 5, key: "pack#0", fingerprint: "f", outcome }, "child/pack#0"],
    [{ kind: "timer", at: 5, key: "7ms#0", due: 9 }, "timer/7ms#0@9"],
    [{ kind: "signal", at: 5, name: "approved", id: "a/b", payload: { json: "1" } }, "signal/approved/a/b"]
  ] as const)("%j", (message, key) => {
    expect(messageKey(message)).toBe(key)
  })

  it("and the time that a row brings is its own, but for a timer put ahead of its time", () => {
    expect(messageTime(step)).toBe(5)
    expect(messageTime({ kind: "timer", at: 5, key: "7ms#0", due: 9 })).toBe(9)
    expect(messageTime({ kind: "timer", at: 12, key: "7ms#0", due: 9 })).toBe(12)
  })
})
