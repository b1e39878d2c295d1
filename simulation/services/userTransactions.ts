import type * as Effect from "effect/Effect"
import { type Head, isTerminal } from "../../src/actor/history/head.ts"
import { messageKey } from "../../src/actor/history/message.ts"
import type { StoreUnavailable } from "../../src/store/errors.ts"
import type { RowItem } from "../../src/store/transactions/asWrites.ts"
import type { Life } from "../world/machine.ts"
import type { World } from "../world/world.ts"
import { meaningOf } from "./rowsAsItems.ts"
import type { SimulatedTable } from "./simulatedTable.ts"

/** What an application commits by itself: an order of its own, and what `startItem` and `signalItem` have given it. */
export interface UserTransactions {
  /** `holds`: a condition of the application's. Nothing of it is there but where it is taken. `busy`: others are at the same items. */
  readonly commit: (
    order: string,
    items: ReadonlyArray<RowItem>,
    holds: boolean
  ) => Effect.Effect<"taken" | "refused" | "busy", StoreUnavailable>
  readonly hasOrder: (order: string) => Effect.Effect<boolean, StoreUnavailable>
}

const conflicts = 0.1

export const userTransactions =
  (world: World, table: SimulatedTable) =>
  (life: Life): UserTransactions => ({
    hasOrder: (order) => world.call(life, "Orders.get", () => table.ledger.orders.has(order)),
    commit: (order, items, holds) =>
      world.call(life, "Orders.commit", () => {
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
