import { scheduleControl } from "../../src/actor/calls/schedules/scheduleParts.ts"
import { type Continuation, isForTheRun } from "../../src/actor/history/continuation.ts"
import { adoptedKey, adoptedTime, readEntry } from "../../src/actor/history/entry.ts"
import { addressOf, nextAddress, parseAddress } from "../../src/actor/history/generation.ts"
import { type Head, isTerminal } from "../../src/actor/history/head.ts"
import { type Message, messageKey, restartKey, type StartMessage } from "../../src/actor/history/message.ts"
import { channelText } from "../../src/actor/values/channel.ts"
import { adoptedOrder } from "../../src/store/reading/wholeRun.ts"
import { forgetRun } from "../services/deletion/forgetRun.ts"
import type { SimulatedPayloads } from "../services/simulatedPayloads.ts"
import type { SimulatedTable, TableObserver } from "../services/simulatedTable.ts"
import { isOfSchedule } from "../workload/timetables/scheduled.ts"
import type { World } from "../world/world.ts"
import type { CopyInvariants } from "./copies/copyInvariants.ts"
import { isSentAway } from "./limits/sentAway.ts"
import { continuationIn } from "./starts/continuationIn.ts"

/**
 * S27: a run is in one generation. The next begins once, with what the last commit of the one before says, and no earlier; what is sent to the
 * run is received by one of them; what one has not received, and what comes too late for it, the next one has.
 */
export class GenerationInvariants implements TableObserver {
  private readonly world: World
  private readonly table: SimulatedTable
  private readonly payloads: SimulatedPayloads
  /** When what is for a run was put, by address and key. */
  private readonly putAt = new Map<string, number>()
  /** When a run has ended for good. */
  private readonly endedAt = new Map<string, number>()

  private readonly copies: CopyInvariants

  constructor(world: World, table: SimulatedTable, payloads: SimulatedPayloads, copies: CopyInvariants) {
    this.world = world
    this.table = table
    this.payloads = payloads
    this.copies = copies
  }

  segmentPut(): void {}

  forgotten(runId: string): void {
    forgetRun(this.putAt, runId)
    forgetRun(this.endedAt, runId)
  }

  rowPut(address: string, row: Message): void {
    const { runId, generation } = parseAddress(address)
    if (isForTheRun(messageKey(row))) this.putAt.set(`${address} ${messageKey(row)}`, this.world.now)
    if (generation === 0 || row.kind !== "start") return
    const before = addressOf(runId, generation - 1)
    const told = this.continuationOf(before)
    if (told === undefined) throw this.violate(`${address} is started, and ${before} has not continued`)
    this.checkStart(before, row, told)
    for (const key of told.carried) {
      if (this.table.row(address, key) === undefined)
        throw this.violate(`${address} is started, and ${key}, which it is handed, is not there yet`)
    }
  }

  headWritten(address: string, before: Head | undefined, head: Head): void {
    const { runId, generation } = parseAddress(address)
    if (head.status === "continued") this.endedAt.delete(runId)
    else if (isTerminal(head.status)) this.endedAt.set(runId, this.world.now)
    if (head.adopted === (before?.adopted ?? 0)) return
    const order = adoptedOrder(head, { segments: this.table.segments(address) })
    for (const entry of order.slice(before?.adopted ?? 0)) {
      const key = adoptedKey(entry)
      const row = this.table.row(address, key)
      const isTooEarly = (endedAt: number) => row !== undefined && adoptedTime(entry, row) < endedAt
      // One that goes on from an earlier message begins when that did: S37.
      if (row?.kind === "start" && row.from === undefined && isTooEarly(row.continues?.endedAt ?? 0))
        throw this.violate(`${address} begins at ${adoptedTime(entry, row)}, before the one before it ended`)
      if (key.startsWith("signal/")) this.checkReceivedOnce(runId, generation, key)
    }
    if (head.status === "continued") this.checkHanded(address, head, order)
  }

