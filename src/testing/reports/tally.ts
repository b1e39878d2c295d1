import { type DecisionKind, kindOf } from "../draws/decisions.ts"
import { type Recording, rootRunId } from "../world/schedule.ts"

/** What was tried, counted. */
export class Tally {
  private schedules = 0
  private turns = 0
  private readonly faultsByKind: Partial<Record<DecisionKind, number>> = {}
  private readonly outcomes: Record<string, number> = {}
  private readonly waitedFor: Record<string, number> = {}

  add({ engine, plan, waitsFor }: Recording): void {
    this.schedules++
    this.turns += engine.turns
    for (const key of plan.keys()) {
      const kind = kindOf(key)
      if (kind !== "value") this.faultsByKind[kind] = (this.faultsByKind[kind] ?? 0) + 1
    }
    count(this.outcomes, engine.newest(rootRunId).outcome?.tag ?? "waiting")
    for (const what of waitsFor) count(this.waitedFor, what)
  }

  get report() {
    const { schedules, turns, faultsByKind, outcomes, waitedFor } = this
    const faults = Object.values(faultsByKind).reduce((sum, number) => sum + number, 0)
    return { schedules, turns, faults, faultsByKind, outcomes, waitedFor }
  }
}

const count = (counts: Record<string, number>, what: string): void => {
  counts[what] = (counts[what] ?? 0) + 1
}
