import type { SqlStatement, Writes } from "../../src/actor/definitions/transactions/transaction.ts"

/** What the steps of schedules write, which is made for DynamoDB, as statements. */
export const asStatements = ({ items = [] }: Writes): Writes => ({ statements: items.flatMap(statementOf) })

const statementOf = (item: NonNullable<Writes["items"]>[number]): ReadonlyArray<SqlStatement> => {
  if (item.ConditionCheck !== undefined) return [{ sql: "update ledger set id = id where id = 'nothing'", changes: 1 }]
  const id = (item.Update as { readonly Key?: { readonly id?: string } } | undefined)?.Key?.id
  return id === undefined ? [] : [{ sql: "insert into ledger (id) values (?)", params: [id], changes: 1 }]
}
