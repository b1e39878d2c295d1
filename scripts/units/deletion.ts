import { Client } from "dynactor"
import * as Effect from "effect/Effect"
import { difference, type Units } from "./difference.ts"
import { short } from "./starts.ts"

type Spent = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<Units, E, R>

/** Of a run that ended in its first turn. What is under way to it comes to nothing first: deletions meet only runs at rest. */
export const perDelete = (spent: Spent) =>
  Effect.gen(function* () {
    const client = yield* Client
    const runIds = Array.from({ length: 11 }, (_, n) => `deleted-${n}`)
    for (const runId of runIds) yield* client.execute(short, { runId, input: { n: 1 } })
    const [first = "", ...others] = runIds
    yield* client.delete(first)
    const all = yield* spent(Effect.forEach(others, (runId) => client.delete(runId), { discard: true }))
    return difference(all, { write: 0, read: 0 }, others.length)
  })
