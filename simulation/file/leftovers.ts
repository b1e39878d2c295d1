import type { DatabaseSync } from "node:sqlite"
import { laterAddresses } from "../../src/actor/history/generation.ts"
import { objectsOf } from "../../src/store/deletion/payloadNames.ts"
import { isBlank } from "../services/deletion/graves.ts"

/** All that a file holds of a run: what says that it is deleted, and all else. */
export const leftoversOf = (file: DatabaseSync, runId: string) => {
  const { after, before } = laterAddresses(runId)
  const objects = objectsOf(runId)
  const signs: Array<string> = []
  const others: Array<string> = []
  const tables = file
    .prepare(
      "select m.name from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table' and c.name = 'run'"
    )
    .all()
  for (const { name } of tables as unknown as ReadonlyArray<{ readonly name: string }>) {
    const rows = file.prepare(`select * from ${name} where run = ? or (run > ? and run < ?)`).all(runId, after, before)
    for (const row of rows) {
      const isSign =
        (name === "runs" && (row.status === "deleted" || isBlank(JSON.parse(String(row.head))))) ||
        (name === "inbox" && row.key === "start" && JSON.parse(String(row.body)).kind === "deleted")
      ;(isSign ? signs : others).push(`a row of ${name}, ${row.key ?? row.run}`)
    }
  }
  const queued = file
    .prepare(
      "select body from queue where json_extract(body, '$.runId') = ? or (json_extract(body, '$.runId') > ? and json_extract(body, '$.runId') < ?)"
    )
    .all(runId, after, before)
  for (const { body } of queued) others.push(`message ${body}`)
  const held = file.prepare("select sha256 from payloads where sha256 > ? and sha256 < ?")
  for (const { sha256 } of held.all(objects.after, objects.before)) others.push(`object ${sha256}`)
  return { signs, others }
}
