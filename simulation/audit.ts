import * as Effect from "effect/Effect"
import { addressOf, parseAddress, runIdOf } from "../src/actor/history/generation.ts"
import { type Head, isTerminal } from "../src/actor/history/head.ts"
import type { Tags } from "../src/actor/tags/tags.ts"
import type { Client } from "../src/client/client.ts"
import type { RunDescription } from "../src/client/describe.ts"
import type { RunSummary } from "../src/store/runTable.ts"
import type { SimulatedTable } from "./services/simulatedTable.ts"
import { tagKeys } from "./workload/features/tags.ts"
import type { World } from "./world/world.ts"

interface Seen {
  readonly world: World
  readonly table: SimulatedTable
}

/**
 * S13, once all is still: the listing, and what a client is told of each run, is what the heads say. Answers with what the listing has
 * amiss: it may be a second behind.
 */
export const lookAtAll = (on: Seen, client: Client["Service"]) =>
  Effect.flatMap(listAll(client, {}), (runs) => {
    const listed = runs
      .map(({ generation, runId, status, updatedAt }) => `${addressOf(runId, generation)} ${status} ${updatedAt}`)
      .sort()
    // An index is not written with every commit: of a run that goes on it may tell the start.
    const isStart = new Set(runs.filter((run) => run.updatedAt === run.startedAt).map(({ runId }) => runId))
    const expected = headsOf(on).map(({ runId, head }) => {
      const tellsStart = head.status === "running" && isStart.has(runIdOf(runId))
      return `${runId} ${head.status} ${tellsStart ? head.startedAt : head.updatedAt}`
    })
    if (listed.join() !== expected.sort().join())
      return Effect.succeed(`the listing has [${listed.join(", ")}], and the heads [${expected.join(", ")}]`)
    return Effect.andThen(
      Effect.forEach(headsOf(on), ({ runId }) => describe(on, client, runId), { discard: true }),
      lookByTags(on, client)
    )
  })

/** Page by page, to the end. */
const listAll = Effect.fnUntraced(function* (client: Client["Service"], query: { readonly tags?: Tags }) {
  const runs: Array<RunSummary> = []
  let cursor: string | undefined
  do {
    const page = yield* client.list({ ...query, limit: 1_000, ...(cursor === undefined ? {} : { cursor }) })
    runs.push(...page.runs)
    cursor = page.cursor
  } while (cursor !== undefined)
  return runs
})

const headsOf = ({ table }: Seen): ReadonlyArray<{ readonly runId: string; readonly head: Head }> =>
  [...table.runIds()].flatMap((runId) => {
    const head = table.head(runId)
    return head === undefined || head.status === "continued" ? [] : [{ runId, head }]
  })

/** Whoever has a tag is found by it, and nobody else: but an index may be seconds behind. Answers what is not so yet. */
const lookByTags = (on: Seen, client: Client["Service"]) => {
  const all = tagKeys.flatMap((key) => ["new", "packing", "passes"].map((value) => ({ [key]: value })))
  const asked = headsOf(on).some(({ head }) => head.tags !== undefined) ? all : []
  const found = Effect.forEach(asked, (tags) =>
    Effect.map(listAll(client, { tags }), (runs) => {
      const [[key, value] = ["", ""]] = Object.entries(tags)
      const found = runs.map(({ generation, runId }) => addressOf(runId, generation)).sort()
      const due = headsOf(on).flatMap(({ head, runId }) => (head.tags?.[key] === value ? [runId] : []))
      return found.join() === due.sort().join()
        ? undefined
        : `${key}=${value} leads to [${found}], and the heads that have it are [${due}]`
    })
  )
  return Effect.map(found, (all) => all.find((wrong) => wrong !== undefined))
}

/** A run that goes on in between, as what outlasts its parent may, is asked about again, be it in another generation by then. */
const describe = Effect.fnUntraced(function* (on: Seen, client: Client["Service"], first: string) {
  for (;;) {
    const address = on.table.newest(first)
    const before = on.table.head(address)
    const told = yield* whileThere(on, address, client.get(runIdOf(address)))
    if (told === undefined) return
    if (on.table.head(address)?.version === before?.version) return checkTold(on, address, told)
  }
})

const checkTold = (on: Seen, runId: string, told: RunDescription): void => {
  const head = on.table.head(runId)
  const { generation } = parseAddress(runId)
  // The next is to begin, or has begun and not taken its first turn.
  const isToBegin =
    head === undefined && told.generation === generation && told.status === "running" && told.messages === 0
  if (isToBegin) return
  const isSame =
    told.generation === generation &&
    told.status === head?.status &&
    told.messages === head.adopted &&
    told.outcome === head.outcome?.tag &&
    told.waitingFor.length ===
      (isTerminal(head.status) ? 0 : head.open.length) +
        (head.signals?.length ?? 0) +
        (head.updates?.length ?? 0) +
        (head.endless === true ? 1 : 0) &&
    // Of a run that was parked right after its commit, the rows for others may not be there yet.
    (told.status === "parked" ||
      told.waitingFor.every((one) => one.kind !== "child" || isChildOf(on, one.runId, runId))) &&
    told.parentRunId === (head.parent === undefined ? undefined : runIdOf(head.parent.runId))
  if (!isSame)
    throw on.world.violate(
      "S13",
      `${runId} is ${head?.status}, and is told to be ${told.status}, of generation ${told.generation}`
    )
}

/** A host may delete it between two questions. */
const whileThere = <A, E extends { readonly _tag: string }>(
  { table }: Seen,
  runId: string,
  asked: Effect.Effect<A, E>
) =>
  Effect.catch(asked, (error) =>
    error._tag === "RunNotFound" && table.graves.of(runId) !== undefined ? Effect.undefined : Effect.fail(error)
  )

const isChildOf = ({ table }: Seen, runId: string, parentRunId: string): boolean => {
  const start = table.row(runId, "start")
  // Its parent may have been parked before it could start it.
  return start === undefined || (start.kind === "start" && start.parent?.runId === parentRunId)
}

/** S17: an answer is never behind one that was there before it was asked for. */
export const checkLater = (world: World, runId: string, before: RunDescription, now: RunDescription): void => {
  const isBehind =
    now.generation < before.generation || (now.generation === before.generation && now.messages < before.messages)
  // Another start may have been asked for.
  const isSame = now.generation === before.generation
  const isBack = isBehind || (isSame && before.outcome !== undefined && now.outcome !== before.outcome)
  if (isBack) throw world.violate("S17", `${runId} was ${before.status}, and is now ${now.status}`)
}
