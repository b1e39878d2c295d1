import { type Duration, Stack } from "aws-cdk-lib"
import type { Construct } from "constructs"
import { assertDeployed } from "#src/actor/calls/schedules/deployedSchedule"
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
  const event = { schedules: schedules.map((schedule) => asData(Stack.of(scope), schedule)) }
  const sizeBytes = Buffer.byteLength(JSON.stringify(event))
  if (sizeBytes > maxEventBytes)
    throw new RangeError(
      `schedules: ${sizeBytes} bytes, and EventBridge Scheduler hands over 256 KB at most: shorten their inputs, or make some of them at run time (client.schedules.ensure)`
    )
  return Stack.of(scope).toJsonString(event)
}

const asData = (stack: Stack, { startsAt, endsAt, ...props }: WorkflowScheduleProps) => {
  const { name, workflow, input = null, every, offset, catchUp, jitter, ...rest } = props
  const what = `schedule ${name}`
  if (typeof input === "function")
    throw new TypeError(
      `${what}: input is data here. One that is made for each time is for defineSchedule, in the entry`
    )
  const data = {
    name,
    workflow,
    input,
    ...given({
      ...rest,
      every: lengthOf(`${what}: every`, every),
      offset: lengthOf(`${what}: offset`, offset),
      catchUp: typeof catchUp === "string" ? catchUp : lengthOf(`${what}: catchUp`, catchUp),
      jitter: lengthOf(`${what}: jitter`, jitter),
      startsAt: momentOf(`${what}: startsAt`, startsAt),
      endsAt: momentOf(`${what}: endsAt`, endsAt)
    })
  }
  // What the functions would refuse is refused here; that the entry has the workflow, and that the input fits, they find out.
  assertDeployed({ ...data, input: stack.resolve(input) })
  return data
}

// Props may come from JavaScript.

const lengthOf = (what: string, length: Duration | undefined): number | undefined => {
  if (length === undefined) return undefined
  if (typeof length.toMilliseconds !== "function")
    throw new TypeError(`${what} is ${JSON.stringify(length)}: a Duration, such as Duration.hours(1)`)
  if (length.isUnresolved()) throw new TypeError(`${what} is known once it is deployed, and has to be known now`)
  return length.toMilliseconds()
}

const momentOf = (what: string, moment: Date | undefined): string | undefined => {
  if (moment === undefined) return undefined
  if (moment instanceof Date && !Number.isNaN(moment.getTime())) return moment.toISOString()
  throw new TypeError(`${what} is ${JSON.stringify(moment)}: a Date, such as new Date("2026-12-01T00:00:00Z")`)
}

const given = (all: { readonly [name: string]: unknown }) =>
  Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
