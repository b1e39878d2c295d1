import type * as Effect from "effect/Effect"
import type { SqlStatement } from "../../src/actor/definitions/transactions/transaction.ts"
import { addressOf, parseAddress } from "../../src/actor/history/generation.ts"
import { type Head, isTerminal } from "../../src/actor/history/head.ts"
import { messageKey } from "../../src/actor/history/message.ts"
import type { RunItems, RunStatements } from "../../src/client/transactions/transactionClient.ts"
import type { StoreUnavailable } from "../../src/store/errors.ts"
import type { NewRow, RowItem } from "../../src/store/transactions/asWrites.ts"
import type { Life } from "../world/machine.ts"
import type { World } from "../world/world.ts"
import { meaningOf } from "./rowsAsItems.ts"
import type { SimulatedTable } from "./simulatedTable.ts"

/** What a client gives for a start or a signal. */
export type Part = RunItems | RunStatements

export const itemsOf = (part: Part): ReadonlyArray<RowItem> => ("items" in part ? part.items : [])

export const statementsOf = (part: Part): ReadonlyArray<SqlStatement> => ("items" in part ? [] : part.statements)

/** What an application commits by itself: an order of its own, and what the client has given it for a start or a signal. */
export interface UserTransactions {
  /** What it asks the client for. */
  readonly kind: "items" | "statements"
  /** `holds`: a condition of the application's. Nothing of it is there but where it is taken. `busy`: others are at the same items. */
  readonly commit: (
    order: string,
    parts: ReadonlyArray<Part>,
    holds: boolean
  ) => Effect.Effect<"taken" | "refused" | "busy", StoreUnavailable>
  readonly hasOrder: (order: string) => Effect.Effect<boolean, StoreUnavailable>
}

const conflicts = 0.1

export const userTransactions =
  (world: World, table: SimulatedTable) =>
  (life: Life): UserTransactions => ({
    kind: "items",
    hasOrder: (order) => world.call(life, "Orders.get", () => table.ledger.orders.has(order)),
    commit: (order, parts, holds) =>
      world.call(life, "Orders.commit", () => {
        const items = parts.flatMap(itemsOf)
        if (!world.faults.isCalm && world.draw.chance(conflicts)) return "busy"
        const isTaken = holds && !table.ledger.orders.has(order) && items.every((item) => holdsIn(table, item))
        if (!isTaken) return "refused"
        for (const item of items) {
          const { put } = meaningOf(item)
          if (put !== undefined) table.put(put.address, put.message, life.name)
        }
        table.orderWritten(order)
        return "taken"
      })
  })

const holdsIn = (table: SimulatedTable, item: RowItem): boolean => {
  const { open, put } = meaningOf(item)
  if (open !== undefined) return goesOn(table, open)
  return put === undefined || table.partitions.get(put.address)?.rows.has(messageKey(put.message)) !== true
}

/** By what is stored, of a run that was deleted as well. */
const goesOn = ({ partitions }: SimulatedTable, { address, isBegun = false }: NewRow): boolean => {
  const head = partitions.get(address)?.head
  if (head !== undefined) return head.deletion === undefined && !hasEnded(head)
  if (isBegun) return false
  const { generation, runId } = parseAddress(address)
  if (generation === 0) return partitions.get(address)?.rows.get("start")?.kind === "start"
  const before = partitions.get(addressOf(runId, generation - 1))?.head
  return before !== undefined && before.deletion === undefined
}

const hasEnded = ({ status }: Head): boolean => isTerminal(status) && status !== "continued"
