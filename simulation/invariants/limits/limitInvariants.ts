import * as Result from "effect/Result"
import {
  askName,
  isLimiter,
  limitOfPlace,
  placeOfLimiter,
  readPlaceChannel
} from "../../../src/actor/calls/limits/limitNames.ts"
import { limitNews, placeGiven, shownLimit } from "../../../src/actor/calls/limits/limitParts.ts"
import { adoptedKey } from "../../../src/actor/history/entry.ts"
import { addressOf, parseAddress, runIdOf } from "../../../src/actor/history/generation.ts"
import { endOf, type Head } from "../../../src/actor/history/head.ts"
import { type Message, messageKey } from "../../../src/actor/history/message.ts"
import { readChannel } from "../../../src/actor/values/channel.ts"
import { isReference } from "../../../src/actor/values/payload.ts"
import { adoptedOrder } from "../../../src/store/reading/wholeRun.ts"
import { forgetRun } from "../../services/deletion/forgetRun.ts"
import type { SimulatedTable, TableObserver } from "../../services/simulatedTable.ts"
import { chairs, entries, specOfPlace } from "../../workload/features/limits/drawnLimits.ts"
import { seatedName, sits } from "../../workload/features/limits/seats.ts"
import type { World } from "../../world/world.ts"
import { amissInOrder } from "./limiterOrder.ts"
import { askerOf } from "./sentAway.ts"

interface Who {
  readonly id: string
  readonly run: string
  readonly since: number
  readonly channel: string
  readonly scope: "run" | "step"
  readonly insists?: boolean | undefined
}

interface Asker extends Who {
  readonly place: string
  /** Of the limiter. */
  readonly generation: number
}

/**
 * S36: as far as grants, returns and ends on record tell, no more hold a place of one key at once than there are, but for those who go on from an earlier
 * message with one; who waits for one has it once nothing goes wrong any more; and who holds one has asked for it, by its own history. A run keeps its own as it
 * goes on, and begins with all that it needs. A limiter that somebody has ended knows of no places any more; what one says that goes on is as its
 * history has it (`limiterOrder.ts`).
 */
export class LimitInvariants implements TableObserver {
  private readonly world: World
  private readonly table: SimulatedTable
  /** Who has asked for a place, by the id of that question. */
  private readonly asked = new Map<string, Asker>()
  /** The same by run. */
  private readonly askedBy = new Map<string, Array<Asker>>()
  /** By key of a limit: the questions that were answered by a place which is not given back. */
  private readonly held = new Map<string, Set<string>>()
  private readonly wasGiven = new Set<string>()
  private readonly returned = new Set<string>()
  /** By run, the last of its starts that is over. */
  private readonly over = new Map<string, number>()
  /** By run and key of a limit: the last generation that is over as one which goes on from an earlier message has asked since. */
  private readonly overFor = new Map<string, number>()
  /** By key of a limit: questions of those who go on with what holds a place. They have it, and be it beyond what there is. */
  private readonly insisting = new Map<string, Set<string>>()
  /** By key of a limit: the last generation of its limiter that somebody has ended. */
  private readonly ended = new Map<string, number>()
  /** By key of a limit: when a place was given last. */
  private readonly givenAt = new Map<string, number>()

  constructor(world: World, table: SimulatedTable) {
    this.world = world
    this.table = table
    table.observe(this)
  }

  rowPut(runId: string, row: Message): void {
    if (row.kind !== "signal" || isReference(row.payload)) return
    if (row.name === placeGiven.name && row.for !== undefined) {
      const { again } = Result.getOrThrow(placeGiven.codec().decode(row.payload))
      if (!again) this.given(readPlaceChannel(row.for).place, row.id)
    }
    if (row.name !== limitNews.name || !isLimiter(runIdOf(runId))) return
    const news = Result.getOrThrow(limitNews.codec().decode(row.payload))
    if (news._tag === "ask") this.ask(news.who, runId)
    else this.takeBack(news.id)
  }

  private ask(who: Who, limiter: string): void {
    const { channel, id, run, since } = who
    const { place } = readPlaceChannel(channel)
    const { generation } = parseAddress(limiter)
    // It may lie in more than one generation: what counts is the last.
    const asker = { ...who, place, generation: Math.max(generation, this.asked.get(id)?.generation ?? 0) }
    this.asked.set(id, asker)
    const all = this.askedBy.get(run) ?? []
    if (!all.some((one) => one.id === id)) this.checkKept(asker, all)
    this.askedBy.set(run, [...all.filter((one) => one.id !== id), asker])
    const told = `${run} ${place}`
    this.overFor.set(told, Math.max(this.overFor.get(told) ?? -1, since - 1))
    this.forgetOver()
    if (who.insists === true && !this.returned.has(id) && !this.isOver(id))
      this.insisting.set(place, (this.insisting.get(place) ?? new Set()).add(id))
  }

