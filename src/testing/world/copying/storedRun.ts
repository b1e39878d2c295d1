import type { Head, HeadStatus } from "../../../actor/history/head.ts"
import type { StoredRun } from "../../../store/runTable.ts"
import { statusOf } from "../../../streams/commits/rowsForOthers.ts"
import type { VirtualRun } from "../virtualRun.ts"

/** What of a world says how a run stands. */
interface Standing {
  readonly newest: (runId: string) => VirtualRun
  readonly paused: { readonly has: (runId: string) => boolean }
}

export const statusIn = (world: Standing, run: VirtualRun): HeadStatus => {
  const { outcome, parked, runId } = run
  if (world.newest(runId) !== run) return "continued"
  if (outcome !== undefined) return statusOf(outcome)
  if (world.paused.has(runId)) return "paused"
  return parked === undefined ? "running" : "parked"
}

/** As a store would have it. Undefined: it has taken no turn. */
export const headOf = (world: Standing, run: VirtualRun): Head | undefined => {
  if (run.left !== undefined) return run.left
  if (run.commits.length === 0) return undefined
  const { history, outcome, parked, start, states, workflow } = run
  const { abandoned, open, order } = outcome === undefined ? history : { ...history, open: none, abandoned: none }
  const { continues, parent } = start ?? {}
  return {
    version: 1,
    status: statusIn(world, run),
    workflow: workflow.workflowName,
    definitionVersion: workflow.version,
    startedAt: run.startedAt,
    updatedAt: run.now,
    adopted: order.length,
    segments: 0,
    tail: order,
    open,
    abandoned,
    fences: none,
    notices: false,
    states,
    tags: run.tags,
    ...(outcome === undefined ? waitsOf(run) : { outcome }),
    ...(continues?.since === undefined ? {} : { since: continues.since }),
    ...(parent === undefined ? {} : { parent }),
    ...(parked === undefined ? {} : { parked })
  }
}

const waitsOf = ({ waiting: { endless, signals, updates } }: VirtualRun): Partial<Head> => ({
  signals,
  updates,
  ...(endless ? { endless } : {})
})

export const storedRun = (world: Standing, run: VirtualRun | undefined): StoredRun => ({
  head: run === undefined ? undefined : headOf(world, run),
  segments: none,
  messages: [...(run?.inbox.values() ?? none)]
})

const none: ReadonlyArray<never> = []
