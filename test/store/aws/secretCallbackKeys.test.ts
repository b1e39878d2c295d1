import { GetSecretValueCommand, PutSecretValueCommand } from "@aws-sdk/client-secrets-manager"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { makeSecretCallbackKeys, type SecretsSdk } from "../../../src/store/aws/callbacks/secretCallbackKeys.ts"
import { awsClientStore } from "../../../src/store/aws/functionStore.ts"
import { CallbackKeys, newCallbackKey } from "../../../src/store/callbacks/callbackKeys.ts"
import { readToken, writeToken } from "../../../src/store/callbacks/callbackToken.ts"
import { type SecretsServer, startSecretsManager } from "../../servers/secretsManager.ts"
import { testCredentials, testRegion } from "../../servers/testAws.ts"
import { callbackKeysContract } from "../callbackKeysContract.ts"

let server: SecretsServer
beforeAll(async () => {
  server = await startSecretsManager()
})
afterAll(() => server.stop())
beforeEach(() => {
  server.failure = undefined
  server.secrets.clear()
  server.asked.length = 0
})

/** As the construct makes it. */
const fresh = () => JSON.stringify({ id: "1", secret: newCallbackKey().secret })

const ofContract = fresh()

const store = (secretId: string) =>
  Layer.unwrap(
    Effect.sync(() =>
      awsClientStore({
        region: testRegion,
        credentials: testCredentials,
        endpoints: { secretsManager: server.endpoint },
        tableName: "none",
        bucketName: "none",
        callbackSecretId: secretId
      })
    )
  )

const run = <A, E>(secretId: string, effect: Effect.Effect<A, E, CallbackKeys>) =>
  Effect.runPromise(Effect.provide(effect, store(secretId)))

const reads = () => server.asked.filter((operation) => operation === "GetSecretValue").length

callbackKeysContract("a secret of Secrets Manager", store("of the contract"), {
  rotates: true,
  prepare: () => void server.secrets.set("of the contract", ofContract)
})

const claim = { address: "run", key: "approval#0", index: 1, expiresAt: undefined }

describe("keys in a secret", () => {
  it("are read once, however many tokens are signed and read", async () => {
    server.secrets.set("keys", fresh())
    await run(
      "keys",
      Effect.gen(function* () {
        const keys = yield* CallbackKeys
        for (let times = 0; times < 20; times++) {
          const token = writeToken(yield* keys.current, keys.tenant, claim)
          expect((yield* readToken(token))._tag).toBe("Valid")
        }
        expect(reads()).toBe(1)
      })
    )
  })

  it("that somebody else has changed a moment ago are found by the first token that names one", async () => {
    server.secrets.set("keys", fresh())
    await run(
      "keys",
      Effect.gen(function* () {
        const keys = yield* CallbackKeys
        const before = writeToken(yield* keys.current, keys.tenant, claim)
        const elsewhere = yield* Effect.promise(() =>
          run(
            "keys",
            Effect.flatMap(CallbackKeys, ({ rotate }) => rotate())
          )
        )
        const ring = JSON.parse(server.secrets.get("keys") ?? "")
        expect(ring.id).toBe(elsewhere)
        const after = writeToken(ring, keys.tenant, claim)
        expect((yield* readToken(after))._tag).toBe("Valid")
        expect((yield* readToken(before))._tag).toBe("Valid")
      })
    )
  })

  it("are not read again for each token that somebody has made up", async () => {
    server.secrets.set("keys", fresh())
    await run(
      "keys",
      Effect.gen(function* () {
        const keys = yield* CallbackKeys
        yield* keys.current
        const before = reads()
        const forged = Array.from({ length: 200 }, (_, index) =>
          readToken(writeToken({ id: `made-up-${index}`, secret: "x".repeat(40) }, keys.tenant, claim))
        )
        const verdicts = yield* Effect.all(forged, { concurrency: "unbounded" })
        expect(new Set(verdicts.map(({ _tag }) => _tag))).toEqual(new Set(["Forged"]))
        expect(reads() - before).toBeLessThan(5)
      })
    )
  })

  it("that cannot be read now are waited for, and those in memory go on signing", async () => {
    server.secrets.set("keys", fresh())
    server.failure = { status: 400, error: "AccessDeniedException" }
    const refused = await run(
      "keys",
      Effect.flatMap(CallbackKeys, ({ current }) => Effect.flip(current))
    )
    expect(refused).toMatchObject({
      _tag: "StoreRefused",
      mend: expect.stringContaining("secretsmanager:GetSecretValue")
    })
    await run(
      "keys",
      Effect.gen(function* () {
        const { current, find } = yield* CallbackKeys
        server.failure = undefined
        const key = yield* current
        server.failure = { status: 400, error: "AccessDeniedException" }
        expect(yield* current).toEqual(key)
        expect(yield* find(key.id)).toEqual(key)
        expect(yield* Effect.flip(find("another"))).toMatchObject({ _tag: "StoreRefused" })
      })
    )
  })

  it("go on signing when they have grown old and cannot be read anew", async () => {
    let isAway = false
    const client = {
      send: async () => {
        if (isAway) throw Object.assign(new Error("away"), { name: "InternalServiceError" })
        return { SecretString: ofContract }
      }
    } as unknown as SecretsSdk["client"]
    const secrets = async () => ({ client, commands: { GetSecretValueCommand, PutSecretValueCommand } })
    const { current } = makeSecretCallbackKeys({ secrets, secretId: "keys", tenant: "", url: undefined })
    const test = Effect.gen(function* () {
      const key = yield* current
      isAway = true
      yield* TestClock.adjust("1 hour")
      expect(yield* current).toEqual(key)
    })
    await Effect.runPromise(Effect.provide(test, TestClock.layer()))
  })

  it("are asked for by all who wait in line at a time: the last of many is told that they are away as soon as the first", async () => {
    server.failure = { status: 500, error: "InternalServiceError" }
    await run(
      "keys",
      Effect.gen(function* () {
        const { current } = yield* CallbackKeys
        const told = yield* Effect.all(
          Array.from({ length: 20 }, () => Effect.flip(current)),
          { concurrency: "unbounded" }
        )
        expect(new Set(told.map(({ _tag }) => _tag))).toEqual(new Set(["StoreUnavailable"]))
        const inOneCall = reads()
        yield* Effect.flip(current)
        expect(reads()).toBe(2 * inOneCall)
      })
    )
  })

  it.each([
    ["no secret", undefined],
    ["no JSON", "s3cr3t of somebody"],
    ["no keys", '{"password":"s3cr3t"}']
  ])("that are not there are said to be missing: %s", async (_, text) => {
    if (text !== undefined) server.secrets.set("keys", text)
    const refused = await run(
      "keys",
      Effect.flatMap(CallbackKeys, ({ current }) => Effect.flip(current))
    )
    expect(refused).toMatchObject({ _tag: "StoreRefused", mend: expect.any(String) })
    expect(refused.message).toContain("secret keys")
    expect(refused.message).not.toContain("s3cr3t")
  })
})
