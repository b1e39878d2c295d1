import * as Effect from "effect/Effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type CallbackKey, CallbackKeys, newCallbackKey } from "../../src/store/callbacks/callbackKeys.ts"
import { type CallbackClaim, readToken, writeToken } from "../../src/store/callbacks/callbackToken.ts"
import { fixedCallbackKeys, parseKeyRing, rotatedRing } from "../../src/store/callbacks/keyRing.ts"
import { holds, runs } from "../property/settings.ts"

const ring = rotatedRing(newCallbackKey())
const keys = fixedCallbackKeys(ring, { tenant: "acme", url: undefined })
const current: CallbackKey = { id: ring.id, secret: ring.secret }

const read = (token: unknown, service: CallbackKeys["Service"] = keys) =>
  Effect.runSync(Effect.provideService(readToken(token), CallbackKeys, service))

const anyClaim = fc.record({
  address: fc.string({ minLength: 1, maxLength: 60, unit: "grapheme" }),
  key: fc.string({ minLength: 1, maxLength: 60 }),
  index: fc.nat(),
  expiresAt: fc.option(fc.nat(), { nil: undefined })
})

const claim: CallbackClaim = { address: "order-17", key: "approval#0", index: 3, expiresAt: 1_767_225_600_000 }
const token = writeToken(current, "acme", claim)

describe("a token", () => {
  it("says what it was given, and stands in a path as it is", () => {
    holds(anyClaim, 1_000, JSON.stringify, (given) => {
      const written = writeToken(current, "acme", given)
      expect(encodeURIComponent(written)).toBe(written)
      expect(read(written)).toEqual({ _tag: "Valid", claim: given })
    })
  })

  it("is good for as long as its key is kept", () => {
    const next = rotatedRing(ring)
    expect(read(token, fixedCallbackKeys(next, { tenant: "acme", url: undefined }))._tag).toBe("Valid")
    const none = rotatedRing(ring, 0)
    expect(read(token, fixedCallbackKeys(none, { tenant: "acme", url: undefined }))._tag).toBe("Forged")
  })

  it("is no good for another tenant with the same keys", () => {
    expect(read(token, fixedCallbackKeys(ring, { tenant: "other", url: undefined }))._tag).toBe("Altered")
  })

  it("is forged where another key of the same id has signed it, or none", () => {
    const other = { id: current.id, secret: newCallbackKey().secret }
    expect(read(writeToken(other, "acme", claim))._tag).toBe("Altered")
    expect(read(writeToken(newCallbackKey(), "acme", claim))._tag).toBe("Forged")
    const [format, id, text] = token.split(".")
    expect(read(`${format}.${id}.${text}.`)._tag).toBe("Altered")
    expect(read(`${format}.${id}.${text}`)._tag).toBe("Forged")
    for (const what of ["", "cb1", "cb1...", undefined, null, 7, {}, "x".repeat(100_000), `${token}.${token}`])
      expect([what, read(what)._tag]).toEqual([what, "Forged"])
  })

  /** 10,000 that differ from a good one by a character, by their length, by their spelling, or in all. */
  it("is taken as it was given out, and in no other way", () => {
    const characters = [..."ABCXYZabcxyz0189-_.+/= %\u0000ü"]
    const place = fc.nat(token.length - 1)
    const character = fc.constantFrom(...characters)
    const [format = "", id = "", text = "", signature = ""] = token.split(".")
    const tried = fc.oneof(
      fc.tuple(place, character).map(([at, by]) => token.slice(0, at) + by + token.slice(at + 1)),
      fc.tuple(place, character).map(([at, by]) => token.slice(0, at) + by + token.slice(at)),
      place.map((at) => token.slice(0, at)),
      place.map((at) => token.slice(at + 1)),
      place.map((at) => token.slice(0, at) + token.slice(at + 1)),
      fc.tuple(place, place).map(([a, b]) => token.slice(0, a) + token.slice(b)),
      // Another claim under this signature, and this claim under another's.
      anyClaim.map((other) => {
        const fields = [other.address, other.key, other.index, other.expiresAt ?? null]
        return [format, id, Buffer.from(JSON.stringify(fields)).toString("base64url"), signature].join(".")
      }),
      anyClaim.map((other) => [format, id, text, writeToken(current, "acme", other).split(".")[3]].join(".")),
      // The same bytes in another spelling.
      fc.constantFrom("=", "==", "\n", " ").map((end) => token + end),
      character.map((last) => token.slice(0, -1) + last),
      fc
        .constantFrom(...(ring.previous ?? []).map(({ id }) => id))
        .map((older) => [format, older, text, signature].join(".")),
      fc.string({ maxLength: 200 }),
      fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => {
        return [format, id, text, Buffer.from(bytes).toString("base64url")].join(".")
      })
    )
    let count = 0
    const others = tried.filter((other) => other !== token)
    holds(others, 10_000, JSON.stringify, (other) => {
      count++
      expect([other, read(other)._tag === "Valid"]).toEqual([other, false])
    })
    expect(count).toBe(runs(10_000))
  })
})

describe("a key ring", () => {
  const secret = "x".repeat(22)

  it.each([
    "",
    "{",
    "null",
    "[]",
    "{}",
    '{"id":"a"}',
    `{"id":"a b","secret":"${secret}"}`,
    '{"id":"a","secret":"short"}'
  ])("is not what it holds no keys in: %s", (text) => {
    expect(() => parseKeyRing(text)).toThrow(RangeError)
  })

  it("tells nothing of a secret that is amiss", () => {
    const text = '{"id":"a","secret":"s3cr3t","previous":[{"id":"b","secret":"s3cr3t"}]}'
    let told = ""
    try {
      parseKeyRing(text)
    } catch (error) {
      told = String(error) + JSON.stringify(error)
    }
    expect(told).toContain("secret")
    expect(told).not.toContain("s3cr3t")
  })

  it("is read as it is written", () => {
    const given = { id: "b", secret, previous: [{ id: "a", secret: `${secret}y` }] }
    expect(parseKeyRing(JSON.stringify(given))).toEqual(given)
  })
})
