import { readEntry } from "../../src/actor/history/entry.ts"
import type { Head } from "../../src/actor/history/head.ts"
import type { Message } from "../../src/actor/history/message.ts"
import { fromPayload, isReference } from "../../src/actor/values/payload.ts"
import { isPatched } from "../workload/model.ts"
import type { Trace } from "../workload/trace.ts"
import type { World } from "../world/world.ts"

/**
 * S28: what `forEachStep` comes to adds up, and is as its limits say. S29: at all places of one patch a run goes one way, and the new one
 * only if its history says so.
 */
export const checkWays = (
  world: World,
  runId: string,
  order: ReadonlyArray<string>,
  { miscounted, ways }: Trace
): void => {
  if (miscounted !== undefined) throw world.violate("S28", `in ${runId} ${miscounted}`)
  if (ways.length === 0) return
  const noted = new Set(order.flatMap((entry) => readEntry(entry).patches ?? []))
  const first = new Map(ways.map(({ id, isNew }) => [id, isNew]))
  for (const { id, isNew } of ways) {
    if (first.get(id) !== isNew) throw world.violate("S29", `${runId} goes both ways at patch ${id}`)
    if (isNew && !noted.has(id))
      throw world.violate("S29", `${runId} goes the new way at patch ${id}, which its history does not have`)
    if (!isNew && noted.has(id))
      throw world.violate("S29", `${runId} goes the old way at patch ${id}, and its history has the new one`)
  }
}

/** S29: what an older build has begun, code that asks for the patch goes on with. */
export const checkParked = (world: World, runId: string, head: Head, start: Message | undefined): void => {
  if (head.parked?._tag !== "NonDeterminismError" || start?.kind !== "start" || isReference(start.input)) return
  const { program } = Object(fromPayload(start.input)) as { readonly program?: unknown }
  if (typeof program === "string" && isPatched(program))
    throw world.violate("S29", `${runId} is parked by code that has a patch for it: ${head.parked.message}`)
}
