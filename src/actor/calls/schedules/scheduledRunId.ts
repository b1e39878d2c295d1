/** The run for a time of a schedule: found by name and time. */
export const scheduledRunId = (name: string, scheduledAt: number): string =>
  `${name}/${new Date(scheduledAt).toISOString().replace(".000Z", "Z")}`
