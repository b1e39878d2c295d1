import { fileURLToPath } from "node:url"
import { DynamoDBClient, ScanCommand, type ScanCommandOutput } from "@aws-sdk/client-dynamodb"
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3"
import { Client } from "dynactor"
import * as Effect from "effect/Effect"
import { afterAll, beforeAll, expect, it } from "vitest"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { eventually } from "../streams/engine.ts"
import { type Deployed, deploy, synthesizeRig } from "./deployed.ts"
import { about, told } from "./forgotten.ts"
import type { Synthesized } from "./synthesize.ts"

const person = "ada-lovelace-of-london"

describeWithServers("A person's runs that were deleted, on the rig", [dynoxide, fauxqs], (endpointOf) => {
  let synthesized: Synthesized
  let rig: Deployed
  const lines: Array<string> = []

  beforeAll(async () => {
    synthesized = synthesizeRig("Forgotten", { entry: fileURLToPath(new URL("forgotten.ts", import.meta.url)) })
    rig = await deploy(
      synthesized,
      { dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) },
      { onLog: (_, text) => void lines.push(text) }
    )
  }, 180_000)

  afterAll(async () => {
    await rig?.stop()
    synthesized?.remove()
  })

  const as = <A, E>(effect: Effect.Effect<A, E, Client>) =>
    Effect.runPromise(Effect.provide(Effect.timeout(effect, "90 seconds"), rig.layerAs("Shop")))

  /** Table, index and bucket, in which it stands. */
  const search = async (text: string) => {
    const { accessKeyId, secretAccessKey } = rig.administrator()
    const options = { region: rig.stack.region, endpoint: rig.endpoint, credentials: { accessKeyId, secretAccessKey } }
    const table = new DynamoDBClient(options)
    const s3 = new S3Client({ ...options, forcePathStyle: true })
    const found: Array<string> = []
    for (const IndexName of [undefined, "runs"]) {
      let ExclusiveStartKey: ScanCommandOutput["LastEvaluatedKey"]
      do {
        const page: ScanCommandOutput = await table.send(
          new ScanCommand({ TableName: String(rig.stack.outputs.TableName), IndexName, ExclusiveStartKey })
        )
        const shown = JSON.stringify(page.Items ?? [], (_, value) =>
          value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value
        )
        if (shown.includes(text)) found.push(IndexName ?? "table")
        ExclusiveStartKey = page.LastEvaluatedKey
      } while (ExclusiveStartKey !== undefined)
    }
    const Bucket = String(rig.stack.outputs.BucketName)
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }))
    for (const { Key } of Contents) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
      if (`${Key}${await Body?.transformToString("latin1")}`.includes(text)) found.push("bucket")
    }
    table.destroy()
    s3.destroy()
    if (lines.join("\n").includes(text)) found.push("log")
    return [...new Set(found)]
  }

  const purge = () => {
    const [name = ""] = rig.stack
      .resources("AWS::Lambda::Function")
      .filter(({ logicalId }) => /^RunsPurge[0-9A-F]{8}$/.test(logicalId))
      .map(({ logicalId }) => rig.stack.physicalId(logicalId).ref)
    return Effect.promise(() => rig.functions.invoke(name, {}))
  }

  it("are in no item, index, object or line of a log, and who may not delete asks the function that may", async () => {
    const childId = await as(
      Effect.gen(function* () {
        const client = yield* Client
        yield* client.start(about, { runId: "r-1", input: person, tags: { who: person } })
        yield* client.signal("r-1", told, `${person} speaks`)
        const error = yield* Effect.flip(client.wait(about, "r-1"))
        expect(JSON.stringify(error).slice(0, 200)).toContain(person)
        const { runs } = yield* client.list({ workflow: "child" })
        return runs[0]?.runId ?? ""
      })
    )
    expect(await search(person)).toEqual(["table", "runs", "bucket"])
    await as(
      Effect.gen(function* () {
        const client = yield* Client
        for (const runId of ["r-1", childId]) {
          // What it has sent last may be under way for a minute.
          const deleted = yield* eventually(
            "it can be deleted",
            Effect.catchTag(client.delete(runId), "RunNotEnded", () => Effect.succeed(undefined)),
            80_000
          )
          expect(deleted).toMatchObject({ runId, isErased: false })
          expect(yield* Effect.flip(client.get(runId))).toMatchObject({ _tag: "RunNotFound" })
        }
        yield* eventually(
          "both are erased",
          Effect.map(purge(), (answer) =>
            "payload" in answer && (answer.payload as { finished?: number }).finished !== 0 ? true : undefined
          )
        )
        yield* eventually(
          "nothing is found",
          Effect.map(
            Effect.andThen(
              purge(),
              Effect.promise(() => search(person))
            ),
            (found) => (found.length === 0 ? true : undefined)
          ),
          60_000
        )
      })
    )
    expect(rig.gateway.denied().filter(({ action }) => /Delete|BatchWrite/.test(action))).toEqual([])
    const deleting = [...rig.gateway.used().keys()].filter((key) =>
      /dynamodb:(?:Delete|BatchWrite)|s3:Delete/.test(key)
    )
    expect(deleting.length).toBeGreaterThan(0)
    expect(deleting.every((key) => /Purge/.test(key))).toBe(true)
  }, 240_000)
})
