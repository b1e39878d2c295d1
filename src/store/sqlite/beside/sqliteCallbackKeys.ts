import * as Effect from "effect/Effect"
import { type CallbackKey, type CallbackKeys, newCallbackKey } from "../../callbacks/callbackKeys.ts"
import type { Engine } from "../engine.ts"

/** Keys that stand in the file beside the runs: whoever can read the runs could make their tokens, and whoever has the file has both. */
export const sqliteCallbackKeys = ({ database, writes }: Engine, url: string | undefined): CallbackKeys["Service"] => {
  const newest = () => database.sql("select id, secret from callback_keys order by number desc limit 1").get()
  const insert = (key: CallbackKey) =>
    database.sql("insert into callback_keys (id, secret) values (?, ?)").run(key.id, key.secret)
  /** Another process may be first: its key is as good. */
  const makeFirst = writes.runOwn("CallbackKeys.current", () => {
    if (newest() === undefined) insert(newCallbackKey())
    return newest() as unknown as CallbackKey
  })
  return {
    tenant: "",
    url,
    current: Effect.flatMap(writes.read("CallbackKeys.current", newest), (key) =>
      key === undefined ? makeFirst : Effect.succeed(key as unknown as CallbackKey)
    ),
    find: (id) =>
      writes.read("CallbackKeys.find", () => {
        const key = database.sql("select id, secret from callback_keys where id = ?").get(id)
        return key as unknown as CallbackKey | undefined
      }),
    rotate: ({ keep } = {}) =>
      writes.runOwn("CallbackKeys.rotate", () => {
        const key = newCallbackKey()
        insert(key)
        if (keep === undefined) return key.id
        database
          .sql(
            "delete from callback_keys where number not in (select number from callback_keys order by number desc limit ?)"
          )
          .run(Math.max(0, Math.trunc(keep)) + 1)
        return key.id
      })
  }
}
