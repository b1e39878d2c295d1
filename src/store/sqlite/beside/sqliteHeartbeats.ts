import type { Heartbeats } from "../../beside/heartbeats.ts"
import type { Engine } from "../engine.ts"
import { storable, storableText } from "../file/sqliteErrors.ts"

export const sqliteHeartbeats = ({ database, writes }: Engine): Heartbeats["Service"] => ({
  beat: (address, id, at) =>
    writes.run("Heartbeats.beat", () => {
      database
        .sql("insert or replace into heartbeats (run, id, at) values (?, ?, ?)")
        .run(
          storableText(address, "the run id"),
          storableText(id, "the id of a heartbeat"),
          storable(at, "a heartbeat")
        )
    }),
  last: (address, id) =>
    writes.read("Heartbeats.last", () => {
      const row = database.sql("select at from heartbeats where run = ? and id = ?").get(address, id)
      return row === undefined ? undefined : (row as { at: number }).at
    })
})
