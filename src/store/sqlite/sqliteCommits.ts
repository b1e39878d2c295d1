import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { adoptedKey } from "../../actor/history/entry.ts"
import { addressOf, parseAddress } from "../../actor/history/generation.ts"
import { isTerminal } from "../../actor/history/head.ts"
import { type ChildMessage, type Message, messageKey, previousOf } from "../../actor/history/message.ts"
import { isReference } from "../../actor/values/payload.ts"
import { isSealedText } from "../../actor/values/sealed.ts"
import { streamRun } from "../beside/outputChunks.ts"
import type {
  CommitResult,
  Commits,
  HeadCommit,
  NextGeneration,
  Notice,
  NoticeConflict,
  TurnCommit
} from "../commits.ts"
import { objectName, ownerOf } from "../deletion/payloadNames.ts"
import { StoreRefused } from "../errors.ts"
import { askedMark, homeMark, newestMark } from "../generations/nextGeneration.ts"
import { type Answered, isJudged, judgeNotice, type Receiver } from "../judgeNotice.ts"
import { sameContent, sameMessage } from "../reading/sameMessage.ts"
import { appendEmitted } from "./beside/sqliteOutput.ts"
import { insertReply } from "./beside/sqliteReplies.ts"
import type { Engine } from "./engine.ts"
import { explain, isRefusal } from "./file/sqliteErrors.ts"
import type { AfterCommit } from "./groupCommit.ts"
import { isRinging } from "./sqliteFeed.ts"
import type { SqliteQueue } from "./sqliteQueue.ts"
import { insertSegment, raiseMark, selectHead, selectMark, selectVersion, writeHead } from "./sqliteRunTable.ts"

/** All of a turn in one transaction: no fences, nothing to send again, nothing to make sure of later. */
export const sqliteCommits = (engine: Engine, queue: SqliteQueue): Commits["Service"] => ({
  atomic: true,
  commit: (turn) =>
    Effect.withFiber((fiber) => {
      const now = fiber.getRef(Clock.Clock).currentTimeMillisUnsafe()
      return engine.writes.run("Commits.commit", (afterCommit) => commitTurn(engine, queue, turn, now, afterCommit))
    })
})

const commitTurn = (
  engine: Engine,
  queue: SqliteQueue,
  turn: TurnCommit,
  now: number,
  afterCommit: AfterCommit
): CommitResult => {
  const inserted: Array<string> = []
  const existing: Array<Message> = []
  for (const row of turn.rows) {
    const found = engine.insertRow(turn.runId, row, false, afterCommit)
    if (found === undefined) inserted.push(messageKey(row))
    else if (!sameMessage(found, row)) existing.push(found)
  }
  for (const delivery of turn.done) queue.remove(delivery)
  const result =
    existing.length > 0
      ? ({ _tag: "Superseded", existing } as const)
      : commitHead(engine, queue, turn, now, afterCommit)
  if (inserted.length === 0) return result
  // A row of ours that no head has adopted must ring after a restart, if not before.
  const adopted = result._tag === "Committed" ? keysOf(turn.head?.adopted ?? [], adoptedKey) : nowhere
  for (const key of inserted) {
    if (adopted(key)) continue
    if (result._tag === "Committed") engine.recordDoorbell(turn.runId, key)
    else engine.ring(turn.runId, key, afterCommit)
  }
  return result
}

/** Is a key that of one of these? Most turns have one row, which needs no set. */
const keysOf = <A>(all: ReadonlyArray<A>, keyOf: (one: A) => string): ((key: string) => boolean) => {
  const [first] = all
  if (first === undefined) return nowhere
  if (all.length > 1) {
    const keys = new Set(all.map(keyOf))
    return (key) => keys.has(key)
  }
  const only = keyOf(first)
  return (key) => key === only
}

const nowhere = (): boolean => false

