import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import type { SignalSource } from "../../src/actor/definitions/definition.ts"
import { defineSignal } from "../../src/actor/definitions/signal.ts"
import { SignalBox } from "../../src/actor/port/signalBox.ts"

const approved = defineSignal("approved", Schema.Number)
const rejected = defineSignal("rejected", Schema.Number)
const first = approved.for("question-1")
const second = approved.for("question-2")

type Source = SignalSource<string, number>

const box = () => {
  const signals = new SignalBox()
  const received: Array<string> = []
  const wait = (who: string, source: Source = approved, count = 1) =>
    signals.wait(source, count, (values) => received.push(`${who} ${values.join(" ")}`))
  let sent = 0
  const put = (value: number, { name, correlation }: Source = approved) =>
    signals.put({
      message: {
        kind: "signal",
        at: 0,
        name,
        id: String(++sent),
        ...(correlation === undefined ? {} : { for: correlation }),
        payload: { json: String(value) }
      },
      decode: () => value
    })
  const unread = () => signals.unread().map(({ payload }) => ("json" in payload ? Number(payload.json) : undefined))
  return { signals, received, wait, put, unread }
}

describe("signals of a run", () => {
  it("go to those who wait, first in, first out", () => {
    const { received, wait, put } = box()
    wait("one")
    wait("two")
    put(1)
    put(2)
    expect(received).toEqual(["one 1", "two 2"])
  })

  it("that nobody waits for are kept in order, each for one taker", () => {
    const { received, wait, put, unread } = box()
    put(1)
    put(2)
    expect(unread()).toEqual([1, 2])
    for (const who of ["one", "two", "three"]) wait(who)
    expect(received).toEqual(["one 1", "two 2"])
    expect(unread()).toEqual([])
  })

  it("do not reach one who has stopped waiting, and are kept", () => {
    const { received, wait, put, unread } = box()
    const { giveBack } = wait("one")
    wait("two")
    giveBack()
    put(1)
    put(2)
    expect(received).toEqual(["two 1"])
    expect(unread()).toEqual([2])
  })

  it("are not taken from another when one stops who has been answered already", () => {
    const { received, wait, put, unread } = box()
    const { giveBack } = wait("one")
    wait("two")
    put(1)
    giveBack()
    put(2)
    expect(received).toEqual(["one 1", "two 2"])
    expect(unread()).toEqual([])
  })

  it("are waited for by name: what the run says is what somebody still waits for", () => {
    const { signals, wait, put } = box()
    expect(signals.waiting()).toEqual([])
    wait("one")
    wait("two")
    const { giveBack } = wait("three", rejected)
    expect(signals.waiting()).toEqual(["approved", "rejected"])
    put(1)
    giveBack()
    expect(signals.waiting()).toEqual(["approved"])
    put(2)
    expect(signals.waiting()).toEqual([])
  })

  it("are read by the definition of their receiver", () => {
    const { signals } = box()
    const seen: Array<unknown> = []
    signals.wait(first, 1, ([value]) => seen.push(value))
    signals.put({
      message: { kind: "signal", at: 0, name: "approved", for: "question-1", id: "1", payload: { json: "1" } },
      decode: (definition) => definition
    })
    expect(seen).toEqual([first])
  })

  it("that are for one thing reach nobody who waits for another, or for the name alone (S21)", () => {
    const { signals, received, wait, put, unread } = box()
    wait("name")
    wait("second", second)
    put(1, first)
    expect(received).toEqual([])
    expect(signals.waiting()).toEqual(["approved", "approved/question-2"])
    expect(signals.unreadCounts()).toEqual([{ name: "approved", for: "question-1", count: 1 }])
    put(2, second)
    put(3)
    wait("first", first)
    expect(received).toEqual(["second 2", "name 3", "first 1"])
    expect(unread()).toEqual([])
  })

  it("are collected: as many as were asked for, and no more", () => {
    const { received, wait, put, unread } = box()
    put(1)
    wait("three", approved, 3)
    put(2)
    expect(received).toEqual([])
    expect(unread()).toEqual([])
    put(3)
    put(4)
    expect(received).toEqual(["three 1 2 3"])
    expect(unread()).toEqual([4])
  })

  it("stay with who keeps what has come so far", () => {
    const { signals, received, wait, put, unread } = box()
    const { keep } = wait("three", approved, 3)
    put(1)
    put(2)
    expect(keep()).toEqual([1, 2])
    put(3)
    expect(received).toEqual([])
    expect(unread()).toEqual([3])
    expect(signals.isUnsettled).toBe(false)
  })

  it("are given back in their order, and reach who waits behind when all is still", () => {
    const { signals, received, wait, put, unread } = box()
    const { giveBack } = wait("three", approved, 3)
    put(1)
    put(2)
    wait("next")
    giveBack()
    expect(received).toEqual([])
    expect(signals.isUnsettled).toBe(true)
    signals.settle()
    expect(signals.isUnsettled).toBe(false)
    expect(received).toEqual(["next 1"])
    put(3)
    expect(unread()).toEqual([2, 3])
  })

  it("that were given back are nobody's if those behind are gone as well", () => {
    const { signals, received, wait, put, unread } = box()
    const one = wait("two", approved, 2)
    put(1)
    const other = wait("next")
    one.giveBack()
    other.giveBack()
    signals.settle()
    expect(received).toEqual([])
    expect(unread()).toEqual([1])
  })

  it("are unread in the order in which they came, whatever they are for", () => {
    const { put, unread, wait } = box()
    put(1, second)
    put(2, first)
    put(3, second)
    put(4)
    wait("first", second)
    expect(unread()).toEqual([2, 3, 4])
  })

  it("about a thousand things leave nothing behind", () => {
    const { signals, wait, put } = box()
    for (let number = 0; number < 1_000; number++) {
      wait("one", approved.for(String(number)))
      put(number, approved.for(String(number)))
    }
    expect(signals.waiting()).toEqual([])
    expect(signals.unreadCounts()).toEqual([])
    expect((signals as unknown as { readonly lines: Map<string, unknown> }).lines.size).toBe(0)
  })
})
