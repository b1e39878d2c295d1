import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { parseAddress, runIdOf } from "../actor/history/generation.ts"
import type { Head } from "../actor/history/head.ts"
import type { Message } from "../actor/history/message.ts"
import type { Tags } from "../actor/tags/tags.ts"
import { appendOfBody } from "./beside/appendOutput.ts"
import { OutputChunks, streamRun } from "./beside/outputChunks.ts"
import { putReply, Replies } from "./beside/replies.ts"
import { type CommitResult, Commits, type HeadCommit, type SentAhead, type TurnCommit } from "./commits.ts"
import { fenceToken, nextFences } from "./fences.ts"
import { putNext } from "./generations/nextGeneration.ts"
import { Payloads } from "./payloads.ts"
import { putNotices } from "./putNotices.ts"
import { randomToken } from "./randomToken.ts"
import { sameMessage } from "./reading/sameMessage.ts"
import { RunTable } from "./runTable.ts"
import { type QueueMessage, StepQueue } from "./stepQueue.ts"
import { type ScheduledTimer, Timers } from "./timers.ts"
import { isStored } from "./transactions/putWith.ts"

/** Writes of one commit that are under way at a time. */
const concurrency = 32

/**
 * Commits for stores that have no transaction across table, queue and timers: the order of writes is what loses nothing.
 *
 * 1. Rows, order segments, long timers, queue messages and what a run is found by, side by side. None of them has an effect yet: a row is history
 *    only once a head adopts it, a queue message acts only if the head carries its token, and a timer's row that no head
 *    waits for is set aside. A crash here leaves no more than rows that ring and messages that are stale. But timers go before the
 *    messages: a service of its own may refuse them, and then no step has been sent in vain.
 * 2. The head. From here on the turn stands, and everything it sent is under way.
 * 3. Notices to other runs and answers to updates, put if absent, and values for output streams. A crash before them is made good by
 *    the next turn (`Head.notices`, `Head.replies`, `Head.emitted`), which the deliveries of `done`, completed last, bring about. After all of
 *    that, the first rows of the next generation.
 */
export const commitInOrder: Effect.Effect<Commits["Service"], never, Requirements> = Effect.gen(function* () {
  const ports: Ports = {
    table: yield* RunTable,
    queue: yield* StepQueue,
    timers: yield* Timers,
    replies: yield* Replies,
    output: yield* OutputChunks,
    payloads: yield* Payloads
  }
  return Commits.of({ atomic: false, commit: (turn) => commitTurn(ports, turn) })
})

type Requirements = RunTable | StepQueue | Timers | Replies | OutputChunks | Payloads

interface Ports {
  readonly table: RunTable["Service"]
  readonly queue: StepQueue["Service"]
  readonly timers: Timers["Service"]
  readonly replies: Replies["Service"]
  readonly output: OutputChunks["Service"]
  readonly payloads: Payloads["Service"]
}

const commitTurn = Effect.fnUntraced(function* (ports: Ports, turn: TurnCommit) {
  const result: CommitResult = yield* turn.head === undefined
    ? commitRows(ports, turn)
    : commitHead(ports, turn, turn.head)
  // Whatever became of the head: the rows are durable, or another's outcome stands in their place.
  yield* complete(ports, turn)
  return result
})

const commitRows = Effect.fnUntraced(function* (ports: Ports, turn: TurnCommit) {
  const existing = yield* putRows(ports, turn.runId, turn.rows)
  if (existing.length > 0) return { _tag: "Superseded", existing } satisfies CommitResult
  return { _tag: "Committed", head: undefined, conflicts: [] } satisfies CommitResult
})

