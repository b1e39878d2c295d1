import { repairKey } from "../../../src/actor/history/copying/repairMessage.ts"
import { readEntry } from "../../../src/actor/history/entry.ts"
import { addressOf, parseAddress } from "../../../src/actor/history/generation.ts"
import { endOf, type Head, isTerminal } from "../../../src/actor/history/head.ts"
import { type Message, type RestartMessage, restartKey, type StartMessage } from "../../../src/actor/history/message.ts"
import type { Ending } from "../../../src/actor/history/outcome.ts"
import { isReference } from "../../../src/actor/values/payload.ts"
import { objectName } from "../../../src/store/deletion/payloadNames.ts"
import { adoptedOrder } from "../../../src/store/reading/wholeRun.ts"
import { forgetRun } from "../../services/deletion/forgetRun.ts"
import type { SimulatedPayloads } from "../../services/simulatedPayloads.ts"
import type { SimulatedTable, TableObserver } from "../../services/simulatedTable.ts"
import { maxSkewMs } from "../../world/machine.ts"
import type { World } from "../../world/world.ts"
import { isLeftForEarlier } from "../copies/leftFor.ts"
import { continuationIn } from "./continuationIn.ts"
import { DebounceInvariants } from "./debounceInvariants.ts"
import { adoptedRestarts, carriedRestarts, waitingOf } from "./waiting.ts"

/**
 * S33: each start that was accepted for a run begins once, in its order, when what runs is over, unless a later `replace` or `debounce` has taken its place; what has ended
 * by then stays as it was; no body begins before its time.
 */
export class StartInvariants implements TableObserver {
  private readonly world: World
  private readonly table: SimulatedTable
  private readonly payloads: SimulatedPayloads
  private readonly debounce: DebounceInvariants
  /** By run: the generation that each request has begun. */
  private readonly begun = new Map<string, Map<string, number>>()
  /** By the address of a generation that was gone on from: what went along, which was there before the next start. */
  private readonly carried = new Map<string, ReadonlyArray<RestartMessage>>()
  /** How each generation ended, by its address. */
  private readonly ends = new Map<string, string>()

  constructor(world: World, table: SimulatedTable, payloads: SimulatedPayloads) {
    this.world = world
    this.table = table
    this.payloads = payloads
    this.debounce = new DebounceInvariants(world, table)
  }

  segmentPut(): void {}

  forgotten(runId: string): void {
    forgetRun(this.begun, runId)
    forgetRun(this.ends, runId)
    forgetRun(this.carried, runId)
    this.debounce.forgotten(runId)
  }

  rowPut(address: string, row: Message): void {
    this.debounce.rowPut(address, row)
    if (row.kind !== "start") return
    const { generation, runId } = parseAddress(address)
    if (row.request !== undefined) this.noteBegun(runId, row.request, generation)
    if (generation === 0) return
    const before = addressOf(runId, generation - 1)
    if (!this.carried.has(before)) this.carried.set(before, carriedRestarts(this.table, before))
    const known = this.knownIn(before).map(waitingOf)
    // It goes on from an earlier message: S37. Whoever waits goes on waiting.
    if (row.from !== undefined) return this.checkKept(address, [known[0] ?? []])
    const isAnother = row.continues?.since === generation
    if (!isAnother) return this.checkKept(address, [known[0] ?? []])
    const ways = known.filter(([one]) => one !== undefined && one.id === row.request)
    const first = ways[0]?.[0]
    if (first === undefined)
      throw this.violate(`${address} begins by ${row.request}, and the turn is of ${known[0]?.[0]?.id ?? "none"}`)
    if (!isSameStart(first, row))
      throw this.violate(`${address} begins with something else than ${first.id} has asked for`)
    this.checkKept(
      address,
      ways.map(([, ...later]) => later)
    )
  }

  headWritten(address: string, before: Head | undefined, head: Head): void {
    this.debounce.headWritten(address, before, head)
    const end = endOf(head)
    const known = this.ends.get(address)
    if (known !== undefined && (end === undefined || this.textOf(end) !== known))
      throw this.violate(
        `${address} had ended with ${known}, and now with ${end === undefined ? "nothing" : this.textOf(end)}`
      )
    if (head.outcome !== undefined && end !== undefined && end.tag !== "continued")
      this.ends.set(address, this.textOf(end))
    if (before !== undefined && isTerminal(before.status)) this.checkConcluded(address, before, head)
    this.checkTime(address, head)
  }

  /** A step's code begins. */
  stepBegins(name: string, address: string, key: string): void {
    this.debounce.stepBegins(name, address)
    const start = this.table.row(address, "start")
    const { notBefore } = start?.kind === "start" ? start : {}
    if (notBefore !== undefined && this.world.now + maxSkewMs < notBefore)
      throw this.violate(`${key} of ${address} runs ${notBefore - this.world.now} ms before the run is to begin`)
  }

  /** Requests that a run has, and that neither have begun nor are to begin no more. */
  pendingOf(runId: string): ReadonlyArray<string> {
    const { generation } = parseAddress(this.table.newest(runId))
    const pending = new Set<string>()
    for (let number = 0; number <= generation; number++) {
      const address = addressOf(runId, number)
      for (const row of this.table.rows(address))
        if (row.kind === "restart" && !this.isSuperseded(runId, row.id)) pending.add(row.id)
    }
    for (const id of this.begun.get(runId)?.keys() ?? []) pending.delete(id)
    return [...pending]
  }

  begunBy(runId: string, id: string): number | undefined {
    return this.begun.get(runId)?.get(id)
  }

