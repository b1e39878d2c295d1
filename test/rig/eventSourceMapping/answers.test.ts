import { expect, it } from "vitest"
import { failuresOf } from "./answers.ts"

const identifiers = ["1", "2", "3"]

const of = (payload: unknown) => failuresOf({ kind: "answered", payload }, identifiers, true)

it.each([
  ["an empty list", { batchItemFailures: [] }],
  ["a list that is null", { batchItemFailures: null }],
  ["an empty answer", {}],
  ["an answer that is null", null],
  ["no answer", undefined]
])("%s is a success", (_, payload) => {
  expect(of(payload)).toBe("none")
})

it.each([
  ["an identifier that is empty", { batchItemFailures: [{ itemIdentifier: "" }] }],
  ["one that is null", { batchItemFailures: [{ itemIdentifier: null }] }],
  ["one of another name", { batchItemFailures: [{ id: "1" }] }],
  ["one of no item of the batch", { batchItemFailures: [{ itemIdentifier: "1" }, { itemIdentifier: "9" }] }],
  ["what is no list", { batchItemFailures: "1" }],
  ["what is no object", "fine"]
])("%s fails the batch", (_, payload) => {
  expect(of(payload)).toBe("all")
})

it("items that are named fail, and no others", () => {
  expect(of({ batchItemFailures: [{ itemIdentifier: "3" }, { itemIdentifier: "1" }] })).toEqual(new Set(["1", "3"]))
})

it("a function that threw fails them all, one without the setting none", () => {
  expect(failuresOf({ kind: "failed", error: "boom" }, identifiers, false)).toBe("all")
  const named = { kind: "answered", payload: { batchItemFailures: [{ itemIdentifier: "1" }] } } as const
  expect(failuresOf(named, identifiers, false)).toBe("none")
})
