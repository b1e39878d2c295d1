import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { addressOf } from "../../../src/actor/history/generation.ts"
import { awsClientStore, awsPurgeStore, awsTurnStore } from "../../../src/store/aws/functionStore.ts"
import { Heartbeats } from "../../../src/store/beside/heartbeats.ts"
import { OutputChunks } from "../../../src/store/beside/outputChunks.ts"
import { Replies } from "../../../src/store/beside/replies.ts"
import { StepMarks } from "../../../src/store/beside/stepMarks.ts"
import { RunTable } from "../../../src/store/runTable.ts"
import { DeployedNames } from "../../../src/store/schedules/deployedNames.ts"
import type { PayloadCodec } from "../../../src/store/sealing/payloadCodec.ts"
import { SweepPlace } from "../../../src/store/sweepPlace.ts"
import { testCodec } from "../../codec/codecs.ts"
import { testCredentials, testRegion } from "../../servers/testAws.ts"
import { epoch, inline, newHead, startMessage } from "../samples.ts"
import { pagedDynamo } from "./pagedDynamo.ts"

const optionsOf = (dynamo: ReturnType<typeof pagedDynamo>) => ({
  region: testRegion,
  credentials: testCredentials,
  clients: { dynamodb: dynamo.client },
  tableName: "table",
  bucketName: "bucket",
  queueUrl: "http://localhost/queue",
  deadLetterQueueUrl: "http://localhost/dead",
  tenant: "acme"
})

type Ports = RunTable | Heartbeats | Replies | OutputChunks | StepMarks

/** Of a later generation, whose partitions are others. */
const runId = addressOf("order/7", 3)

/** By each port that has items, one that is written and one that is read. A new port is to be thought of here. */
const uses: { readonly [port: string]: ReadonlyArray<Effect.Effect<unknown, unknown, Ports>> } = {
  RunTable: [
    Effect.flatMap(RunTable, (table) => table.put(runId, startMessage())),
    Effect.flatMap(RunTable, (table) => table.commitHead(runId, newHead({ tags: { customer: "c-17" } }))),
    Effect.flatMap(RunTable, (table) => table.putSegment(runId, 0, ["start"])),
    Effect.flatMap(RunTable, (table) => table.raiseMark(runId, "newest", { to: 1, above: 0 })),
    Effect.flatMap(RunTable, (table) =>
      (table.putTags as NonNullable<typeof table.putTags>)(
        runId,
        { customer: "c-17" },
        { version: 1, startedAt: epoch }
      )
    ),
    Effect.flatMap(RunTable, (table) => table.readRun(runId)),
    Effect.flatMap(RunTable, (table) => table.list({})),
    Effect.flatMap(RunTable, (table) => table.list({ tags: { customer: "c-17" } })),
    Effect.flatMap(RunTable, (table) => table.count({}))
  ],
  Heartbeats: [
    Effect.flatMap(Heartbeats, (heartbeats) => heartbeats.beat(runId, "callback/a#0", epoch)),
    Effect.flatMap(Heartbeats, (heartbeats) => heartbeats.last(runId, "callback/a#0"))
  ],
  Replies: [
    Effect.flatMap(Replies, (replies) =>
      replies.put("order/7", { name: "change", id: "1", outcome: { tag: "succeeded", payload: inline(1) } })
    ),
    Effect.flatMap(Replies, (replies) => replies.read("order/7", "change", "1"))
  ],
  OutputChunks: [
    Effect.flatMap(OutputChunks, (chunks) =>
      chunks.put(
        { runId: "order/7", name: "told" },
        {
          position: 0,
          at: epoch,
          values: ["1"],
          source: { kind: "body", generation: 0, index: 0 },
          bodies: { generation: 0, count: 1 }
        }
      )
    ),
    Effect.flatMap(OutputChunks, (chunks) => chunks.lastUpTo({ runId: "order/7", name: "told" }))
  ],
  StepMarks: [
    Effect.flatMap(StepMarks, (marks) =>
      marks.write(runId, "ship#0", { version: 1, token: "t", attempt: 1, at: epoch })
    ),
    Effect.flatMap(StepMarks, (marks) => marks.read(runId, "ship#0"))
  ],
  SweepPlace: [Effect.flatMap(SweepPlace, ({ save }) => save("here")), Effect.flatMap(SweepPlace, ({ load }) => load)],
  DeployedNames: [
    Effect.flatMap(DeployedNames, ({ save }) => save({ names: ["nightly"], asked: [], event: "" })),
    Effect.flatMap(DeployedNames, ({ load }) => load)
  ]
}

describe("all that a tenant's store asks of the table is in partitions of the tenant's own, which a role can be held to (S15)", () => {
  const isOwn = (partition: string) => /^(?:acme\/|#(?:workflows|sweep)\/acme$)/.test(partition)

  it.each(Object.entries(uses))("%s", async (_, some) => {
    const dynamo = pagedDynamo(10)
    const each = Effect.forEach(some, (use) => use)
    await Effect.runPromise(Effect.provide(each, awsTurnStore(optionsOf(dynamo))))
    const partitions = dynamo.sent.flatMap(({ input }) => {
      const { ExpressionAttributeValues: values = {}, Item: item = {}, Key: key = {} } = input
      const texts = [item.pk, item.gp, key.pk, values[":pk"], values[":gp"]]
      return texts.flatMap((text) => text?.S ?? [])
    })
    expect(partitions.length).toBeGreaterThanOrEqual(some.length)
    expect(partitions.filter((partition) => !isOwn(partition))).toEqual([])
  })
})

it("each kind of store seals for its tenant", async () => {
  const tenants: Array<string> = []
  const codec: PayloadCodec = {
    ...testCodec(),
    sealServices: (services, tenant) => {
      tenants.push(tenant)
      return services
    }
  }
  const options = { ...optionsOf(pagedDynamo(1)), codec }
  for (const store of [awsClientStore(options), awsTurnStore(options), awsPurgeStore(options)])
    await Effect.runPromise(Effect.provide(Effect.map(Effect.context<RunTable>(), Context.isContext), store))
  expect(tenants).toEqual(["acme", "acme", "acme"])
})
