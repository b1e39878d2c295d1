import { fileURLToPath } from "node:url"
import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { DynamoDBDocumentClient, GetCommand, PutCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb"
import { type App, Duration, RemovalPolicy } from "aws-cdk-lib"
import { AttributeType, TableV2 } from "aws-cdk-lib/aws-dynamodb"
import type { Role } from "aws-cdk-lib/aws-iam"
import { Client } from "dynactor"
import type { Dynactor } from "dynactor/cdk"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import { afterAll, beforeAll, expect, it } from "vitest"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { type Deployed, deploy } from "./deployed.ts"
import { noFaults } from "./faults.ts"
import { RigStack, type RigStackProps } from "./rigStack.ts"
import { type Synthesized, synthesize } from "./synthesize.ts"
import { confirmed, payOut } from "./transactions.ts"

/** With a table of the user's own, and the rights to it that the guide names. */
class BankStack extends RigStack {
  constructor(app: App, id: string, props: RigStackProps) {
    super(app, id, props)
    const accounts = new TableV2(this, "Accounts", {
      partitionKey: { name: "id", type: AttributeType.STRING },
      removalPolicy: RemovalPolicy.DESTROY
    })
    const { functions } = this.node.findChild("Runs") as Dynactor
    accounts.grantReadWriteData(functions.step)
    functions.step.addEnvironment("ACCOUNTS", accounts.tableName)
    accounts.grantReadWriteData(this.node.findChild("Shop") as Role)
  }
}

describeWithServers("Transactions with a table of the user's own, on the rig", [dynoxide, fauxqs], (endpointOf) => {
  let synthesized: Synthesized
  let rig: Deployed
  let documents: DynamoDBDocumentClient
  let TableName = ""
  const faults = noFaults()

  beforeAll(async () => {
    const entry = fileURLToPath(new URL("transactions.ts", import.meta.url))
    synthesized = synthesize((app) => new BankStack(app, "Bank", { entry, stepTimeout: Duration.seconds(6) }))
    rig = await deploy(synthesized, { dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) }, { faults })
    const [accounts] = rig.stack
      .resources("AWS::DynamoDB::GlobalTable")
      .filter(({ logicalId }) => logicalId.startsWith("Accounts"))
    TableName = rig.stack.physicalId(accounts?.logicalId ?? "").ref
    const { endpoint, stack } = rig
    const options = { region: stack.region, endpoint, credentials: rig.credentialsAs("Shop") }
    documents = DynamoDBDocumentClient.from(new DynamoDBClient(options))
    for (const [id, cents] of Object.entries({ bank: 1, ada: 100, seller: 0 }))
      await documents.send(new PutCommand({ TableName, Item: { id, cents } }))
  }, 180_000)

  afterAll(async () => {
    documents?.destroy()
    await rig?.stop()
    synthesized?.remove()
  })

  const asShop = <A, E>(effect: Effect.Effect<A, E, Client>) =>
    Effect.runPromise(Effect.provide(Effect.timeout(effect, "90 seconds"), rig.layerAs("Shop")))

  const itemOf = async (id: string) =>
    (await documents.send(new GetCommand({ TableName, Key: { id }, ConsistentRead: true }))).Item

  const take = (items: ReadonlyArray<object>) =>
    Effect.tryPromise(() => documents.send(new TransactWriteCommand({ TransactItems: [...items] as never })))

  const order = (id: string) => ({
    Put: { TableName, Item: { id, cents: 30 }, ConditionExpression: "attribute_not_exists(id)" }
  })

  const placed = Effect.fnUntraced(function* (runId: string) {
    const client = yield* Client
    const start = yield* client.startItem(payOut, { runId, input: { from: "ada", to: "seller", cents: 30 } })
    const first = yield* client.signalItem(start, confirmed, "with the order", { id: "first" })
    return { start, first }
  })

  it("a run starts with the order's row and not without it, and what it moves is moved once, whoever dies over it", async () => {
    // Before its transaction and behind it: the next to receive the step finds out which.
    const deaths = ["killBefore", "killAfter"] as const
    let died = 0
    faults.onCall = ({ operation }) => {
      const death = operation === "TransactWriteItems" ? deaths[died] : undefined
      if (death !== undefined) died += 1
      return death ?? "none"
    }
    const outcome = await asShop(
      Effect.gen(function* () {
        const client = yield* Client
        const { first, start } = yield* placed("order-1")
        yield* take([order("order-1"), ...start.items, ...first.items])
        const again = yield* placed("order-1")
        yield* Effect.flip(take([order("order-1"), ...again.start.items]))
        expect(yield* client.explainCancelled([again.start])).toMatchObject({ _tag: "IsThere", runId: "order-1" })
        // To a run that goes on, which is a condition of the transaction.
        yield* client.get("order-1").pipe(
          Effect.filterOrFail(({ waitingFor }) => waitingFor.some(({ kind }) => kind === "signal")),
          Effect.retry(Schedule.spaced("100 millis"))
        )
        const second = yield* client.signalItem("order-1", confirmed, "by the warehouse", { id: "second" })
        expect(second.items).toHaveLength(2)
        yield* take([
          {
            Update: {
              TableName,
              Key: { id: "order-1" },
              UpdateExpression: "SET packed = :yes",
              ExpressionAttributeValues: { ":yes": true }
            }
          },
          ...second.items
        ])
        return yield* client.wait(payOut, "order-1")
      })
    )
    expect(outcome).toEqual({ moved: 30, by: ["with the order", "by the warehouse"] })
    expect(died).toBe(deaths.length)
    expect(await itemOf("order-1")).toEqual({ id: "order-1", cents: 30, packed: true })
    expect([await itemOf("ada"), await itemOf("seller")]).toMatchObject([{ cents: 70 }, { cents: 30 }])
    expect(rig.gateway.denied()).toEqual([])
  }, 120_000)

  it("an order that is refused leaves no run, and a signal to a run that has ended takes nothing with it", async () => {
    await asShop(
      Effect.gen(function* () {
        const client = yield* Client
        const { first, start } = yield* placed("order-2")
        yield* Effect.flip(take([order("order-1"), ...start.items, ...first.items]))
        expect(yield* client.explainCancelled([start, first])).toBeUndefined()
        expect(yield* Effect.flip(client.get("order-2"))).toMatchObject({ _tag: "RunNotFound" })

        yield* take([order("order-2"), ...start.items])
        const late = yield* client.signalItem("order-2", confirmed, "too late", { id: "late" })
        yield* client.cancel("order-2")
        yield* Effect.exit(client.wait(payOut, "order-2"))
        yield* Effect.flip(take([order("order-3"), ...late.items]))
        expect(yield* client.explainCancelled([late])).toMatchObject({ _tag: "RunFinished" })
      })
    )
    expect(await itemOf("order-3")).toBeUndefined()
    expect(rig.gateway.denied()).toEqual([])
  }, 120_000)

  it("a transfer whose condition does not hold fails its run, and moves nothing", async () => {
    const before = [await itemOf("ada"), await itemOf("seller")]
    const error = await asShop(
      Effect.gen(function* () {
        const client = yield* Client
        yield* client.start(payOut, { runId: "order-4", input: { from: "ada", to: "seller", cents: 1_000 } })
        for (const id of ["one", "two"]) yield* client.signal("order-4", confirmed, id, { id })
        return yield* Effect.flip(client.wait(payOut, "order-4"))
      })
    )
    expect(error).toMatchObject({ _tag: "NotEnough", account: "ada" })
    expect([await itemOf("ada"), await itemOf("seller")]).toEqual(before)
  }, 120_000)
})
