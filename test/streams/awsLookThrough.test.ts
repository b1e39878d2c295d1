import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { expect, it } from "vitest"
import { Client, clientLayer, defineStep, defineWorkflow } from "../../src/index.ts"
import { awsStore } from "../../src/store/aws/awsStore.ts"
import { Host, hostLayer } from "../../src/streams/host.ts"
import { dynamodbLocal } from "../servers/dynamodbLocal.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { prepareTestAws, testAwsStore } from "../servers/testAws.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { eventually, live, openEngine, type StoreLayer } from "./engine.ts"
import { newTried, type Refusals, refusing } from "./refusals.ts"

const double = defineStep("double", { input: Schema.Number, output: Schema.Number, run: (n) => Effect.succeed(n * 2) })
const doubles = defineWorkflow("doubles", {
  input: Schema.Number,
  output: Schema.Number,
  run: (n) => Effect.flatMap(double(n), double)
})

for (const dynamodb of [dynoxide, dynamodbLocal]) {
  describeWithServers(
    `A host on ${dynamodb.name} whose stream has forgotten the starts`,
    [dynamodb, fauxqs],
    (endpointOf) => {
      it("finds them in the table, and each run comes to its end", async () => {
        const endpoints = { dynamodb: await endpointOf(dynamodb), sqs: await endpointOf(fauxqs) }
        const options = await prepareTestAws(endpoints)
        // The stream of another table has nothing of this one's, as if a day had passed.
        const { streamArn } = await prepareTestAws(endpoints)
        const store = awsStore({ ...options, streamArn: streamArn as string })
        const ids = Array.from({ length: 25 }, (_, n) => `run-${n}/ü`)
        const start = Effect.gen(function* () {
          const client = yield* Client
          yield* Effect.forEach(ids, (runId) => client.start(doubles, { runId, input: 1 }), { concurrency: 8 })
        })
        await Effect.runPromise(Effect.provide(start, clientLayer.pipe(Layer.provide(store))))
        const app = Layer.mergeAll(clientLayer, hostLayer({ workflows: [doubles], steps: [double] })).pipe(
          Layer.provide(store)
        )
        const end = Effect.gen(function* () {
          const client = yield* Client
          const outcomes = yield* Effect.forEach(ids, (runId) => client.wait(doubles, runId), { concurrency: 8 })
          return { outcomes, look: yield* (yield* Host).lookThrough }
        })
        expect(await Effect.runPromise(Effect.provide(end, app))).toEqual({
          outcomes: ids.map(() => 4),
          look: { found: 0, failed: 0 }
        })
      })
    }
  )
}

describeWithServers(
  `A run on ${dynoxide.name} that has failed, and whose retry the store will not take`,
  [dynoxide, fauxqs],
  (endpointOf) => {
    live("stays as it is, and goes on by a look through the table once it is taken", () =>
      Effect.gen(function* () {
        let isBroken = true
        const breaks = defineStep("breaks", {
          input: Schema.Number,
          output: Schema.Number,
          retry: { attempts: 1 },
          run: (n) => (isBroken ? Effect.die(new Error("broken")) : Effect.succeed(n))
        })
        const fails = defineWorkflow("fails", { input: Schema.Number, output: Schema.Number, run: (n) => breaks(n) })
        const refusals: Refusals = { head: (runId, { status }) => runId === "r" && status === "continued" }
        const store = testAwsStore(async () => ({
          dynamodb: await endpointOf(dynoxide),
          sqs: await endpointOf(fauxqs)
        })) as StoreLayer
        const tried = newTried()
        const wrap = refusing(refusals, tried)
        const { client, host } = yield* openEngine({ workflows: [fails], steps: [breaks], wrap: () => wrap(store) })
        yield* Effect.exit(client.execute(fails, { runId: "r", input: 7 }))
        isBroken = false
        yield* client.retry(fails, "r")
        yield* eventually(
          "it is refused",
          Effect.sync(() => tried.refusedHeads > 0)
        )
        expect(yield* client.get("r", { generation: 0 })).toMatchObject({ status: "failed" })
        delete refusals.head
        expect(yield* host.lookThrough).toEqual({ found: 1, failed: 0 })
        expect(yield* client.wait(fails, "r")).toBe(7)
      })
    )
  }
)
