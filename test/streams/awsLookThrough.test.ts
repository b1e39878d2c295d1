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
import { prepareTestAws } from "../servers/testAws.ts"
import { describeWithServers } from "../servers/withServers.ts"

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
