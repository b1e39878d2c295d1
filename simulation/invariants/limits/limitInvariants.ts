import * as Result from "effect/Result"
import { askId, askName, isLimiter, readPlaceChannel } from "../../../src/actor/calls/limits/limitNames.ts"
import { limitNews, placeGiven } from "../../../src/actor/calls/limits/limitParts.ts"
import { adoptedKey } from "../../../src/actor/history/entry.ts"
import { runIdOf } from "../../../src/actor/history/generation.ts"
import { endOf, type Head } from "../../../src/actor/history/head.ts"
import type { Message } from "../../../src/actor/history/message.ts"
import { readChannel } from "../../../src/actor/values/channel.ts"
import { isReference } from "../../../src/actor/values/payload.ts"
import { adoptedOrder } from "../../../src/store/reading/wholeRun.ts"
import { forgetRun } from "../../services/deletion/forgetRun.ts"
import type { SimulatedTable, TableObserver } from "../../services/simulatedTable.ts"
import { narrow, places } from "../../workload/features/limits.ts"
import type { World } from "../../world/world.ts"

interface Asker {
  readonly run: string
  readonly since: number
  readonly channel: string
}

/**
 * S36: as far as grants, returns and ends on record tell, no more hold a place of one key at once than there are, but for those who go on from an earlier
 * message with one; who waits for one has it once nothing goes wrong any more; and who holds one has asked for it, by its own history.
 */
export class LimitInvariants implements TableObserver {
  private readonly world: World
  private readonly table: SimulatedTable
  /** Who has asked for a place, by the id of that question. */
  private readonly asked = new Map<string, Asker>()
  /** By key of a limit: the questions that were answered by a place which is not given back. */
  private readonly held = new Map<string, Set<string>>()
  private readonly returned = new Set<string>()
  /** By run, the last of its starts that is over. */
  private readonly over = new Map<string, number>()
  /** By run and key of a limit: the last generation that is over as one which goes on from an earlier message has asked since. */
  private readonly overFor = new Map<string, number>()
  /** By key of a limit: questions of those who go on with what holds a place. They have it, and be it beyond what there is. */
  private readonly insisting = new Map<string, Set<string>>()

  constructor(world: World, table: SimulatedTable) {
    this.world = world
    this.table = table
    table.observe(this)
  }

  rowPut(runId: string, row: Message): void {
    if (row.kind !== "signal") return
    if (row.name === placeGiven.name && row.for !== undefined) this.given(readPlaceChannel(row.for).place, row.id)
    if (row.name !== limitNews.name || !isLimiter(runIdOf(runId)) || isReference(row.payload)) return
    const news = Result.getOrThrow(limitNews.codec().decode(row.payload))
    if (news._tag === "ask") this.ask(news.who)
    else this.takeBack(news.id)
  }

  private ask(who: Asker & { readonly id: string; readonly insists?: boolean | undefined }): void {
    const { channel, id, run, since } = who
    this.asked.set(id, who)
    const { place } = readPlaceChannel(channel)
    const told = `${run} ${place}`
    this.overFor.set(told, Math.max(this.overFor.get(told) ?? -1, since - 1))
    for (const all of [this.held, this.insisting]) {
      const holders = all.get(place)
      for (const one of holders ?? []) if (this.isOver(one)) holders?.delete(one)
    }
    if (who.insists === true && !this.returned.has(id))
      this.insisting.set(place, (this.insisting.get(place) ?? new Set()).add(id))
  }

  private takeBack(id: string): void {
    this.returned.add(id)
    for (const holders of [...this.held.values(), ...this.insisting.values()]) holders.delete(id)
  }

  private isOver(id: string): boolean {
    const asker = this.asked.get(id)
    if (asker === undefined) return false
    const { channel, run, since } = asker
    const { place } = readPlaceChannel(channel)
    return since <= Math.max(this.over.get(run) ?? -1, this.overFor.get(`${run} ${place}`) ?? -1)
  }

  private given(place: string, id: string): void {
    if (!this.asked.has(id)) throw this.world.violate("S36", `${id} is given a place of ${place}, and has not asked`)
    // Too late for it: nobody receives it.
    if (this.returned.has(id) || this.isOver(id)) return
    const holders = this.held.get(place) ?? new Set<string>()
    this.held.set(place, holders)
    holders.add(id)
    if (holders.size <= places) return
    const runs = Array.from(holders, (one) => this.asked.get(one)?.run)
    throw this.world.violate("S36", `of ${places} places of ${place} ${holders.size} are held, by ${runs.join(", ")}`)
  }

  headWritten(address: string, _before: Head | undefined, head: Head): void {
    const end = endOf(head)
    if (end === undefined || end.tag === "continued") return
    const run = runIdOf(address)
    this.over.set(run, Math.max(this.over.get(run) ?? -1, head.since ?? 0))
    for (const holders of [...this.held.values(), ...this.insisting.values()])
      for (const id of holders) if (this.isOver(id)) holders.delete(id)
  }

  /** A run that has stood still for minutes, with nothing wrong. Changed code may have left without a word. */
  checkWaits(run: string, head: Head, isChanged: boolean): void {
    const { signals = [] } = head
    if (!isChanged) this.checkAsked(run, head)
    for (const channel of signals) {
      const { for: target, name } = readChannel(channel)
      if (name !== placeGiven.name || target === undefined || isChanged) continue
      const { place } = readPlaceChannel(target)
      const held = (this.held.get(place)?.size ?? 0) + (this.insisting.get(place)?.size ?? 0)
      if (held < places)
        throw this.world.violate("S36", `${run} waits for a place of ${place}, and ${held} of ${places} are held`)
    }
  }

  /** What only a turn that lost has asked for goes back as it comes. */
  private checkAsked(address: string, head: Head): void {
    const isOfIt = (id: string) => {
      const asker = this.asked.get(id)
      return asker?.run === runIdOf(address) && asker.since === (head.since ?? 0)
    }
    const ids = [...this.held.values()].flatMap((all) => [...all].filter(isOfIt))
    if (ids.length === 0) return
    const asked = new Set(adoptedOrder(head, this.table.read(address)).map(adoptedKey))
    const stray = ids.find((id) => {
      const { n } = readPlaceChannel(this.asked.get(id)?.channel ?? "")
      return !asked.has(`step/${askName(narrow.limitName)}#${n}`) || id !== askId(address, this.placeOf(id), n)
    })
    if (stray === undefined) return
    throw this.world.violate("S36", `${address} holds a place that it has not asked for: ${stray}`)
  }

  private placeOf(id: string): string {
    return readPlaceChannel(this.asked.get(id)?.channel ?? "").place
  }

  segmentPut(): void {}

  forgotten(runId: string): void {
    forgetRun(this.over, runId)
    for (const told of this.overFor.keys()) if (told.startsWith(`${runIdOf(runId)} `)) this.overFor.delete(told)
  }
}
