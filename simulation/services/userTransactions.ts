import type * as Effect from "effect/Effect"
import type { SqlStatement } from "../../src/actor/definitions/transactions/transaction.ts"
import { type Head, isTerminal } from "../../src/actor/history/head.ts"
import { messageKey } from "../../src/actor/history/message.ts"
import type { RunItems, RunStatements } from "../../src/client/transactions/transactionClient.ts"
import type { StoreUnavailable } from "../../src/store/errors.ts"
import type { RowItem } from "../../src/store/transactions/asWrites.ts"
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
          const row = meaningOf(item)
          if (typeof row !== "string") table.put(row.address, row.message, life.name)
        }
        table.orderWritten(order)
        return "taken"
      })
  })

const holdsIn = (table: SimulatedTable, item: RowItem): boolean => {
  const meant = meaningOf(item)
  if (typeof meant === "string") return !hasEnded(table.head(meant))
  return table.row(meant.address, messageKey(meant.message)) === undefined
}

const hasEnded = (head: Head | undefined): boolean =>
  head !== undefined && isTerminal(head.status) && head.status !== "continued"
