import * as DateTime from "effect/DateTime"

/** The run for a time of a schedule: found by name and time. */
export const scheduledRunId = (name: string, scheduledAt: number): string =>
  `${name}/${DateTime.formatIso(DateTime.makeUnsafe(scheduledAt)).replace(".000Z", "Z")}`

/** The run that somebody has asked for: by an id, which no time is. */
export const triggeredRunId = (name: string, id: string): string => `${name}/now-${id}`

export const isTriggered = (name: string, runId: string): boolean => runId.startsWith(triggeredRunId(name, ""))
