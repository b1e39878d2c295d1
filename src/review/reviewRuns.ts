import * as Effect from "effect/Effect"
import type { AnyStep, AnyWorkflow } from "../actor/definitions/definition.ts"
import type { ParkReason } from "../actor/errors.ts"
import { makeRegistry } from "../streams/turns/registry.ts"
import { liveRuns } from "./liveRuns.ts"
import { type Looked, lookAt, type Named } from "./lookAt.ts"

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
  const looks = yield* Effect.forEach(yield* liveRuns, (run) => lookAt(run, registry), { concurrency: 8 })
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

const named = ({ definitionVersion, runId, workflow }: Named) => ({ runId, workflow, definitionVersion })

export const patchesOf = (looked: ReadonlyArray<Pick<Looked, "run" | "patches">>): ReadonlyArray<PatchReview> => {
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
