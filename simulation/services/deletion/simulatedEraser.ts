import * as Effect from "effect/Effect"
import { addressOf, runIdOf } from "../../../src/actor/history/generation.ts"
import { objectsPrefix } from "../../../src/store/deletion/payloadNames.ts"
import type { ErasedRun, RunEraser } from "../../../src/store/deletion/runEraser.ts"
import type { Life } from "../../world/machine.ts"
import type { World } from "../../world/world.ts"
import type { SimulatedCallbacks } from "../simulatedCallbacks.ts"
import type { SimulatedOutput } from "../simulatedOutput.ts"
import type { SimulatedPayloads } from "../simulatedPayloads.ts"
import type { SimulatedReplies } from "../simulatedReplies.ts"
import type { SimulatedStepMarks } from "../simulatedStepMarks.ts"
import type { SimulatedTable } from "../simulatedTable.ts"

export interface Erasable {
  readonly world: World
  readonly table: SimulatedTable
  readonly payloads: SimulatedPayloads
  readonly output: SimulatedOutput
  readonly replies: SimulatedReplies
  readonly callbacks: SimulatedCallbacks
  readonly marks: SimulatedStepMarks
}

/** Items that go at one moment, as in a batch that was taken in part. */
const together = 3

/** Item by item, as in DynamoDB: what leads to others goes after what it leads to. Whoever does it may die between any two. */
export const simulatedEraser = (on: Erasable, life: Life): RunEraser["Service"] => {
  const call = <A>(operation: string, request: () => A) => on.world.call(life, `RunEraser.${operation}`, request)

  const clear = Effect.fnUntraced(function* (keys: () => ReadonlyArray<() => void>) {
    const items = yield* call("read", keys)
    for (let from = 0; from < items.length; from += together)
      yield* call("erase", () => {
        for (const erase of items.slice(from, from + together)) erase()
      })
    return items.length
  })

  return {
    erase: Effect.fnUntraced(function* (run: ErasedRun) {
      let count = yield* clear(() => objectsOf(on, run.runId))
      count += yield* clear(() => chunksOf(on, run.runId))
      count += yield* clear(() => besideOf(on, run.runId))
      for (let number = 0; number <= run.generation + 1; number++)
        count += yield* clear(() => itemsOf(on, run.runId, number))
      return count
    }),
    remove: ({ generation, runId, version }) =>
      call("remove", () => on.table.remove(addressOf(runId, generation), version))
  }
}

type Items = ReadonlyArray<() => void>

const objectsOf = ({ payloads }: Erasable, runId: string): Items =>
  [...payloads.names()].flatMap((name) => (name.startsWith(objectsPrefix(runId)) ? [() => payloads.erase(name)] : []))

const chunksOf = ({ output }: Erasable, runId: string): Items =>
  output.all().flatMap(({ chunks, stream }) => {
    if (runIdOf(stream.runId) !== runId) return []
    return chunks.map(
      ({ position }) =>
        () =>
          output.erase(stream, position)
    )
  })

const besideOf = ({ callbacks, marks, replies }: Erasable, runId: string): Items => {
  const of = (keys: Iterable<string>) => [...keys].filter((key) => runIdOf(key.split(" ", 1)[0] as string) === runId)
  return [
    ...of(replies.keys()).map((key) => () => replies.erase(key)),
    ...of(marks.keys()).map((key) => () => marks.erase(key)),
    ...of(callbacks.beatKeys()).map((key) => () => callbacks.erase(key))
  ]
}

const itemsOf = ({ table }: Erasable, runId: string, number: number): Items => {
  const address = addressOf(runId, number)
  const { marks, rows, segments } = table.partitions.get(address) ?? {}
  const keys = [...(rows?.keys() ?? [])].filter((key) => number > 0 || key !== "start")
  return [
    ...keys.map((key) => () => table.erase(address, "rows", key)),
    ...[...(segments?.keys() ?? [])].map((index) => () => table.erase(address, "segments", index)),
    ...[...(marks?.keys() ?? [])].map((name) => () => table.erase(address, "marks", name))
  ]
}
