import { expect, it } from "vitest"
import { EarlyStarts } from "../../src/streams/turns/earlyStarts.ts"
import { copiedFrom, owned, startMessage } from "../store/samples.ts"

it("a first turn may go ahead of a start that is whole, and of no copy, whose source has to be read behind it", () => {
  const early = new EarlyStarts()
  expect(early.mayBegin(startMessage())).toBe(true)
  expect(early.mayBegin(startMessage({ input: owned("a large input") }))).toBe(false)
  for (const how of ["retry", "fork"] as const)
    expect(early.mayBegin(startMessage({ from: copiedFrom({ how }) }))).toBe(false)
})

it("a workflow whose first turn was left to a durable start is not tried again, in this version and no other", () => {
  const early = new EarlyStarts()
  early.leave(startMessage())
  expect(early.mayBegin(startMessage())).toBe(false)
  expect(early.mayBegin(startMessage({ definitionVersion: "2" }))).toBe(true)
  expect(early.mayBegin(startMessage({ workflow: "other" }))).toBe(true)
})

it("names that nobody knows take no memory without end", () => {
  const early = new EarlyStarts()
  for (let index = 0; index < 1_500; index++) early.leave(startMessage({ workflow: `w${index}` }))
  expect(early.mayBegin(startMessage({ workflow: "w999" }))).toBe(false)
  expect(early.mayBegin(startMessage({ workflow: "w1000" }))).toBe(true)
})
