import * as Effect from "effect/Effect"
import { Actor } from "../actor/actor.ts"
import type { AnyStep, AnyWorkflow } from "../actor/definitions/definition.ts"
import { type ParkReason, UnknownWorkflow } from "../actor/errors.ts"
import { messageKey } from "../actor/history/message.ts"
import { endReplay, replayPortion } from "../actor/turn.ts"
import { findNewest } from "../store/generations/newest.ts"
import { adoptedOrder, readWholeRun } from "../store/reading/wholeRun.ts"
import { type RunSummary, RunTable } from "../store/runTable.ts"
import { resolveMessage } from "../streams/turns/loadRun.ts"
import { makeRegistry, type Registry } from "../streams/turns/registry.ts"

/** What today's code makes of the runs under way. */
export interface RunsReview {
  /** Runs that are neither over nor without a first turn. */
  readonly runs: number
  /** Of those, how many today's code goes on with. */
  readonly fit: number
  /** Those that it would park: no code for them, or one that does not come to what is on record. */
  readonly unfit: ReadonlyArray<UnfitRun>
  /** Patches that runs under way have come to, by workflow and name. */
  readonly patches: ReadonlyArray<PatchReview>
}

export interface UnfitRun {
  readonly runId: string
  readonly workflow: string
  readonly definitionVersion: string
  readonly reason: ParkReason["_tag"]
  readonly message: string
}

export interface PatchReview {
  readonly workflow: string
  readonly patch: string
  /** Runs that go the way of before: the code must keep it while there are any. */
  readonly old: ReadonlyArray<string>
  /** How many went the new way. */
  readonly new: number
}

interface Looked {
  readonly run: RunSummary
  readonly reason: ParkReason | undefined
  readonly patches: Actor["patches"]
}

export interface ReviewOptions {
  /** As a host is given them. Needed for the child runs of `forEachStep`: without its step, such a run has no code. */
  readonly steps?: ReadonlyArray<AnyStep>
}

/**
 * Replays every run under way with these workflows, and changes nothing. Needs the store: `RunTable` and `Payloads`. Fails with
 * `StoreUnavailable` or `StoreRefused`.
 *
 * Throws a `RangeError` or a `TypeError` for definitions that no host would take.
 *
 * @example
 * const { unfit, patches } = await Effect.runPromise(
 *   reviewRuns([fulfilOrder], { steps: [chargeCard] }).pipe(Effect.provide(sqliteStore({ filename: "runs.db" })))
 * )
 */
export const reviewRuns = Effect.fnUntraced(function* (
  workflows: ReadonlyArray<AnyWorkflow>,
  { steps = [] }: ReviewOptions = {}
) {
  const registry = makeRegistry(workflows, steps)
  const running = yield* allRuns("running")
  const parked = yield* allRuns("parked")
  const looks = yield* Effect.forEach([...running, ...parked], (run) => lookAt(run, registry), { concurrency: 8 })
  const looked = looks.filter((one) => one !== undefined)
  const unfit = looked.flatMap(({ reason, run }) =>
    reason === undefined ? [] : [{ ...named(run), reason: reason._tag, message: reason.message }]
  )
  return {
    runs: looked.length,
    fit: looked.length - unfit.length,
    unfit,
    patches: patchesOf(looked)
  } satisfies RunsReview
})

const named = ({ definitionVersion, runId, workflow }: RunSummary) => ({ runId, workflow, definitionVersion })

const allRuns = Effect.fnUntraced(function* (status: "running" | "parked") {
  const table = yield* RunTable
  const runs: Array<RunSummary> = []
  let cursor: string | undefined
  do {
    const page = yield* table.list({ status, limit: 1_000, ...(cursor === undefined ? {} : { cursor }) })
    runs.push(...page.runs)
    cursor = page.cursor
  } while (cursor !== undefined)
  return runs
})

const noPatches: Actor["patches"] = { old: [], new: [], unknown: [] }

const lookAt = Effect.fnUntraced(function* (run: RunSummary, registry: Registry) {
  // Generations that it has left behind are nobody's to replay any more.
  const { address } = yield* findNewest(run.runId, run.generation)
  const stored = yield* readWholeRun(address)
  const { head } = stored
  // Over by now.
  if (head === undefined || head.outcome !== undefined) return undefined
  const workflow = registry.workflow(run.workflow, run.definitionVersion, address)
  const looked = (reason: ParkReason | undefined, patches = noPatches): Looked => ({ run, reason, patches })
  if (workflow instanceof UnknownWorkflow) return looked(workflow)
  const messages = yield* Effect.result(Effect.forEach(stored.messages, resolveMessage, { concurrency: 8 }))
  if (messages._tag === "Failure") {
    const { failure } = messages
    return failure._tag === "PayloadUnreadable" ? looked(failure) : yield* Effect.fail(failure)
  }
  const order = adoptedOrder(head, stored)
  const actor = new Actor({ workflow, runId: address, emitted: head.emitted ?? [] })
  replayPortion(actor, order, new Map(messages.success.map((message) => [messageKey(message), message])))
  endReplay(actor, { order, open: head.open, abandoned: head.abandoned })
  return looked(actor.parkReason, actor.patches)
})

const patchesOf = (looked: ReadonlyArray<Looked>): ReadonlyArray<PatchReview> => {
  const found = new Map<string, { workflow: string; patch: string; old: Array<string>; new: number }>()
  const of = (workflow: string, patch: string) => {
    const key = `${workflow} ${patch}`
    const one = found.get(key) ?? { workflow, patch, old: [], new: 0 }
    found.set(key, one)
    return one
  }
  for (const { patches, run } of looked) {
    for (const patch of patches.old) of(run.workflow, patch).old.push(run.runId)
    for (const patch of patches.new) of(run.workflow, patch).new++
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}
