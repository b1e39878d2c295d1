import { describe, expect, it } from "vitest"
import { boundedReason, NonDeterminismError, PayloadUnreadable, UnknownWorkflow } from "../../src/actor/errors.ts"
import { everyParkReason } from "../store/samples.ts"

describe("a reason as it stands in a head", () => {
  it.each(everyParkReason.map((reason) => [reason._tag, reason] as const))(
    "is left as it is if it is short: %s",
    (_, reason) => {
      expect(boundedReason(reason)).toBe(reason)
    }
  )

  it("is cut at 2,000 characters and 50 names, not before", () => {
    const text = (length: number) => new PayloadUnreadable({ message: "x".repeat(length), row: "start" })
    const names = (length: number) =>
      new UnknownWorkflow({ message: "m", workflow: "w", known: new Array<string>(length).fill("w@1") })
    for (const reason of [text(2_000), names(50)]) expect(boundedReason(reason)).toBe(reason)
    const cut = boundedReason(text(2_001))
    expect(cut.message).toMatch(/^x{1960} \.\.\. \(2001 characters\)$/)
    expect(cut).toBeInstanceOf(PayloadUnreadable)
    expect(boundedReason(names(51))).toMatchObject({ known: { length: 50 } })
  })

  it("is cut if it is long, whatever is in it, and says so", () => {
    const long = "🎈".repeat(50_000)
    const known = Array.from({ length: 5_000 }, (_, n) => `workflow-${n}@1`)
    const reasons = [
      new PayloadUnreadable({ message: `x${long}`, row: "start" }),
      new NonDeterminismError({ message: long, command: long, recorded: long, issued: null }),
      new UnknownWorkflow({ message: known.join(", "), workflow: "w", known })
    ]
    for (const reason of reasons) {
      const bounded = boundedReason(reason)
      expect(bounded._tag).toBe(reason._tag)
      expect(bounded.message).toContain(`(${reason.message.length} characters)`)
      expect(bounded.message.isWellFormed()).toBe(true)
      expect(Buffer.byteLength(JSON.stringify({ ...bounded, message: bounded.message }))).toBeLessThan(16 * 1024)
      expect(boundedReason(bounded)).toEqual(bounded)
    }
  })
})
