import { isTerminal } from "../../src/actor/history/head.ts"
import type { Scene } from "../scene.ts"
import type { AwaitFault } from "../world/faults.ts"

/** What is done in this time by a client, or by some passes of a purge. */
const roundMs = 180_000

/** Which of the rounds: all runs are deleted; hours later all is looked at again; weeks later their ids are free. */
export type Round = 0 | 1 | 2

/** Of the faults that a schedule keeps for deletions, those of one round. */
const faultsOf = ({ plan }: Scene, round: Round): ReadonlyArray<AwaitFault> =>
  (plan.deletion?.last ?? []).filter((_, index) => index % 3 === round)

/**
 * True: there were some. Deletions come last in the life of a run, when most faults of a schedule are spent. So there are some for them alone, once all else is still: whoever deletes dies,
 * stands still, or has no answer, and services are unkind. What is left by then is gone on with when nothing goes wrong any more.
 */
export const underFaults = (scene: Scene, round: Round, maxEvents: number): boolean => {
  const { outside, plan, table, world } = scene
  const faults = faultsOf(scene, round)
  if (faults.length === 0 || world.violation !== undefined) return false
  world.note("world", () => "has faults again, for what is deleted")
  world.faults.resume(faults)
  if (round === 0)
    for (const [run] of plan.runs.entries())
      if (isTerminal(table.head(table.newest(`run-${run}`))?.status ?? "running")) {
        outside.delete({ run, child: null, again: 4, apartMs: 20_000 }, 0)
        outside.delete({ run, child: 0, again: 1, apartMs: 20_000 }, 1_000)
      }
  world.run(() => world.faults.isSpent && outside.isDone, world.now + roundMs, maxEvents)
  world.faults.calm()
  if (world.violation === undefined) world.run(() => outside.isDone, world.now + roundMs, maxEvents)
  return true
}
