import { type Duration, Stack } from "aws-cdk-lib"
import type { Construct } from "constructs"
import { assertSchedule } from "#src/actor/calls/schedules/assertSchedule"
import type { WorkflowScheduleProps } from "../scheduleProps.ts"

/** Most that Scheduler hands over with an event: https://docs.aws.amazon.com/scheduler/latest/UserGuide/scheduler-quotas.html. */
const maxEventBytes = 256 * 1024

/** The sweeper's event, which says which schedules there are to be. Also that there are none: then those that a deployment before had are removed. */
export const sweepInput = (scope: Construct, schedules: ReadonlyArray<WorkflowScheduleProps> = []): string => {
  const names = new Set<string>()
  for (const { name } of schedules) {
    if (names.has(name)) throw new RangeError(`schedules: two are called ${JSON.stringify(name)}`)
    names.add(name)
  }
  const event = { schedules: schedules.map(asData) }
  const sizeBytes = Buffer.byteLength(JSON.stringify(event))
  if (sizeBytes > maxEventBytes)
    throw new RangeError(
      `schedules: ${sizeBytes} bytes, and EventBridge Scheduler hands over 256 KB at most: shorten their inputs, or make some of them at run time (client.schedules.ensure)`
    )
  return Stack.of(scope).toJsonString(event)
}

const asData = ({ startsAt, endsAt, ...props }: WorkflowScheduleProps) => {
  const { name, workflow, input = null, every, offset, catchUp, jitter, version, ...rest } = props
  if (typeof input === "function")
    throw new TypeError(
      `schedule ${name}: input is data here. One that is made for each time is for defineSchedule, in the entry`
    )
  const ms = (duration: Duration | undefined) => duration?.toMilliseconds()
  const options = {
    ...given(rest),
    ...given({
      every: ms(every),
      offset: ms(offset),
      jitter: ms(jitter),
      catchUp: typeof catchUp === "object" ? ms(catchUp) : catchUp
    })
  }
  // What the functions would refuse is refused here; that the entry has the workflow, and that the input fits, they find out.
  assertSchedule(name, workflow, { ...options, ...given({ startsAt, endsAt }) })
  return {
    name,
    workflow,
    input,
    ...options,
    ...given({ version, startsAt: startsAt?.toISOString(), endsAt: endsAt?.toISOString() })
  }
}

const given = (all: { readonly [name: string]: unknown }) =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
