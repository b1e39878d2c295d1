import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import type { Message } from "../../../src/actor/history/message.ts"
import { awsStore } from "../../../src/store/aws/awsStore.ts"
import { readWholeRun } from "../../../src/store/reading/wholeRun.ts"
import { RunTable } from "../../../src/store/runTable.ts"
import { dynamodbLocal } from "../../servers/dynamodbLocal.ts"
import { dynoxide } from "../../servers/dynoxide.ts"
import { fauxqs } from "../../servers/fauxqs.ts"
import { prepareTestAws, testCredentials, testRegion } from "../../servers/testAws.ts"
import { describeWithServers } from "../../servers/withServers.ts"
import { inline, newHead, newRunId, startMessage } from "../samples.ts"

const start = startMessage()
const child = (key: string): Message => ({
  kind: "child",
  at: start.at + 1,
  key,
  fingerprint: "a",
  outcome: { tag: "succeeded", payload: inline(1) }
})

/** Pages of one item, and something that happens after the first. */
const interrupted = (endpoint: string, happens: () => Promise<unknown>) => {
  const client = new DynamoDBClient({ endpoint, region: testRegion, credentials: testCredentials })
  let pages = 0
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName !== "QueryCommand") return await next(args)
        if (pages++ === 1) await happens()
        return await next({ ...args, input: { ...args.input, Limit: 1 } as typeof args.input })
      },
    { step: "initialize" }
  )
  return { client, pages: () => pages }
}

for (const dynamodb of [dynoxide, dynamodbLocal]) {
  describeWithServers(`A read of a run in pages on ${dynamodb.name}`, [dynamodb, fauxqs], (endpointOf) => {
    it("has the rows of a commit that stands between two pages, and whose head is on the later one", async () => {
      const endpoints = { dynamodb: await endpointOf(dynamodb), sqs: await endpointOf(fauxqs) }
      const options = await prepareTestAws(endpoints)
      const runId = newRunId()
      const first = child("a#0")
      // Sorts before the row that was read already.
      const second = child("0#0")
      const head = { version: 1, adopted: 2, tail: ["start", "child/a#0"] }
      const before = Effect.gen(function* () {
        const table = yield* RunTable
        for (const row of [start, first]) yield* table.put(runId, row)
        yield* table.commitHead(runId, newHead(head))
      })
      const commit = Effect.gen(function* () {
        const table = yield* RunTable
        yield* table.put(runId, second)
        yield* table.commitHead(runId, newHead({ ...head, version: 2, adopted: 3, tail: [...head.tail, "child/0#0"] }))
      })
      const run = <A, E>(effect: Effect.Effect<A, E, RunTable>) =>
        Effect.runPromise(Effect.provide(effect, awsStore(options)))
      await run(before)
      const { client, pages } = interrupted(endpoints.dynamodb, () => run(commit))
      const torn = awsStore({ ...options, clients: { dynamodb: client } })
      const read = await Effect.runPromise(Effect.provide(readWholeRun(runId), torn))
      expect(pages()).toBeGreaterThan(2)
      expect(read.head?.version).toBe(2)
      expect(read.messages).toEqual([start, second, first])
      client.destroy()
    })
  })
}