  private forgetOver(): void {
    for (const holders of [...this.held.values(), ...this.insisting.values()])
      for (const id of holders) if (this.isOver(id)) holders.delete(id)
  }

  /** What a run has been given, has heard of and gives back as it goes on, the very next generation does not ask for. */
  private checkKept(asker: Asker, before: ReadonlyArray<Asker>): void {
    if (asker.scope !== "run") return
    const generation = this.generationOf(asker)
    const lost = before.find(
      (one) =>
        one.scope === "run" &&
        one.place === asker.place &&
        one.since === asker.since &&
        one.generation === asker.generation &&
        this.returned.has(one.id) &&
        this.wasGiven.has(one.id) &&
        this.generationOf(one) + 1 === generation &&
        this.hasHeard(one)
    )
    if (lost === undefined) return
    throw this.world.violate("S36", `${asker.run} goes on, and has given its place of ${asker.place} back meanwhile`)
  }

  /** Of the run that has asked; -1: of none that is there. */
  private generationOf({ channel, id, run }: Asker): number {
    const address = askerOf(this.table, run, channel, id)
    return address === undefined ? -1 : parseAddress(address).generation
  }

  private hasHeard(asker: Asker): boolean {
    const address = addressOf(asker.run, this.generationOf(asker))
    const head = this.table.head(address)
    if (head === undefined) return false
    const adopted = new Set(adoptedOrder(head, this.table.read(address)).map(adoptedKey))
    const { n } = readPlaceChannel(asker.channel)
    return (
      adopted.has(`step/${askName(limitOfPlace(asker.place))}#${n}`) &&
      adopted.has(`signal/${placeGiven.name}/${asker.id}`)
    )
  }

  private takeBack(id: string): void {
    this.returned.add(id)
    for (const holders of [...this.held.values(), ...this.insisting.values()]) holders.delete(id)
  }

  private isOver(id: string): boolean {
    const asker = this.asked.get(id)
    if (asker === undefined) return false
    const { generation, place, run, since } = asker
    if (generation <= (this.ended.get(place) ?? -1)) return true
    return since <= Math.max(this.over.get(run) ?? -1, this.overFor.get(`${run} ${place}`) ?? -1)
  }

  private given(place: string, id: string): void {
    const asker = this.asked.get(id)
    if (asker === undefined) throw this.world.violate("S36", `${id} is given a place of ${place}, and has not asked`)
    this.wasGiven.add(id)
    this.givenAt.set(place, this.world.now)
    const { concurrency } = specOfPlace(place)
    // Too late for it: nobody receives it.
    if (concurrency === null || this.returned.has(id) || this.isOver(id)) return
    const holders = this.held.get(place) ?? new Set<string>()
    this.held.set(place, holders)
    for (const one of holders) if (asker.scope === "run" && isOfOneRun(this.asked.get(one), asker)) holders.delete(one)
    holders.add(id)
    if (holders.size <= concurrency) return
    const runs = Array.from(holders, (one) => this.asked.get(one)?.run)
    throw this.world.violate(
      "S36",
      `of ${concurrency} places of ${place} ${holders.size} are held, by ${runs.join(", ")}`
    )
  }

  headWritten(address: string, _before: Head | undefined, head: Head): void {
    const run = runIdOf(address)
    if (isLimiter(run)) this.checkLimiter(address, head)
    if (head.workflow === seatedName) this.checkSeated(run, head)
    const end = endOf(head)
    if (end === undefined || end.tag === "continued") return
    this.over.set(run, Math.max(this.over.get(run) ?? -1, head.since ?? 0))
    if (isLimiter(run)) {
      const place = placeOfLimiter(run)
      this.ended.set(place, Math.max(this.ended.get(place) ?? -1, parseAddress(address).generation))
    }
    this.forgetOver()
  }

  private checkLimiter(address: string, head: Head): void {
    if (head.status !== "running" && head.status !== "continued") return
    const stored = this.table.read(address)
    const rows = new Map(stored.messages.map((row) => [messageKey(row), row]))
    const amiss = amissInOrder(address, adoptedOrder(head, stored), rows)
    if (amiss !== undefined) throw this.world.violate("S36", `${address}: ${amiss}`)
  }

