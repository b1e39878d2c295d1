import type { Plan } from "../../plan.ts"
import type { SimulatedPayloads } from "../../services/simulatedPayloads.ts"
import type { SimulatedTable } from "../../services/simulatedTable.ts"
import { inputOf, valueAt } from "../../workload/timetables/definitionOf.ts"
import type { World } from "../../world/world.ts"
import type { Invariants } from "../invariants.ts"
import { TimetableInvariants } from "./timetableInvariants.ts"

interface Watched {
  readonly world: World
  readonly table: SimulatedTable
  readonly payloads: SimulatedPayloads
  readonly invariants: Invariants
  readonly plan: Plan
}

/** S40, of the schedule that a plan has. */
export const watchTimetable = ({ invariants, payloads, plan, table, world }: Watched): TimetableInvariants => {
  const spec = plan.timetable?.spec
  return new TimetableInvariants({
    world,
    table,
    payloads,
    runOf: (address, key) => invariants.childOf(address, key),
    asked: invariants.replays.cancels,
    asksForEnd: (address, runId) => invariants.replays.cancelled.has(`${address} ${runId}`),
    inputAt: (scheduledAt) => JSON.stringify(spec && inputOf(spec, valueAt(scheduledAt)))
  })
}
