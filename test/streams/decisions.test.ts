import { expect, it } from "vitest"
import type { Message } from "../../src/actor/history/message.ts"
import { decidedOf } from "../../src/streams/turns/decisions/decisions.ts"
import { epoch, newHead, startMessage } from "../store/samples.ts"

const pause = (id: string, at: number, reason: string | null = null): Message => ({ kind: "pause", at, id, reason })
const resume = (id: string, at: number): Message => ({ kind: "resume", at, id })
const terminate: Message = { kind: "terminate", at: epoch + 9, reason: "by hand" }
const cancel: Message = { kind: "cancel", at: epoch + 9, reason: null }

const running = newHead()
const paused = newHead({ status: "paused", paused: { since: epoch, reason: "night" } })

const by = (head: typeof running | undefined, ...rows: ReadonlyArray<Message>) =>
  decidedOf({ head, segments: [], messages: [startMessage(), ...rows] })?.by

const goesOn = { _tag: "GoesOn" }
const since = (at: number, reason: string | null = null) => ({ _tag: "Paused", since: at, reason })

it("nothing was decided where no row says so", () => {
  for (const head of [undefined, running, paused]) expect(by(head)).toBeUndefined()
  // Taken in a turn of its own, but for a run that stands still.
  expect(by(running, cancel)).toBeUndefined()
})

it("of several pauses the first stands, with its reason, and a run that is paused stays so since it was", () => {
  expect(by(running, pause("1", epoch + 1, "first"), pause("2", epoch + 2, "second"))).toEqual(
    since(epoch + 1, "first")
  )
  expect(by(undefined, pause("1", epoch + 1))).toEqual(since(epoch + 1))
  expect(by(paused, pause("2", epoch + 2, "second"))).toEqual(since(epoch, "night"))
})

it("what comes last of pauses and resumes is how the run stands", () => {
  expect(by(paused, resume("1", epoch + 1))).toEqual(goesOn)
  expect(by(running, pause("1", epoch + 1), resume("1", epoch + 2))).toEqual(goesOn)
  expect(by(paused, resume("1", epoch + 1), pause("2", epoch + 2, "again"))).toEqual(since(epoch + 2, "again"))
})

it("a cancellation ends a pause, and a termination everything", () => {
  expect(by(paused, cancel)).toEqual(goesOn)
  expect(by(running, pause("1", epoch + 1), cancel)).toEqual(goesOn)
  for (const head of [undefined, running, paused])
    expect(by(head, pause("1", epoch + 1), cancel, terminate, resume("1", epoch + 10))).toEqual({
      _tag: "Terminated",
      reason: "by hand"
    })
})

it("a row that the head has adopted decides nothing any more", () => {
  const head = newHead({ adopted: 2, tail: ["start", "pause/1"] })
  expect(by(head, pause("1", epoch + 1))).toBeUndefined()
  expect(by(head, pause("1", epoch + 1), pause("2", epoch + 2))).toEqual(since(epoch + 2))
})
