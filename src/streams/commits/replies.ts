import * as Effect from "effect/Effect"
import type { Actor } from "../../actor/actor.ts"
import { PayloadUnreadable } from "../../actor/errors.ts"
import { runIdOf } from "../../actor/history/generation.ts"
import type { Head } from "../../actor/history/head.ts"
import type { Reply } from "../../actor/history/reply.ts"
import { putReply, Replies } from "../../store/beside/replies.ts"
import { Commits } from "../../store/commits.ts"
import { offload } from "../../store/payloads.ts"
import { heldReplies } from "../../store/reading/heldReplies.ts"

/**
 * What a commit answers to updates. Where replies are put after the head, the head holds them until the next one: they are true from the
 * moment in which it stands, whoever dies then. That a run has ended is to be seen in its head: who asks is told so without a reply.
 */
export const repliesOf = Effect.fnUntraced(function* (actor: Actor, before: Head | undefined) {
  // A run that goes on in another generation does not tell by its head that this one has ended.
  const isOver = actor.outcome !== undefined && actor.outcome.tag !== "continued"
  const taken = actor.updates.takeReplies().filter((reply) => !(isOver && saysRunEnded(reply)))
  const replies = yield* Effect.forEach(taken, ({ name, id, outcome }) =>
    Effect.map(
      offload(outcome.payload, actor.runId),
      (payload): Reply => ({ name, id, outcome: { tag: outcome.tag, payload } })
    )
  )
  const answered = (before?.answered ?? 0) + replies.length
  const count = answered === 0 ? {} : { answered }
  if (replies.length === 0 || (yield* Commits).atomic) return { replies, held: count }
  const held: Pick<Head, "replies" | "answered"> = {
    ...count,
    replies: yield* offload({ json: JSON.stringify(replies) }, actor.runId, heldInlineLimitBytes)
  }
  return { replies, held }
})

/** Encoded bytes up to which they stand in the head itself. As the head of one commit alone has them, and an object costs eight write units. */
const heldInlineLimitBytes = 4_096

export const saysRunEnded = ({ outcome }: Reply): boolean =>
  outcome.tag === "died" && "json" in outcome.payload && JSON.parse(outcome.payload.json).reason === "runEnded"

/**
 * Of a head that another process has written, which may have died right after it. Before the next commit, which holds them no more. Where they cannot
 * be read, there must be no next commit: nobody else would know them.
 */
export const putRepliesAgain = Effect.fnUntraced(function* (runId: string, head: Head | undefined) {
  if (head?.replies === undefined) return
  const store = yield* Replies
  const held = yield* Effect.catchTags(heldReplies(head), {
    PayloadMissing: (error) => unreadable(error.message),
    PayloadAltered: (error) => unreadable(error.message),
    StoreRefused: (error) => unreadable(error.message)
  })
  yield* Effect.forEach(held, (reply) => putUnlessThere(store, runIdOf(runId), reply), {
    concurrency: 8,
    discard: true
  })
})

/**
 * Code that was changed may come to an answer in the replay already, where the code before it still waited: no commit has given it. The next
 * one does. Asked only of a replay that has come to more answers than the head counts.
 */
export const giveAfterAll = Effect.fnUntraced(function* (runId: string, actor: Actor, head: Head) {
  const { replayed } = actor.updates
  if (replayed.length <= (head.answered ?? 0)) return
  const store = yield* Replies
  // Where it cannot be read, no commit is made: see below.
  const held = yield* Effect.orElseSucceed(heldReplies(head), () => replayed)
  const isHeld = ({ name, id }: Reply) => held.some((one) => one.name === name && one.id === id)
  const missing = yield* Effect.filter(
    replayed.filter((reply) => !isHeld(reply)),
    ({ name, id }) => Effect.map(store.read(runIdOf(runId), name, id), (there) => there === undefined),
    { concurrency: 8 }
  )
  actor.updates.giveAfterAll(missing)
})

/** Reading first costs a fifth of a write that would be refused. */
const putUnlessThere = Effect.fnUntraced(function* (store: Replies["Service"], runId: string, reply: Reply) {
  const there = yield* store.read(runId, reply.name, reply.id)
  if (there === undefined) yield* putReply(store, runId, reply)
})

const unreadable = (why: string) =>
  Effect.fail(new PayloadUnreadable({ message: `answers to updates cannot be read: ${why}`, row: "head" }))
