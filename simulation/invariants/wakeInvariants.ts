import { isForTheRun } from "../../src/actor/history/continuation.ts"
import type { RepairMessage } from "../../src/actor/history/copying/repairMessage.ts"
import { adoptedKey } from "../../src/actor/history/entry.ts"
import { addressOf, nextAddress, parseAddress } from "../../src/actor/history/generation.ts"
import { checkFence, type Head, isTerminal } from "../../src/actor/history/head.ts"
import { isCancelling, isDecisionKey, type Message, messageKey } from "../../src/actor/history/message.ts"
import type { Doorbell } from "../../src/store/changeFeed.ts"
import { adoptedOrder } from "../../src/store/reading/wholeRun.ts"
import type { QueueMessage, StepRequest, WakeRequest } from "../../src/store/stepQueue.ts"
import { isNews } from "../../src/streams/turns/loadRun.ts"
import { forgetRun } from "../services/deletion/forgetRun.ts"
import type { SimulatedQueue } from "../services/simulatedQueue.ts"
import type { SimulatedStream } from "../services/simulatedStream.ts"
import type { SimulatedTable, TableObserver } from "../services/simulatedTable.ts"
import type { World } from "../world/world.ts"
import { isSentAway } from "./limits/sentAway.ts"

export interface WakeInvariantsOptions {
  readonly world: World
  readonly table: SimulatedTable
  readonly stream: SimulatedStream
  readonly queue: SimulatedQueue
  /** Nobody may begin the step any more: the turn that has said so says it again if its commit does not come to stand. Default: none. */
  readonly isExpired?: (runId: string, stepKey: string) => boolean
}

/** L1 and L2 in the moment in which a wake-up is spent: nothing that a run waits for, or has not read, is left without one. */
export class WakeInvariants implements TableObserver {
  private readonly options: WakeInvariantsOptions
  private readonly adopted = new Map<string, Set<string>>()
  /** Rows whose doorbells were spent while the run was parked. */
  private readonly rungInVain = new Map<string, Set<string>>()
  /** Rows put since the last head of their run. */
  private readonly putSince = new Map<string, Set<string>>()
  /** Rows handed to a generation before its start, whose doorbells were spent before that of the start. */
  private readonly rungBeforeStart = new Map<string, Set<string>>()
  private readonly startsSpent = new Set<string>()
  /** Requests to go on after a pause that were put, and whose doorbells are not spent yet. A cancellation lets a paused run go on as well, and so does a start that takes its place. */
  private readonly resumesInHand = new Map<string, Set<string>>()
  private readonly putAt = new Map<string, Map<string, number>>()

  constructor(options: WakeInvariantsOptions) {
    this.options = options
    const { table, stream, queue } = options
    table.observe(this)
    stream.onSpent = this.spent.bind(this)
    queue.onCompleted = this.completed.bind(this)
  }

  rowPut(runId: string, row: Message): void {
    mapOf(this.putSince, runId, () => new Set<string>()).add(messageKey(row))
    if (row.kind === "start" && row.continues !== undefined) this.checkAgain(before(runId))
    const isReplaced = isCancelling(row) && this.options.table.head(runId)?.status === "paused"
    if (row.kind === "resume" || row.kind === "cancel" || isReplaced)
      mapOf(this.resumesInHand, runId, () => new Set<string>()).add(messageKey(row))
    mapOf(this.putAt, runId, () => new Map<string, number>()).set(messageKey(row), this.options.world.now)
  }

  headWritten(runId: string, before: Head | undefined, head: Head): void {
    this.putSince.delete(runId)
    const count = head.adopted - (before?.adopted ?? 0)
    const adopted = mapOf(this.adopted, runId, () => new Set<string>())
    const fresh = this.lastOf(runId, head, count)
    for (const entry of fresh) adopted.add(adoptedKey(entry))
    // Of a generation that has continued: once the next one may begin.
    // Of a run that goes on after a pause: all that has come meanwhile is read after the commit that says so.
    const isDecided = count > 0 && fresh.every((entry) => isDecisionKey(adoptedKey(entry)))
    const isStill = isDecided || head.status === "parked" || head.status === "paused" || before?.status === "paused"
    if (!isStill && !isTerminal(head.status)) this.checkAgain(runId)
  }

