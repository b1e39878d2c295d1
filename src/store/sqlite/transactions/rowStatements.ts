import type { SqlStatement } from "../../../actor/definitions/transactions/transaction.ts"
import { addressOf, parseAddress, placeOfAddress, runIdOf } from "../../../actor/history/generation.ts"
import { headStatuses, isTerminal } from "../../../actor/history/head.ts"
import { isSent, messageKey } from "../../../actor/history/message.ts"
import type { NewRow, RowWrites } from "../../transactions/asWrites.ts"
import { schemaVersion } from "../file/schema.ts"

/**
 * A row of the inbox as statements for any connection to the file, in a transaction of its own. What must not be fails the statement: SQLite then says our words,
 * behind "bad JSON path", for it has no other way to raise an error outside of a trigger.
 */
export const rowStatements = ({ address, message, openRunOf, isBegun = false }: NewRow): RowWrites => {
  const key = messageKey(message)
  const what =
    message.kind === "start" ? `run ${placeOfAddress(address)}` : `signal ${message.name} with the id ${message.id}`
  const refusals = openRunOf === undefined ? [] : refusalsOf(address, what, isBegun)
  const json = JSON.stringify(message)
  const body = isSent(message) ? { sql: bodyInOrder, params: [json, address, json] } : { sql: "?", params: [json] }
  const insert: SqlStatement = {
    sql: `insert into inbox (run, key, at, body) values (?, ?, ?, case
  when (select user_version from pragma_user_version) <> ${schemaVersion} then json_extract('{}', ?)
  ${refusals.map(({ when }) => `when ${when} then json_extract('{}', ?)`).join("\n  ")}
  else ${body.sql} end)
on conflict (run, key) do update set body = json_extract('{}', ?)`,
    params: [
      address,
      key,
      message.at,
      `dynactor: the file is not of schema ${schemaVersion}, for which these statements were made: use one version of dynactor`,
      ...refusals.flatMap(({ params, says }) => [...params, `dynactor: ${says}`]),
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

interface Refusal {
  readonly when: string
  readonly params: ReadonlyArray<string>
  readonly says: string
}

/** Of a signal, by the heads that there are when it is committed. Each head of a run that was deleted says so, whatever its status, and where one is missing the id is free. */
const refusalsOf = (address: string, what: string, isBegun: boolean): ReadonlyArray<Refusal> => {
  const place = `run ${placeOfAddress(address)}`
  const gone = `there is no run ${runIdOf(address)} any more: it was deleted, and ${what} is for nobody`
  return [
    isBegun
      ? { when: `not exists (${headThat("not", isDeleted)})`, params: [address], says: gone }
      : { when: `exists (${headThat("", isDeleted)})`, params: [address], says: gone },
    ...(isBegun ? [] : [beginning(address, gone)]),
    {
      when: `exists (${headThat("", `status in (${ended})`)})`,
      params: [address],
      says: `${place} has ended, and ${what} comes too late`
    }
  ]
}

/** What a generation without a head is to begin with is not there, or says that the run was deleted. */
const beginning = (address: string, says: string): Refusal => {
  const { generation, runId } = parseAddress(address)
  return generation === 0
    ? {
        when: "not exists (select 1 from inbox where run = ? and key = 'start' and json_extract(body, '$.kind') = 'start')",
        params: [runId],
        says
      }
    : { when: `not exists (${headThat("not", isDeleted)})`, params: [addressOf(runId, generation - 1)], says }
}

const headThat = (not: "" | "not", says: string): string => `select 1 from runs where run = ? and ${not} (${says})`

const isDeleted = "status = 'deleted' or json_extract(head, '$.deletion') is not null"

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
