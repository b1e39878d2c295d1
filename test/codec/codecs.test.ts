import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/testing/TestClock"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import {
  aesGcmCodec,
  type CodecDefinition,
  checkPayloadCodec,
  contextBytes,
  definePayloadCodec,
  kmsCodec,
  type PayloadCodec,
  type SealContext
} from "../../src/codec.ts"
import { addKmsKey, type KmsServer, startKms } from "../servers/kms.ts"
import { testCredentials, testRegion } from "../servers/testAws.ts"
import { keyOf, testCodec } from "./codecs.ts"

const context: SealContext = { tenant: "acme", runId: "r", place: "head" }
const text = Buffer.from("hello")

const flip = <A, E>(effect: Effect.Effect<A, E>) => Effect.runPromise(Effect.flip(effect))

describe("aesGcmCodec", () => {
  it("does what is asked of every codec", async () => {
    expect(await Effect.runPromise(checkPayloadCodec(testCodec()))).toEqual([])
  })

  it("opens what older keys have sealed, and seals with the current one", async () => {
    const before = aesGcmCodec({ keys: { a: keyOf("a") }, current: "a" })
    const after = aesGcmCodec({ keys: { a: keyOf("a"), b: keyOf("b") }, current: "b" })
    const old = await Effect.runPromise(before.seal(text, context))
    expect(Buffer.from(await Effect.runPromise(after.open(old, context))).toString()).toBe("hello")
    const next = await Effect.runPromise(after.seal(text, context))
    expect(await flip(before.open(next, context))).toMatchObject({
      _tag: "CodecRefused",
      message: 'it is sealed with the key "b", and this process has "a"',
      mend: 'give the codec the key "b" among its `keys`'
    })
  })

  it("tells another key of the same id from what was altered", async () => {
    const sealed = await Effect.runPromise(aesGcmCodec({ keys: { a: keyOf("a") }, current: "a" }).seal(text, context))
    const other = aesGcmCodec({ keys: { a: keyOf("x") }, current: "a" })
    expect(await flip(other.open(sealed, context))).toMatchObject({ _tag: "CodecRefused" })
  })

  it("takes keys as bytes, as base64, and redacted", async () => {
    const base64 = Buffer.from(keyOf("a")).toString("base64")
    const sealed = await Effect.runPromise(testCodec().seal(text, context))
    for (const key of [base64, Redacted.make(base64), Redacted.make(keyOf("a"))]) {
      const codec = aesGcmCodec({ keys: { "2026-01": key }, current: "2026-01" })
      expect(Buffer.from(await Effect.runPromise(codec.open(sealed, context))).toString()).toBe("hello")
    }
  })

  it("refuses keys that are none", () => {
    expect(() => aesGcmCodec({ keys: { a: "short" }, current: "a" })).toThrow(
      'key "a" has 3 bytes, and must have 32: make one with `openssl rand -base64 32`'
    )
    expect(() => aesGcmCodec({ keys: { a: keyOf("a") }, current: "b" })).toThrow('there is no key "b" among a')
    expect(() => aesGcmCodec({ keys: { "a b": keyOf("a") }, current: "a b" })).toThrow("is no id for a key")
  })
})

