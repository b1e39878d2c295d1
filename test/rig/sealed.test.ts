import { fileURLToPath } from "node:url"
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb"
import { Client } from "dynactor"
import { kmsCodec } from "dynactor/codec"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { eventually } from "../streams/engine.ts"
import { type Deployed, deploy, type Person, synthesizeRig } from "./deployed.ts"
import { conversation, go, noise, shown } from "./sealed.ts"
import type { Synthesized } from "./synthesize.ts"

const text = "nobody is to read this"

describeWithServers("Values sealed with a key of KMS, on the rig", [dynoxide, fauxqs], (endpointOf) => {
  let synthesized: Synthesized
  let rig: Deployed

  beforeAll(async () => {
    synthesized = synthesizeRig("Sealed", {
      entry: fileURLToPath(new URL("sealed.ts", import.meta.url)),
      sealed: true,
      tenant: "acme"
    })
    rig = await deploy(synthesized, { dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) })
  }, 180_000)

  afterAll(async () => {
    await rig?.stop()
    synthesized?.remove()
  })

  const codecAs = (person: Person) => {
    const [keyId = ""] = rig.kms.keys.keys()
    return kmsCodec({
      keyId,
      region: rig.stack.region,
      credentials: rig.credentialsAs(person),
      endpoint: rig.endpoint
    })
  }
  const as = <A, E>(person: Person, effect: Effect.Effect<A, E, Client>, codec = codecAs(person)) =>
    Effect.runPromise(Effect.provide(Effect.timeout(effect, "90 seconds"), rig.layerAs(person, "acme", codec)))

  it("nothing of them is in the table, and each role does with the key what it may", async () => {
    const outcome = await as(
      "Shop",
      Effect.gen(function* () {
        const client = yield* Client
        yield* client.start(conversation, { runId: "talk", input: text })
        yield* client.start(conversation, { runId: "talk", input: text })
        yield* client.signal("talk", go, `${text}, she said`)
        return yield* client.wait(conversation, "talk")
      })
    )
    expect(outcome).toBe(`${text.toUpperCase()} ${text}, she said`)
    // A role that reads unwraps data keys, and makes none.
    const state = await as(
      "Reader",
      Effect.flatMap(Client, (client) => client.state("talk", shown))
    )
    expect(state).toBe(`shown ${text}`)
    const used = [...rig.gateway.used().keys()]
    expect(used.filter((key) => /Reader.* kms:/.test(key))).toEqual([expect.stringMatching(/kms:Decrypt$/)])
    expect(used.some((key) => /Step.* kms:GenerateDataKey$/.test(key))).toBe(true)
    expect(rig.gateway.denied().filter(({ action }) => action.startsWith("kms:"))).toEqual([])

    const { accessKeyId, secretAccessKey } = rig.administrator()
    const table = new DynamoDBClient({
      region: rig.stack.region,
      endpoint: rig.endpoint,
      credentials: { accessKeyId, secretAccessKey }
    })
    const { Items = [] } = await table.send(new ScanCommand({ TableName: String(rig.stack.outputs.TableName) }))
    table.destroy()
    const stored = JSON.stringify(Items, (_, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value
    )
    expect(stored).toContain("~1.kms.")
    expect(stored.toLowerCase()).not.toContain(text)
  }, 120_000)

  it("who may not use the key is told so, and reads nothing", async () => {
    const error = await as(
      "Reader",
      Effect.flip(Effect.flatMap(Client, (client) => client.wait(conversation, "talk"))),
      codecAs("Stranger")
    )
    expect(error).toMatchObject({ _tag: "StoreRefused" })
    expect(String((error as Error).message)).toContain("kms:Decrypt")
  })

  it("runs stand while the key is disabled, say why, and go on once it is there again", async () => {
    const [key] = rig.kms.keys.values()
    if (key === undefined) throw new Error("the stack has no key")
    const codec = codecAs("Shop")
    await as(
      "Shop",
      Effect.gen(function* () {
        const client = yield* Client
        yield* client.start(conversation, { runId: "later", input: text })
        yield* eventually(
          "it waits for its signal",
          Effect.map(client.get("later"), ({ waitingFor }) => waitingFor?.some(({ kind }) => kind === "signal"))
        )
        key.enabled = false
        // Functions have keys in memory for two seconds. This client's is good for an hour.
        const reason = yield* eventually(
          "a function is refused the key",
          Effect.gen(function* () {
            yield* client.signal("later", noise, "anybody?")
            const { parked, status } = yield* client.get("later")
            return status === "parked" ? parked : undefined
          }),
          60_000
        )
        expect(reason.message).toContain("kms:")
        key.enabled = true
        yield* client.signal("later", go, "on")
        expect(yield* client.wait(conversation, "later")).toBe(`${text.toUpperCase()} on`)
      }),
      codec
    )
  }, 120_000)
})
