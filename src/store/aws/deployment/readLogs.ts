import * as Effect from "effect/Effect"
import { awsCall } from "../calls/awsCall.ts"
import { type DeploymentClientOptions, StackNotFound } from "./describeStack.ts"
import { loadClient } from "./sdkMissing.ts"

export interface LogLine {
  /** Tells lines apart. */
  readonly id: string
  /** Epoch milliseconds. */
  readonly at: number
  readonly group: string
  readonly message: string
}

export interface LogQuery {
  readonly groups: ReadonlyArray<string>
  /** Epoch milliseconds. */
  readonly from: number
  readonly to?: number
  /** Only lines that hold this text. */
  readonly text?: string
}

/** The log groups of a stack, by their logical ids. Loads `@aws-sdk/client-cloudformation`. */
export const logGroupsOf = Effect.fnUntraced(function* (stack: string, options: DeploymentClientOptions = {}) {
  const { CloudFormationClient, ListStackResourcesCommand } = yield* loadClient(
    "@aws-sdk/client-cloudformation",
    "finding the log groups of a stack",
    () => import("@aws-sdk/client-cloudformation")
  )
  const client = yield* Effect.acquireRelease(
    Effect.sync(() => new CloudFormationClient({ ...options })),
    (opened) => Effect.sync(() => opened.destroy())
  )
  const groups: Array<{ readonly id: string; readonly name: string }> = []
  let token: string | undefined
  do {
    const input = { StackName: stack, ...(token === undefined ? {} : { NextToken: token }) }
    const page = yield* awsCall(
      { operation: "logGroupsOf", place: `the stack ${stack}` },
      (abortSignal) => client.send(new ListStackResourcesCommand(input), { abortSignal }),
      (error) =>
        error.name === "ValidationError" && /does not exist/.test(error.message) ? { answer: undefined } : undefined
    )
    if (page === undefined)
      return yield* new StackNotFound({ stack, message: `there is no stack ${stack} in this account and region` })
    for (const { LogicalResourceId = "", PhysicalResourceId, ResourceType } of page.StackResourceSummaries ?? []) {
      if (ResourceType === "AWS::Logs::LogGroup" && PhysicalResourceId !== undefined)
        groups.push({ id: LogicalResourceId, name: PhysicalResourceId })
    }
    token = page.NextToken
  } while (token !== undefined)
  return groups
})

/** Lines of several groups, in the order of their times. Loads `@aws-sdk/client-cloudwatch-logs`. */
export const readLogs = Effect.fnUntraced(function* (query: LogQuery, options: DeploymentClientOptions = {}) {
  const { CloudWatchLogsClient, FilterLogEventsCommand } = yield* loadClient(
    "@aws-sdk/client-cloudwatch-logs",
    "reading the logs of a deployment",
    () => import("@aws-sdk/client-cloudwatch-logs")
  )
  const client = yield* Effect.acquireRelease(
    Effect.sync(() => new CloudWatchLogsClient({ ...options })),
    (opened) => Effect.sync(() => opened.destroy())
  )
  const lines = yield* Effect.forEach(
    query.groups,
    Effect.fnUntraced(function* (group) {
      const found: Array<LogLine> = []
      let token: string | undefined
      do {
        const input = {
          logGroupName: group,
          startTime: query.from,
          ...(query.to === undefined ? {} : { endTime: query.to }),
          ...(query.text === undefined ? {} : { filterPattern: JSON.stringify(query.text) }),
          ...(token === undefined ? {} : { nextToken: token })
        }
        const page = yield* awsCall({ operation: "readLogs", place: `the log group ${group}` }, (abortSignal) =>
          client.send(new FilterLogEventsCommand(input), { abortSignal })
        )
        for (const { eventId = "", message = "", timestamp = 0 } of page.events ?? [])
          found.push({ id: eventId, at: timestamp, group, message: message.trimEnd() })
        token = page.nextToken
      } while (token !== undefined)
      return found
    }),
    { concurrency: 5 }
  )
  return lines.flat().sort((a, b) => a.at - b.at)
})