const commitHead = (
  engine: Engine,
  queue: SqliteQueue,
  turn: TurnCommit,
  now: number,
  afterCommit: AfterCommit
): CommitResult => {
  const { runId, head: commit } = turn
  if (commit === undefined) {
    if (turn.basedOn === undefined || turn.basedOn === selectVersion(engine, runId)) {
      return { _tag: "Committed", head: undefined, conflicts: [] }
    }
    return { _tag: "Conflict", head: selectHead(engine, runId) }
  }
  // Before the head: what is written of it would stand.
  if (turn.begins !== undefined && !engine.standsAlone(runId, turn.begins)) return { _tag: "Conflict", head: undefined }
  const written = writeHead(engine, runId, commit.head)
  if (written._tag === "Conflict") return written
  afterCommit(() => engine.headWritten(runId, commit.head))
  const isOwn = keysOf(turn.rows, messageKey)
  const { runId: id, generation } = parseAddress(runId)
  // What came before the start of a generation was left to the doorbell of that. A run that has ended with its first commit may still be asked for something by it.
  const ringsOn = generation > 0 && isTerminal(commit.head.status)
  for (const entry of commit.adopted) {
    const key = adoptedKey(entry)
    if (!isOwn(key) && !(ringsOn && key === "start")) engine.silence(runId, key)
  }
  for (const { index, keys } of commit.segments) insertSegment(engine, runId, index, keys)
  for (const reply of commit.replies ?? []) insertReply(engine, id, reply)
  send(queue, commit, runId, now, afterCommit)
  for (const emitted of commit.emitted ?? [])
    appendEmitted(
      engine,
      { runId: streamRun(runId, commit.head.since), name: emitted.stream },
      generation,
      emitted,
      now,
      afterCommit
    )
  const conflicts = notify(engine, runId, commit.notices, afterCommit)
  if (commit.next !== undefined) beginNext(engine, commit.next, afterCommit)
  return { _tag: "Committed", head: commit.head, conflicts }
}

const beginNext = (engine: Engine, { address, rows }: NextGeneration, afterCommit: AfterCommit): void => {
  const { runId, generation } = parseAddress(address)
  raiseMark(engine, runId, newestMark, { to: generation, above: generation - 1 })
  if (rows.some(({ kind }) => kind === "restart"))
    raiseMark(engine, runId, askedMark, { to: generation + 1, above: generation })
  for (const row of rows) engine.insertRow(address, row, true, afterCommit)
}

const send = (queue: SqliteQueue, commit: HeadCommit, runId: string, now: number, afterCommit: AfterCommit): void => {
  for (const step of commit.steps) queue.insert(step, now, afterCommit)
  for (const { key, due, index } of commit.timers) {
    queue.insert({ kind: "timer", runId, key, due, index, token: null, notBefore: due }, now, afterCommit)
  }
  for (const timer of commit.clearTimers) queue.removeTimer(timer, afterCommit)
}

const notify = (
  engine: Engine,
  from: string,
  notices: ReadonlyArray<Notice>,
  afterCommit: AfterCommit
): ReadonlyArray<NoticeConflict> => {
  const conflicts: Array<NoticeConflict> = []
  for (const notice of notices) {
    const conflict = putJudged(engine, from, notice, afterCommit)
    if (conflict !== undefined) conflicts.push(conflict)
  }
  return conflicts
}

const putJudged = (
  engine: Engine,
  from: string,
  notice: Notice,
  afterCommit: AfterCommit
): NoticeConflict | undefined => {
  if (!isJudged(notice)) return putNotice(engine, notice, afterCommit)
  const { address, ...receiver } = receiverOf(engine, notice.runId)
  const verdict = judgeNotice(from, notice, receiver)
  if (verdict === "drop") return undefined
  if (verdict === "put") return putForRun(engine, notice, address, afterCommit)
  if ("dropped" in verdict) return { notice, dropped: verdict.dropped }
  const { payload } = verdict.answer.outcome
  // What is sealed in one run's head opens nowhere else. Whoever asks again is told by what was opened.
  if (!isReference(payload) && isSealedText(payload.json))
    throw new Error(`run ${notice.runId} has ended in this very moment: its end is told when this is tried again`)
  return putNotice(engine, { runId: from, message: withOwnObject(engine, from, verdict) }, afterCommit)
}