  /** The last entries of its order. What a copy has from its source may be more than what a head holds. */
  private lastOf(runId: string, head: Head, count: number): ReadonlyArray<string> {
    if (count <= 0) return []
    if (count <= head.tail.length) return head.tail.slice(-count)
    return adoptedOrder(head, { segments: this.options.table.segments(runId) }).slice(-count)
  }

  private checkAgain(runId: string): void {
    const keys = this.rungInVain.get(runId) ?? []
    this.rungInVain.delete(runId)
    for (const key of keys) this.spent({ runId, key })
  }

  segmentPut(): void {}

  forgotten(runId: string): void {
    forgetRun(this.adopted, runId)
    forgetRun(this.rungInVain, runId)
    forgetRun(this.putSince, runId)
    forgetRun(this.rungBeforeStart, runId)
    forgetRun(this.startsSpent, runId)
    forgetRun(this.resumesInHand, runId)
    forgetRun(this.putAt, runId)
  }

  private completed(message: QueueMessage, cameAt: number | undefined): void {
    if (message.kind === "step") return this.checkStep(message)
    if (message.kind === "wake") this.checkWake(message, cameAt)
  }

  /**
   * A wake-up without a key is for all rows that were there when it came. If it came twice, it is not known which receiver
   * handled which rows.
   */
  private checkWake({ runId, key }: WakeRequest, cameAt: number | undefined): void {
    if (cameAt === undefined) return
    if (key !== undefined) return this.spent({ runId, key })
    for (const [key, putAt] of this.putAt.get(runId) ?? []) if (putAt < cameAt) this.spent({ runId, key })
  }

  /** L1: who is done with a doorbell leaves its row adopted, or says why not, or has another wake-up under way. */
  private spent({ runId, key }: Doorbell): void {
    const { table, world, queue } = this.options
    const head = table.head(runId)
    const row = table.row(runId, key)
    if (row === undefined || table.row(runId, "start") === undefined) return
    if (row.kind === "start") this.startSpent(runId)
    if (this.resumesInHand.get(runId)?.delete(key) === true) this.checkAgain(runId)
    // Handed to a generation before its start: that rings for both. It may have been looked at when there was no start yet, and be told of
    // while the turn for the start is still putting what its commit hands on.
    const isToBeRungFor = !this.startsSpent.has(runId) && this.isBeforeStart(runId, key)
    if (isToBeRungFor && (head === undefined || isTerminal(head.status))) {
      mapOf(this.rungBeforeStart, runId, () => new Set<string>()).add(key)
      return
    }
    if (head?.status === "continued" && (this.resumesInHand.get(runId)?.size ?? 0) > 0) {
      // Whoever lets a paused run go on, and with that to its next generation, has still to hand it on, and is rung for that again if it dies.
      mapOf(this.rungInVain, runId, () => new Set<string>()).add(key)
      return
    }
    if (head !== undefined && isTerminal(head.status)) {
      if (row.kind === "restart" || (row.kind === "repair" && isFitting(runId, head, row)))
        this.checkAsked(runId, head, key)
      return this.checkBrought(runId, head, key)
    }
    // Inline outcomes of a turn that lost its race may have no command.
    if (this.adopted.get(runId)?.has(key) === true || !isNews(row, Number.POSITIVE_INFINITY, head?.open ?? [])) return
    if (queue.messages().some((message) => message.kind === "wake" && message.runId === runId)) return
    // The queue refuses the message that would wake it later. The sweeper finds the run: L1 is checked at the end of the schedule.
    if (head !== undefined && world.refusedRuns.has(runId)) return
    // Whoever lets it go on reads it then.
    if (head?.status === "paused") {
      mapOf(this.rungInVain, runId, () => new Set<string>()).add(key)
      return
    }
    if (head?.status === "parked") {
      mapOf(this.rungInVain, runId, () => new Set<string>()).add(key)
      // A turn that began before the row was there may end the parking.
      if (this.putSince.get(runId)?.has(key) !== true) return
      throw world.violate("L1", `nothing rings for ${key} of ${runId} any more, and its parked head is older`)
    }
    // Looked at while the run was paused, and told of only now: whoever lets it go on has still to read it, and is rung for that again if it dies.
    if ((this.resumesInHand.get(runId)?.size ?? 0) > 0) {
      mapOf(this.rungInVain, runId, () => new Set<string>()).add(key)
      return
    }
    throw world.violate("L1", `nothing rings for ${key} of ${runId} any more, and no head has adopted it`)
  }

