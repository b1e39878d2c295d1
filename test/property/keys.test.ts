import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { checkSignalId } from "../../src/actor/definitions/name.ts"
import { defaultChildRunId } from "../../src/actor/history/command.ts"
import { CommandKeys } from "../../src/actor/history/commandKeys.ts"
import { runStatuses } from "../../src/actor/history/head.ts"
import { messageKey } from "../../src/actor/history/message.ts"
import { keyText } from "../../src/actor/values/keyText.ts"
import {
  listPartition,
  listShards,
  parseListPartition,
  parseRunPartition,
  payloadPrefixOf,
  runPartition,
  sweepPartition,
  workflowsPartition
} from "../../src/store/aws/table/keys.ts"
import { scheduleName } from "../../src/store/aws/timers/schedulerTimers.ts"
import { retryTag, timerTag } from "../../src/store/sqlite/queueTags.ts"
import { idempotencyKeyOf } from "../../src/streams/steps/idempotencyKey.ts"
import { holds } from "./settings.ts"

// Texts that are put together from others: no two of what they stand for may be one text.

/** Made of the marks that keys are made of, so that many are nearly the same. */
const pieces = fc.constantFrom("a", "s", ":", "/", "#", "0", "~", "1", "@", "%", "%2F", "^", '"', "\\", "é", " ", "😀")
const text = fc.array(pieces, { maxLength: 4 }).map((parts) => parts.join(""))
const runId = fc
  .oneof(
    text,
    text.map((id) => id.padEnd(300, "x")),
    // With a key behind it, longer than a run's id may be.
    text.map((id) => id.padStart(505, "x"))
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
const tellsApart = <A>(things: fc.Arbitrary<A>, textOf: (thing: A) => string, near = fc.tuple(things, things)) =>
  holds(
    fc.oneof(fc.tuple(things, things), near),
    5_000,
    (pair) => pair.map((thing) => `${JSON.stringify(thing)} is ${textOf(thing)}`).join("\n"),
    ([one, other]) => {
      expect(textOf(one) === textOf(other)).toBe(isSame(one, other))
    }
  )

// Pairs that come close: two things drawn apart are hardly ever one text, even where nothing keeps them apart.

/** One text cut in two places into the id of a run and a key: `a/s:b/s:c` is `s:c` of `a/s:b`, or `s:b/s:c` of `a`. */
const cutTwice = (mark: string) =>
  fc.array(fc.constantFrom("a", "s", "0", "é"), { minLength: 3, maxLength: 4 }).chain((words) => {
    const cut = fc.integer({ min: 1, max: words.length - 1 }).map((at) => ({
      runId: words.slice(0, at).join(mark),
      call: { name: "s", userKey: words.slice(at).join(mark), occurrence: 0 } as Call
    }))
    return fc.tuple(cut, cut)
  })

/** A key that looks like the repetition of another, or like a call without a key. */
const likeRepeated = fc.tuple(text, fc.nat(2), fc.constantFrom("~", "#")).map(([userKey, occurrence, mark]) => {
  const other = { name: "s", userKey: `${userKey}${mark}${occurrence}`, occurrence: 0 }
  return [{ name: "s", userKey, occurrence }, other] as [Call, Call]
})

/** A text, and one that has the escape of its marks. */
const escapedTwice = text.map((one): [string, string] => [
  one,
  one.replaceAll(/[#~@]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
])

describe("no two are one text", () => {
  it("texts within keys", () => tellsApart(text, (one) => keyText(one) as string, escapedTwice))

  it("commands of a run", () => tellsApart(call, keyOf, likeRepeated))

  it("idempotency keys", () =>
    tellsApart(fc.record({ runId, call }), (one) => idempotencyKeyOf(one.runId, keyOf(one.call)), cutTwice("/s:")))

  it("child runs that were given no id", () =>
    tellsApart(fc.record({ runId, call }), (one) => defaultChildRunId(one.runId, keyOf(one.call)), cutTwice(":s:")))

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

describe("in the stores, no two are one text", () => {
  const due = fc.constantFrom(0, 1, 10, 101)
  // Commands of timers have no key of the user's; runs that were called anything have them.
  const timer = fc.record({ runId, key: call.map(keyOf), due })
  const tenant = text.filter((one) => !one.includes("/") && !one.startsWith("#"))
  const tableName = fc.constantFrom("a", "b", "a.b")

  it("tags of SQLite's queue", () =>
    tellsApart(fc.oneof(timer, fc.record({ runId })), (one) => ("key" in one ? timerTag(one) : retryTag(one.runId))))

  it("schedules of Scheduler, which share a group", () =>
    tellsApart(fc.record({ tableName, tenant, timer }), ({ timer: one, ...options }) => {
      const name = scheduleName(options, one)
      expect(name).toMatch(/^[0-9a-zA-Z-_.]{1,64}$/)
      return name
    }))

  it("partitions of runs, which can be read again, and what is no run's", () => {
    const partition = fc.record({ tenant, runId, generation: fc.nat(2) })
    tellsApart(partition, (one) => {
      const made = runPartition(one)
      expect(parseRunPartition(made)).toEqual(one)
      return made
    })
    const others = fc.oneof(
      fc.record({ of: fc.constant("workflows" as const), tenant }),
      fc.record({ of: fc.constant("sweep" as const), tenant })
    )
    tellsApart(others, ({ of, tenant: one }) => {
      const made = of === "sweep" ? sweepPartition(one) : workflowsPartition(one)
      expect(parseRunPartition(made)).toBeUndefined()
      return made
    })
  })

  it("names of payloads", () => {
    const sha256 = fc.constantFrom("0".repeat(64), "f".repeat(64))
    tellsApart(fc.record({ tenant, sha256 }), (one) => `${payloadPrefixOf(one.tenant)}${one.sha256}`)
  })

  it("partitions of a listing, which can be read again", () => {
    const group = fc.record({ workflow: name, status: fc.constantFrom(...runStatuses) })
    tellsApart(fc.record({ tenant, group, shard: fc.nat(listShards - 1) }), (one) => {
      const made = listPartition(one.tenant, one.group, one.shard)
      expect(parseListPartition(one.tenant, made)).toEqual(one.group)
      return made
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
