import { type Message, messageKey } from "../../../src/actor/history/message.ts"
import { idempotencyKeyOf } from "../../../src/streams/steps/idempotencyKey.ts"
import type { SimulatedTable, TableObserver } from "../../services/simulatedTable.ts"
import { settles } from "../../workload/features/transactions.ts"
import type { World } from "../../world/world.ts"
import type { CopyInvariants } from "../copies/copyInvariants.ts"

/** S35: what a step writes is there once, with its outcome: no outcome without its writes, and no writes without it. */
export class TransactionInvariants implements TableObserver {
  private readonly world: World
  private readonly table: SimulatedTable
  private readonly copies: CopyInvariants
  /** By the key of a step: where it has succeeded. A retry may know it by the key of the one that it comes of, where it was not known to have. */
  private readonly succeeded = new Map<string, Set<string>>()

  constructor(world: World, table: SimulatedTable, copies: CopyInvariants) {
    this.world = world
    this.table = table
    this.copies = copies
    table.observe(this)
  }

  /** By which the step has written. */
  private idOf(address: string, key: string): string {
    return this.copies.knownAs(address, key) ?? idempotencyKeyOf(address, key)
  }

  private placesOf(address: string, key: string): Set<string> {
    const id = this.idOf(address, key)
    const known = this.succeeded.get(id) ?? new Set<string>()
    this.succeeded.set(id, known)
    return known
  }

  rowPut(runId: string, row: Message): void {
    if (row.kind !== "step" || !row.key.startsWith(settles.stepName)) return
    // It has written where it was executed.
    if (this.copies.isCopied(runId, row)) return
    const places = this.placesOf(runId, row.key)
    if (row.outcome.tag === "succeeded") places.add(runId)
    const times = this.table.ledger.of(this.idOf(runId, row.key))
    const should = places.size
    if (times === should) return
    const what = `${messageKey(row)} of ${runId} has ${row.outcome.tag}`
    throw this.world.violate("S35", `${what}, and its entry stands in the ledger ${times} times`)
  }

  ledgerWritten(runId: string, ids: ReadonlyArray<string>, row: Message): void {
    for (const id of ids) {
      const times = this.table.ledger.of(id)
      const places = row.kind === "step" ? this.placesOf(runId, row.key).add(runId).size : 0
      if (times > places) throw this.world.violate("S35", `${id} is written ${times} times`)
      if (this.table.row(runId, messageKey(row)) === undefined || row.kind !== "step")
        throw this.world.violate("S35", `${id} is written without an outcome`)
      if (this.idOf(runId, row.key) !== id) throw this.world.violate("S35", `${id} is written with ${row.key}`)
    }
  }

  headWritten(): void {}

  segmentPut(): void {}
}
