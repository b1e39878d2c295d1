import { createServer, type IncomingMessage } from "node:http"
import { DynamoDBClient, PutItemCommand, type PutItemCommandInput } from "@aws-sdk/client-dynamodb"
import type { TestServer } from "./processServer.ts"
import { testCredentials, testRegion } from "./testAws.ts"

/**
 * As much of EventBridge Scheduler as timers use, by its REST API: one-time schedules that put an item and delete themselves.
 * Faithful where it matters here: names are unique, times are written to the second and kept to the minute, a schedule is there
 * until its target has taken the call, and a target that fails is called again.
 *
 * Its time is the caller's: `fire` is one look at the clock. Names are those of one group; the group `default` stands before none.
 */
export interface SchedulerServer extends TestServer {
  /** Fires what is due at this time; answers how many. Rejects if a target failed: that schedule stays, and fires again. */
  readonly fire: (now: number) => Promise<number>
  readonly names: () => ReadonlyArray<string>
  readonly schedule: (name: string) => Schedule | undefined
}

export interface Schedule {
  readonly name: string
  readonly groupName: string
  readonly at: number
  readonly clientToken: string | undefined
  readonly body: ScheduleBody
}

interface ScheduleBody {
  readonly GroupName?: string
  readonly ScheduleExpression?: string
  readonly ScheduleExpressionTimezone?: string
  readonly ActionAfterCompletion?: string
  readonly ClientToken?: string
  readonly FlexibleTimeWindow?: { readonly Mode?: string }
  readonly Target?: {
    readonly Arn?: string
    readonly RoleArn?: string
    readonly Input?: string
    readonly RetryPolicy?: { readonly MaximumRetryAttempts?: number; readonly MaximumEventAgeInSeconds?: number }
  }
}

export interface SchedulerOptions {
  /** Of the DynamoDB that targets put items to. */
  readonly dynamodbEndpoint: string
  /** For the check that a schedule is not in the past. Default: the real one. */
  readonly now?: () => number
  /** Calls a schedule's target. Default: puts the item, whatever the role may do. */
  readonly execute?: (schedule: Schedule) => Promise<void>
  /** Why a schedule would be refused for its role: the message of a `ValidationException`, or an error of its own. Default: it is not. */
  readonly refuse?: (roleArn: string, groupName: string) => string | SchedulerRefusal | undefined
  /** How long a target that has failed so many times is left alone. Default: not at all. */
  readonly retryPauseMs?: (failures: number) => number
  /** At which moment a schedule that names `at` fires: see {@link momentsOf}. Default: at that second. */
  readonly momentOf?: (at: number, name: string) => number
}

/** Such as `{ status: 402, error: "ServiceQuotaExceededException", message: "" }`. */
export interface SchedulerRefusal {
  readonly status: number
  readonly error: string
  readonly message: string
}

/** Scheduler keeps time to the minute: the first and the last moment at which a schedule of this time may fire. */
export const momentsOf = {
  first: (at: number): number => Math.floor(at / 60_000) * 60_000,
  last: (at: number): number => at + 59_999
}

/** A reply: status, and the error's name where it is one. */
interface Reply {
  readonly status: number
  readonly error?: string
  readonly body: unknown
}

const putItemTarget = "arn:aws:scheduler:::aws-sdk:dynamodb:putItem"

