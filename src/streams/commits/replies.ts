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
export const repliesOf = Effect.fnUntraced(function* (actor: Actor) {
  // A run that goes on in another generation does not tell by its head that this one has ended.
  const isOver = actor.outcome !== undefined && actor.outcome.tag !== "continued"
  const taken = actor.updates.takeReplies().filter((reply) => !(isOver && saysRunEnded(reply)))
  const replies = yield* Effect.forEach(taken, ({ name, id, outcome }) =>
    Effect.map(offload(outcome.payload), (payload): Reply => ({ name, id, outcome: { tag: outcome.tag, payload } }))
  )
  if (replies.length === 0 || (yield* Commits).atomic) return { replies, held: {} }
  const held: Pick<Head, "replies"> = {
    replies: yield* offload({ json: JSON.stringify(replies) }, heldInlineLimitBytes)
  }
  return { replies, held }
})

/** Encoded bytes up to which they stand in the head itself. As the head of one commit alone has them, and an object costs eight write units. */
const heldInlineLimitBytes = 4_096

const saysRunEnded = ({ outcome }: Reply): boolean =>
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

/** Reading first costs a fifth of a write that would be refused. */
const putUnlessThere = Effect.fnUntraced(function* (store: Replies["Service"], runId: string, reply: Reply) {
  const there = yield* store.read(runId, reply.name, reply.id)
  if (there === undefined) yield* putReply(store, runId, reply)
})

const unreadable = (why: string) =>
  Effect.fail(new PayloadUnreadable({ message: `answers to updates cannot be read: ${why}`, row: "head" }))
