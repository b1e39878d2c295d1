import type * as Effect from "effect/Effect"
import type { SqlStatement } from "../../actor/definitions/transactions/transaction.ts"
import type { SignalMessage, StartMessage } from "../../actor/history/message.ts"
import type { StoreRefused, StoreUnavailable } from "../errors.ts"

/** A row as part of a transaction that somebody else commits. See `docs/row-format.md`: this is public. */
export type AsWrites = (row: NewRow) => Effect.Effect<RowWrites, StoreUnavailable | StoreRefused>

export interface NewRow {
  /** Of the generation that it is for. */
  readonly address: string
  readonly message: StartMessage | SignalMessage
  /** Set: the run must not have ended, nor been deleted, which is of this workflow. Absent: whatever has become of it. */
  readonly openRunOf?: string | undefined
  /**
   * Of such a run: the generation has a head, and where it has none any more the run was deleted, and its id is free. Otherwise what the generation is to begin with has to
   * be there: the start of the first, and of a later one the head before it.
   */
  readonly isBegun?: boolean
}

export type RowWrites =
  | { readonly items: ReadonlyArray<RowItem>; readonly statements?: undefined }
  | { readonly statements: ReadonlyArray<SqlStatement>; readonly items?: undefined }

/** In plain values, for a `TransactWriteCommand` of `@aws-sdk/lib-dynamodb`. */
export type RowItem =
  | {
      readonly Put: Conditional & { readonly Item: Record<string, string | number | Uint8Array> }
      readonly ConditionCheck?: undefined
    }
  | {
      readonly ConditionCheck: Conditional & { readonly Key: { readonly pk: string; readonly sk: string } }
      readonly Put?: undefined
    }

interface Conditional {
  readonly TableName: string
  readonly ConditionExpression: string
  readonly ExpressionAttributeNames?: Record<string, string>
  readonly ExpressionAttributeValues?: Record<string, string>
  readonly ReturnValuesOnConditionCheckFailure: "ALL_OLD"
}
