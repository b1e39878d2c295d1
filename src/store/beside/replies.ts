import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { failedUpdate, type Reply } from "../../actor/history/reply.ts"
import type { StoreRefused, StoreUnavailable } from "../errors.ts"

/**
 * Answers to updates. Put by the commit that gives them, or after it, and before the next (`Head.replies`): who reads a head first and then
 * finds no reply, there or here, knows that there was none by that head. Contract: `test/store/repliesContract.ts`.
 */
export class Replies extends Context.Service<
  Replies,
  {
    /** Put if absent: the first stands. */
    readonly put: (runId: string, reply: Reply) => Effect.Effect<void, StoreUnavailable | StoreRefused>
    /** A strong read. */
    readonly read: (runId: string, name: string, id: string) => Effect.Effect<Reply | undefined, StoreUnavailable>
  }
>()("dynactor/Replies") {}

/** One that the store does not take is answered with that: whoever waits for it must not wait for ever. */
export const putReply = (
  store: Replies["Service"],
  runId: string,
  reply: Reply
): Effect.Effect<void, StoreUnavailable> =>
  store.put(runId, reply).pipe(
    Effect.catchTag("StoreRefused", ({ message }) =>
      store.put(runId, { ...reply, outcome: failedUpdate({ reason: "refused", message }) })
    ),
    Effect.catchTag("StoreRefused", ({ message }) =>
      Effect.logError(`the answer of run ${runId} to update ${reply.name} (${reply.id}) is not taken: ${message}`)
    )
  )