  /** What came too late for a generation and is with none after it. May be on its way, as long as turns are under way. */
  get lost(): string | undefined {
    for (const address of this.table.runIds()) {
      const head = this.table.head(address)
      if (head?.status !== "continued") continue
      const { runId, generation } = parseAddress(address)
      const adopted = new Set(adoptedOrder(head, this.table.read(address)).map(adoptedKey))
      for (const row of this.table.rows(address)) {
        const key = messageKey(row)
        if (!isForTheRun(key) || adopted.has(key) || this.isLater(runId, generation, key)) continue
        if (this.hasEndedBefore(runId, `${address} ${key}`) || isSentAway(this.table, address, head, key)) continue
        return `${key} came too late for ${address}, and no later generation has it`
      }
    }
    return undefined
  }

  /** Once all is still. */
  settled(): void {
    const { lost } = this
    if (lost !== undefined) throw this.violate(lost)
  }

  /** Whatever comes as a run ends, or after it, nobody receives: it had so much time to be handed on. */
  private hasEndedBefore(runId: string, put: string): boolean {
    const endedAt = this.endedAt.get(runId)
    return endedAt !== undefined && endedAt - (this.putAt.get(put) ?? 0) < handedOnWithinMs
  }

  private isLater(runId: string, generation: number, key: string): boolean {
    for (let later = generation + 1; later <= this.newest(runId); later++)
      if (this.table.row(addressOf(runId, later), key) !== undefined) return true
    return false
  }

  private newest(runId: string): number {
    return parseAddress(this.table.newest(runId)).generation
  }

  private checkStart(before: string, row: StartMessage, told: Continuation): void {
    const head = this.table.head(before)
    // Not another start of the run.
    const isSame = told.restart === undefined && told.copy?.isStart !== true
    const isIt =
      row.workflow === told.workflow &&
      row.definitionVersion === told.definitionVersion &&
      row.fingerprint === told.fingerprint &&
      row.parent?.runId === (isSame ? head?.parent?.runId : undefined) &&
      row.continues?.startedAt === (isSame ? head?.startedAt : row.at) &&
      JSON.stringify(row.from) === JSON.stringify(told.copy?.from) &&
      row.continues?.endedAt === head?.updatedAt
    if (!isIt) throw this.violate(`the start that follows ${before} is not what its last commit says`)
  }

  /** Of all generations that have adopted it, but the last, each has handed it on. */
  private checkReceivedOnce(runId: string, generation: number, key: string): void {
    for (let other = 0; other <= this.newest(runId); other++) {
      const address = addressOf(runId, other)
      const head = this.table.head(address)
      if (other === generation || head === undefined) continue
      const isAdopted = adoptedOrder(head, this.table.read(address)).some((entry) => adoptedKey(entry) === key)
      if (!isAdopted || this.isOfAnotherStart(runId, key, [other, generation])) continue
      const isHandedOn = other < generation && this.isHandedOn(addressOf(runId, other), key)
      if (!isHandedOn) throw this.violate(`${runId} has ${key} in generation ${generation}, and in ${other} as well`)
    }
  }

  /** The changes of a schedule are counted anew where it begins anew. */
  private isOfAnotherStart(runId: string, key: string, generations: readonly [number, number]): boolean {
    if (!isOfSchedule(runId) || !key.startsWith(`signal/${scheduleControl.name}/change-`)) return false
    const [one, other] = generations.map((generation) => {
      const start = this.table.row(addressOf(runId, generation), "start")
      return start?.kind === "start" ? (start.continues?.since ?? 0) : undefined
    })
    return one !== other
  }

  /** To the generation behind this one: it has not received it, or had not where that one goes on from. */
  private isHandedOn(address: string, key: string): boolean {
    return (
      this.continuationOf(address)?.carried.includes(key) === true || this.copies.hasKept(nextAddress(address), key)
    )
  }

