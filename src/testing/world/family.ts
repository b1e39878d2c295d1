import { addressOf, runIdOf } from "../../actor/history/generation.ts"
import type { ParentLink } from "../../actor/history/message.ts"
import type { VirtualRun } from "./virtualRun.ts"

/** The runs of a world by their addresses, and who is whose child and whose generation. */
export class Family {
  readonly runs = new Map<string, VirtualRun>()
  /** Of runs that have continued as new: the newest generation. */
  private readonly generations = new Map<string, number>()
  /** Runs that were asked for another start. */
  readonly startedAgain = new Set<string>()
  /** How many such starts were asked for. */
  restarts = 0
  /** By the address of a child run: whose child it is, and by which command. */
  private readonly parents = new Map<string, ParentLink>()

  add(run: VirtualRun, generation: number, parent: ParentLink | undefined): void {
    if (parent !== undefined) this.parents.set(run.runId, parent)
    if (generation > 0) this.generations.set(runIdOf(run.runId), generation)
    this.runs.set(run.runId, run)
  }

  /** One generation of a run, by its address. */
  run(address: string): VirtualRun {
    const run = this.runs.get(address)
    if (run === undefined) throw new RangeError(`there is no run ${address}`)
    return run
  }

  /** The generation that a run is in. */
  newest(runId: string): VirtualRun {
    const id = runIdOf(runId)
    return this.run(addressOf(id, this.generations.get(id) ?? 0))
  }

  /** All of them, the first one first. */
  generationsOf(runId: string): ReadonlyArray<VirtualRun> {
    const id = runIdOf(runId)
    return Array.from({ length: 1 + (this.generations.get(id) ?? 0) }, (_, number) => this.run(addressOf(id, number)))
  }

  /** The generation that a start of the run is in, or has ended in, by its request; undefined: it has not begun. */
  ofStart(runId: string, request: string | undefined): VirtualRun | undefined {
    if (!this.startedAgain.has(runIdOf(runId))) return request === undefined ? this.newest(runId) : undefined
    let begun: string | undefined
    let found: VirtualRun | undefined
    for (const run of this.generationsOf(runId)) {
      const { start } = run
      // One that was retried or reset is the same start.
      if (start?.request !== undefined && start.from === undefined) begun = start.request
      if (begun === request) found = run
    }
    return found
  }

  parentOf(address: string): ParentLink | undefined {
    return this.parents.get(address)
  }

  /** Is it this run, or a child of it, at however many removes? */
  isWithin(runId: string, ancestor: string): boolean {
    const { rootRunId } = this.run(runId)
    if (runId === ancestor || rootRunId === ancestor) return true
    // Asked of every event at every turn: most are of runs that were started from outside, or of their children.
    if (this.run(ancestor).rootRunId === ancestor) return false
    for (let id: string | undefined = runId; id !== undefined; id = this.parents.get(id)?.runId) {
      if (runIdOf(id) === ancestor) return true
    }
    return false
  }

  /** In the order in which they were started. */
  childrenOf(parentRunId: string): ReadonlyArray<string> {
    return [...this.parents].flatMap(([child, parent]) =>
      runIdOf(parent.runId) === parentRunId && runIdOf(child) === child ? [child] : []
    )
  }
}