  /** Its body has begun. */
  private checkSeated(run: string, head: Head): void {
    if (!head.open.some(({ kind, key }) => kind === "step" && key.startsWith(sits.stepName))) return
    const since = head.since ?? 0
    for (const { limitName } of [chairs, entries]) {
      const isOfIt = (one: Asker) => one.scope === "run" && one.since >= since && limitOfPlace(one.place) === limitName
      if ((this.askedBy.get(run) ?? []).some((one) => isOfIt(one) && this.wasGiven.has(one.id))) continue
      throw this.world.violate("S36", `${run} has begun, and was not given a place of ${limitName}`)
    }
  }

  /**
   * A run that has stood still for minutes, with nothing wrong. Runs that changed code has turned, and what is theirs, may have left without a word: nothing is known
   * of them, nor of the places that one of them has asked for.
   */
  checkWaits(run: string, head: Head, changed: ReadonlySet<string>, since: number): void {
    const { signals = [] } = head
    const isTouched = (place: string) =>
      [...this.asked.values()].some((one) => one.place === place && isOfAny(changed, one.run))
    if (isLimiter(runIdOf(run))) {
      const place = placeOfLimiter(runIdOf(run))
      if (!isTouched(place)) this.checkShown(place, head)
    } else if (isOfAny(changed, runIdOf(run))) return
    else this.checkAsked(run, head)
    for (const channel of signals) {
      const { for: target, name } = readChannel(channel)
      if (name !== placeGiven.name || target === undefined) continue
      const { place } = readPlaceChannel(target)
      if (isTouched(place)) continue
      const { concurrency, rate } = specOfPlace(place)
      const held = this.heldOf(place)
      // It is held up by those before it.
      if (rate !== null && (this.givenAt.get(place) ?? 0) > since) continue
      if (concurrency === null || held < concurrency)
        throw this.world.violate(
          "S36",
          `${run} waits for a place of ${place}, and ${held} of ${concurrency ?? "any number"} are held`
        )
    }
  }

  private heldOf(place: string): number {
    return (this.held.get(place)?.size ?? 0) + (this.insisting.get(place)?.size ?? 0)
  }

  /** Nobody is counted who does not hold a place any more: who is over, or has given it back. */
  private checkShown(place: string, { states = [] }: Head): void {
    const payload = states.find(({ name }) => name === shownLimit.stateName)?.payload
    if (payload === undefined || isReference(payload)) return
    const shown = Result.getOrThrow(shownLimit.codec().decode(payload))
    const held = this.heldOf(place)
    if (shown.held > held)
      throw this.world.violate(
        "S36",
        `${shown.held} places of ${place} count as held, by ${shown.holders.join(", ")}, and ${held} are`
      )
  }

  /** What only a turn that lost has asked for goes back as it comes. */
  private checkAsked(address: string, head: Head): void {
    const run = runIdOf(address)
    const isOfIt = (id: string) => {
      const asker = this.asked.get(id)
      return asker?.run === run && asker.since === (head.since ?? 0)
    }
    const ids = [...this.held.values()].flatMap((all) => [...all].filter(isOfIt))
    const stray = ids.find((id) => !this.isProper(this.asked.get(id) as Asker))
    if (stray === undefined) return
    throw this.world.violate("S36", `${address} holds a place that it has not asked for: ${stray}`)
  }

  private isProper(asker: Asker): boolean {
    const address = addressOf(asker.run, this.generationOf(asker))
    const head = this.table.head(address)
    if (head === undefined) return false
    const { n } = readPlaceChannel(asker.channel)
    const key = `step/${askName(limitOfPlace(asker.place))}#${n}`
    return adoptedOrder(head, this.table.read(address)).some((entry) => adoptedKey(entry) === key)
  }

  segmentPut(): void {}

  forgotten(runId: string): void {
    forgetRun(this.over, runId)
    for (const told of this.overFor.keys()) if (told.startsWith(`${runIdOf(runId)} `)) this.overFor.delete(told)
  }
}

/** One of these runs, a child of one, or the parent of one. */
const isOfAny = (addresses: ReadonlySet<string>, runId: string): boolean =>
  [...addresses].some((address) => {
    const other = runIdOf(address)
    return runId === other || runId.startsWith(`${other}:`) || other.startsWith(`${runId}:`)
  })

/** Another generation of it keeps the place. */
const isOfOneRun = (one: Asker | undefined, { run, since }: Asker): boolean =>
  one?.scope === "run" && one.run === run && one.since >= since
