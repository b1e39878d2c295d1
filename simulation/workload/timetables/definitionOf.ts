import { defineSchedule, type ScheduleDefinition } from "../../../src/actor/calls/schedules/defineSchedule.ts"
import type { AnyWorkflow } from "../../../src/actor/definitions/definition.ts"
import { rightModel } from "../model.ts"
import type { Term } from "../programs.ts"
import { seq } from "../scenarios.ts"
import { shortScheduleWorkflow } from "./shortGenerations.ts"
import { nights, type TimetablePlan, type TimetableSpec } from "./timetablePlan.ts"

/** The one schedule that a plan has. */
export const timetableName = "nightly"

/** When the world of a plan begins, if it has to begin at a certain time. */
export const startOf = (plan: TimetablePlan | undefined): number | undefined =>
  plan === undefined ? undefined : nights[plan.night]?.startsAt

/** What hosts are given for it, beside their workflows. */
export const codeOfTimetable = (plan: TimetablePlan | undefined, workflows: ReadonlyArray<AnyWorkflow>) => ({
  workflows: plan === undefined ? workflows : [...workflows, shortScheduleWorkflow],
  schedules: plan?.isOfHosts === true ? [definitionOf(timetableName, plan, plan.spec)] : []
})

/** What a run of a schedule is given: the value tells which time it is for, where hosts make it. */
export const valueAt = (scheduledAt: number): number => Math.floor(scheduledAt / 1_000) % 1_000

export const fixedValue = 7

const step = (name: "reserve" | "notify"): Term => ({ do: "step", step: name, input: 1, on: "catchAny", key: false })

const programOf = ({ fails, isUndone, lastsMs }: TimetableSpec): Term =>
  seq(
    isUndone ? { do: "compensated", body: step("reserve"), undo: { step: "undo", sleepMs: 7 } } : step("notify"),
    ...(lastsMs === 0 ? [] : [{ do: "sleep", ms: lastsMs } as const]),
    ...(fails ? [{ do: "fail", code: 1 } as const] : [])
  )

/** As JSON: what the runs of a schedule are given for that time. */
export const inputOf = (spec: TimetableSpec, value: number) => ({ program: JSON.stringify(programOf(spec)), value })

/** The schedule that a plan means. `isOfHosts`: they make the inputs. */
export const definitionOf = (
  name: string,
  plan: Pick<TimetablePlan, "isOfHosts" | "night">,
  spec: TimetableSpec
): ScheduleDefinition => {
  const { crons, startsAt, zone } = nights[plan.night] as (typeof nights)[number]
  const { beginsAfterMs, catchUp, endsAfterMs, jitterMs, overlap, times } = spec
  const common = {
    workflow: rightModel.program,
    input: plan.isOfHosts
      ? ({ scheduledAt }: { readonly scheduledAt: Date }) => inputOf(spec, valueAt(scheduledAt.getTime()))
      : inputOf(spec, fixedValue),
    overlap,
    catchUp,
    jitter: jitterMs,
    ...(beginsAfterMs === null ? {} : { startsAt: startsAt + Math.min(beginsAfterMs, endsAfterMs) }),
    endsAt: startsAt + endsAfterMs
  }
  if (typeof times === "number") return defineSchedule(name, { ...common, every: times })
  const cron = crons[times.cron % crons.length] as string
  return defineSchedule(name, { ...common, cron, timeZone: zone, onDstOverlap: times.onDstOverlap })
}
