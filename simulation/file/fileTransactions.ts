import type { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import type { SqlStatement } from "../../src/actor/definitions/transactions/transaction.ts"
import { StoreUnavailable } from "../../src/store/errors.ts"
import { type Part, statementsOf, type UserTransactions } from "../services/userTransactions.ts"

/** As an application writes them, with a table of orders in the engine's file and a connection of its own. */
export const fileTransactions = (file: Pick<DatabaseSync, "prepare">): UserTransactions => {
  const run = (sql: string, ...params: ReadonlyArray<never>) => Number(file.prepare(sql).run(...params).changes)
  const ask = <A>(operation: string, call: () => A) =>
    Effect.suspend(() => {
      try {
        return Effect.succeed(call())
      } catch (error) {
        const { message, name } = error as Error
        // Nobody is there any more.
        if (name === "Died") return Effect.never
        return Effect.fail(new StoreUnavailable({ operation, message }))
      }
    })

  /** False: what it asks for is not so, and nothing of it is there. */
  const commit = (order: string, statements: ReadonlyArray<SqlStatement>, holds: boolean): boolean => {
    run("begin immediate")
    try {
      run("insert into orders (id) values (?)", order as never)
      for (const { params = [], sql } of statements) run(sql, ...(params as ReadonlyArray<never>))
      if (!holds && run("update orders set id = id where id = 'nothing'") === 0) {
        run("rollback")
        return false
      }
      run("commit")
      return true
    } catch (error) {
      const { message, name } = error as Error
      if (name === "Died") throw error
      // What fails may have rolled all of it back by itself.
      if (!/no transaction/.test(rolledBack(run)) && isRefusal(message)) return false
      throw error
    }
  }

  return {
    kind: "statements",
    hasOrder: (order) =>
      ask("Orders.get", () => file.prepare("select 1 from orders where id = ?").get(order) !== undefined),
    commit: (order, parts: ReadonlyArray<Part>, holds) =>
      Effect.map(
        ask("Orders.commit", () => commit(order, parts.flatMap(statementsOf), holds)),
        (isTaken) => (isTaken ? "taken" : "refused")
      )
  }
}

/** Its own table's, or what `startStatements` and `signalStatements` say. */
const isRefusal = (message: string): boolean => /UNIQUE constraint failed: orders|bad JSON path/.test(message)

const rolledBack = (run: (sql: string) => number): string => {
  try {
    run("rollback")
    return ""
  } catch (error) {
    if ((error as Error).name === "Died") throw error
    return (error as Error).message
  }
}
