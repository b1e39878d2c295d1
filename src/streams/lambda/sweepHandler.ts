import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { SweepPlace } from "../../store/sweepPlace.ts"
import type { Looks } from "../wakeups/looks.ts"
import { lookThrough } from "../wakeups/lookThrough.ts"
import { noCounts, type SweepResult, sweep } from "../wakeups/sweeper.ts"
import { type TimeLeft, until } from "./timeLeft.ts"

/** What one pass of the sweeper came to, and whether it went over all runs in its time. */
export interface SweepAnswer extends SweepResult {
  readonly complete: boolean
}

/**
 * What a look through the whole table came to: runs that were started and had no head, turned by now. If its time was up, it
 * goes on with the cursor in the next call.
 */
export interface LookAnswer {
  readonly found: number
  readonly failed: number
  readonly complete: boolean
  readonly cursor?: string
}

const decodeLook = Schema.decodeUnknownSync(
  Schema.Struct({ lookThrough: Schema.Literal(true), cursor: Schema.optionalKey(Schema.String) })
)

/** Asked for a look through the table; a schedule's event asks for nothing. A request that is not quite one fails, and says why. */
export const lookRequest = (event: unknown): { readonly cursor?: string } | undefined =>
  typeof event === "object" && event !== null && "lookThrough" in event ? decodeLook(event) : undefined

/**
 * The sweeper's place is read before each pass, because another environment may have made the pass before. It is also written on the
 * way, because an environment that is ended in the middle cannot say afterwards how far it has got: before the first look, and more and
 * more seldom from then on. So a pass that a run ends, however early, has got further than the one before, and the run is met once a
 * round.
 */
export const sweepInTime = Effect.fnUntraced(function* (time: TimeLeft, looks: Looks, quietMs: number) {
  const kept = yield* SweepPlace
  const clock = yield* Clock.Clock
  const now = () => clock.currentTimeMillisUnsafe()
  const counts = noCounts()
  let stopped = false
  const mayGoOn = () => {
    stopped ||= now() >= time.handBackAt
    return !stopped
  }
  const place = yield* kept.load
  if (place !== undefined) looks.restore(place)
  let saveAt = now()
  let intervalMs = firstSaveIntervalMs
  const save = Effect.suspend(() => {
    saveAt = now() + intervalMs
    intervalMs = Math.min(2 * intervalMs, longestSaveIntervalMs)
    return Effect.ignore(kept.save(looks.save() ?? ""), { log: "Warn" })
  })
  const onProgress = Effect.suspend(() => (now() < saveAt ? Effect.void : save))
  const pass = until(time.handBackAt, sweep({ quietMs, looks, mayGoOn, onProgress, counts }))
  const inTime = yield* Effect.ensuring(pass, until(time.answerAt, save))
  const answer: SweepAnswer = { ...counts, complete: inTime && looks.place?.next === undefined }
  yield* Effect.logInfo(
    answer.complete
      ? "sweep"
      : "sweep: the time was up before all runs were looked at; the next pass goes on from here",
    answer
  )
  return answer
})

const firstSaveIntervalMs = 100
const longestSaveIntervalMs = 10_000

/** Page by page, as far as the time goes. A page that is cut short is looked at again with the cursor before it. */
export const lookInTime = Effect.fnUntraced(function* (time: TimeLeft, from: string | undefined) {
  const counts = { found: 0, failed: 0 }
  let cursor = from
  const onePage = Effect.suspend(() => lookThrough({ cursor, mayGoOn: () => Effect.succeed(false) }))
  const nextPage = Effect.map(onePage, (page) => {
    counts.found += page.found
    counts.failed += page.failed
    cursor = page.cursor
  })
  let complete = false
  while (!complete && (yield* until(time.handBackAt, nextPage))) complete = cursor === undefined
  const answer: LookAnswer = { ...counts, complete, ...(cursor === undefined ? {} : { cursor }) }
  yield* Effect.logInfo("look through the table", answer)
  return answer
})