  /** A `replace` or `debounce` that takes its place was adopted behind it, before it began. */
  isSuperseded(runId: string, id: string): boolean {
    return this.supersededIn(runId, id) !== undefined
  }

  /** And what has taken its place has begun. */
  isOver(runId: string, id: string): boolean {
    const number = this.supersededIn(runId, id)
    return number !== undefined && this.table.row(addressOf(runId, number + 1), "start") !== undefined
  }

  private supersededIn(runId: string, id: string): number | undefined {
    const { generation } = parseAddress(this.table.newest(runId))
    // Rows whose place was taken may go along: then whoever waits for one is told when that generation is over.
    for (let number = generation; number >= 0; number--) {
      const address = addressOf(runId, number)
      let waits = false
      for (const all of this.knownIn(address)) {
        const own = all.find((row) => row.id === id)
        if (own !== undefined && !waitingOf(all).includes(own)) return number
        waits ||= own !== undefined
      }
      // Of those that were asked for side by side, the order is that in which this one has adopted them, however they came to it.
      if (waits) return undefined
    }
    return undefined
  }

  private noteBegun(runId: string, id: string, generation: number): void {
    const begun = this.begun.get(runId) ?? new Map<string, number>()
    this.begun.set(runId, begun)
    if (begun.has(id))
      throw this.violate(`${id} begins generation ${generation} of ${runId}, and has begun ${begun.get(id)}`)
    begun.set(id, generation)
  }

  /** What this generation has adopted; and with what it goes on with beyond that, which may have taken places as well. */
  private knownIn(address: string): ReadonlyArray<ReadonlyArray<RestartMessage>> {
    const adopted = adoptedRestarts(this.table, address).map(({ row }) => row)
    // Who asked this generation too late asks the next one by itself: that is no part of what this one has known.
    const carried = this.carried.get(address) ?? carriedRestarts(this.table, address)
    return carried.length === 0 ? [adopted] : [adopted, [...adopted, ...carried]]
  }

  /** Whoever waits still is in the generation that begins: by what the one before has adopted, or, where a place was taken by what has gone along, by both. */
  private checkKept(address: string, ways: ReadonlyArray<ReadonlyArray<RestartMessage>>): void {
    const lost = ways.map((waiting) => waiting.find(({ id }) => this.table.row(address, restartKey(id)) === undefined))
    const [first] = lost
    if (first !== undefined && lost.every((one) => one !== undefined))
      throw this.violate(`${address} begins, and ${first.id}, which waits, is not there`)
  }

  /** A run that had ended goes on: by a request that is there, and nothing else of its last head changes. */
  private checkConcluded(address: string, before: Head, head: Head): void {
    const isSo =
      before.status !== "continued" && head.status === "continued" && head.concluded?.status === before.status
    if (!isSo) throw this.violate(`${address} had ${before.status}, and is ${head.status}`)
    const order = adoptedOrder(head, { segments: this.table.segments(address) })
    for (const entry of order.slice(before.adopted))
      if (!readEntry(entry).isSetAside) throw this.violate(`${address} had ended, and is handed ${entry}`)
    const { copy, restart } = continuationIn(head, this.payloads) ?? {}
    const next = copy === undefined ? restart && restartKey(restart.id) : repairKey(copy.id)
    if (next === undefined || this.table.row(address, next) === undefined)
      throw this.violate(`${address} had ended, and goes on with ${next ?? "nothing"}, for which nobody has asked`)
    if (shown(before) !== shown(head)) throw this.violate(`${address} had ended, and shows something else now`)
  }

  private checkTime(address: string, head: Head): void {
    const start = this.table.row(address, "start")
    const { notBefore } = start?.kind === "start" ? start : {}
    if (notBefore === undefined || head.status === "parked" || head.updatedAt >= notBefore) return
    const isIdle =
      head.open.every(
        ({ fingerprint, key, kind }) =>
          kind === "timer" && key.startsWith("dynactor.begin") && Number(fingerprint) === notBefore
      ) &&
      (head.signals ?? []).length +
        (head.updates ?? []).length +
        (head.states ?? []).length +
        (head.emitted ?? []).length ===
        0
    if (!isIdle) throw this.violate(`${address} is to begin at ${notBefore}, and is at work at ${head.updatedAt}`)
    const end = endOf(head)
    const isLeft = end?.tag === "continued" && isLeftForEarlier(head, this.payloads)
    if (end !== undefined && end.tag !== "cancelled" && end.tag !== "terminated" && !isLeft)
      throw this.violate(`${address} is to begin at ${notBefore}, and has ${end.tag} at ${head.updatedAt}`)
  }

  private textOf({ payload, tag }: Ending): string {
    return `${tag} ${isReference(payload) ? this.payloads.get(objectName(payload)) : payload.json}`
  }

  private violate(what: string) {
    return this.world.violate("S33", what)
  }
}

const isSameStart = (asked: RestartMessage, row: StartMessage): boolean =>
  asked.workflow === row.workflow &&
  asked.fingerprint === row.fingerprint &&
  asked.definitionVersion === row.definitionVersion &&
  // S39 says when one of many begins.
  (asked.policy === "debounce" || asked.notBefore === row.notBefore) &&
  JSON.stringify(asked.tags) === JSON.stringify(row.tags) &&
  row.parent === undefined

const shown = ({ emitted, open, replies, startedAt, states, updatedAt }: Head) =>
  JSON.stringify([open, states, emitted, replies, startedAt, updatedAt])
