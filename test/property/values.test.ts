import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { makeCodec } from "../../src/actor/values/codec.ts"
import { type Drawn, drawn, drawnExits } from "./drawnSchemas.ts"
import { holds } from "./settings.ts"

const show = ({ text, value }: Drawn): string => `${text} of ${fc.stringify(value)}`

/** What comes back; undefined where the value is refused, with a sentence. */
const roundTrip = ({ schema, value }: Drawn): { readonly back: unknown } | undefined => {
  const codec = makeCodec(schema)
  const encoded = codec.encode(value)
  if (Result.isFailure(encoded)) {
    expect(encoded.failure.length).toBeGreaterThan(0)
    return undefined
  }
  const back = codec.decode(JSON.parse(JSON.stringify(encoded.success.payload)))
  if (Result.isFailure(back)) throw new Error(`does not decode: ${back.failure}`)
  return { back: back.success }
}

const partsOf = (exit: Exit.Exit<unknown, unknown>) =>
  Exit.isSuccess(exit)
    ? { value: exit.value }
    : { errors: exit.cause.reasons.map((reason) => (reason._tag === "Fail" ? { error: reason.error } : reason._tag)) }

describe("a value of a drawn schema", () => {
  it("comes back as it went, to the sign of a zero, or is refused with a sentence: never as another one", () => {
    let taken = 0
    let refused = 0
    holds(drawn, 1_000, show, (one) => {
      const result = roundTrip(one)
      if (result === undefined) {
        refused++
        return
      }
      taken++
      expect(result.back).toStrictEqual(one.value)
    })
    // Or the property would say little.
    expect(taken).toBeGreaterThan(2 * refused)
  })

  it("and so does an exit", () => {
    holds(drawnExits, 200, show, (one) => {
      const result = roundTrip(one)
      if (result !== undefined) expect(partsOf(result.back as typeof one.value)).toStrictEqual(partsOf(one.value))
    })
  })
})
