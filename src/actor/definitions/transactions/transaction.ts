import type { TransactionCancelled } from "../../errors.ts"
import type { RetryAfter } from "../retryAfter.ts"

/** One action of DynamoDB's TransactWriteItems, in plain values, as a `TransactWriteCommand` of `@aws-sdk/lib-dynamodb` takes it. */
export interface TransactItem {
  readonly Put?: object | undefined
  readonly Update?: object | undefined
  readonly Delete?: object | undefined
  readonly ConditionCheck?: object | undefined
}

/** What a parameter of a statement may be. */
export type SqlValue = string | number | bigint | Uint8Array | null

/** One statement of SQL, for a table of yours in the engine's file. */
export interface SqlStatement {
  /** One `insert`, `update`, `delete` or `replace`, with `?` for each parameter. */
  readonly sql: string
  readonly params?: ReadonlyArray<SqlValue> | undefined
  /** How many rows it has to change, as a condition: with any other number nothing is written. Default: any. */
  readonly changes?: number | undefined
}

/** What is written: all of it, or nothing. */
export type Writes =
  | { readonly items: ReadonlyArray<TransactItem>; readonly statements?: undefined }
  | { readonly statements: ReadonlyArray<SqlStatement>; readonly items?: undefined }

/** What a step with `transaction` comes to: its output, and the writes that are committed together with it. */
export type TransactionPlan<Out, Err = never> = Writes & {
  readonly output: Out
  /**
   * Asked when one of its conditions does not hold, and nothing was written: the error that the step fails with instead, tried again as its policy says. Default, and
   * with undefined: the attempt has failed, as by a defect, and in the end `StepFailed` with reason `transaction`.
   */
  readonly onCancelled?: ((cancelled: TransactionCancelled) => Err | RetryAfter | undefined) | undefined
}
