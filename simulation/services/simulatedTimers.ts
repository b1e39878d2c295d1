import * as Effect from "effect/Effect"
import type { ScheduledTimer, Timer, Timers } from "../../src/store/timers.ts"
import type { Life } from "../world/machine.ts"
import { Refusals } from "../world/refusals.ts"
import type { World } from "../world/world.ts"
import type { SimulatedTable } from "./simulatedTable.ts"

/** A scheduler that puts the timer's row itself, at some moment of the minute before it is due. */
export class SimulatedTimers {
  private readonly world: World
  private readonly table: SimulatedTable
  private readonly schedules = new Map<string, object>()
  private readonly refusals: Refusals
  late = 0
  /** Rows that were put for timers too far off to be set at once. */
  links = 0

  constructor(world: World, table: SimulatedTable) {
    this.refusals = new Refusals(world, "refusedTimer")
    this.world = world
    this.table = table
  }

  service(life: Life): Timers["Service"] {
    const { world } = this
    return {
      schedule: (timer) =>
        Effect.flatten(
          world.call(life, "Timers.schedule", () => {
            const refused = this.refusals.of(timer.runId, "Timers.schedule")
            if (refused !== undefined) return Effect.fail(refused)
            this.schedule(timer)
            return Effect.void
          })
        ),
      clear: (timer) => world.call(life, "Timers.clear", () => void this.schedules.delete(nameOf(timer)))
    }
  }

  private schedule(whole: ScheduledTimer): void {
    const { world } = this
    const timer = this.nextLink(whole)
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
      if (timer.due < whole.due) this.links++
      this.table.put(timer.runId, { kind: "timer", at: world.now, key: timer.key, due: timer.due }, "scheduler")
    }
    world.later(delayMs, fire)
    if (world.faults.of("doubleTimer") !== undefined) world.later(delayMs + world.draw.below(5_000), fire)
  }

  /** Some timers are too far off, so that both kinds are met: no farther than the span. Whoever asks again has the same answer. */
  private nextLink({ after = 0, ...timer }: ScheduledTimer): Timer {
    if (timer.due % 2 === 0) return timer
    const spans = Math.max(0, Math.ceil((timer.due - Math.max(this.world.now, after)) / spanMs) - 1)
    return { ...timer, due: timer.due - spans * spanMs }
  }
}

const spanMs = 40_000

const nameOf = ({ runId, key, due }: Timer): string => `${runId}/${key}@${due}`
