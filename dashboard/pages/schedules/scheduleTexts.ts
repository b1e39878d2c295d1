import type { ScheduleShown } from "../../api/shapes.ts"
import { durationText } from "../../kit/time.tsx"

type Spec = NonNullable<ScheduleShown["spec"]>

/** When it comes, in words. */
export const timesText = ({ times }: Pick<Spec, "times">): string => {
  if (times._tag === "cron") return `${times.expression} (${times.zone})`
  const shift = times.offsetMs === 0 ? "" : `, ${durationText(times.offsetMs)} later`
  return `every ${durationText(times.everyMs)}${shift}`
}

/** A status looks as that of a run does which is so. */
export const looks = {
  starting: "accepted",
  active: "running",
  paused: "paused",
  held: "parked",
  removed: "cancelled",
  ended: "succeeded"
} as const
