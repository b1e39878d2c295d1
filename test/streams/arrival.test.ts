import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Message, messageKey, type SignalMessage } from "../../src/actor/history/message.ts"
import { byArrival } from "../../src/store/reading/byArrival.ts"
import { SentBefore } from "../../src/store/sending/sentBefore.ts"
import { startRow } from "./startRow.ts"

const signal = (id: string, at: number, previous?: ReadonlyArray<string>): SignalMessage => ({
  kind: "signal",
  at,
  name: "s",
  id,
  payload: { json: "1" },
  ...(previous === undefined ? {} : { previous: previous.map((one) => `signal/s/${one}`) })
})
const idsOf = (rows: ReadonlyArray<Message>) => rows.map((row) => (row.kind === "signal" ? row.id : row.kind))

describe("rows by arrival", () => {
  it("come by their time, the start first", () => {
    const start = { ...startRow("w"), at: 9_000 }
    expect(idsOf(byArrival([signal("b", 20), signal("a", 10), start]))).toEqual(["start", "a", "b"])
  })

  it("a timer that was put ahead of its time when it is due", () => {
    const timer = { kind: "timer", at: 10, key: "50ms#0", due: 50 } as const
    expect(idsOf(byArrival([timer, signal("before", 49), signal("after", 51)]))).toEqual(["before", "timer", "after"])
  })

  it("but none before what its sender had put before it, however long the chain and whatever the clocks", () => {
    expect(idsOf(byArrival([signal("c", 5, ["b"]), signal("b", 5, ["a"]), signal("a", 5)]))).toEqual(["a", "b", "c"])
    expect(idsOf(byArrival([signal("b", 1, ["a"]), signal("a", 5), signal("x", 3)]))).toEqual(["a", "b", "x"])
    const chain = Array.from({ length: 20_000 }, (_, index) => signal(`${index}`, 1_000 - index, [`${index - 1}`]))
    expect(idsOf(byArrival(chain)).slice(0, 3)).toEqual(["0", "1", "2"])
  })

  it("what a cancellation was sent behind stands before it, though it names an earlier one, of a start before", () => {
    const behind = (id: string, previous: string) => ({ ...signal(id, 5), previous: [previous] })
    const cancel = { kind: "cancel", at: 5, reason: null, previous: ["signal/s/b"] } as const
    const rows = [behind("a", "cancel"), signal("b", 5, ["a"]), cancel]
    for (const [x, y, z] of [
      [0, 1, 2],
      [1, 0, 2],
      [2, 1, 0],
      [1, 2, 0]
    ] as const)
      expect(idsOf(byArrival([rows[x], rows[y], rows[z]] as ReadonlyArray<Message>))).toEqual(["a", "b", "cancel"])
  })

  it("all of them, each once, though they name each other, or what is not there", () => {
    const rows = [signal("a", 1, ["b"]), signal("b", 2, ["a"]), signal("c", 3, ["nobody"]), signal("d", 4, ["d"])]
    expect(idsOf(byArrival(rows)).toSorted()).toEqual(["a", "b", "c", "d"])
  })
})

describe("what a client has sent before", () => {
  it("stands before the next, in any order in which rows are found, with any clock, and several at a time", () => {
    const sends = fc.array(fc.record({ at: fc.integer({ min: 0, max: 5 }), together: fc.integer({ min: 1, max: 4 }) }))
    fc.assert(
      fc.property(sends, fc.infiniteStream(fc.nat()), (all, draws) => {
        const sent = new SentBefore()
        const groups: Array<ReadonlyArray<SignalMessage>> = []
        for (const { at, together } of all) {
          // Of one group none knows of the others; whoever comes after it knows of them all.
          const group = Array.from({ length: together }, (_, index) =>
            sent.after("r", signal(`${groups.length}.${index}`, at))
          )
          for (const message of group) sent.noteSent("r", message, { _tag: "Inserted" })
          groups.push(group)
        }
        const shuffled = groups
          .flat()
          .map((row) => ({ row, place: draws.next().value as number }))
          .sort((a, b) => a.place - b.place)
        const found = byArrival(shuffled.map(({ row }) => row)).map((row) =>
          Number((row as SignalMessage).id.split(".")[0])
        )
        expect(found).toEqual(found.toSorted((a, b) => a - b))
      })
    )
  })

  it("is known although its answer was lost: sent again it is there, and the next one comes after it", () => {
    const sent = new SentBefore()
    const first = sent.after("r", signal("a", 10))
    // The answer is lost. Meanwhile another one is sent, and acknowledged.
    sent.noteSent("r", sent.after("r", signal("b", 11)), { _tag: "Inserted" })
    sent.noteSent("r", sent.after("r", signal("a", 12)), { _tag: "Exists", message: first })
    expect(sent.after("r", signal("c", 13)).previous).toEqual(["signal/s/b", "signal/s/a"])
  })

  it("is known for each run by itself, and its time never goes back", () => {
    const sent = new SentBefore()
    sent.noteSent("r", signal("a", 100), { _tag: "Inserted" })
    expect(sent.after("other", signal("b", 50))).toEqual(signal("b", 50))
    expect(sent.after("r", signal("b", 50))).toEqual(signal("b", 100, ["a"]))
    // The same one again names itself not.
    expect(sent.after("r", signal("a", 120))).toEqual(signal("a", 120))
  })

  it("is bounded: a message names eight rows at most, and a client remembers ten thousand runs", () => {
    const sent = new SentBefore()
    const many = Array.from({ length: 20 }, (_, index) => signal(`${index}`, 1))
    for (const message of many) sent.noteSent("r", message, { _tag: "Inserted" })
    expect(sent.after("r", signal("x", 1)).previous).toEqual(many.slice(-8).map(messageKey))
    // Those that it cannot name are before it by their time.
    expect(sent.after("r", signal("x", 1)).at).toBe(2)
    sent.noteSent("r", sent.after("r", signal("x", 1)), { _tag: "Inserted" })
    expect(sent.after("r", signal("y", 1))).toMatchObject({ at: 2, previous: ["signal/s/x"] })
    for (let run = 0; run < 10_000; run++) sent.noteSent(`run-${run}`, signal("a", 1), { _tag: "Inserted" })
    expect(sent.after("r", signal("x", 1)).previous).toBeUndefined()
    expect(sent.after("run-1", signal("x", 1)).previous).toEqual(["signal/s/a"])
  })
})
