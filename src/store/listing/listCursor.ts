import * as Effect from "effect/Effect"
import { longFingerprint } from "../../actor/values/json.ts"
import { CursorInvalid } from "../errors.ts"
import type { RunPlace } from "./runOrder.ts"

/**
 * A cursor is the place of the last run that was looked at, with the filters and the store that it is of, and a sum over all of that: one of
 * another listing would skip runs without a word. No secret, and no proof of anything.
 */
export const writeCursor = (listing: string, { startedAt, runId }: RunPlace): string => {
  const content = [startedAt, runId, longFingerprint(listing)]
  return Buffer.from(JSON.stringify([...content, sumOf(content)])).toString("base64url")
}

export const readCursor = (
  listing: string,
  cursor: string | undefined
): Effect.Effect<RunPlace | undefined, CursorInvalid> =>
  Effect.suspend(() => {
    if (cursor === undefined) return Effect.succeed(undefined)
    const content = contentOf(cursor)
    if (content === undefined) {
      const message = `${JSON.stringify(String(cursor).slice(0, 80))} is no cursor of a listing, or it was altered on its way: list again from the beginning`
      return Effect.fail(new CursorInvalid({ message, reason: "unreadable" }))
    }
    const [startedAt, runId, of] = content
    if (of === longFingerprint(listing)) return Effect.succeed({ startedAt, runId })
    const message =
      "the cursor is of a listing with other filters, or of another store: ask with those of the page before, or list again from the beginning"
    return Effect.fail(new CursorInvalid({ message, reason: "ofAnother" }))
  })

type Content = readonly [startedAt: number, runId: string, of: string]

const contentOf = (cursor: string): Content | undefined => {
  try {
    const [startedAt, runId, of, sum] = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"))
    const isOurs = typeof startedAt === "number" && typeof runId === "string" && typeof of === "string"
    return isOurs && sum === sumOf([startedAt, runId, of]) ? [startedAt, runId, of] : undefined
  } catch {
    return undefined
  }
}

const sumOf = (content: ReadonlyArray<number | string>): string =>
  longFingerprint(JSON.stringify(["run listing", ...content]))