/** What another run has ended with, with an object of this one's own. */
const withOwnObject = (engine: Engine, address: string, { answer, ifGone }: Answered): ChildMessage => {
  const { payload } = answer.outcome
  if (!isReference(payload) || payload.owner === undefined) return answer
  const own = { ...payload, owner: ownerOf(address) }
  engine.database
    .sql("insert or ignore into payloads (sha256, body) select ?, body from payloads where sha256 = ?")
    .run(objectName(own), objectName(payload))
  const isThere = engine.database.sql("select 1 from payloads where sha256 = ?").get(objectName(own)) !== undefined
  if (ifGone !== undefined && !isThere) return ifGone
  return { ...answer, outcome: { ...answer.outcome, payload: own } }
}

/** As `putForRun` of `putNotices.ts`. */
const putForRun = (
  engine: Engine,
  notice: Notice,
  newest: string,
  afterCommit: AfterCommit
): NoticeConflict | undefined => {
  const { message } = notice
  const { runId, generation } = parseAddress(newest)
  const put = (address: string) => putNotice(engine, inOrder(engine, { ...notice, runId: address }), afterCommit)
  if (message.kind !== "signal" || generation === 0) return put(newest)
  const key = messageKey(message)
  bringEarlier(engine, message, newest, afterCommit)
  const there = engine.selectRow(runId, key)
  if (there !== undefined) return sameContent(there, message) ? undefined : { notice, existing: there }
  return put(addressOf(runId, raiseMark(engine, runId, homeMark(key), { to: generation, above: -1 })))
}

/** What it was sent behind, and an earlier generation has left: its doorbell is there yet. */
const bringEarlier = (engine: Engine, message: Message, newest: string, afterCommit: AfterCommit): void => {
  const { runId, generation } = parseAddress(newest)
  for (const key of previousOf(message)) {
    const home =
      engine.selectRow(runId, key) !== undefined ? 0 : (selectMark(engine, runId, homeMark(key)) ?? generation)
    const address = addressOf(runId, home)
    const row = home < generation && isRinging(engine, address, key) ? engine.selectRow(address, key) : undefined
    if (row !== undefined) engine.insertRow(newest, row, true, afterCommit)
  }
}

/** A file knows what was sent to a run last by anyone. */
const inOrder = (engine: Engine, { message, ...notice }: Notice): Notice => {
  if (message.kind !== "signal" && message.kind !== "cancel") return { ...notice, message }
  const previous = new Set([...(message.previous ?? []), ...engine.lastSent(notice.runId)])
  previous.delete(messageKey(message))
  return { ...notice, message: previous.size === 0 ? message : { ...message, previous: [...previous] } }
}

/** One that is refused is no failure of the turn: the statement alone is taken back, and the parent is told. */
const putNotice = (engine: Engine, notice: Notice, afterCommit: AfterCommit): NoticeConflict | undefined => {
  try {
    const existing = engine.insertRow(notice.runId, notice.message, true, afterCommit)
    return existing !== undefined && !sameContent(existing, notice.message) ? { notice, existing } : undefined
  } catch (error) {
    if (!isRefusal(error)) throw error
    return { notice, refused: new StoreRefused({ operation: "RunTable.put", message: explain(error) }) }
  }
}

const receiverOf = (engine: Engine, runId: string): Receiver & { readonly address: string } => {
  const first = selectHead(engine, runId)
  // In one transaction with the end of a generation its mark is raised and the next one started: it names the newest.
  // Of a run that was deleted each head does, and its mark has gone.
  const known = first?.deletion?.generation ?? selectMark(engine, runId, newestMark) ?? 0
  const marked = first?.status === "continued" ? known : 0
  const address = addressOf(runId, marked)
  const start = engine.selectRow(address, "start")
  return {
    address,
    head: marked === 0 ? first : selectHead(engine, address),
    start: start?.kind === "start" ? start : undefined
  }
}
