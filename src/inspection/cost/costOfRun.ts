import * as Effect from "effect/Effect"
import { addressOf, parseAddress } from "../../actor/history/generation.ts"
import { isTerminal } from "../../actor/history/head.ts"
import { type Message, messageKey, payloadOf } from "../../actor/history/message.ts"
import { isReference } from "../../actor/values/payload.ts"
import { openNewest } from "../../client/openNewest.ts"
import { readPresent } from "../../store/reading/presentRun.ts"
import type { StoredRun } from "../../store/runTable.ts"
import type { RunCost } from "../shapes/cost.ts"
import { assumptions, units } from "./measures.ts"
import { lookedUp, prices } from "./prices.ts"

/**
 * What a run has cost on DynamoDB, SQS and Lambda so far, by its rows; of one in a SQLite file, what it would have. Fails with `RunNotFound`
 * and `StoreUnavailable`.
 *
 * @example
 * const { units, dollars } = yield* costOfRun("order-17")
 */
export const costOfRun = Effect.fnUntraced(function* (runId: string) {
  const newest = parseAddress((yield* openNewest(runId)).address).generation
  const uses = yield* Effect.forEach(
    Array.from({ length: newest + 1 }, (_, generation) => addressOf(runId, generation)),
    (address) => Effect.map(readPresent(address), useOf),
    { concurrency: 4 }
  )
  return costOf(runId, uses.length, uses.reduce(sum, nothing))
})

/** Counts of what one generation or several have used. */
interface Use {
  readonly messages: number
  readonly commits: number
  readonly write: number
  readonly read: number
  readonly rowBytes: number
  readonly queueMessages: number
  readonly schedules: number
  readonly objects: number
  readonly turns: number
  readonly stepMs: number
}

const nothing: Use = {
  messages: 0,
  commits: 0,
  write: 0,
  read: 0,
  rowBytes: 0,
  queueMessages: 0,
  schedules: 0,
  objects: 0,
  turns: 0,
  stepMs: 0
}

const sum = (a: Use, b: Use): Use =>
  Object.fromEntries(Object.entries(a).map(([name, count]) => [name, count + b[name as keyof Use]])) as unknown as Use

/** What SQS delays itself; longer timers are schedules. */
const longestDelayMs = 900_000

const useOf = ({ head, messages, segments }: StoredRun): Use => {
  const sizes = messages.map((message) => Buffer.byteLength(JSON.stringify(message)) + messageKey(message).length)
  const headBytes = head === undefined ? 0 : Buffer.byteLength(JSON.stringify(head))
  const commits = head?.version ?? 0
  const steps = messages.filter(isQueuedStep)
  const executions = steps.reduce((all, { attempts }) => all + Math.max(1, attempts), 0)
  const timers = messages.filter(({ kind }) => kind === "timer")
  const long = timers.filter((timer) => timer.kind === "timer" && timer.due - (head?.startedAt ?? 0) > longestDelayMs)
  const listing = head === undefined ? 0 : 1 + (isTerminal(head.status) ? units.end.write : 0)
  return {
    messages: messages.length,
    commits,
    write:
      sizes.reduce((all, bytes) => all + writeUnits(bytes), 0) +
      commits * writeUnits(headBytes) +
      segments.length +
      (executions - steps.length) * units.failedAttempt.write +
      listing,
    read: units.start.read + steps.length * units.queuedStep.read + timers.length * units.sleep.read,
    rowBytes: sizes.reduce((all, bytes) => all + bytes, 0) + headBytes,
    queueMessages: executions + timers.length,
    schedules: long.length,
    objects:
      messages.filter(hasObject).length + (head?.states ?? []).filter(({ payload }) => isReference(payload)).length,
    turns: commits,
    stepMs: messages.reduce((all, message) => all + (message.kind === "step" ? timeOf(message) : 0), 0)
  }
}

type Step = Extract<Message, { readonly kind: "step" }>

const isQueuedStep = (message: Message): message is Step => message.kind === "step" && message.inline !== true

/** Of the execution that was accepted: how long the ones before it took is on no record. */
const timeOf = ({ at, startedAt }: Step): number => (startedAt === 0 ? 0 : Math.max(0, at - startedAt))

const hasObject = (message: Message): boolean => {
  const payload = payloadOf(message)
  return payload !== undefined && isReference(payload)
}

const writeUnits = (bytes: number): number => Math.max(1, Math.ceil(bytes / 1_024))

const memoryMb = 1_024

const costOf = (runId: string, generations: number, use: Use): RunCost => {
  const { messages, queueMessages, read, turns, write } = use
  // Every row rings, whether it was adopted at once or not, and every message of the queue is an invocation.
  const invocations = messages + queueMessages
  const lambdaMs = use.stepMs + queueMessages * assumptions.stepOverheadMs + messages * assumptions.doorbellMs
  const coldReads = turns * assumptions.readUnitsOfColdTurn
  const dollars = {
    dynamodb: write * prices.dynamodbWriteUnit.dollars + (read + coldReads) * prices.dynamodbReadUnit.dollars,
    sqs: queueMessages * assumptions.requestsPerMessage * prices.sqsRequest.dollars,
    scheduler: use.schedules * prices.schedulerInvocation.dollars,
    s3: use.objects * (prices.s3Put.dollars + prices.s3Get.dollars),
    lambda:
      invocations * prices.lambdaRequest.dollars +
      (lambdaMs / 1_000) * (memoryMb / 1_024) * prices.lambdaArmGigabyteSecond.dollars
  }
  return {
    runId,
    generations,
    messages,
    commits: use.commits,
    units: { write, read: read + coldReads },
    calls: {
      sqs: queueMessages * assumptions.requestsPerMessage,
      schedules: use.schedules,
      objects: use.objects,
      invocations
    },
    dollars: {
      ...dollars,
      storagePerMonth: (use.rowBytes / 1e9) * prices.dynamodbStorage.dollars,
      total: Object.values(dollars).reduce((all, part) => all + part, 0)
    },
    basis,
    pricesOf: lookedUp
  }
}

const basis: ReadonlyArray<string> = [
  "Counted: its rows and commits by their size, its listing, a note of each failed attempt, one queue message for each execution of a step and each timer that has fired.",
  `Assumed: ${assumptions.requestsPerMessage} requests a queue message, ${assumptions.readUnitsOfColdTurn} read units a commit for a turn that does not know the run, ${assumptions.stepOverheadMs} ms of a function a queue message beside the step's own time, ${assumptions.doorbellMs} ms a doorbell, ${memoryMb} MB, one message an invocation.`,
  "Not in it: child runs (each has a cost of its own), output streams, retries of calls and lost races, timers that were not needed, what steps do elsewhere, logs, backups.",
  "On-demand prices of us-east-1, without free tiers and discounts. A plain process pays no Lambda, and a SQLite file nothing of this."
]
