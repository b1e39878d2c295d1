import { Client, type Workflow } from "dynactor"
import * as Effect from "effect/Effect"
import { difference, type Units } from "./difference.ts"

type Spent = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<Units, E, R>

/** A run up to its first signal. */
type Waiting = Workflow<string, { readonly n: number }, number, never>

export const perTag = (waiting: Waiting, spent: Spent) =>
  Effect.gen(function* () {
    const client = yield* Client
    const tags = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`tag${n}`, `value-${n}`]))
    yield* client.start(waiting, { runId: "listed-first", input: { n: 0 } })
    const plain = yield* spent(client.start(waiting, { runId: "listed-plain", input: { n: 0 } }))
    const tagged = yield* spent(client.start(waiting, { runId: "listed-tagged", input: { n: 0 }, tags }))
    return difference(tagged, plain, 10)
  })

/** Eight partitions of the index, half a unit each. As much again for each status or workflow that is not named. */
const mostOfPage = 4

export const perPage = (waiting: Waiting, spent: Spent) =>
  Effect.gen(function* () {
    const client = yield* Client
    for (let n = 0; n < 9; n++) yield* client.start(waiting, { runId: `paged-${n}`, input: { n: 0 } })
    const page = yield* spent(client.list({ workflow: waiting.workflowName, status: "running", limit: 9 }))
    if (page.read > mostOfPage) throw new Error(`a page by workflow and status reads ${page.read} units`)
    return page
  })