describe("kmsCodec", () => {
  let kms: KmsServer
  beforeAll(async () => {
    kms = await startKms()
    addKmsKey(kms, "one")
    addKmsKey(kms, "two")
  })
  beforeEach(() => {
    kms.asked.length = 0
    kms.failure = undefined
  })
  afterAll(() => kms.stop())

  const codecOf = (keyId = "one", more = {}) =>
    kmsCodec({ keyId, region: testRegion, credentials: testCredentials, endpoint: kms.endpoint, ...more })

  it("does what is asked of every codec", async () => {
    expect(await Effect.runPromise(checkPayloadCodec(codecOf()))).toEqual([])
  })

  it("asks for one data key, however much is sealed at a time", async () => {
    const codec = codecOf()
    const all = Array.from({ length: 50 }, () => codec.seal(text, context))
    const sealed = await Effect.runPromise(Effect.all(all, { concurrency: "unbounded" }))
    expect(kms.asked).toEqual(["GenerateDataKey"])
    // Another process unwraps it once.
    const other = codecOf()
    for (const one of sealed) await Effect.runPromise(other.open(one, context))
    expect(kms.asked).toEqual(["GenerateDataKey", "Decrypt"])
  })

  it("asks once for all who wait to be told that KMS is away, and for each tenant by itself", async () => {
    const codec = codecOf()
    kms.failure = { status: 500, error: "KMSInternalException" }
    const seals = (tenant: string) =>
      Array.from({ length: 20 }, () => Effect.flip(codec.seal(text, { ...context, tenant })))
    const told = await Effect.runPromise(Effect.all(seals("a"), { concurrency: "unbounded" }))
    expect(new Set(told.map(({ _tag }) => _tag))).toEqual(new Set(["CodecUnavailable"]))
    const inOneCall = kms.asked.length
    await Effect.runPromise(Effect.all([...seals("a"), ...seals("b")], { concurrency: "unbounded" }))
    expect(kms.asked.length).toBe(3 * inOneCall)
    kms.failure = undefined
    await Effect.runPromise(codec.seal(text, context))
  })

  it("asks for another after its age, and after its uses", async () => {
    const codec = codecOf("one", { maxAge: "1 minute", maxUses: 3 })
    const sealOne = codec.seal(text, context)
    await Effect.runPromise(
      Effect.gen(function* () {
        for (let i = 0; i < 3; i++) yield* sealOne
        expect(kms.asked).toEqual(["GenerateDataKey"])
        yield* sealOne
        expect(kms.asked).toEqual(["GenerateDataKey", "GenerateDataKey"])
        yield* TestClock.adjust("59 seconds")
        yield* sealOne
        expect(kms.asked.length).toBe(2)
        yield* TestClock.adjust("1 second")
        yield* sealOne
        expect(kms.asked.length).toBe(3)
      }).pipe(Effect.provide(TestClock.layer()))
    )
  })

  it("opens what another KMS key of before has sealed, while that one is enabled", async () => {
    const old = await Effect.runPromise(codecOf("one").seal(text, context))
    expect(Buffer.from(await Effect.runPromise(codecOf("two").open(old, context))).toString()).toBe("hello")
    const key = kms.keys.get("one")
    if (key === undefined) throw new Error("no key")
    key.enabled = false
    try {
      const error = await flip(codecOf("two").open(old, context))
      expect(error).toMatchObject({ _tag: "CodecRefused", mend: expect.stringContaining("kms:Decrypt") })
      expect(await flip(codecOf("one").seal(text, context))).toMatchObject({
        _tag: "CodecRefused",
        mend: expect.stringContaining("kms:GenerateDataKey on KMS key one")
      })
    } finally {
      key.enabled = true
    }
  })

  it.each([
    [400, "AccessDeniedException", "CodecRefused"],
    [400, "DisabledException", "CodecRefused"],
    [400, "KMSInvalidStateException", "CodecRefused"],
    [400, "NotFoundException", "CodecRefused"],
    [400, "UnrecognizedClientException", "CodecUnavailable"],
    [500, "KMSInternalException", "CodecUnavailable"],
    [500, "KeyUnavailableException", "CodecUnavailable"],
    [503, "DependencyTimeoutException", "CodecUnavailable"]
  ] as const)("sorts %s %s as %s", async (status, error, tag) => {
    kms.failure = { status, error }
    const failure = await flip(codecOf().seal(text, context))
    expect(failure).toMatchObject({ _tag: tag })
    // Who tells of it says what to mend behind it, once.
    if (failure._tag === "CodecRefused") expect(failure.message).not.toContain("see to it")
  })

  it("asks KMS for each tenant by itself, whatever it has open for another: who may decrypt what is KMS's to say", async () => {
    const codec = codecOf()
    const sealed = await Effect.runPromise(codec.seal(text, context))
    await Effect.runPromise(codec.open(sealed, context))
    expect(kms.asked).toEqual(["GenerateDataKey"])
    const error = await flip(codec.open(sealed, { ...context, tenant: "other" }))
    expect(kms.asked).toEqual(["GenerateDataKey", "Decrypt"])
    expect(error.message).toContain("is not what KMS has wrapped for this tenant")
  })

  it("tells a data key of another tenant from a key that is away", async () => {
    const sealed = await Effect.runPromise(codecOf().seal(text, context))
    expect(await flip(codecOf().open(sealed, { ...context, tenant: "other" }))).toMatchObject({ _tag: "SealBroken" })
  })
})

describe("names of objects", () => {
  const namesBy = (codec: PayloadCodec, tenant: string, sha256 = "0f") =>
    Effect.runPromise((codec.objectNames as NonNullable<PayloadCodec["objectNames"]>)(sha256, tenant))

  it.each([
    ["aesGcmCodec", () => testCodec()],
    ["kmsCodec with an objectKey", () => kmsCodec({ keyId: "one", objectKey: keyOf("names") })]
  ])("of %s are the same for the same value, and do not tell that another tenant has it too", async (_, make) => {
    const [name = ""] = await namesBy(make(), "acme")
    expect(await namesBy(make(), "acme")).toContain(name)
    expect(name).toMatch(/^[0-9a-f]{64}$/)
    const others = [await namesBy(make(), "other"), await namesBy(make(), ""), await namesBy(make(), "acme", "0e")]
    expect(others.flat()).not.toContain(name)
  })

  it("of kmsCodec without one are the hashes of the values", () => {
    expect(kmsCodec({ keyId: "one" }).objectNames).toBeUndefined()
  })
})

describe("checkPayloadCodec", () => {
  const xor = (bytes: Uint8Array, by: Uint8Array) => bytes.map((byte, at) => byte ^ (by[at % by.length] ?? 0))
  const bad = (definition: Partial<CodecDefinition>) =>
    definePayloadCodec({
      name: "bad",
      seal: (clear) => Effect.succeed(clear),
      open: (sealed) => Effect.succeed(sealed),
      ...definition
    })

  it("finds out that a codec does not hide, does not bind, and does not see what was altered", async () => {
    const rules = async (definition: Partial<CodecDefinition>) =>
      new Set((await Effect.runPromise(checkPayloadCodec(bad(definition)))).map(({ rule }) => rule))
    const plain = await rules({})
    expect(plain).toContain("hides what it seals")
    expect(plain).toContain("bound to its run")
    expect(plain).toContain("bound to its tenant")
    expect(plain).toContain("sees what was altered")
    expect(plain).toContain("seals no two times alike")
    const bound = await rules({
      seal: (clear, of) => Effect.succeed(xor(clear, contextBytes(of))),
      open: (sealed, of) => Effect.succeed(xor(sealed, contextBytes(of)))
    })
    expect(bound).not.toContain("hides what it seals")
    expect(bound).toContain("bound to its run")
    expect(await rules({ open: () => Effect.die(new Error("no")) })).toContain("opens what it has sealed")
  })

  it("takes no name that could not stand before what is sealed", () => {
    expect(() => bad({ name: "a.b" })).toThrow('"a.b" is no name for a codec')
  })
})
