import * as Effect from "effect/Effect"
import type { AnyCallback, CallbackAnswer, CallbackSlot } from "../definitions/callbacks/callback.ts"
import { CallbackFailed } from "../errors.ts"
import type { Outcome } from "../history/outcome.ts"
import type { PortOptions } from "./portOptions.ts"

/** Gives out the key. The command itself is issued when its token is signed, because it holds when that expires. */
export const openCallback = (
  options: PortOptions,
  { callbackName: name }: AnyCallback,
  userKey: string | undefined
): Effect.Effect<CallbackSlot> =>
  Effect.suspend(() => {
    const { ledger } = options
    const key =
      userKey === undefined ? ledger.nextKey("callback", name) : ledger.nextUserKey("callback", name, userKey, "")
    if (typeof key === "string") return Effect.succeed(slotOf(options, key))
    const { reason, why } = key
    return Effect.die(new CallbackFailed({ message: `callback ${name}: ${why}`, callback: name, reason }))
  })

const slotOf = ({ ledger, now }: PortOptions, key: string): CallbackSlot => {
  let answered: CallbackAnswer | undefined
  let isClosed = false
  const waiting = new Set<(answer: CallbackAnswer | undefined) => void>()
  const take = (outcome: Outcome | undefined) => {
    if (outcome === undefined) isClosed = true
    else answered = { outcome, at: now() }
    for (const tell of [...waiting]) tell(answered)
  }
  return {
    key,
    address: ledger.runId,
    // One for the token, whose signature is an outcome of its own: no commit comes between the two.
    index: ledger.index + 1,
    open: (expiresAt) =>
      Effect.sync(() =>
        ledger.issue({ kind: "callback", key, fingerprint: String(expiresAt ?? 0), index: ledger.index }, take)
      ),
    answered: () => answered,
    answer: Effect.callback<CallbackAnswer | undefined>((resume) => {
      if (answered !== undefined || isClosed) return resume(Effect.succeed(answered))
      const tell = (answer: CallbackAnswer | undefined) => resume(Effect.succeed(answer))
      waiting.add(tell)
      return Effect.sync(() => void waiting.delete(tell))
    }),
    isClosed: () => isClosed,
    close: Effect.sync(() => ledger.closeCallback(key))
  }
}
