import * as fc from "fast-check"
import { draws } from "../workload/drawn/draws.ts"
import { type AwaitFault, awaitFaultKinds } from "../world/faults.ts"

/** What of a schedule's runs is deleted, and by whom. */
export interface DeletionPlan {
  readonly asked: ReadonlyArray<AskedDeletion>
  /** How long hosts keep runs that have ended. Null: for ever. */
  readonly keptMs: number | null
  /** Between two passes of a host's purge. */
  readonly purgeEveryMs: number
  /** Clients may take away what is stored, or leave that to the purge, as on AWS. */
  readonly clientsErase: boolean
  /** What goes wrong, once all else is still, while runs are deleted, looked at again, and forgotten. Absent: nothing. */
  readonly last?: ReadonlyArray<AwaitFault> | undefined
}

/** It is refused for as long as the run goes on, and then asked for again, some times. */
export interface AskedDeletion {
  /** Of the plan's runs. */
  readonly run: number
  /** One that it has started, if it has by then: this one of them, and later ones count from the beginning again. Null: itself. */
  readonly child: number | null
  /** Not of the run, but of what was forked from it last, if anything was. Default: of the run. */
  readonly isOfFork?: boolean
  readonly afterMs: number
  readonly again: number
  readonly apartMs: number
}

/** What is given to each host. */
export const hostRetention = (deletion: DeletionPlan | undefined) =>
  deletion === undefined
    ? {}
    : {
        purgeInterval: deletion.purgeEveryMs,
        ...(deletion.keptMs === null ? {} : { retention: deletion.keptMs })
      }

const asked: fc.Arbitrary<AskedDeletion> = fc.record({
  run: fc.nat(1),
  child: fc.option(fc.nat(3), { freq: 2 }),
  afterMs: fc.oneof(fc.nat(1_000), fc.nat(60_000), fc.nat(120_000)),
  again: fc.nat(8),
  apartMs: fc.oneof(fc.nat(300), fc.nat(20_000))
})

const lastFault: fc.Arbitrary<AwaitFault> = fc.record({
  kind: fc.constantFrom(...awaitFaultKinds),
  after: fc.nat(8),
  forMs: fc.oneof(fc.nat(300), fc.nat(20_000))
})

const deletionPlans: fc.Arbitrary<DeletionPlan> = fc.record({
  asked: fc.array(asked, { minLength: 1, maxLength: 4 }),
  keptMs: fc.oneof(
    { weight: 2, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.oneof(fc.nat(2_000), fc.nat(60_000)) }
  ),
  purgeEveryMs: fc.constantFrom(5_000, 30_000, 60_000),
  clientsErase: fc.boolean(),
  // Behind all else, which is what it would be without.
  last: fc.option(fc.array(lastFault, { minLength: 1, maxLength: 9 }), { freq: 3, nil: undefined })
})

const drawn = draws.DELETIONS

/** In one schedule of eight. */
export const deletions: fc.Arbitrary<DeletionPlan | undefined> =
  drawn === "no"
    ? fc.constant(undefined)
    : fc.oneof(
        { weight: drawn === "always" ? 0 : 7, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: deletionPlans }
      )

interface CopiedRun {
  readonly afterMs: number
  readonly copies?: ReadonlyArray<{ readonly afterMs: number }> | undefined
}

/**
 * Of runs with retries, resets and forks, some are asked for what was forked from the run last, and some in the moment in which such a thing is asked for. By bits of
 * the seed, so that all else of a plan is what it was.
 */
export const amidCopies = (plan: DeletionPlan, runs: ReadonlyArray<CopiedRun>, seed: number): DeletionPlan => ({
  ...plan,
  asked: plan.asked.map((one, index) => {
    const bits = seed >>> (3 * index + 3)
    const { afterMs = 0, copies = [] } = runs[one.run] ?? {}
    const copy = copies[index % Math.max(copies.length, 1)]
    const isAtOnce = (bits & 2) > 0 && copy !== undefined
    return {
      ...one,
      ...((bits & 1) > 0 ? { isOfFork: true } : {}),
      ...(isAtOnce ? { child: null, afterMs: afterMs + copy.afterMs } : {})
    }
  })
})
