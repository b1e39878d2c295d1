import { runIdOf } from "../../../actor/history/generation.ts"

/** Runs that somebody has paused: nothing is handed to them until they go on. */
export class Standstill {
  private readonly isStill = new Map<string, boolean>()

  pause(runId: string): void {
    this.isStill.set(runId, true)
  }

  resume(runId: string): void {
    if (this.has(runId)) this.isStill.set(runIdOf(runId), false)
  }

  /** Of any generation. */
  has(address: string): boolean {
    return this.isStill.size > 0 && this.isStill.get(runIdOf(address)) === true
  }

  /** What comes to a run that has stood still brings the time at which it was due, and not that at which the run goes on. */
  timeOf({ readyAt, runId }: { readonly readyAt: number; readonly runId: string }, now: number): number {
    return this.isStill.has(runIdOf(runId)) ? readyAt : now
  }
}
