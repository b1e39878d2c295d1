import * as Effect from "effect/Effect"
import { scheduleControl } from "../../src/actor/calls/schedules/scheduleParts.ts"
import { scheduleRunId } from "../../src/actor/calls/schedules/scheduleWorkflow.ts"
import { isTerminal } from "../../src/actor/history/head.ts"
import type { Client } from "../../src/client/client.ts"
import type { Act } from "../acts/act.ts"
import type { AskedCancels } from "../acts/askedCancels.ts"
import type { SimulatedTable } from "../services/simulatedTable.ts"
import { definitionOf, timetableName } from "../workload/timetables/definitionOf.ts"
import type { TimetableAct, TimetablePlan, TimetableSpec } from "../workload/timetables/timetablePlan.ts"
import type { World } from "../world/world.ts"

interface On {
  readonly world: World
  readonly cancels: AskedCancels
  readonly table: SimulatedTable
}

type ActAfter = Act & { readonly afterMs: number; readonly runId: string }
type Schedules = Client["Service"]["schedules"]

/** What people do about schedules, and whether they are told right. */
export class Timetables {
  private readonly on: On
  private asked = 0

  constructor(on: On) {
    this.on = on
  }

  /** `away`: there is no host for so long. */
  actsOf(plan: TimetablePlan, away: (forMs: number) => void): ReadonlyArray<ActAfter> {
    const { afterMs, isOfHosts, isRepeated, spec } = plan
    const forMs = plan.away?.forMs ?? 0
    if (plan.away !== null) this.on.world.later(plan.away.afterMs, () => away(forMs))
    const first = isOfHosts ? [] : [this.ensure(plan, spec, afterMs)]
    // Whoever has lost the answer asks again.
    const again = first.flatMap((act) => (isRepeated ? [{ ...act, afterMs: afterMs + 300 }] : []))
    return [...first, ...again, ...plan.acts.flatMap((act) => this.actOf(plan, act))]
  }

  /** What is paused is resumed, or the schedule would never be through. */
  resume(afterMs: number): ActAfter {
    return this.act("resume", afterMs, (schedules) => schedules.resume(timetableName))
  }

  private ensure(plan: TimetablePlan, spec: TimetableSpec, afterMs: number, again = false): ActAfter {
    // Its input is made by code, and hosts alone have that.
    const definition = definitionOf(timetableName, { ...plan, isOfHosts: false }, spec)
    return this.act(again ? "make again" : "make sure of", afterMs, (schedules) =>
      Effect.tap(schedules.ensure(definition, { again }), (ensured) => {
        const isRight = ensured !== "taken" && (ensured !== "ended" || (this.isOver && !again))
        if (!isRight) throw this.violate(`whoever makes sure of ${timetableName} is told that it is ${ensured}`)
        return Effect.void
      })
    )
  }

  private actOf(plan: TimetablePlan, act: TimetableAct): ReadonlyArray<ActAfter> {
    const { afterMs } = act
    switch (act.do) {
      case "pause":
        return [
          this.act("pause", afterMs, (schedules) => schedules.pause(timetableName)),
          this.resume(afterMs + act.forMs)
        ]
      case "trigger": {
        const id = `id-${this.asked++}`
        const trigger = this.trigger(id, act)
        return act.isRepeated ? [trigger, { ...trigger, afterMs: afterMs + 1_500 }] : [trigger]
      }
      case "backfill":
        return [this.backfill(act)]
      case "change":
        return [this.ensure(plan, act.spec, afterMs)]
      case "again":
        return [this.ensure(plan, act.spec, afterMs, true)]
      case "remove":
        return [
          this.act("remove", afterMs, (schedules) => {
            this.on.cancels.ask(scheduleRunId(timetableName))
            return schedules.remove(timetableName)
          })
        ]
    }
  }

  private trigger(id: string, { afterMs, overlap }: Extract<TimetableAct, { readonly do: "trigger" }>): ActAfter {
    return this.act(`trigger, as ${id},`, afterMs, (schedules) =>
      Effect.tap(schedules.trigger(timetableName, { id, ...(overlap === null ? {} : { overlap }) }), () => {
        const key = `signal/${scheduleControl.name}/now-${id}`
        if (this.on.table.rowOfRun(scheduleRunId(timetableName), key) === undefined)
          throw this.on.world.violate("S1", `${id} was triggered, and ${key} is not in the inbox`)
        return Effect.void
      })
    )
  }

  private backfill(act: Extract<TimetableAct, { readonly do: "backfill" }>): ActAfter {
    return this.act("fill in a range of", act.afterMs, (schedules) =>
      Effect.suspend(() => {
        const until = this.on.world.now - act.agoMs
        return schedules.backfill(timetableName, { from: until - act.lengthMs, until, overlap: act.overlap })
      })
    )
  }

  private act(what: string, afterMs: number, ask: (schedules: Schedules) => ReturnType<Act["ask"]>): ActAfter {
    const runId = scheduleRunId(timetableName)
    return {
      what: `${what} schedule ${timetableName}`,
      afterMs,
      runId,
      ask: ({ schedules }) => ask(schedules),
      judge: () => {
        const wasThere = this.on.table.row(runId, "start") !== undefined
        return (error) =>
          (error === "ScheduleNotFound" && !wasThere) ||
          (error === "ScheduleEnded" && this.isOver) ||
          // Its run is parked: the removal is kept.
          (error === "ScheduleInvalid" && this.on.table.rowOfRun(runId, "cancel") !== undefined)
      }
    }
  }

  /** It has ended, or somebody has removed it. */
  private get isOver(): boolean {
    const { table } = this.on
    const runId = scheduleRunId(timetableName)
    const status = table.head(table.newest(runId))?.status
    return table.rowOfRun(runId, "cancel") !== undefined || (status !== undefined && isTerminal(status))
  }

  private violate(what: string) {
    return this.on.world.violate("S40", what)
  }
}
