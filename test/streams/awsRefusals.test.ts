import { randomBytes } from "node:crypto"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { expect, it } from "vitest"
import { Client, clientLayer, defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"
import { Host, hostLayer } from "../../src/streams/host.ts"
import { dynamodbLocal } from "../servers/dynamodbLocal.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { testAwsStore } from "../servers/testAws.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { useStore } from "../store/useStore.ts"

/** Random, so that it is not stored in less. */
const large = randomBytes(450 * 1024).toString("base64")

const definitions = () => {
  const told = { text: large }
  const go = defineSignal("go", Schema.String)
  const says = defineStep("says", { input: Schema.Void, output: Schema.String, run: () => Effect.succeed(large) })
  const small = defineStep("small", { input: Schema.Void, output: Schema.Void, run: () => Effect.void })
  /** Its step has more to say than a row holds. */
  const asks = defineWorkflow("asks", {
    input: Schema.Void,
    output: Schema.String,
    run: () => Effect.match(says.orFail(), { onFailure: ({ reason }) => reason as string, onSuccess: () => "none" })
  })
  /** It has more to say itself than its head holds. */
  const tells = defineWorkflow("tells", {
    input: Schema.String,
    output: Schema.String,
    run: () => Effect.map(small(), () => told.text)
  })
  const waits = defineWorkflow("waits", { input: Schema.Void, output: Schema.String, run: () => go.receive })
  return { told, go, asks, tells, waits, workflows: [asks, tells, waits], steps: [says, small] }
}

for (const dynamodb of [dynoxide, dynamodbLocal]) {
  describeWithServers(`A host on ${dynamodb.name} that puts too much into rows`, [dynamodb, fauxqs], (endpointOf) => {
    // A setting of the deployment that DynamoDB does not go along with.
    const store = testAwsStore(async () => ({ dynamodb: await endpointOf(dynamodb), sqs: await endpointOf(fauxqs) }), {
      inlineLimitBytes: 1_000_000
    })
    const { told, go, asks, tells, waits, workflows, steps } = definitions()
    const { run } = useStore(Layer.mergeAll(clientLayer, hostLayer({ workflows, steps })).pipe(Layer.provide(store)))

    it("tells a client that its start or signal is refused, and has nothing of it", () =>
      run(
        Effect.gen(function* () {
          const client = yield* Client
          const start = client.start(tells, { runId: "refused", input: large })
          expect(yield* Effect.flip(start)).toMatchObject({ _tag: "StoreRefused", operation: "RunTable.put" })
          expect(yield* Effect.flip(client.get("refused"))).toMatchObject({ _tag: "RunNotFound" })
          yield* client.start(waits, { runId: "signalled", input: undefined })
          const signal = client.signal("signalled", go, large, { id: "1" })
          expect(yield* Effect.flip(signal)).toMatchObject({ _tag: "StoreRefused" })
          yield* client.signal("signalled", go, "less", { id: "1" })
          expect(yield* client.wait(waits, "signalled")).toBe("less")
        })
      ))

    it("fails a step whose outcome is refused", () =>
      run(
        Effect.gen(function* () {
          const client = yield* Client
          expect(yield* client.execute(asks, { input: undefined })).toBe("payload")
        })
      ))

    it("parks a run whose head is refused, until its code writes less", () =>
      run(
        Effect.gen(function* () {
          const client = yield* Client
          yield* client.start(tells, { runId: "r", input: "" })
          const parked = yield* Effect.flip(client.wait(tells, "r", { failWhenParked: true }))
          expect(parked).toMatchObject({ _tag: "RunParked", reason: { _tag: "WriteRefused" } })
          expect(parked.message).toContain("ValidationException")
          told.text = "less"
          yield* (yield* Host).sweep
          expect(yield* client.wait(tells, "r")).toBe("less")
        })
      ))
  })
}
