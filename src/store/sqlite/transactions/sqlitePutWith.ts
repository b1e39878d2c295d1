import * as Effect from "effect/Effect"
import type { SqlStatement, Writes } from "../../../actor/definitions/transactions/transaction.ts"
import { TransactionCancelled } from "../../../actor/errors.ts"
import type { Message } from "../../../actor/history/message.ts"
import type { PutWith, PutWithResult } from "../../transactions/putWith.ts"
import type { Engine } from "../engine.ts"
import { explain, isAway, isBroken, NeverTaken } from "../file/sqliteErrors.ts"
import type { AfterCommit } from "../groupCommit.ts"
import { refusalOf } from "./statements.ts"

/** A row and statements of the user's. They share their flush with other writes, and nothing else: what fails of them is taken back alone. */
export const sqlitePutWith =
  (engine: Engine): PutWith =>
  (runId, message, writes) => {
    const wrong = writes.items === undefined ? wrongStatement(writes.statements) : wrongItems(writes)
    if (wrong !== undefined) return Effect.succeed<PutWithResult>({ _tag: "Unfit", message: wrong, isFinal: true })
    const statements = writes.statements ?? []
    return Effect.catchTag(
      engine.writes.run("RunTable.putWith", (afterCommit) => putWith(engine, runId, message, statements, afterCommit)),
      "StoreRefused",
      (refused) => Effect.succeed<PutWithResult>({ _tag: "Unfit", message: refused.message, isFinal: true })
    )
  }

/** Nothing to write is nothing that could not be written. */
const wrongItems = ({ items = [] }: Writes): string | undefined =>
  items.length === 0
    ? undefined
    : "it writes items to DynamoDB, and this host's store is a SQLite file: run it on a host of an AWS store, or let it give statements"

const wrongStatement = (statements: ReadonlyArray<SqlStatement>): string | undefined => {
  for (const [index, statement] of statements.entries()) {
    const wrong = refusalOf(statement)
    if (wrong !== undefined) return `statement ${index}: ${wrong}`
  }
  return undefined
}

const putWith = (
  engine: Engine,
  runId: string,
  message: Message,
  statements: ReadonlyArray<SqlStatement>,
  afterCommit: AfterCommit
): PutWithResult => {
  const { sql } = engine.database
  const after: Array<() => void> = []
  engine.fresh.forgetAll()
  sql("savepoint user_writes").run()
  const existing = engine.insertRow(runId, message, true, (effect) => void after.push(effect))
  const result =
    existing === undefined
      ? runAll(engine, statements)
      : ({ _tag: "Exists", message: existing } satisfies PutWithResult)
  if (result === undefined) {
    sql("release user_writes").run()
    for (const effect of after) afterCommit(effect)
    return { _tag: "Inserted" }
  }
  takeBack(engine)
  return result
}

const takeBack = ({ database: { raw } }: Engine): void => {
  try {
    raw.exec("rollback to user_writes; release user_writes")
  } catch {
    // A trigger of the user's: of those that share the flush each is written alone then, and this one fails.
    throw new NeverTaken(
      "a statement has rolled back the whole transaction: let it fail without that (raise(abort, ...))"
    )
  }
}

/** Undefined: all of them are written. */
const runAll = ({ database: { raw } }: Engine, statements: ReadonlyArray<SqlStatement>): PutWithResult | undefined => {
  for (const [index, { sql, params = [], changes }] of statements.entries()) {
    let changed: number | bigint
    try {
      changed = raw.prepare(sql).run(...params).changes
    } catch (error) {
      if (isAway(error)) throw error
      if (isBroken(error)) return cancelled(index, "ConstraintFailed", explain(error))
      return { _tag: "Unfit", message: `statement ${index}: ${explain(error)}`, isFinal: false }
    }
    if (changes === undefined || Number(changed) === changes) continue
    return cancelled(index, "RowsNotChanged", `it changes ${changed} rows, and has to change ${changes}`)
  }
  return undefined
}

const cancelled = (index: number, code: string, message: string): PutWithResult => ({
  _tag: "Cancelled",
  error: new TransactionCancelled({
    message: `nothing was written: statement ${index} (${code}): ${message}`,
    reasons: [{ index, code, message }]
  })
})
