import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { addressOf } from "../../src/actor/history/generation.ts"
import type { Head } from "../../src/actor/history/head.ts"
import { findNewest } from "../../src/store/generations/newest.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { newHead } from "./samples.ts"

/** A run of these generations, the first of them first, and the mark that names the newest as far as it was raised. */
const find = (heads: ReadonlyArray<Head | undefined>, mark: number | undefined, from = 0) => {
  let reads = 0
  const table = {
    readHead: (address: string) =>
      Effect.sync(() => {
        reads++
        return heads.find((_, generation) => addressOf("r", generation) === address)
      }),
    readMark: () => Effect.sync(() => mark)
  } as unknown as RunTable["Service"]
  const found = Effect.runSync(Effect.provideService(findNewest("r", from), RunTable, table))
  return { ...found, reads }
}

const over = newHead({ status: "continued" })
const runs = newHead({ version: 7 })

it("a run that has never gone on is found by one read, and one that was not begun as well", () => {
  expect(find([runs], undefined)).toEqual({ address: "r", head: runs, reads: 1 })
  expect(find([undefined], undefined)).toEqual({ address: "r", head: undefined, reads: 1 })
})

it("the newest generation is found, however far its mark is behind, and before it has a head", () => {
  for (const last of [runs, undefined])
    for (const mark of [undefined, 0, 1, 2, 3, 4])
      expect(find([over, over, over, over, last], mark)).toMatchObject({ address: addressOf("r", 4), head: last })
  // With its mark, by two reads.
  expect(find([over, over, over, over, runs], 4).reads).toBe(2)
})

it("from one that is known to have been it goes on, whatever the mark says", () => {
  expect(find([over, over, over, runs], 1, 2)).toMatchObject({ address: addressOf("r", 3), head: runs })
  expect(find([over, over, over, runs], 3, 3)).toMatchObject({ address: addressOf("r", 3), head: runs })
})

it("of a run that was deleted its last head is told, by the first address", () => {
  const deleted = newHead({ status: "deleted", deletion: { generation: 2, until: 5 } })
  for (const mark of [undefined, 1, 2])
    expect(find([over, over, deleted], mark)).toMatchObject({ address: "r", head: undefined, deleted })
})
