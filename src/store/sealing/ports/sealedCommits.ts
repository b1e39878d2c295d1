import * as Effect from "effect/Effect"
import { parseAddress, runIdOf } from "../../../actor/history/generation.ts"
import { type Message, messageKey } from "../../../actor/history/message.ts"
import type { CommitResult, Commits, HeadCommit, Notice, NoticeConflict, TurnCommit } from "../../commits.ts"
import { judgeNotice } from "../../judgeNotice.ts"
import { copiedFor, Payloads } from "../../payloads.ts"
import { receiverOf } from "../../putNotices.ts"
import { sameContent, sameMessage } from "../../reading/sameMessage.ts"
import type { RunTable } from "../../runTable.ts"
import { isStored } from "../../transactions/putWith.ts"
import type { Seals } from "../seals.ts"
import { sealEmitted, sealReply } from "./sealedBeside.ts"
import { type KnownHeads, openHead, sealHead, whileThere } from "./sealedHead.ts"
import { openMessage, sealMessage, whyUnopened } from "./sealedMessages.ts"
import { sealStep } from "./sealedQueue.ts"

const operation = "Commits.commit"

interface Ports {
  readonly table: RunTable["Service"]
  readonly payloads: Payloads["Service"]
}

/**
 * Commits of a store that makes them in one transaction. There nothing can be opened: what a transaction compares are sealed texts, of which no two
 * are the same. So what it takes for others is looked at again here. The ports are the sealed ones.
 */
export const sealedCommits = (
  seals: Seals,
  known: KnownHeads,
  ports: Ports,
  commits: Commits["Service"]
): Commits["Service"] => ({
  ...commits,
  commit: Effect.fnUntraced(function* (turn) {
    let rows: ReadonlyArray<Message> = turn.rows.filter((row) => !isStored(row))
    for (;;) {
      const result = yield* commits.commit(yield* sealTurn(seals, known, ports, { ...turn, rows }))
      if (result._tag !== "Superseded") return yield* openResult(seals, known, turn, result)
      const existing = yield* Effect.forEach(result.existing, (row) => openMessage(seals, turn.runId, row))
      const others = existing.filter((there) => !isAsPut(there, rows))
      if (others.length > 0) return { _tag: "Superseded", existing: others } satisfies CommitResult
      const same = new Set(existing.map(messageKey))
      rows = rows.filter((row) => !same.has(messageKey(row)))
    }
  })
})

const isAsPut = (there: Message, rows: ReadonlyArray<Message>): boolean => {
  const ours = rows.find((row) => messageKey(row) === messageKey(there))
  return ours !== undefined && whyUnopened(there) === undefined && sameMessage(there, ours)
}

const sealTurn = Effect.fnUntraced(function* (seals: Seals, known: KnownHeads, ports: Ports, turn: TurnCommit) {
  const { head, runId } = turn
  const rows = yield* Effect.forEach(turn.rows, (row) => sealMessage(seals, operation, runId, row))
  if (head === undefined) return { ...turn, rows } satisfies TurnCommit
  const { generation, runId: id } = parseAddress(runId)
  const { emitted, next, replies } = head
  const notices = yield* Effect.forEach(head.notices, (notice) => sealNotice(seals, ports, runId, notice))
  const sealed: HeadCommit = {
    ...head,
    head: yield* sealHead(seals, known, operation, runId, head.head),
    steps: yield* Effect.forEach(head.steps, (step) => sealStep(seals, operation, step)),
    notices: notices.filter((notice) => notice !== undefined),
    ...(replies === undefined
      ? {}
      : { replies: yield* Effect.forEach(replies, (reply) => sealReply(seals, operation, id, reply)) }),
    ...(emitted === undefined
      ? {}
      : { emitted: yield* Effect.forEach(emitted, (one) => sealEmitted(seals, id, generation, one)) }),
    ...(next === undefined
      ? {}
      : {
          next: {
            ...next,
            rows: yield* Effect.forEach(next.rows, (row) => sealMessage(seals, operation, next.address, row))
          }
        })
  }
  return { ...turn, rows, head: sealed } satisfies TurnCommit
})

/**
 * A question for the end of a run that has ended is answered here, with what was opened: inside of the transaction the outcome would be taken over
 * as it is sealed in the other run's head. (If that run ends in this very moment, the store says that it is away, and is asked again.)
 */
const sealNotice = Effect.fnUntraced(function* (seals: Seals, { payloads, table }: Ports, from: string, asked: Notice) {
  let notice = asked
  if (notice.message.kind === "await") {
    const { address, ...receiver } = yield* receiverOf(table, notice.runId)
    const verdict = judgeNotice(from, notice, receiver)
    if (typeof verdict === "object" && "answer" in verdict) {
      const { outcome } = verdict.answer
      const payload = yield* Effect.provideService(copiedFor(outcome.payload, from), Payloads, payloads)
      notice = { runId: from, message: { ...verdict.answer, outcome: { ...outcome, payload } } }
    }
  }
  const message = yield* sealMessage(seals, operation, notice.runId, notice.message)
  return { ...notice, message } satisfies Notice
})

const openResult = Effect.fnUntraced(function* (
  seals: Seals,
  known: KnownHeads,
  turn: TurnCommit,
  result: Exclude<CommitResult, { readonly _tag: "Superseded" }>
) {
  if (result._tag === "Conflict") {
    const { head } = result
    return (
      head === undefined
        ? result
        : { ...result, head: yield* whileThere(operation, yield* openHead(seals, known, turn.runId, head)) }
    ) satisfies CommitResult
  }
  const conflicts = yield* Effect.forEach(result.conflicts, (conflict) => openConflict(seals, turn, conflict))
  const head = result.head && turn.head && { ...turn.head.head, fences: result.head.fences }
  return { ...result, head, conflicts: conflicts.filter((one) => one !== undefined) } satisfies CommitResult
})

/** Undefined: the row that is there says the same, or nobody here can tell. */
const openConflict = Effect.fnUntraced(function* (seals: Seals, turn: TurnCommit, conflict: NoticeConflict) {
  const { notice } = conflict
  const key = messageKey(notice.message)
  const ours = turn.head?.notices.find(
    (one) => messageKey(one.message) === key && runIdOf(one.runId) === runIdOf(notice.runId)
  )
  const asked: Notice = ours === undefined ? notice : { ...notice, message: ours.message }
  if (!("existing" in conflict)) return { ...conflict, notice: asked } satisfies NoticeConflict
  const existing = yield* openMessage(seals, notice.runId, conflict.existing)
  if (whyUnopened(existing) !== undefined) {
    yield* Effect.logWarning(`${key} of run ${runIdOf(notice.runId)} was put before, and cannot be opened to compare`)
    return undefined
  }
  return sameContent(existing, asked.message) ? undefined : ({ notice: asked, existing } satisfies NoticeConflict)
})
