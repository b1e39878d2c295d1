import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { misfitOf } from "../../src/actor/values/misfit.ts"

const told = (schema: Schema.Codec<unknown, unknown>, value: unknown): string => {
  const decoded = Result.try(() => Schema.decodeUnknownSync(schema, { errors: "all" })(value))
  return Result.isFailure(decoded) ? misfitOf(decoded.failure, value) : "fits"
}

describe("what a value does not fit is told", () => {
  it("once, where several arms of a union miss the same", () => {
    const either = Schema.Union([
      Schema.Struct({ succeeded: Schema.Number }),
      Schema.Struct({ succeeded: Schema.Number, failed: Schema.Number })
    ])
    const text = told(either as never, { succeded: 1 })
    expect(text).toContain('at ["succeeded"]')
    expect(text.split("succeeded").length - 1).toBe(1)
  })

  it("three of them, with the number of the rest", () => {
    const many = Schema.Struct({ a: Schema.Number, b: Schema.Number, c: Schema.Number, d: Schema.Number })
    expect(told(many as never, { a: "", b: "", c: "", d: "" })).toMatch(/; and 1 more$/)
    expect(told(many as never, { a: 1, b: 1, c: 1, d: 1 })).toBe("fits")
  })
})