  private startSpent(runId: string): void {
    this.startsSpent.add(runId)
    const keys = this.rungBeforeStart.get(runId) ?? []
    this.rungBeforeStart.delete(runId)
    for (const key of keys) this.spent({ runId, key })
  }

  private isBeforeStart(address: string, key: string): boolean {
    const order = [...(this.putAt.get(address)?.keys() ?? [])]
    return parseAddress(address).generation > 0 && order.indexOf(key) < order.indexOf("start")
  }

  /** Another start of a run that has ended begins by a turn: somebody is woken for it. */
  private checkAsked(runId: string, head: Head, key: string): void {
    const { queue, world } = this.options
    if (head.status === "continued" || this.adopted.get(runId)?.has(key) === true || world.refusedRuns.has(runId))
      return
    if (queue.messages().some((message) => message.kind === "wake" && message.runId === runId)) return
    throw world.violate(
      "L1",
      `nothing rings for ${key} of ${runId} any more, which has ${head.status} and is to start again`
    )
  }

  /** What came too late for a generation is with a later one by then. */
  private checkBrought(address: string, head: Head, key: string): void {
    const { queue, table, world } = this.options
    if (head.status !== "continued" || !isForTheRun(key) || this.adopted.get(address)?.has(key) === true) return
    if (isSentAway(table, address, head, key)) return
    // A wake-up that was put off is done with, and one in its place is under way.
    const isUnderWay = (message: QueueMessage) =>
      message.kind === "wake" && message.runId === address && (message.key === undefined || message.key === key)
    if (queue.messages().some(isUnderWay)) return
    // Whoever has said that the run goes on may still be putting what goes along, the start last of all. Whoever is done with the doorbell meanwhile had left it
    // to that turn, before it committed. If that one dies, it is rung for again, and all that is left behind is put before the start.
    if (table.row(nextAddress(address), "start") === undefined) {
      mapOf(this.rungInVain, address, () => new Set<string>()).add(key)
      return
    }
    const newest = table.newest(address)
    for (let later = nextAddress(address); ; later = nextAddress(later)) {
      if (table.row(later, key) !== undefined) return
      if (later === newest || later.length > newest.length + 1) break
    }
    throw world.violate("L1", `nothing rings for ${key} of ${address} any more, and no later generation has it`)
  }

  /** L2: the last message of a step goes when the step is answered, or the run waits for it no longer. */
  private checkStep({ runId, key, fingerprint, index, token }: StepRequest): void {
    const { table, world, queue } = this.options
    const head = table.head(runId)
    // A next attempt that the queue has lost was sent all the same.
    if (world.faults.injected.has("lostMessage")) return
    if (head === undefined || token === null || checkFence(head, { index, token }) !== "valid") return
    if (table.row(runId, `step/${key}`) !== undefined) return
    const isOpen = head.open.some((one) => one.kind === "step" && one.key === key && one.fingerprint === fingerprint)
    if (!isOpen || this.options.isExpired?.(runId, key) === true) return
    const isOfStep = (message: QueueMessage) =>
      message.kind === "step" && message.runId === runId && message.key === key
    if (queue.messages().some(isOfStep)) return
    throw world.violate("L2", `${runId} waits for step ${key}, and its last message is gone`)
  }
}

/** One that was made for another generation, or for a message that has not come, is nobody's. */
const isFitting = (address: string, head: Head, { from }: RepairMessage): boolean =>
  from.address === address && from.count <= head.adopted

const before = (address: string): string => {
  const { runId, generation } = parseAddress(address)
  return addressOf(runId, generation - 1)
}

const mapOf = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
  const known = map.get(key)
  if (known !== undefined) return known
  const fresh = make()
  map.set(key, fresh)
  return fresh
}
