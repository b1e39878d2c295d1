import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { defineStep, defineWorkflow } from "../../src/index.ts"
import type { CapacityUse } from "../../src/store/aws/calls/capacity.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { testAwsStore } from "../servers/testAws.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { newName } from "../store/samples.ts"
import { dynamoNumbers } from "../store/userTables.ts"
import { live, openEngine, type StoreLayer } from "./engine.ts"

describeWithServers("A step with a transaction on DynamoDB", [dynoxide, fauxqs], (endpointOf) => {
  live("moves once, at twice the price of its row, and puts that row no second time", () =>
    Effect.gen(function* () {
      const user = dynamoNumbers(() => endpointOf(dynoxide), newName("numbers"))
      yield* Effect.promise(user.make)
      const used: Array<CapacityUse> = []
      const store = testAwsStore(
        async () => ({ dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) }),
        { onCapacity: (use) => void used.push(use) }
      )
      const options = { input: Schema.Void, output: Schema.Void } as const
      const open = defineStep("open", {
        ...options,
        transaction: () => ({
          items: [...items(user.insert("a", 10)), ...items(user.insert("b", 0))],
          output: undefined
        })
      })
      const move = defineStep("move", {
        ...options,
        retry: { attempts: 2, initial: 1, max: 1 },
        // The first attempt asks for too much.
        transaction: (_, { attempt }) => ({
          items: items(user.move("a", "b", attempt === 1 ? 11 : 3)),
          output: undefined
        })
      })
      const moves = defineWorkflow("moves", { ...options, run: () => Effect.andThen(open(), move()) })
      const { client } = yield* openEngine({ workflows: [moves], steps: [open, move], wrap: () => store as StoreLayer })
      yield* client.execute(moves, { runId: "m", input: undefined })
      expect([yield* Effect.promise(() => user.read("a")), yield* Effect.promise(() => user.read("b"))]).toEqual([7, 3])
      const written = used.filter(({ kind }) => kind === "write")
      expect(written.filter(({ operation }) => operation === "RunTable.putWith").map((use) => use.tableUnits)).toEqual([
        2, 2
      ])
      // The start is the one row that is put.
      expect(written.filter(({ operation }) => operation === "RunTable.put")).toHaveLength(1)
    })
  )
})

const items = (writes: { readonly items?: ReadonlyArray<object> | undefined }) => writes.items ?? []
