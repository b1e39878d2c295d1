/** Commits turn after turn of a run until it is ended: each has its own row, and the segments of an order that grows. */
import * as Effect from "effect/Effect"
import { messageKey } from "../../src/actor/history/message.ts"
import { Commits } from "../../src/store/commits.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { newHead, startMessage, stepMessage } from "./samples.ts"

const [filename = "", runId = ""] = process.argv.slice(2)
const perSegment = 4

const turns = Effect.gen(function* () {
  const commits = yield* Commits
  const order: Array<string> = []
  for (let version = 1; ; version++) {
    const row = version === 1 ? startMessage() : stepMessage(`a#${version}`)
    order.push(messageKey(row))
    const segments = Math.floor(order.length / perSegment)
    const index = segments - 1
    const spilled = order.length % perSegment === 0 ? [{ index, keys: order.slice(-perSegment) }] : []
    const head = newHead({ version, adopted: order.length, segments, tail: order.slice(segments * perSegment) })
    yield* commits.commit({
      runId,
      rows: [row],
      done: [],
      head: {
        head,
        adopted: [messageKey(row)],
        segments: spilled,
        steps: [],
        timers: [],
        clearTimers: [],
        notices: [],
        openIndexes: []
      }
    })
    if (version === 1) process.stdout.write("ready\n")
  }
})

await Effect.runPromise(Effect.provide(turns, sqliteStore({ filename })))
