import type { Head } from "../../../actor/history/head.ts"
import { sameTags, type Tags } from "../../../actor/tags/tags.ts"
import type { Engine } from "../engine.ts"

/** Of a generation, by its address. Undefined: it has none. */
export const selectTags = ({ database }: Engine, run: string): Tags | undefined => {
  const rows = database
    .sql("select key, value from tags where run = ? order by key")
    .all(run) as unknown as ReadonlyArray<{
    readonly key: string
    readonly value: string
  }>
  return rows.length === 0 ? undefined : Object.fromEntries(rows.map(({ key, value }) => [key, value]))
}

/** What the head says, in its own transaction: the status is a part of each row's key, and moves with it. */
export const writeTags = (engine: Engine, run: string, { startedAt, status, tags, workflow }: Head): void => {
  // A run that never had any has nothing to lose.
  if (tags === undefined) return
  const { database } = engine
  const before = database.sql("select status from tags where run = ? limit 1").get(run) as
    | { status: string }
    | undefined
  const isListed = status !== "continued" && Object.keys(tags).length > 0
  if (!isListed && before === undefined) return
  if (isListed && before?.status === status && sameTags(tags, selectTags(engine, run))) return
  if (before !== undefined) database.sql("delete from tags where run = ?").run(run)
  if (!isListed) return
  const insert = database.sql(
    "insert into tags (key, value, status, started_at, run, workflow) values (?, ?, ?, ?, ?, ?)"
  )
  for (const [key, value] of Object.entries(tags)) insert.run(key, value, status, startedAt, run, workflow)
}
