import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { checkSignalId } from "../../src/actor/definitions/name.ts"
import { defaultChildRunId } from "../../src/actor/history/command.ts"
import { CommandKeys } from "../../src/actor/history/commandKeys.ts"
import { messageKey } from "../../src/actor/history/message.ts"
import { keyText } from "../../src/actor/values/keyText.ts"
import { idempotencyKeyOf } from "../../src/streams/steps/idempotencyKey.ts"
import { holds } from "./settings.ts"

// Texts that are put together from others: no two of what they stand for may be one text.

/** Made of the marks that keys are made of, so that many are nearly the same. */
const pieces = fc.constantFrom("a", "s", ":", "/", "#", "0", "~", "1", "@", "%", "%2F", "^", '"', "\\", "é", " ", "😀")
const text = fc.array(pieces, { maxLength: 4 }).map((parts) => parts.join(""))
const runId = fc
  .oneof(
    text,
    text.map((id) => id.padEnd(300, "x"))
  )
  .filter((id) => id !== "")
const name = fc.constantFrom("a", "s", "a-s")

/** The key of a call, made as a run makes it: by its occurrence, or by the user's key and its repetition. */
const call = fc.record({ name, userKey: fc.option(text, { nil: undefined }), occurrence: fc.nat(2) })
type Call = typeof call extends fc.Arbitrary<infer A> ? A : never

const keyOf = ({ name: of, userKey, occurrence }: Call): string => {
  const keys = new CommandKeys()
  let key: unknown
  for (let i = 0; i <= occurrence; i++)
    key = userKey === undefined ? keys.next("step", of) : keys.nextOfUser("step", of, userKey, "print", () => false)
  return key as string
}

const isSame = <A>(one: A, other: A): boolean => JSON.stringify(one) === JSON.stringify(other)

/** Two things, and the texts that stand for them: equal if and only if the things are. */
const tellsApart = <A>(things: fc.Arbitrary<A>, textOf: (thing: A) => string) =>
  holds(
    fc.tuple(things, things),
    20_000,
    (pair) => pair.map((thing) => `${JSON.stringify(thing)} is ${textOf(thing)}`).join("\n"),
    ([one, other]) => {
      expect(textOf(one) === textOf(other)).toBe(isSame(one, other))
    }
  )

describe("no two are one text", () => {
  it("texts within keys", () => tellsApart(text, (one) => keyText(one) as string))

  it("commands of a run", () => tellsApart(call, keyOf))

  it("idempotency keys", () =>
    tellsApart(fc.record({ runId, call }), (one) => idempotencyKeyOf(one.runId, keyOf(one.call))))

  it("child runs that were given no id", () =>
    tellsApart(fc.record({ runId, call }), (one) => defaultChildRunId(one.runId, keyOf(one.call))))

  it("rows of a run's inbox", () => {
    const row = fc.oneof(
      fc.record({ kind: fc.constant("step" as const), call, beside: fc.boolean() }),
      fc.record({ kind: fc.constant("child" as const), call }),
      fc.record({
        kind: fc.constant("signal" as const),
        name,
        id: text.filter((id) => checkSignalId(id) === undefined)
      })
    )
    tellsApart(row, (one) => {
      if (one.kind === "signal") return messageKey(one as never)
      const key = keyOf(one.call)
      return messageKey({
        ...one,
        key,
        fingerprint: "0",
        ...(one.kind === "step" && one.beside ? { beside: true } : {})
      } as never)
    })
  })
})

describe("an idempotency key", () => {
  it("can stand in an HTTP header, whatever the run and the user's key are called", () => {
    holds(
      fc.record({ runId: fc.oneof(runId, fc.string({ unit: "binary", minLength: 1, maxLength: 512 })), call }),
      5_000,
      (one) => JSON.stringify(one),
      (one) => {
        const key = idempotencyKeyOf(one.runId, keyOf(one.call))
        expect(key).toMatch(/^[\x21-\x7e]{1,255}$/)
        expect(() => new Headers({ "idempotency-key": key })).not.toThrow()
      }
    )
  })

  it("is the run id and the command's key, as far as they can stand there", () => {
    expect(idempotencyKeyOf("order-1", "charge#0")).toBe("order-1/charge#0")
    expect(idempotencyKeyOf("order-1:pack#0", "charge:a/b")).toBe("order-1:pack#0/charge:a/b")
    expect(idempotencyKeyOf("a/s:b", "s#0")).toBe("a%2Fs:b/s#0")
    expect(idempotencyKeyOf("Zoë", "s#0")).toBe("Zo%C3%AB/s#0")
  })
})
