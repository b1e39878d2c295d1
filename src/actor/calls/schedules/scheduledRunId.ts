import * as DateTime from "effect/DateTime"

/** The run for a time of a schedule: found by name and time. */
export const scheduledRunId = (name: string, scheduledAt: number): string =>
  `${name}/${DateTime.formatIso(DateTime.makeUnsafe(scheduledAt)).replace(".000Z", "Z")}`
