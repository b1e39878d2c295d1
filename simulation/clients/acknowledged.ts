import type { SimulatedTable } from "../services/simulatedTable.ts"
import type { World } from "../world/world.ts"
import type { Deletes } from "./deletes.ts"
import type { Judges } from "./judges.ts"

interface Told {
  readonly world: World
  readonly table: SimulatedTable
  readonly deletes: Deletes
  readonly judges: Judges
}

/** S1: what was acknowledged is in the inbox. `input`: of a start. */
export const checkAcknowledged = (
  { deletes, judges, table, world }: Told,
  runId: string,
  key: string,
  input: { readonly value: number } | undefined
): void => {
  // A start is that of the generation which its client was told.
  const row = input === undefined ? table.rowOfRun(runId, key) : table.row(runId, key)
  if (row === undefined && deletes.isGoneWith(runId, key)) return
  if (row === undefined) throw world.violate("S1", `${key} of ${runId} was acknowledged, and is not in the inbox`)
  if (row.kind !== "start" || input === undefined) return
  if (judges.textOf(row.input) !== JSON.stringify(input))
    throw world.violate("S1", `the start of ${runId} was acknowledged, and has another input`)
}
