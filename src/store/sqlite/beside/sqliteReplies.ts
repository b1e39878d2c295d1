import type { Reply } from "../../../actor/history/reply.ts"
import { Replies } from "../../beside/replies.ts"
import type { Engine } from "../engine.ts"
import { storableText } from "../file/sqliteErrors.ts"

export const sqliteReplies = (engine: Engine): Replies["Service"] => {
  const { writes } = engine
  return Replies.of({
    put: (runId, reply) => writes.run("Replies.put", () => insertReply(engine, runId, reply)),
    read: (runId, name, id) => writes.read("Replies.read", () => selectReply(engine, runId, name, id))
  })
}

/** Inside a transaction. */
export const insertReply = (engine: Engine, runId: string, { name, id, outcome }: Reply): void => {
  engine.database
    .sql("insert or ignore into replies (run, name, id, outcome) values (?, ?, ?, ?)")
    .run(storableText(runId, "the run id"), name, storableText(id, `the id of update ${name}`), JSON.stringify(outcome))
}

const selectReply = (engine: Engine, runId: string, name: string, id: string): Reply | undefined => {
  const row = engine.database
    .sql("select outcome from replies where run = ? and name = ? and id = ?")
    .get(runId, name, id)
  return row === undefined ? undefined : { name, id, outcome: JSON.parse((row as { outcome: string }).outcome) }
}
