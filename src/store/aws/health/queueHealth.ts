import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  type SQSClient
} from "@aws-sdk/client-sqs"
import * as Effect from "effect/Effect"
import { type HealthCheck, ok, skipped, warning, wrong } from "../../health/healthCheck.ts"
import { type Probe, probe } from "./probe.ts"

export interface QueueOptions {
  readonly queueUrl: string | undefined
  readonly deadLetterQueueUrl: string | undefined
  /** The longest time that one execution of a step may take; undefined: not known. */
  readonly longestStepMs?: number | undefined
}

/** The step queue with its dead letters, and the rights of this process to it. */
export const checkQueues = Effect.fnUntraced(function* (client: SQSClient, options: QueueOptions) {
  const { deadLetterQueueUrl, longestStepMs, queueUrl } = options
  if (queueUrl === undefined)
    return [
      skipped("queue.there", "The step queue was not looked at: nobody has said its URL (--queue-url, or --stack).")
    ]
  const queue = yield* attributesOf(client, "queue.there", queueUrl)
  if ("check" in queue) return [queue.check]
  const dead =
    deadLetterQueueUrl === undefined ? undefined : yield* attributesOf(client, "deadLetters.there", deadLetterQueueUrl)
  const checks: Array<HealthCheck> = [
    ok("queue.there", `The queue ${nameOf(queueUrl)} is there.`),
    checkRedrive(queue.value, dead !== undefined && "value" in dead ? dead.value : undefined),
    checkVisibility(queue.value, longestStepMs),
    checkTaken(queue.value),
    checkRetention(queue.value)
  ]
  if (dead !== undefined)
    checks.push("check" in dead ? dead.check : checkDead(deadLetterQueueUrl as string, dead.value))
  return [...checks, ...(yield* checkRights(client, queueUrl))]
})

type Attributes = Readonly<Record<string, string>>

const nameOf = (url: string): string => url.split("/").at(-1) ?? url

const ofQueue = (id: string, action: string, url: string): Probe => ({
  id,
  action: `sqs:${action}`,
  resource: `the queue ${nameOf(url)}`,
  arn: `arn:aws:sqs:*:*:${nameOf(url)}`
})

const attributesOf = (client: SQSClient, id: string, QueueUrl: string) =>
  probe(ofQueue(id, "GetQueueAttributes", QueueUrl), async (abortSignal): Promise<Attributes> => {
    const answer = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }), {
      abortSignal
    })
    return answer.Attributes ?? {}
  })

const checkRedrive = ({ RedrivePolicy }: Attributes, dead: Attributes | undefined): HealthCheck => {
  const id = "queue.redrive"
  if (RedrivePolicy === undefined || RedrivePolicy === "")
    return wrong(
      id,
      "It has no redrive policy: a step at which workers die comes back for ever.",
      "Set one that sends messages to the queue of dead letters after ten receipts or so."
    )
  const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(RedrivePolicy) as {
    readonly deadLetterTargetArn?: string
    readonly maxReceiveCount?: number | string
  }
  if (dead?.QueueArn !== undefined && dead.QueueArn !== deadLetterTargetArn)
    return wrong(
      id,
      `Its dead letters go to ${deadLetterTargetArn}, and the queue of dead letters that is read is ${dead.QueueArn}.`,
      "Let both be one queue: steps whose letters nobody reads never fail."
    )
  const most = Number(maxReceiveCount)
  if (most < 5)
    return warning(
      id,
      `A message is a dead letter after ${most} receipts.`,
      "Allow five or more: a message is received again while its commit is not seen, and while no host knows its step."
    )
  return ok(id, `A message is a dead letter after ${most} receipts.`)
}

