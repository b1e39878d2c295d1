import { type Message, messageKey } from "../../../src/actor/history/message.ts"
import { idempotencyKeyOf } from "../../../src/streams/steps/idempotencyKey.ts"
import type { SimulatedTable, TableObserver } from "../../services/simulatedTable.ts"
import { settles } from "../../workload/features/transactions.ts"
import type { World } from "../../world/world.ts"

/** S35: what a step writes is there once, with its outcome: no outcome without its writes, and no writes without it. */
export class TransactionInvariants implements TableObserver {
  private readonly world: World
  private readonly table: SimulatedTable

  constructor(world: World, table: SimulatedTable) {
    this.world = world
    this.table = table
    table.observe(this)
  }

  rowPut(runId: string, row: Message): void {
    if (row.kind !== "step" || !row.key.startsWith(settles.stepName)) return
    const times = this.table.ledger.of(idempotencyKeyOf(runId, row.key))
    const should = row.outcome.tag === "succeeded" ? 1 : 0
    if (times === should) return
    const what = `${messageKey(row)} of ${runId} has ${row.outcome.tag}`
    throw this.world.violate("S35", `${what}, and its entry stands in the ledger ${times} times`)
  }

  ledgerWritten(runId: string, ids: ReadonlyArray<string>, row: Message): void {
    for (const id of ids) {
      const times = this.table.ledger.of(id)
      if (times > 1) throw this.world.violate("S35", `${id} is written ${times} times`)
      if (this.table.row(runId, messageKey(row)) === undefined || row.kind !== "step")
        throw this.world.violate("S35", `${id} is written without an outcome`)
      if (idempotencyKeyOf(runId, row.key) !== id) throw this.world.violate("S35", `${id} is written with ${row.key}`)
    }
  }

  headWritten(): void {}

  segmentPut(): void {}
}