  /** What nobody has received goes on with the run, and a cancellation that has not ended it. */
  private checkHanded(address: string, head: Head, order: ReadonlyArray<string>): void {
    const { carried = [], copy, restart } = this.continuationOf(address) ?? {}
    if (copy !== undefined) return this.checkDropped(address, order, carried, copy.from.count)
    if (restart !== undefined) return this.checkLeft(address, head, order, { carried, id: restart.id })
    const unread = (head.unread ?? []).reduce((sum, { count }) => sum + count, 0)
    if (carried.filter((key) => key.startsWith("signal/")).length < unread)
      throw this.violate(`${address} has ${unread} unread signals, and hands on ${carried.join(", ")}`)
    const adopted = new Set(order.map(adoptedKey))
    if (adopted.has("cancel") && !carried.includes("cancel"))
      throw this.violate(`${address} was cancelled, and continues without that`)
    for (const key of carried)
      if (!adopted.has(key)) throw this.violate(`${address} hands on ${key}, which it has not adopted`)
  }

  /** To another start: what came behind the request and nobody has received, and nothing that came before it. */
  private checkLeft(
    address: string,
    head: Head,
    order: ReadonlyArray<string>,
    { carried, id }: { readonly carried: ReadonlyArray<string>; readonly id: string }
  ): void {
    const place = order.findIndex((entry) => adoptedKey(entry) === restartKey(id))
    const behind = new Set(order.slice(place + 1).map(adoptedKey))
    if (place < 0) throw this.violate(`${address} leaves the run to ${id}, which it has not adopted`)
    for (const key of carried)
      if (!behind.has(key)) throw this.violate(`${address} hands on ${key}, which did not come behind ${id}`)
    const isCarried = new Set(carried)
    for (const { count, ...channel } of head.unread ?? []) {
      const all = order.filter((entry) => !readEntry(entry).isSetAside).map(adoptedKey)
      const ofChannel = all.filter((key) => isOf(this.table.row(address, key), channelText(channel)))
      // Those of one channel are received in their order.
      const lost = ofChannel.slice(-count).find((key) => behind.has(key) && !isCarried.has(key))
      if (lost !== undefined)
        throw this.violate(`${address} has ${lost} unread, came behind ${id}, and is not handed on`)
    }
  }

  /** Of a run that goes on from an earlier message: what came behind that is handed over once more. */
  private checkDropped(
    address: string,
    order: ReadonlyArray<string>,
    carried: ReadonlyArray<string>,
    count: number
  ): void {
    const isSent = (key: string) => key.startsWith("signal/") || key.startsWith("update/")
    const dropped = order.slice(count).filter((entry) => isSent(adoptedKey(entry)))
    // An update that was set aside has its answer.
    const due = dropped.filter((entry) => adoptedKey(entry).startsWith("signal/") || !readEntry(entry).isSetAside)
    const told = carried.filter(isSent).join()
    if (told !== due.map(adoptedKey).join())
      throw this.violate(`${address} is left for its message ${count}, and hands on ${told} of ${due}`)
    const adopted = new Set(order.map(adoptedKey))
    for (const key of carried)
      if (!adopted.has(key)) throw this.violate(`${address} hands on ${key}, which it has not adopted`)
    const waits = order.map(readEntry).filter(({ key }) => key.startsWith("restart/"))
    const lost = waits.find(({ key }) => !carried.includes(key))
    if (lost !== undefined) throw this.violate(`${address} is left for its message ${count}, and loses ${lost.key}`)
  }

  private continuationOf(address: string): Continuation | undefined {
    return continuationIn(this.table.head(address), this.payloads)
  }

  private violate(what: string) {
    return this.world.violate("S27", what.replaceAll("\u001f", "^"))
  }
}

const isOf = (row: Message | undefined, channel: string) => row?.kind === "signal" && channelText(row) === channel

/** A doorbell that was lost is made good by the sweeper of a host that has begun anew. */
const handedOnWithinMs = 180_000
