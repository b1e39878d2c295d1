import type { SqlStatement } from "../../../actor/definitions/transactions/transaction.ts"
import { placeOfAddress } from "../../../actor/history/generation.ts"
import { headStatuses, isTerminal } from "../../../actor/history/head.ts"
import { isSent, messageKey } from "../../../actor/history/message.ts"
import type { NewRow, RowWrites } from "../../transactions/asWrites.ts"
import { schemaVersion } from "../file/schema.ts"

/**
 * A row of the inbox as statements for any connection to the file, in a transaction of its own. What must not be fails the statement: SQLite then says our words,
 * behind "bad JSON path", for it has no other way to raise an error outside of a trigger.
 */
export const rowStatements = ({ address, message, openRunOf }: NewRow): RowWrites => {
  const key = messageKey(message)
  const what =
    message.kind === "start" ? `run ${placeOfAddress(address)}` : `signal ${message.name} with the id ${message.id}`
  const place = `run ${placeOfAddress(address)}`
  const json = JSON.stringify(message)
  const body = isSent(message) ? { sql: bodyInOrder, params: [json, address, json] } : { sql: "?", params: [json] }
  const insert: SqlStatement = {
    sql: `insert into inbox (run, key, at, body) values (?, ?, ?, case
  when (select user_version from pragma_user_version) <> ${schemaVersion} then json_extract('{}', ?)
  when ${openRunOf === undefined ? "0 and ?" : `exists (select 1 from runs where run = ? and status in (${ended}))`} then json_extract('{}', ?)
  else ${body.sql} end)
on conflict (run, key) do update set body = json_extract('{}', ?)`,
    params: [
      address,
      key,
      message.at,
      `dynactor: the file is not of schema ${schemaVersion}, for which these statements were made: use one version of dynactor`,
      address,
      `dynactor: ${place} has ended, and ${what} comes too late`,
      ...body.params,
      `dynactor: ${what} is there already`
    ],
    changes: 1
  }
  const ring: SqlStatement = {
    sql: "insert or ignore into doorbells (origin, run, key) values ('outside', ?, ?)",
    params: [address, key]
  }
  return { statements: isSent(message) ? [insert, ring, noteSent(address, key)] : [insert, ring] }
}

const ended = headStatuses
  .filter((status) => isTerminal(status) && status !== "continued")
  .map((status) => `'${status}'`)
  .join(", ")

/** A file knows what was sent to a run last by anyone, and what is sent next names that: see `Engine.noteSent`. */
const bodyInOrder =
  "coalesce((select json_set(?, '$.previous', json(keys)) from last_sent where run = ? and keys <> '[]'), ?)"

const noteSent = (address: string, key: string): SqlStatement => ({
  sql: "insert into last_sent (run, keys) values (?, json_array(?)) on conflict (run) do update set keys = excluded.keys",
  params: [address, key]
})
