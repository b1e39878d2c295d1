import { expect, it } from "vitest"
import { fingerprint, NotJson } from "../../src/actor/values/json.ts"
import { fromPayload, isReference, toPayload } from "../../src/actor/values/payload.ts"

it("a payload is the JSON of a value, with the fingerprint of its content, and comes back as that", () => {
  for (const value of [null, 0, "", [], { b: 1, a: [true] }]) {
    const { payload, fingerprint: print } = toPayload(value)
    expect(payload).toEqual({ json: JSON.stringify(value) })
    expect(print).toBe(fingerprint(value))
    expect(isReference(payload)).toBe(false)
    expect(fromPayload(payload)).toEqual(value)
  }
})

it("a payload that nobody resolved is told by its name, never read as a value", () => {
  const reference = { sha256: "abc", bytes: 3 }
  expect(isReference(reference)).toBe(true)
  expect(() => fromPayload(reference)).toThrow(NotJson)
  expect(() => fromPayload(reference)).toThrow("abc")
})

it("what JSON cannot hold is no payload", () => {
  expect(() => toPayload(undefined as never)).toThrow(NotJson)
})
