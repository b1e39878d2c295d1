import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { checkRunId } from "../../src/actor/definitions/name.ts"
import {
  addressOf,
  laterAddresses,
  nextAddress,
  parseAddress,
  placeOfAddress
} from "../../src/actor/history/generation.ts"

const runId = fc.string({ unit: "binary", minLength: 1, maxLength: 12 }).filter((id) => checkRunId(id) === undefined)
const generation = fc.oneof(fc.nat(120), fc.integer({ min: 0, max: 999_999_999_999_999 }))

describe("addresses of generations", () => {
  it("can be taken apart, and no two are the same", () => {
    fc.assert(
      fc.property(runId, generation, runId, generation, (id, number, otherId, otherNumber) => {
        const address = addressOf(id, number)
        expect(parseAddress(address)).toEqual({ runId: id, generation: number })
        expect(parseAddress(nextAddress(address))).toEqual({ runId: id, generation: number + 1 })
        const isSame = id === otherId && number === otherNumber
        expect(address === addressOf(otherId, otherNumber)).toBe(isSame)
      })
    )
  })

  it("of a run sort by their numbers, with no other run's between them", () => {
    fc.assert(
      fc.property(runId, generation, generation, runId, (id, one, two, other) => {
        const [earlier, later] = [addressOf(id, Math.min(one, two)), addressOf(id, Math.max(one, two))]
        expect(earlier <= later).toBe(true)
        const { after, before } = laterAddresses(id)
        const isWithin = (address: string) => address > after && address < before
        expect(isWithin(addressOf(id, one))).toBe(one > 0)
        fc.pre(other !== id)
        expect(isWithin(other)).toBe(false)
        expect(isWithin(addressOf(other, one))).toBe(false)
      })
    )
  })

  it("the first generation's is the run id, and no run id is another's", () => {
    expect(addressOf("order-1", 0)).toBe("order-1")
    expect(checkRunId(addressOf("order-1", 1))).toMatch(/control characters/)
    expect(placeOfAddress(addressOf("order-1", 0))).toBe("order-1")
    expect(placeOfAddress(addressOf("order-1", 12))).toBe("order-1 (generation 12)")
  })
})
