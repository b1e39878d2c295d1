import { createHash } from "node:crypto"
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb"
import * as Effect from "effect/Effect"
import { momentsOf, type SchedulerServer, startScheduler } from "../servers/scheduler.ts"
import { asynchronousSettingsOf, invokeAsynchronously } from "./asynchronousInvocation.ts"
import type { Role } from "./deployment.ts"
import { resultOf } from "./eventSourceMapping/answers.ts"
import type { Functions } from "./functions.ts"
import { evaluate, mayAssume } from "./permissions.ts"
import type { Stack } from "./template.ts"

export interface RigSchedulerOptions {
  readonly stack: Stack
  readonly roles: ReadonlyMap<string, Role>
  /** Of the gateway: targets are called through it, as the schedule's role. Known when the first one is due. */
  readonly endpoint: () => string
  readonly credentialsFor: (role: Role) => string
  readonly functions: () => Pick<Functions, "invoke">
  readonly onProblem: (problem: string) => void
}

export interface RigScheduler {
  readonly server: SchedulerServer
  /**
   * The stack's own schedules, by logical id: invokes what one is for, as if its time had come. Ends when the event is seen to, with
   * the function's answer, or fails when it is given up; the Scheduler of AWS waits for neither.
   */
  readonly invoke: (logicalId: string) => Promise<unknown>
  /** Looks at the clock twice a second, and runs the stack's own schedules. */
  readonly run: () => () => void
  readonly stop: () => Promise<void>
}

/**
 * EventBridge Scheduler for a stack: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html. Precision is a minute,
 * and at which moment of it a schedule fires is its own affair: here it depends on its name. A target that fails is called again, with
 * growing pauses, for a day (https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html).
 */
export const startRigScheduler = async (options: RigSchedulerOptions): Promise<RigScheduler> => {
  const clients = new Map<string, DynamoDBClient>()
  const clientOf = (role: Role) => {
    const known = clients.get(role.arn)
    if (known !== undefined) return known
    const credentials = { accessKeyId: options.credentialsFor(role), secretAccessKey: "rig" }
    const client = new DynamoDBClient({ endpoint: options.endpoint(), region: options.stack.region, credentials })
    clients.set(role.arn, client)
    return client
  }
  const server = await startScheduler({
    // Its own client is not used: targets are called as their role.
    dynamodbEndpoint: "http://127.0.0.1:9",
    momentOf,
    retryPauseMs: (failures) => Math.min(60_000, 1_000 * 2 ** Math.min(failures, 6)),
    refuse: (roleArn, groupName) => refusalOf(options, roleArn, groupName),
    execute: async (schedule) => {
      const role = options.roles.get(schedule.body.Target?.RoleArn ?? "")
      if (role === undefined) throw new Error(`no role ${schedule.body.Target?.RoleArn}`)
      await clientOf(role)
        .send(new PutItemCommand(JSON.parse(schedule.body.Target?.Input ?? "{}")))
        .catch((error: unknown) => {
          // An item that is there already stays as it is: an answer like another.
          if (!(error instanceof Error) || error.name !== "ConditionalCheckFailedException") throw error
        })
    }
  })
  const stopped = new AbortController()
  const invoke = (logicalId: string) => invokeScheduled(options, logicalId, stopped.signal)
  return {
    server,
    invoke,
    run: () => {
      const look = setInterval(() => {
        server.fire(Date.now()).catch((error: unknown) => options.onProblem(`Scheduler: ${error}`))
      }, 500)
      const rates = options.stack.resources("AWS::Scheduler::Schedule").map(({ logicalId, properties }) =>
        setInterval(() => {
          invoke(logicalId).catch((error: unknown) => {
            if (!stopped.signal.aborted) options.onProblem(`Scheduler: ${error}`)
          })
        }, rateMs(properties.ScheduleExpression))
      )
      return () => [look, ...rates].forEach((timer) => void clearInterval(timer))
    },
    stop: async () => {
      stopped.abort()
      for (const client of clients.values()) client.destroy()
      await server.stop()
    }
  }
}

/** At a moment of its minute that depends on its name. */
export const momentOf = (at: number, name: string): number =>
  momentsOf.first(at) + (createHash("sha256").update(name).digest().readUInt16BE() % 60_000)

/** `rate(5 minutes)` */
const rateMs = (expression: string): number => {
  const [, count = "", unit = ""] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? []
  const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }[unit]
  if (unitMs === undefined) throw new Error(`the rig does not know the schedule ${expression}`)
  return Number(count) * unitMs
}

const contextOf = ({ stack }: RigSchedulerOptions, groupName: string) => ({
  "aws:SourceAccount": stack.accountId,
  "aws:SourceArn": `arn:aws:scheduler:${stack.region}:${stack.accountId}:schedule-group/${groupName}`
})

/** A group that is not there, or a role that does not trust Scheduler. */
const refusalOf = (options: RigSchedulerOptions, roleArn: string, groupName: string): string | undefined => {
  const groups = options.stack
    .resources("AWS::Scheduler::ScheduleGroup")
    .map(({ logicalId }) => options.stack.physicalId(logicalId).ref)
  if (groupName !== "default" && !groups.includes(groupName)) return `Schedule group ${groupName} does not exist.`
  const trust = options.roles.get(roleArn)?.trust ?? []
  return mayAssume(trust, "scheduler.amazonaws.com", contextOf(options, groupName))
    ? undefined
    : "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
}

/**
 * Of a function Scheduler does not wait for the answer: "EventBridge Scheduler invokes Lambda asynchronously", and what fails is
 * tried again by Lambda (https://docs.aws.amazon.com/lambda/latest/dg/with-eventbridge-scheduler.html). The schedule's own retries
 * are for events that Lambda does not take.
 */
const invokeScheduled = async (
  options: RigSchedulerOptions,
  logicalId: string,
  signal: AbortSignal
): Promise<unknown> => {
  const schedule = options.stack.resources("AWS::Scheduler::Schedule").find((one) => one.logicalId === logicalId)
  if (schedule === undefined) throw new Error(`the stack has no schedule ${logicalId}`)
  const { Target, GroupName = "default" } = schedule.properties
  const refusal = refusalOf(options, Target.RoleArn, GroupName)
  if (refusal !== undefined) throw new Error(refusal)
  const identity = options.roles.get(Target.RoleArn)?.statements ?? []
  const decision = evaluate({ action: "lambda:InvokeFunction", resource: Target.Arn }, { identity })
  if (!decision.allowed) throw new Error(`${Target.RoleArn} may not invoke ${Target.Arn} ${decision.because}`)
  const name = String(Target.Arn).split(":").at(-1) ?? ""
  // Without an input of its own, the event is one of Scheduler's.
  const event =
    Target.Input === undefined ? { version: "0", source: "aws.scheduler", detail: "{}" } : JSON.parse(Target.Input)
  const invoked = Effect.promise(() => options.functions().invoke(name, event))
  const settings = asynchronousSettingsOf(options.stack, name)
  const result = await Effect.runPromise(invokeAsynchronously(settings, Effect.map(invoked, resultOf)), { signal })
  if (result.kind === "failed") throw new Error(result.error)
  return result.payload
}