const commitHead = Effect.fnUntraced(function* (ports: Ports, turn: TurnCommit, commit: HeadCommit) {
  const { runId } = turn
  const { table, queue, timers } = ports
  const plan = yield* planOf(commit, queue.maxDelayMs, turn.sent)
  const rows = [
    putRows(ports, runId, turn.rows),
    Effect.forEach(commit.segments, ({ index, keys }) => table.putSegment(runId, index, keys), {
      concurrency,
      discard: true
    })
  ] as const
  const schedule = Effect.forEach(plan.timers, (timer) => timers.schedule(timer), {
    concurrency,
    discard: true
  })
  const sendAll = sendMissing(queue, plan, turn.sent)
  const sendAfterTimers = plan.timers.length === 0 ? sendAll : Effect.andThen(schedule, sendAll)
  const [existing] = yield* Effect.all([...rows, sendAfterTimers, putTags(ports, commit, runId)], {
    concurrency: "unbounded"
  })
  if (existing.length > 0) return { _tag: "Superseded", existing } satisfies CommitResult
  const result = yield* table.commitHead(runId, plan.head)
  if (result._tag === "Conflict") return result satisfies CommitResult
  if (turn.sent !== undefined) delete turn.sent.attempt
  const after = [
    Effect.provideService(putNotices(table, commit.notices, runId), Payloads, ports.payloads),
    putReplies(ports, commit, runId),
    appendEmitted(ports, commit, runId),
    clearTimers(ports, commit),
    dropTags(ports, commit, runId)
  ] as const
  const [conflicts] = yield* Effect.all(after, { concurrency: "unbounded" })
  // What this generation has sent is there before the next one sends something.
  if (commit.next !== undefined) yield* Effect.provideService(putNext(commit.next), RunTable, table)
  return { _tag: "Committed", head: plan.head, conflicts } satisfies CommitResult
})

/**
 * Sends what no earlier attempt has sent. In small requests, so that it is known of each whether it was taken. If one fails, the
 * others are still waited for.
 */
const sendMissing = Effect.fnUntraced(function* (queue: StepQueue["Service"], plan: Plan, sent: SentAhead | undefined) {
  const { messages, token, base } = plan
  const before = sent?.attempt?.token === token ? sent.attempt : undefined
  const attempt = before ?? { base, token, begun: new Set<string>(), sent: new Set<string>() }
  const missing = messages.filter((message) => !attempt.sent.has(identityOf(message)))
  if (missing.length === 0) return
  const parts = Array.from({ length: Math.ceil(missing.length / partLength) }, (_, part) =>
    missing.slice(part * partLength, (part + 1) * partLength)
  )
  if (sent !== undefined) sent.attempt = attempt
  const note = (among: Set<string>, part: ReadonlyArray<QueueMessage>) =>
    Effect.sync(() => part.forEach((message) => void among.add(identityOf(message))))
  const sendPart = (part: ReadonlyArray<QueueMessage>) =>
    note(attempt.begun, part).pipe(Effect.andThen(queue.send(part)), Effect.andThen(note(attempt.sent, part)))
  const exits = yield* Effect.forEach(parts, (part) => Effect.exit(sendPart(part)), { concurrency })
  for (const exit of exits) yield* exit
})

/** As many as SQS takes in one request. */
const partLength = 10

/** What a message is for. Two messages of which this is the same ask for the same thing. */
const identityOf = (message: QueueMessage): string => {
  switch (message.kind) {
    case "step":
      return `step/${message.key} ${message.index} ${message.fingerprint}`
    case "timer":
      return `timer/${message.key} ${message.index} ${message.due}`
    case "wake":
      return "wake"
  }
}

/** Rows that were there before with other content. */
const putRows = Effect.fnUntraced(function* ({ table }: Ports, runId: string, inHand: ReadonlyArray<Message>) {
  const rows = inHand.filter((row) => !isStored(row))
  const results = yield* Effect.forEach(rows, (row) => table.put(runId, row), { concurrency })
  return results.flatMap((result, index) =>
    result._tag === "Exists" && !sameMessage(result.message, rows[index] as Message) ? [result.message] : []
  )
})

const putReplies = ({ replies }: Ports, commit: HeadCommit, runId: string) =>
  Effect.forEach(commit.replies ?? [], (reply) => putReply(replies, runIdOf(runId), reply), {
    concurrency,
    discard: true
  })

/** The head stands by then: what is refused waits with the run until that is put right, and the next turn appends it. */
const appendEmitted = Effect.fnUntraced(function* (
  { output }: Ports,
  { emitted = [], head }: HeadCommit,
  runId: string
) {
  if (emitted.length === 0) return
  const at = yield* Clock.currentTimeMillis
  const { generation } = parseAddress(runId)
  const id = streamRun(runId, head.since)
  yield* Effect.forEach(emitted, (one) => appendOfBody(output, { runId: id, name: one.stream }, generation, one, at), {
    concurrency,
    discard: true
  })
})

