import type { Timer, Timers } from "../../src/store/timers.ts"
import type { Life } from "../world/machine.ts"
import type { World } from "../world/world.ts"
import type { SimulatedTable } from "./simulatedTable.ts"

/** A scheduler that puts the timer's row itself, at some moment of the minute before it is due. */
export class SimulatedTimers {
  private readonly world: World
  private readonly table: SimulatedTable
  private readonly schedules = new Map<string, object>()
  late = 0

  constructor(world: World, table: SimulatedTable) {
    this.world = world
    this.table = table
  }

  service(life: Life): Timers["Service"] {
    const { world } = this
    return {
      schedule: (timer) => world.call(life, "Timers.schedule", () => this.schedule(timer)),
      clear: (timer) => world.call(life, "Timers.clear", () => void this.schedules.delete(nameOf(timer)))
    }
  }

  private schedule(timer: Timer): void {
    const { world } = this
    const name = nameOf(timer)
    if (this.schedules.has(name)) return
    const schedule = {}
    this.schedules.set(name, schedule)
    if (world.faults.of("lostTimer") !== undefined) return
    const early = world.draw.below(60_000)
    const lateMs = world.faults.of("lateTimer")?.forMs ?? 0
    if (lateMs > 0) this.late++
    const delayMs = Math.max(0, timer.due - world.now - early) + lateMs
    const fire = () => {
      if (this.schedules.get(name) !== schedule) return
      this.table.put(timer.runId, { kind: "timer", at: world.now, key: timer.key, due: timer.due }, "scheduler")
    }
    world.later(delayMs, fire)
    if (world.faults.of("doubleTimer") !== undefined) world.later(delayMs + world.draw.below(5_000), fire)
  }
}

const nameOf = ({ runId, key, due }: Timer): string => `${runId}/${key}@${due}`
