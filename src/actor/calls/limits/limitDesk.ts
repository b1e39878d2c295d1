import type { LimitSpec } from "../../definitions/limits/limitUse.ts"
import { type Holder, type LimitState, type LimitStatus, markOf, type Waiting } from "./limitSpec.ts"

/** Of those who gave back what they had not been heard to ask for: their question is on its way. */
const mostGone = 1_000

/** Characters of the lists that are shown: they stand in the head. */
const mostShown = 600

/** What a limiter knows, and what follows from it. Makes no effects: the run around it does what is said here. */
export class LimitDesk {
  spec: LimitSpec
  private readonly limit: string
  private readonly key: string
  private readonly holders: Map<string, Holder>
  readonly queue: Array<Waiting>
  private readonly given: Array<[time: number, count: number]>
  private readonly gone: Set<string>
  private total: number
  /** Of a run that has gone on as a new generation, and has kept its place. */
  private readonly kept: Array<Holder> = []
  /** Of whose end nobody tells yet. */
  private readonly insisting: Array<Holder> = []

  constructor({ given, gone, holders, key, limit, queue, spec, total }: LimitState) {
    this.limit = limit
    this.key = key
    this.spec = spec
    this.holders = new Map(holders.map((one) => [one.id, one]))
    this.queue = [...queue]
    this.given = given.map(([time, count]) => [time, count])
    this.gone = new Set(gone)
    this.total = total
  }

  get state(): LimitState {
    const { given, gone, holders, key, limit, queue, spec, total } = this
    return { limit, key, spec, holders: [...holders.values()], queue, given, gone: [...gone], total }
  }

  get held(): number {
    return this.holders.size
  }

  get all(): ReadonlyArray<Holder> {
    return [...this.holders.values()]
  }

  ask(who: Waiting): void {
    if (this.gone.delete(who.id) || this.holders.has(who.id) || this.queue.some(({ id }) => id === who.id)) return
    // A run begins another start when the one before is over.
    this.ended(who.run, who.since - 1)
    if (who.insists === true) return this.insist(who)
    const before = who.scope === "run" ? this.all.find((one) => isOfOneRun(one, who)) : undefined
    if (before === undefined) return this.insert(who)
    this.holders.delete(before.id)
    const holder = { ...holderOf(who), since: before.since }
    this.holders.set(who.id, holder)
    this.kept.push(holder)
  }

  /** Beyond the limit, if need be: nobody else is given a place before there is one. */
  private insist(who: Waiting): void {
    this.total++
    if (this.spec.concurrency === null) return
    const holder = holderOf(who)
    this.holders.set(who.id, holder)
    this.insisting.push(holder)
  }

  /** Behind all that come before it, from the end: mostly there are none. */
  private insert(who: Waiting): void {
    let place = this.queue.length
    while (place > 0 && (this.queue[place - 1] as Waiting).priority < who.priority) place--
    this.queue.splice(place, 0, who)
  }

  leave(id: string): void {
    const place = this.queue.findIndex((one) => one.id === id)
    if (place >= 0) this.queue.splice(place, 1)
    if (this.holders.delete(id) || place >= 0) return
    this.gone.add(id)
    for (const oldest of this.gone) {
      if (this.gone.size <= mostGone) break
      this.gone.delete(oldest)
    }
  }

  /** A run is over, as far as it was started by then. */
  ended(run: string, since: number): void {
    const isOver = (one: Holder) => one.run === run && one.since <= since
    for (const one of this.all) if (isOver(one)) this.holders.delete(one.id)
    for (let place = this.queue.findIndex(isOver); place >= 0; place = this.queue.findIndex(isOver))
      this.queue.splice(place, 1)
  }

  takeKept(): ReadonlyArray<Holder> {
    return this.kept.splice(0)
  }

  takeInsisting(): ReadonlyArray<Holder> {
    return this.insisting.splice(0)
  }

  /** Would somebody be given a place, if the rate allows it? */
  get isWanted(): boolean {
    const { concurrency } = this.spec
    return this.queue.length > 0 && (concurrency === null || this.holders.size < concurrency)
  }

  /** The next who is to have a place, by the clock of a host. */
  give(now: number): Waiting | undefined {
    if (!this.isWanted || this.freeAt(now) > now) return undefined
    const next = this.queue.shift() as Waiting
    this.total++
    if (this.spec.concurrency !== null) this.holders.set(next.id, holderOf(next))
    if (this.spec.rate !== null) this.note(now)
    return next
  }

  private note(now: number): void {
    const last = this.given.at(-1)
    if (last !== undefined && last[0] >= now) last[1]++
    else this.given.push([now, 1])
  }

  /** When the rate lets a place be given: now or before, or later. */
  freeAt(now: number): number {
    const { rate } = this.spec
    if (rate === null) return now
    while (this.given.length > 0 && (this.given[0] as [number, number])[0] <= now - rate.periodMs) this.given.shift()
    let counted = 0
    for (let i = this.given.length - 1; i >= 0; i--) {
      const [time, count] = this.given[i] as [number, number]
      counted += count
      if (counted >= rate.count) return time + rate.periodMs
    }
    return now
  }

  status(heldBackUntil: number | undefined): LimitStatus {
    const { queue, spec, total } = this
    return {
      spec,
      held: this.held,
      queued: queue.length,
      total,
      holders: fitting(this.holders.values(), ({ run }) => run),
      next: fitting(queue, ({ id }) => markOf(id)),
      waitingSince: queue.length === 0 ? null : queue.reduce((oldest, { at }) => Math.min(oldest, at), Infinity),
      heldBackUntil: queue.length === 0 ? null : (heldBackUntil ?? null)
    }
  }
}

const holderOf = ({ at: _at, insists: _insists, priority: _priority, ...holder }: Waiting): Holder => holder

/** A run that was reset holds as of that, and goes on as a new generation of the start that it is of. */
const isOfOneRun = (one: Holder, who: Holder): boolean =>
  one.scope === who.scope && one.run === who.run && one.since >= who.since

const fitting = <A>(all: Iterable<A>, textOf: (one: A) => string): ReadonlyArray<string> => {
  const texts: Array<string> = []
  let room = mostShown / 2
  for (const one of all) {
    const text = textOf(one)
    room -= text.length + 3
    if (room < 0) break
    texts.push(text)
  }
  return texts
}
