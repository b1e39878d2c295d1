import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import type { Item } from "../../../src/store/aws/table/attributes.ts"
import type { DynamoTable } from "../../../src/store/aws/table/dynamoTable.ts"
import { makeDeployedNames } from "../../../src/store/aws/table/sweepPlaceItem.ts"

/** Of one item, whatever its keys. */
const namesOn = (item: Item | undefined) => {
  let kept = item
  const table = {
    get: () => Effect.sync(() => kept),
    put: (_operation: string, next: Item) =>
      Effect.sync(() => {
        kept = next
      })
  } as unknown as DynamoTable
  return makeDeployedNames({ table, tenant: "" })
}

const load = (item: Item | undefined) => Effect.runPromise(namesOn(item).load)

it("the names of a deployment's schedules come back as they were kept", async () => {
  const kept = { names: ["nightly", "ü"], asked: ["nightly"], event: "7" }
  const names = namesOn(undefined)
  await Effect.runPromise(names.save(kept))
  expect(await Effect.runPromise(names.load)).toEqual(kept)
})

it("those that an earlier build has kept are names as well: what is not among the next ones was taken out", async () => {
  expect(await load({ q: '["nightly","hourly"]' })).toEqual({ names: ["nightly", "hourly"], asked: [], event: "" })
})

it("nothing that is kept is no name, and what nobody can read is not taken for that", async () => {
  expect(await load(undefined)).toEqual({ names: [], asked: [], event: "" })
  for (const q of [undefined, 7, "", "{", '{"names":["nightly"]}', "[7]"])
    expect(await load(q === undefined ? {} : { q })).toBe("unreadable")
})