const checkVisibility = ({ VisibilityTimeout }: Attributes, longestStepMs: number | undefined): HealthCheck => {
  const id = "queue.visibility"
  const seconds = Number(VisibilityTimeout)
  if (longestStepMs === undefined || !Number.isFinite(longestStepMs))
    return ok(id, `A message is hidden for ${seconds} s where its receiver does not say otherwise.`)
  if (seconds * 1_000 >= longestStepMs) return ok(id, `A message is hidden for ${seconds} s, and no step takes longer.`)
  return warning(
    id,
    `A message is hidden for ${seconds} s, and a step may take ${Math.ceil(longestStepMs / 1_000)} s.`,
    "Hosts in plain processes renew it. On Lambda, where the function's time-out bounds a step, set the queue's visibility to six times that."
  )
}

const checkTaken = (attributes: Attributes): HealthCheck => {
  const waiting = Number(attributes.ApproximateNumberOfMessages ?? 0)
  const inHand = Number(attributes.ApproximateNumberOfMessagesNotVisible ?? 0)
  const later = Number(attributes.ApproximateNumberOfMessagesDelayed ?? 0)
  const told = `${waiting} messages wait, ${inHand} are in somebody's hands, ${later} are for later`
  if (waiting > 0 && inHand === 0)
    return warning(
      "queue.taken",
      `${told}: it may be that nobody takes messages.`,
      "See whether a host is running, or whether the event source of the step function is switched off or failing, of which the checks of event sources tell. Ask again in a minute: a queue that is worked on shows other numbers."
    )
  return ok("queue.taken", `${told}.`)
}

const daySeconds = 86_400

const checkRetention = ({ MessageRetentionPeriod }: Attributes): HealthCheck => {
  const seconds = Number(MessageRetentionPeriod ?? 0)
  return seconds < 14 * daySeconds
    ? warning(
        "queue.retention",
        `It keeps a message for ${Math.round(seconds / 3_600)} hours.`,
        "Let it keep them for 14 days, or tell hosts (queueRetention): what is lost beyond it is sent again."
      )
    : ok("queue.retention", "It keeps a message for 14 days.")
}

const checkDead = (url: string, { ApproximateNumberOfMessages }: Attributes): HealthCheck => {
  const count = Number(ApproximateNumberOfMessages ?? 0)
  return count > 0
    ? warning(
        "deadLetters.none",
        `${count} dead letter${count === 1 ? "" : "s"} in ${nameOf(url)}: workers died at ${count === 1 ? "it" : "them"}, and nobody has made failures of ${count === 1 ? "its step" : "their steps"} yet.`,
        "dynactor dead-letters shows them. If the number stays, see whether the function of dead letters, or a host, is at work."
      )
    : ok("deadLetters.none", `There are no dead letters in ${nameOf(url)}.`)
}

/** Requests that can do nothing: an empty batch, and a receipt that is none. What a service says of them first is whether they are allowed. */
const checkRights = Effect.fnUntraced(function* (client: SQSClient, QueueUrl: string) {
  const ReceiptHandle = "dynactor-doctor"
  const tried = (id: string, action: string, call: (signal: AbortSignal) => Promise<unknown>) => {
    const of = ofQueue(id, action, QueueUrl)
    const fine =
      /ReceiptHandleIsInvalid|EmptyBatchRequest|InvalidParameterValue|MessageNotInflight|InvalidAddress|InvalidIdFormat|MalformedInput|ValidationError|MissingParameter|InvalidParameterCombination/
    return Effect.map(
      probe(of, async (signal) => void (await call(signal)), { names: fine, value: undefined }),
      (probed) => ("check" in probed ? probed.check : ok(id, `This process may call ${of.action} on ${of.resource}.`))
    )
  }
  return yield* Effect.all(
    [
      tried("queue.send", "SendMessage", (abortSignal) =>
        client.send(new SendMessageBatchCommand({ QueueUrl, Entries: [] }), { abortSignal })
      ),
      tried("queue.delete", "DeleteMessage", (abortSignal) =>
        client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }), { abortSignal })
      ),
      tried("queue.hide", "ChangeMessageVisibility", (abortSignal) =>
        client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }), {
          abortSignal
        })
      )
    ],
    { concurrency: "unbounded" }
  )
})
