import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { fingerprintText } from "../../actor/values/json.ts"

/**
 * In this order. Paused runs are not turned: they are looked at for a decision whose doorbell was lost.
 */
export const sweptStatuses = ["parked", "paused", "running"] as const

/**
 * Where the sweeper has got to. It goes through all runs that have not ended, in rounds: a pass that has no time left goes on from here in the
 * next one, so that each run has its turn, however many there are.
 */
const Round = Schema.Struct({
  /** Epoch milliseconds: looks that were due up to here have been made in earlier rounds. Absent: there were none. */
  after: Schema.optionalKey(Schema.Finite),
  /** Epoch milliseconds, when this round began: it makes the looks that were due up to here. */
  to: Schema.Finite,
  /** Where to go on. Absent: the round is over. */
  next: Schema.optionalKey(
    Schema.Struct({
      status: Schema.Literals(sweptStatuses),
      /** Of the page of the listing. Absent: the first. */
      cursor: Schema.optionalKey(Schema.String),
      /**
       * The last runs of that page whose turn it has been. Several, as some may not be there any more when the page is listed again:
       * they have ended, or go on.
       */
      past: Schema.Array(Schema.String)
    })
  )
})
export type Round = typeof Round.Type
export type SweptStatus = NonNullable<Round["next"]>["status"]

const RoundText = Schema.fromJsonString(Round)
const decodeRound = Schema.decodeUnknownOption(RoundText)
const encodeRound = Schema.encodeSync(RoundText)

/**
 * When a run is looked at that has stood still since then: at once (this code may be the right one, a wake-up may have been lost), then
 * after a minute, two, four, up to an hour, and every hour from then on. A run that loops costs a whole turn's limit each time, and a
 * look at a sleeping one a read of its partition. A new message for the run is another matter, and turns it at once.
 *
 * It follows from the clock and from what the listing says of the run, and nothing has to be remembered of it: with a memory of so many
 * quiet runs, one more than that is as dear as having none. The hourly looks come at a minute of the run's own, or runs that were
 * started together would be looked at together for ever.
 */
export const isLookDue = (
  { runId, since }: { readonly runId: string; readonly since: number },
  { after, to }: { readonly after: number; readonly to: number }
): boolean => {
  let at = since
  for (let delayMs = firstLookMs; delayMs < longestLookMs; delayMs *= 2) {
    if (at > to) break
    if (at > after) return true
    at += delayMs
  }
  // By another clock it may have stood still since a time to come: then it has its hourly look, and no other.
  const hourlyFrom = since > to ? Number.NEGATIVE_INFINITY : at
  const lastAt = to - ((to + offsetMs(runId)) % longestLookMs)
  return lastAt > after && lastAt >= hourlyFrom
}

const offsetMs = (runId: string): number => Number.parseInt(fingerprintText(runId), 36) % longestLookMs

/** Twice as many as are looked at side by side. */
const passedKept = 16

const mostFound = 10_000

const firstLookMs = 60_000
const longestLookMs = 3_600_000

/** The looks of one host, or of one that goes on where another has stopped. */
export class Looks {
  private current: Round | undefined
  /** Has this code tried all parked runs? It may be that which they wait for: until then each of them is due. */
  private hasTriedParked = false
  /**
   * Runs that something was found of, the one found longest ago first. They are looked at again soon, whatever their own time says: what has
   * begun to move may need more than one push. Should one be forgotten, its hourly look comes all the same.
   */
  private readonly found = new Map<string, { readonly at: number; readonly delayMs: number }>()

  get place(): Round | undefined {
    return this.current
  }

  /** Goes on with the round that has been begun, or begins the next. */
  begin(now: number): void {
    const before = this.current
    if (before?.next !== undefined) return
    const after = before === undefined ? {} : { after: Math.min(before.to, now) }
    this.current = { ...after, to: now, next: { status: "parked", past: [] } }
  }

  /** Where a page begins; undefined if this round has been through these runs. */
  pageOf(status: SweptStatus): Pick<NonNullable<Round["next"]>, "cursor" | "past"> | undefined {
    const next = this.current?.next
    return next?.status === status ? next : undefined
  }

  isDue(status: SweptStatus, run: { readonly runId: string; readonly since: number }): boolean {
    const { after = Number.NEGATIVE_INFINITY, to } = this.current ?? { to: Number.NEGATIVE_INFINITY }
    const isNew = status === "parked" && !this.hasTriedParked
    const found = this.found.get(run.runId)
    return isNew || (found !== undefined && found.at <= to) || isLookDue(run, { after, to })
  }

  /** What a look came to. */
  looked(runId: string, hasFound: boolean, now: number): void {
    const before = this.found.get(runId)
    this.found.delete(runId)
    if (!hasFound) return
    const delayMs = before === undefined ? firstLookMs : Math.min(before.delayMs * 2, longestLookMs)
    for (const oldest of this.found.keys()) {
      if (this.found.size < mostFound) break
      this.found.delete(oldest)
    }
    this.found.set(runId, { at: now + delayMs, delayMs })
  }

  /** It is this run's turn: should the pass end here, the next one goes on behind it. */
  pass(runId: string): void {
    const { current } = this
    if (current?.next === undefined) return
    const past = [...current.next.past.slice(1 - passedKept), runId]
    this.current = { ...current, next: { ...current.next, past } }
  }

  /** A page is done with. */
  turnPage(status: SweptStatus, cursor: string | undefined): void {
    if (this.current === undefined) return
    const { next: _, ...round } = this.current
    if (cursor !== undefined) this.current = { ...round, next: { status, cursor, past: [] } }
    else {
      if (status === "parked") this.hasTriedParked = true
      const next = sweptStatuses[sweptStatuses.indexOf(status) + 1]
      this.current = next === undefined ? round : { ...round, next: { status: next, past: [] } }
    }
  }

  /** What cannot be gone on with, such as the cursor of another version, is begun anew. */
  forget(): void {
    this.current = undefined
  }

  save(): string | undefined {
    return this.current === undefined ? undefined : encodeRound(this.current)
  }

  /** Where another has got to. A text that is none says nothing. */
  restore(text: string): void {
    this.current = Option.getOrElse(decodeRound(text), () => this.current)
  }
}
