import type { Writes } from "../../src/actor/definitions/transactions/transaction.ts"
import { TransactionCancelled } from "../../src/actor/errors.ts"

/** A table of the user's: how often each entry was written. */
export class SimulatedLedger {
  /** Of a transaction that has more than the user's own in it. */
  readonly orders = new Set<string>()
  private readonly entries = new Map<string, number>()

  of(id: string): number {
    return this.entries.get(id) ?? 0
  }

  get size(): number {
    return this.entries.size
  }

  /** All of it, or nothing and why. Answers with the entries that are written by it. */
  write({ items = [] }: Writes): ReadonlyArray<string> | TransactionCancelled {
    const refused = items.findIndex((item) => item.ConditionCheck !== undefined)
    if (refused >= 0) {
      const reasons = [{ index: refused, code: "ConditionalCheckFailed" }]
      return new TransactionCancelled({ message: "a condition does not hold", reasons })
    }
    const ids = items.flatMap(({ Update }) => {
      const id = (Update as { readonly Key?: { readonly id?: string } } | undefined)?.Key?.id
      return id === undefined ? [] : [id]
    })
    for (const id of ids) this.entries.set(id, this.of(id) + 1)
    return ids
  }
}
