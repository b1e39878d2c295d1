import type * as Effect from "effect/Effect"
import type { Writes } from "../../actor/definitions/transactions/transaction.ts"
import type { TransactionCancelled } from "../../actor/errors.ts"
import type { Message } from "../../actor/history/message.ts"
import type { StoreUnavailable } from "../errors.ts"

/** See `RunTable.putWith`. */
export type PutWith = (
  runId: string,
  message: Message,
  writes: Writes
) => Effect.Effect<PutWithResult, StoreUnavailable>

export type PutWithResult =
  /** The row is there, and all is written. By this call, or by an earlier one of the same whose answer was lost. */
  | { readonly _tag: "Inserted" }
  /** A row of the key was there before, with what was written then. Nothing is written now. */
  | { readonly _tag: "Exists"; readonly message: Message }
  /** Nothing is written: a condition does not hold, or one of the writes is refused. There is no row of the key. */
  | { readonly _tag: "Cancelled"; readonly error: TransactionCancelled }
  /** Nothing is written: others write to the same items. To be asked again in a moment. */
  | { readonly _tag: "Busy"; readonly message: string }
  /** Nothing is written. `isFinal`: this store does not take such writes at all, whatever is in them. */
  | { readonly _tag: "Unfit"; readonly message: string; readonly isFinal: boolean }

const stored = new WeakSet<Message>()

/**
 * This very row is in the inbox, and rows are not changed: whoever has it in hand need not put it. Known of few rows, where a put that finds
 * its row there would cost as much as one that does not.
 */
export const noteStored = <M extends Message>(row: M): M => {
  stored.add(row)
  return row
}

export const isStored = (row: Message): boolean => stored.has(row)
