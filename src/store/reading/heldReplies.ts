import * as Effect from "effect/Effect"
import type { Head } from "../../actor/history/head.ts"
import type { Reply } from "../../actor/history/reply.ts"
import { load } from "../payloads.ts"

/** The replies of the very commit that wrote this head: whether or not they have been put since, they stand. */
export const heldReplies = Effect.fnUntraced(function* ({ replies }: Pick<Head, "replies">) {
  if (replies === undefined) return none
  const { json } = yield* load(replies)
  return JSON.parse(json) as ReadonlyArray<Reply>
})

const none: ReadonlyArray<Reply> = []
