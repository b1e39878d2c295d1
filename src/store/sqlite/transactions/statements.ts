import type { SqlStatement } from "../../../actor/definitions/transactions/transaction.ts"

/** Why a statement is none that can stand in a transaction of the engine's; undefined if it can. */
export const refusalOf = ({ changes, params, sql }: SqlStatement): string | undefined => {
  if (typeof sql !== "string") return "it has no sql"
  const text = withoutComments(sql)
  if (!/^\s*(?:insert|update|delete|replace|with)\b/i.test(text)) return "it is no insert, update, delete or replace"
  if (/\bor\s+rollback\b/i.test(text)) return "it may roll back what is not its own (or rollback)"
  if (/;\s*\S/.test(text)) return "it is more than one statement: give them one by one"
  if (params !== undefined && !Array.isArray(params)) return "its params are no array"
  return changes === undefined || (Number.isInteger(changes) && changes >= 0)
    ? undefined
    : "changes is no whole number of 0 or more"
}

/** Texts are left empty, and names too: what stands in them is no syntax. */
const withoutComments = (sql: string): string =>
  sql.replace(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]/g, (part) =>
    part.startsWith("-") || part.startsWith("/") ? " " : "''"
  )