export const startScheduler = async (options: SchedulerOptions): Promise<SchedulerServer> => {
  const schedules = new Map<string, Schedule>()
  const { now = Date.now, momentOf = (at) => at, retryPauseMs = () => 0 } = options
  const dynamodb = new DynamoDBClient({
    endpoint: options.dynamodbEndpoint,
    region: testRegion,
    // DynamoDB Local shows each access key tables of its own.
    credentials: testCredentials
  })

  const server = createServer((request, response) => {
    void readBody(request).then((text) => {
      const { status, error, body } = answer({ schedules, now: now(), refuse: options.refuse }, request, text)
      response.writeHead(status, {
        "content-type": "application/json",
        ...(error === undefined ? {} : { "x-amzn-errortype": error })
      })
      response.end(JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0

  const execute = options.execute ?? ((schedule) => putItem(dynamodb, schedule))
  const end = (schedule: Schedule) => {
    const key = keyOf(schedule.groupName, schedule.name)
    // It may have been deleted meanwhile, and another made of the same name.
    if (schedules.get(key) === schedule) schedules.delete(key)
    failures.delete(schedule)
  }
  /** One call of the target at a time, whoever looks at the clock. */
  const firing = new Set<Schedule>()
  const failures = new Map<Schedule, { readonly count: number; readonly notBefore: number }>()
  const fireOne = async (schedule: Schedule, time: number) => {
    firing.add(schedule)
    try {
      await execute(schedule)
      end(schedule)
    } catch (error) {
      const count = (failures.get(schedule)?.count ?? 0) + 1
      failures.set(schedule, { count, notBefore: time + retryPauseMs(count) })
      if (isGivenUp(schedule, count, time)) end(schedule)
      throw error
    } finally {
      firing.delete(schedule)
    }
  }

  const isDue = (schedule: Schedule, time: number) =>
    momentOf(schedule.at, schedule.name) <= time &&
    (failures.get(schedule)?.notBefore ?? 0) <= time &&
    !firing.has(schedule)
  const fire = async (time: number) => {
    const due = [...schedules.values()].filter((schedule) => isDue(schedule, time))
    const calls = await Promise.allSettled(due.map((schedule) => fireOne(schedule, time)))
    for (const call of calls) if (call.status === "rejected") throw call.reason
    return due.length
  }

  return {
    name: "EventBridge Scheduler (fake)",
    endpoint: `http://127.0.0.1:${port}`,
    fire,
    names: () => [...schedules.keys()],
    schedule: (name) => schedules.get(name),
    stop: async () => {
      dynamodb.destroy()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString("utf8")
}

const failure = (status: number, error: string, Message: string): Reply => ({ status, error, body: { Message } })

/** The defaults of https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html. */
const isGivenUp = ({ body, at }: Schedule, failures: number, time: number): boolean => {
  const { MaximumRetryAttempts = 185, MaximumEventAgeInSeconds = 86_400 } = body.Target?.RetryPolicy ?? {}
  return failures > MaximumRetryAttempts || time - at > MaximumEventAgeInSeconds * 1000
}

const arnOf = (key: string) =>
  `arn:aws:scheduler:us-east-1:000000000000:schedule/${key.includes("/") ? key : `default/${key}`}`

const keyOf = (group: string, name: string) => (group === "default" ? name : `${group}/${name}`)

interface AnswerOptions {
  readonly schedules: Map<string, Schedule>
  readonly now: number
  readonly refuse: SchedulerOptions["refuse"]
}

const answer = ({ schedules, now, refuse }: AnswerOptions, request: IncomingMessage, text: string): Reply => {
  const url = new URL(request.url ?? "/", "http://localhost")
  const name = decodeURIComponent(/^\/schedules\/([^/]+)$/.exec(url.pathname)?.[1] ?? "")
  if (!/^[0-9a-zA-Z\-_.]{1,64}$/.test(name)) return failure(400, "ValidationException", `name ${name}`)
  const body: ScheduleBody = text === "" ? {} : JSON.parse(text)
  const groupName = body.GroupName ?? url.searchParams.get("groupName") ?? "default"
  const key = keyOf(groupName, name)
  const found = schedules.get(key)
  switch (request.method) {
    case "POST": {
      if (found !== undefined) {
        // The same request again, by its token, is answered like the first time.
        if (found.clientToken !== undefined && found.clientToken === body.ClientToken) return created(key)
        return failure(409, "ConflictException", `schedule ${name} is there already`)
      }
      const at = parseAt(body)
      if (typeof at === "string") return failure(400, "ValidationException", at)
      if (at < now) return failure(400, "ValidationException", "the schedule's time is in the past")
      const refusal = refuse?.(body.Target?.RoleArn ?? "", groupName)
      if (typeof refusal === "string") return failure(400, "ValidationException", refusal)
      if (refusal !== undefined) return failure(refusal.status, refusal.error, refusal.message)
      schedules.set(key, { name, groupName, at, clientToken: body.ClientToken, body })
      return created(key)
    }
    case "GET":
      if (found === undefined) return failure(404, "ResourceNotFoundException", `no schedule ${name}`)
      return {
        status: 200,
        body: { Arn: arnOf(key), Name: name, GroupName: groupName, State: "ENABLED", ...found.body }
      }
    case "DELETE":
      if (!schedules.delete(key)) return failure(404, "ResourceNotFoundException", `no schedule ${name}`)
      return { status: 200, body: {} }
    default:
      return failure(400, "ValidationException", `${request.method} is not supported`)
  }
}

const created = (key: string): Reply => ({ status: 200, body: { ScheduleArn: arnOf(key) } })

/** The time of a one-time schedule, or what is wrong with the request. */
const parseAt = (body: ScheduleBody): number | string => {
  const parts = /^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)$/.exec(body.ScheduleExpression ?? "")
  if (parts === null) return `expression ${body.ScheduleExpression}`
  if ((body.ScheduleExpressionTimezone ?? "UTC") !== "UTC") return "this fake knows UTC only"
  if (body.FlexibleTimeWindow?.Mode !== "OFF") return "FlexibleTimeWindow is required; this fake knows OFF only"
  if (body.ActionAfterCompletion !== "DELETE") return "this fake knows ActionAfterCompletion DELETE only"
  if (body.Target?.Arn !== putItemTarget) return `this fake knows the target ${putItemTarget} only`
  if (!/^arn:aws:iam::\d{12}:role\/.+/.test(body.Target.RoleArn ?? "")) return "a role is required"
  return Date.parse(`${parts[1]}Z`)
}

/** The target. An item that is there already stays as it is. */
const putItem = async (client: DynamoDBClient, { body }: Schedule): Promise<void> => {
  const input: PutItemCommandInput = JSON.parse(body.Target?.Input ?? "{}")
  try {
    await client.send(new PutItemCommand(input))
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "ConditionalCheckFailedException") throw error
  }
}