const clearTimers = ({ timers }: Ports, commit: HeadCommit) =>
  Effect.forEach(commit.clearTimers, (timer) => Effect.ignore(timers.clear(timer), { log: "Debug" }), {
    concurrency,
    discard: true
  })

const putTags = ({ table }: Ports, { head, tagged }: HeadCommit, runId: string) =>
  tagged === undefined || isEmpty(tagged.put) ? Effect.void : (table.putTags?.(runId, tagged.put, head) ?? Effect.void)

/** What is left of them is looked at in vain, and no more. */
const dropTags = ({ table }: Ports, { head, tagged }: HeadCommit, runId: string) =>
  tagged === undefined || isEmpty(tagged.drop)
    ? Effect.void
    : Effect.ignore(table.dropTags?.(runId, tagged.drop, head.version) ?? Effect.void, { log: "Debug" })

const isEmpty = (tags: Tags): boolean => Object.keys(tags).length === 0

// A delivery that comes back finds its outcome in the inbox: not worth failing a turn that stands.
const complete = ({ queue }: Ports, turn: TurnCommit) =>
  turn.done.length === 0 ? Effect.void : Effect.ignore(queue.complete(turn.done), { log: "Warn" })

/** {@link commitInOrder} as a layer: of each store its own, also where one is opened by a program that has another. */
export const commitsInOrder: Layer.Layer<Commits, never, Requirements> = Layer.fresh(
  Layer.effect(Commits, commitInOrder)
)

interface Plan {
  readonly head: Head
  readonly messages: ReadonlyArray<QueueMessage>
  /** Of the messages. */
  readonly token: string
  readonly base: string
  /** Beyond the queue's longest delay. */
  readonly timers: ReadonlyArray<ScheduledTimer>
}

/** What goes where. The fences that the commit was handed are those of the head it is based on. */
const planOf = Effect.fnUntraced(function* (commit: HeadCommit, maxDelayMs: number, sent: SentAhead | undefined) {
  const { head, steps, openIndexes, furtherTimers = [] } = commit
  const now = yield* Clock.currentTimeMillis
  const isLong = (due: number) => due - now > maxDelayMs
  const short = commit.timers.filter(({ due }) => !isLong(due))
  const long = commit.timers.filter(({ due }) => isLong(due)).map(({ runId, key, due }) => ({ runId, key, due }))
  const plain = [
    ...steps,
    ...short.map(({ runId, key, due, index }) => ({
      kind: "timer" as const,
      runId,
      key,
      due,
      index,
      token: null,
      notBefore: due
    }))
  ]
  const base = baseOf(commit)
  const token = fenceToken(head.fences, head.adopted, tokenOf(base, plain, sent) ?? (yield* randomToken))
  const messages: ReadonlyArray<QueueMessage> = plain.map((message) => ({ ...message, token }))
  const fences = nextFences({
    before: head.fences,
    adopted: head.adopted,
    token: messages.length === 0 ? undefined : token,
    sentAt: now,
    openIndexes
  })
  return { head: { ...head, fences }, messages, token, base, timers: [...long, ...furtherTimers] } satisfies Plan
})

/**
 * What was adopted, and the fences. Not the head's version: a run that was parked meanwhile, because this very commit was refused,
 * stands where it stood, and no receiver has called its messages stale.
 */
const baseOf = ({ adopted, head }: HeadCommit): string =>
  JSON.stringify([head.adopted - adopted.length, head.fences.map(({ upTo, token }) => [upTo, token])])

/**
 * The token of the attempt before, if all steps that it may have sent are asked for again: then they are as good as sent by this
 * one. Otherwise a message of it would prove a command by a commit that does not hold it, and it is void (S3). A send that failed
 * counts as well: it may have been its answer that was lost.
 */
const tokenOf = (
  base: string,
  messages: ReadonlyArray<QueueMessage>,
  sent: SentAhead | undefined
): string | undefined => {
  const attempt = sent?.attempt
  if (attempt === undefined || attempt.base !== base) return undefined
  const wanted = new Set(messages.map(identityOf))
  // A timer that is due at another time by now is set aside when it fires, like any that no command waits for.
  const steps = [...attempt.begun].filter((message) => message.startsWith("step/"))
  return steps.every((message) => wanted.has(message)) ? attempt.token : undefined
}
