import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import type { SignalDefinition } from "../../src/actor/definitions/definition.ts"
import { defineSignal } from "../../src/actor/definitions/signal.ts"
import { SignalBox } from "../../src/actor/port/signalBox.ts"

const approved = defineSignal("approved", Schema.Number)
const rejected = defineSignal("rejected", Schema.Number)

const box = () => {
  const signals = new SignalBox()
  const received: Array<string> = []
  const wait = (who: string, definition: SignalDefinition<string, number> = approved) =>
    signals.wait(definition, (value) => received.push(`${who} ${value}`))
  return { signals, received, wait, put: (value: number, name = "approved") => signals.put(name, () => value) }
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
    const { signals, put } = box()
    put(1)
    put(2)
    expect([0, 1, 2].map(() => signals.take("approved")?.(approved))).toEqual([1, 2, undefined])
    expect(signals.take("rejected")).toBeUndefined()
  })

  it("do not reach one who has stopped waiting, and are kept", () => {
    const { signals, received, wait, put } = box()
    const stop = wait("one")
    wait("two")
    stop()
    put(1)
    put(2)
    expect(received).toEqual(["two 1"])
    expect(signals.take("approved")?.(approved)).toBe(2)
  })

  it("are not taken from another when one stops who has been answered already", () => {
    const { received, wait, put } = box()
    const stop = wait("one")
    wait("two")
    put(1)
    stop()
    put(2)
    expect(received).toEqual(["one 1", "two 2"])
  })

  it("are waited for by name: what the run says is what somebody still waits for", () => {
    const { signals, wait, put } = box()
    expect(signals.waiting()).toEqual([])
    wait("one")
    wait("two")
    const stop = wait("three", rejected)
    expect(signals.waiting()).toEqual(["approved", "rejected"])
    put(1)
    stop()
    expect(signals.waiting()).toEqual(["approved"])
    put(2)
    expect(signals.waiting()).toEqual([])
  })

  it("are read by the definition of their receiver", () => {
    const { signals } = box()
    const seen: Array<unknown> = []
    signals.wait(approved, (value) => seen.push(value))
    signals.put("approved", (definition) => definition)
    expect(seen).toEqual([approved])
  })
})
