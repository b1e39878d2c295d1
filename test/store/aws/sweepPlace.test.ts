import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { awsTurnStore } from "../../../src/store/aws/functionStore.ts"
import { RunTable } from "../../../src/store/runTable.ts"
import { SweepPlace } from "../../../src/store/sweepPlace.ts"
import { dynamodbLocal } from "../../servers/dynamodbLocal.ts"
import { dynoxide } from "../../servers/dynoxide.ts"
import { fauxqs } from "../../servers/fauxqs.ts"
import { prepareTestAws } from "../../servers/testAws.ts"
import { describeWithServers } from "../../servers/withServers.ts"

for (const dynamodb of [dynoxide, dynamodbLocal]) {
  describeWithServers(`The sweeper's place on ${dynamodb.name}`, [dynamodb, fauxqs], (endpointOf) => {
    it("is the tenant's, and no run's", async () => {
      const options = await prepareTestAws({ dynamodb: await endpointOf(dynamodb), sqs: await endpointOf(fauxqs) })
      const as = <A, E>(tenant: string, effect: Effect.Effect<A, E, RunTable>) =>
        Effect.runPromise(Effect.provide(effect, awsTurnStore({ ...options, tenant })))
      const load = Effect.flatMap(SweepPlace, ({ load }) => load)
      const save = (text: string) => Effect.flatMap(SweepPlace, ({ save }) => save(text))
      expect(await as("a", load)).toBeUndefined()
      await as("a", save("first"))
      await as("a", save("second"))
      await as("", save("of none"))
      expect([await as("a", load), await as("", load), await as("b", load)]).toEqual(["second", "of none", undefined])
      const seen = Effect.flatMap(RunTable, (table) => Effect.all([table.list({}), table.scanUnstarted()]))
      for (const tenant of ["a", ""]) expect(await as(tenant, seen)).toEqual([{ runs: [] }, { runIds: [] }])
    })
  })
}
