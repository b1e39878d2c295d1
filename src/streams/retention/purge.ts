import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { AnyWorkflow } from "../../actor/definitions/definition.ts"
import { isSystemName } from "../../actor/definitions/name.ts"
import { addressOf } from "../../actor/history/generation.ts"
import type { Head, RunStatus } from "../../actor/history/head.ts"
import { finishDeletion, heldMs } from "../../store/deletion/finishDeletion.ts"
import { markDeleted, settleMark, usualTombstoneMs } from "../../store/deletion/markDeleted.ts"
import { type DeletedPlace, type RunSummary, RunTable } from "../../store/runTable.ts"

export interface PurgeOptions {
  readonly workflows: ReadonlyArray<AnyWorkflow>
  /** How long runs are kept whose workflow does not say; undefined: for ever. */
  readonly retentionMs?: number | undefined
  /** Nothing is deleted, and what would be is counted. Default false. */
  readonly dryRun?: boolean
  /** Ends the pass between two runs. Default: goes through all. */
  readonly mayGoOn?: () => boolean
}

/** What one pass of the purge came to. */
export interface PurgeResult {
  /** Runs older than their workflow keeps them, and deleted by this pass; of a dry run those that would be. */
  readonly deleted: number
  /** Deletions of others that it went on with, or looked at once more. */
  readonly finished: number
  /** Ids that are free again. */
  readonly freed: number
  readonly failed: number
  /** Went through all that there was to do. */
  readonly complete: boolean
}

const ended: ReadonlyArray<RunStatus> = ["succeeded", "failed", "cancelled", "terminated"]
const atATime = 8
const pageLength = 200

/**
 * One pass. A run that has ended is deleted when that was longer ago than its workflow keeps its runs; then what was begun and not finished is finished, and
 * tombstones whose time is over are taken away, each with what has come late. Of workflows that are not given nothing is deleted by age.
 */
export const purge = Effect.fnUntraced(function* (options: PurgeOptions) {
  const counts = { deleted: 0, finished: 0, freed: 0, failed: 0 }
  const mayGoOn = options.mayGoOn ?? (() => true)
  for (const [workflow, keptMs] of retentionOf(options)) {
    for (const status of ended) yield* purgeListed(workflow, status, keptMs, options, counts, mayGoOn)
  }
  if (options.dryRun !== true) yield* purgeDeleted(counts, mayGoOn)
  return { ...counts, complete: mayGoOn() } satisfies PurgeResult
})

/** The longest that a version of it says. */
const retentionOf = ({ retentionMs, workflows }: PurgeOptions): ReadonlyMap<string, number> => {
  const kept = new Map<string, number>()
  for (const { retention, workflowName } of workflows) {
    const own = retention ?? (isSystemName(workflowName) ? undefined : retentionMs) ?? Number.POSITIVE_INFINITY
    kept.set(workflowName, Math.max(kept.get(workflowName) ?? 0, own))
  }
  for (const [name, ms] of kept) if (ms === Number.POSITIVE_INFINITY) kept.delete(name)
  return kept
}

type Counts = { deleted: number; finished: number; freed: number; failed: number }

const purgeListed = Effect.fnUntraced(function* (
  workflow: string,
  status: RunStatus,
  keptMs: number,
  { dryRun = false }: PurgeOptions,
  counts: Counts,
  mayGoOn: () => boolean
) {
  const table = yield* RunTable
  const until = (yield* Clock.currentTimeMillis) - keptMs
  let cursor: string | undefined
  do {
    if (!mayGoOn()) return
    const page = yield* Effect.orDie(
      table.list({ workflow, status, until, limit: pageLength, ...(cursor === undefined ? {} : { cursor }) })
    )
    const old = page.runs.filter(({ updatedAt }) => updatedAt < until)
    if (dryRun) counts.deleted += old.length
    else
      yield* Effect.forEach(old, (run) => purgeOne(run, until, counts, mayGoOn), {
        concurrency: atATime,
        discard: true
      })
    cursor = page.cursor
  } while (cursor !== undefined)
})

const purgeOne = ({ runId }: RunSummary, until: number, counts: Counts, mayGoOn: () => boolean) =>
  failingAlone(
    runId,
    counts,
    Effect.gen(function* () {
      if (!mayGoOn()) return
      // The listing may lag behind: its head says when it ended.
      const isMeant = (head: Head) => head.updatedAt < until
      const marked = yield* markDeleted(runId, { tombstoneMs: usualTombstoneMs, heldMs, isMeant })
      if (marked._tag !== "Marked" || !marked.isOurs) return
      const { _tag } = yield* finishDeletion(marked.address, marked.head, true)
      if (_tag !== "Elsewhere") counts.deleted++
    })
  )

const purgeDeleted = Effect.fnUntraced(function* (counts: Counts, mayGoOn: () => boolean) {
  const table = yield* RunTable
  const before = yield* Clock.currentTimeMillis
  const seen = new Set<string>()
  while (mayGoOn()) {
    const places = (yield* table.listDeleted({ before, limit: pageLength })).filter(({ runId }) => !seen.has(runId))
    if (places.length === 0) return
    for (const { runId } of places) seen.add(runId)
    yield* Effect.forEach(places, (place) => goOnWith(place, before, counts, mayGoOn), {
      concurrency: atATime,
      discard: true
    })
  }
})

const goOnWith = ({ generation, runId }: DeletedPlace, before: number, counts: Counts, mayGoOn: () => boolean) =>
  failingAlone(
    runId,
    counts,
    Effect.gen(function* () {
      if (!mayGoOn()) return
      const address = addressOf(runId, generation)
      const head = yield* (yield* RunTable).readHead(address)
      if (head?.status !== "deleted" || head.startedAt >= before) return
      const standing = yield* settleMark(address, head)
      if (standing === undefined) return
      const { _tag } = yield* finishDeletion(address, standing, false)
      if (_tag === "Removed") counts.freed++
      else if (_tag === "Erased") counts.finished++
    })
  )

/** One that fails holds up no other, and is met again by the next pass. */
const failingAlone = <E extends { readonly message: string }, R>(
  runId: string,
  counts: Counts,
  effect: Effect.Effect<void, E, R>
): Effect.Effect<void, never, R> =>
  Effect.catch(effect, ({ message }) => {
    counts.failed++
    return Effect.logWarning(`run ${runId} is not deleted yet: ${message}`)
  })
