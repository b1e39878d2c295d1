import { addressOf, laterAddresses } from "../../../actor/history/generation.ts"
import { objectsOf } from "../../deletion/payloadNames.ts"
import { RunEraser } from "../../deletion/runEraser.ts"
import type { Engine } from "../engine.ts"
import { scrub } from "./scrub.ts"

/** Tables whose rows are a run's, by the column `run`, which is an address or a run id. */
const tables = ["segments", "doorbells", "last_sent", "replies", "output", "heartbeats", "step_marks", "marks"] as const

const isOfRun = "(run = ? or (run > ? and run < ?))"

const addressesOf = (runId: string) => {
  const { after, before } = laterAddresses(runId)
  return [runId, after, before] as const
}

/** All of a run in one transaction: tags and counts follow by triggers. */
export const sqliteEraser = (engine: Engine): RunEraser["Service"] => {
  const { sql } = engine.database
  return RunEraser.of({
    erase: ({ runId }) =>
      engine.writes.runOwn("RunEraser.erase", () => {
        const of = addressesOf(runId)
        let count = 0
        const add = ({ changes }: { readonly changes: number | bigint }) => {
          count += Number(changes)
        }
        for (const table of tables) add(sql(`delete from ${table} where ${isOfRun}`).run(...of))
        add(sql(`delete from inbox where ${isOfRun} and not (run = ? and key = 'start')`).run(...of, runId))
        add(
          sql(
            "delete from queue where json_extract(body, '$.runId') = ? or (json_extract(body, '$.runId') > ? and json_extract(body, '$.runId') < ?)"
          ).run(...of)
        )
        const objects = objectsOf(runId)
        add(sql("delete from payloads where sha256 > ? and sha256 < ?").run(objects.after, objects.before))
        engine.fresh.forget(runId)
        return count
      }),
    remove: ({ generation, runId, version }) =>
      engine.writes.runOwn("RunEraser.remove", () => {
        const { changes } = sql("delete from runs where run = ? and version = ?").run(
          addressOf(runId, generation),
          version
        )
        if (Number(changes) === 0) return
        sql(`delete from runs where ${isOfRun}`).run(...addressesOf(runId))
        sql("delete from inbox where run = ? and key = 'start'").run(runId)
        engine.fresh.forget(runId)
      }),
    scrub: scrub(engine)
  })
}
