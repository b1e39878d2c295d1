import * as Effect from "effect/Effect"
import { type HealthCheck, ok, skipped, warning } from "../../health/healthCheck.ts"
import type { Lazy } from "../calls/lazy.ts"
import type { SchedulerSdk } from "../timers/schedulerTimers.ts"
import { type Probe, probe } from "./probe.ts"

export interface SchedulerOptions {
  readonly groupName: string | undefined
  readonly roleArn: string | undefined
}

/** Long timers: the group of their schedules, and the role that they run as. */
export const checkScheduler = Effect.fnUntraced(function* (
  scheduler: Lazy<SchedulerSdk>,
  { groupName, roleArn }: SchedulerOptions
) {
  if (roleArn === undefined || roleArn === "")
    return [
      skipped(
        "scheduler.role",
        "Scheduler was not looked at: nobody has said its role (DYNACTOR_SCHEDULER_ROLE_ARN). Hosts without one keep long timers on the queue, a quarter of an hour at a time."
      )
    ]
  if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/.+$/.test(roleArn))
    return [
      warning(
        "scheduler.role",
        `${roleArn} is no ARN of a role.`,
        "Name the role that Scheduler assumes: arn:aws:iam::<account>:role/<name>."
      )
    ]
  const { client, commands } = yield* Effect.promise(scheduler)
  const group = groupName ?? "default"
  const of: Probe = {
    id: "scheduler.delete",
    action: "scheduler:DeleteSchedule",
    resource: `the schedules of the group ${group}`,
    arn: `arn:aws:scheduler:*:*:schedule/${group}/timer-*`
  }
  const probed = yield* probe(
    of,
    async (abortSignal) => {
      const command = new commands.DeleteScheduleCommand({ GroupName: group, Name: "timer-dynactor-doctor" })
      await client.send(command, { abortSignal })
    },
    // There is none of that name: but the group was found, and the call allowed.
    { names: /ResourceNotFound/, value: undefined }
  )
  const checks: ReadonlyArray<HealthCheck> =
    "check" in probed ? [probed.check] : [ok(of.id, `This process may call ${of.action} on ${of.resource}.`)]
  return [
    ...checks,
    skipped(
      "scheduler.role",
      `Whether Scheduler may assume ${roleArn}, and that may put into the table, shows when a timer of more than a quarter of an hour is set: a run for which it may not is parked, and says so.`
    )
  ]
})
