import * as Result from "effect/Result"
import { Actor } from "../../../src/actor/actor.ts"
import { limitLook, limitNews, placeGiven } from "../../../src/actor/calls/limits/limitParts.ts"
import type { Holder, LimitState, Waiting } from "../../../src/actor/calls/limits/limitSpec.ts"
import { limitWorkflow } from "../../../src/actor/calls/limits/limitWorkflow.ts"
import type { LimitSpec } from "../../../src/actor/definitions/limits/limitUse.ts"
import { awaitMark } from "../../../src/actor/history/command.ts"
import { readEntry } from "../../../src/actor/history/entry.ts"
import { isCancelling, type Message } from "../../../src/actor/history/message.ts"
import { replayPortion } from "../../../src/actor/turn.ts"
import { longFingerprint } from "../../../src/actor/values/json.ts"
import { isReference, type Payload } from "../../../src/actor/values/payload.ts"

/**
 * What a limiter's own history says of who was next: which of those that it had heard of it gave a place, with how many held and given by then. Undefined: all
 * is as it should be. Whom it gave one, and when, is by a replay of its code, as is what an earlier generation has handed on; who should have had it is told here a second time.
 */
export const amissInOrder = (
  address: string,
  order: ReadonlyArray<string>,
  rows: ReadonlyMap<string, Message>
): string | undefined => {
  const start = rows.get("start")
  if (start?.kind !== "start" || isReference(start.input)) return "nobody can say what it begins with"
  const decoded = limitWorkflow.input().decode(start.input)
  if (Result.isFailure(decoded)) return "it begins with what no limiter does"
  const line = new Line(decoded.success as LimitState)
  const actor = new Actor({ workflow: limitWorkflow, runId: address })
  for (const entry of order) {
    const { isSetAside, key } = readEntry(entry)
    const row = rows.get(key)
    if (row === undefined) return `${key} is adopted, and not there`
    replayPortion(actor, [entry], rows)
    if (isSetAside) continue
    // Somebody ends it: all who wait are told to ask again.
    if (isCancelling(row)) return undefined
    line.hear(row)
    const given = actor.ledger.takeFresh().flatMap((command) => (isPlace(command) ? [command.id] : []))
    for (const id of given) {
      const amiss = line.give(id, Math.max(actor.now, line.lookedAt))
      if (amiss !== undefined) return `${amiss}, at ${key}`
    }
    if (actor.outcome === undefined && line.isFree)
      return `a place is free behind ${key}, and ${line.next?.run} is not given it`
  }
  return undefined
}

const isPlace = (command: object): command is { readonly id: string } =>
  "kind" in command && command.kind === "send" && "name" in command && command.name === placeGiven.name

class Line {
  lookedAt = 0
  private spec: LimitSpec
  private readonly holders: Map<string, Holder>
  private waiting: ReadonlyArray<Waiting>
  private readonly given: Array<number>
  private readonly gone: Set<string>
  /** Another generation of a run that holds one. */
  private readonly kept = new Set<string>()

  constructor({ given, gone, holders, queue, spec }: LimitState) {
    this.spec = spec
    this.holders = new Map(holders.map((one) => [one.id, one]))
    this.waiting = queue
    this.given = given.flatMap(([time, count]) => Array.from({ length: count }, () => time))
    this.gone = new Set(gone)
  }

  /** By priority, and then as they came. */
  get next(): Waiting | undefined {
    return this.waiting.reduce<Waiting | undefined>(
      (first, one) => (first === undefined || one.priority > first.priority ? one : first),
      undefined
    )
  }

  get isFree(): boolean {
    return this.waiting.length > 0 && this.spec.rate === null && this.hasRoom
  }

  private get hasRoom(): boolean {
    return this.spec.concurrency === null || this.holders.size < this.spec.concurrency
  }

  hear(row: Message): void {
    if (row.kind === "child") return this.ended((one) => row.key.startsWith(endKey(one)))
    if (row.kind === "step") return this.looked(row.outcome.payload)
    if (row.kind !== "signal" || row.name !== limitNews.name) return
    const news = Result.getOrThrow(limitNews.codec().decode(row.payload))
    if (news._tag === "leave") return this.leave(news.id)
    this.spec = news.spec
    this.ask(news.who)
  }

  private looked(payload: Payload): void {
    const at = limitLook.output().decode(payload)
    if (Result.isSuccess(at)) this.lookedAt = at.success
  }

  private ask(who: Waiting): void {
    if (this.gone.delete(who.id) || this.holders.has(who.id) || this.waiting.some(({ id }) => id === who.id)) return
    this.ended(({ run, since }) => run === who.run && since < who.since)
    if (who.insists === true) {
      if (this.spec.concurrency !== null) this.holders.set(who.id, who)
      return
    }
    const before = [...this.holders.values()].find(
      ({ run, scope, since }) => who.scope === "run" && scope === "run" && run === who.run && since >= who.since
    )
    if (before === undefined) {
      this.waiting = [...this.waiting, who]
      return
    }
    this.holders.delete(before.id)
    this.holders.set(who.id, { ...who, since: before.since })
    this.kept.add(who.id)
  }

  private leave(id: string): void {
    const isKnown = this.holders.delete(id) || this.waiting.some((one) => one.id === id)
    this.waiting = this.waiting.filter((one) => one.id !== id)
    if (!isKnown) this.gone.add(id)
  }

  private ended(isOver: (one: Holder) => boolean): void {
    for (const one of [...this.holders.values()]) if (isOver(one)) this.holders.delete(one.id)
    this.waiting = this.waiting.filter((one) => !isOver(one))
  }

  /** What is wrong with it. */
  give(id: string, at: number): string | undefined {
    if (this.kept.delete(id)) return undefined
    const { next } = this
    const who = this.waiting.find((one) => one.id === id)
    if (who === undefined) return `${id} is given a place, and does not wait for one`
    if (who !== next)
      return `${who.run} is given a place by ${who.priority}, and ${next?.run} waits by ${next?.priority}`
    if (!this.hasRoom)
      return `${who.run} is given a place, and ${this.holders.size} of ${this.spec.concurrency} are held`
    const { rate } = this.spec
    const recent = rate === null ? 0 : this.given.filter((time) => time > at - rate.periodMs).length
    if (rate !== null && recent >= rate.count)
      return `${who.run} is given a place at ${at}, and ${recent} were given in the ${rate.periodMs} ms before, of ${rate.count}`
    this.waiting = this.waiting.filter((one) => one !== who)
    if (this.spec.concurrency !== null) this.holders.set(id, who)
    this.given.push(at)
    return undefined
  }
}

/** Of the answer by which a limiter is told that this start of a run is over, and earlier ones. */
const endKey = ({ run, since, workflow }: Holder): string =>
  `${awaitMark}${workflow}:${longFingerprint(`${since} ${workflow} ${run}`)}`
