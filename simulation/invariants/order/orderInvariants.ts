import { adoptedTime, readEntry } from "../../../src/actor/history/entry.ts"
import { addressOf, parseAddress, runIdOf } from "../../../src/actor/history/generation.ts"
import type { Head } from "../../../src/actor/history/head.ts"
import { isDecision } from "../../../src/actor/history/message.ts"
import { adoptedOrder } from "../../../src/store/reading/wholeRun.ts"
import type { SimulatedPayloads } from "../../services/simulatedPayloads.ts"
import type { SimulatedTable, TableObserver } from "../../services/simulatedTable.ts"
import { maxSkewMs } from "../../world/machine.ts"
import type { World } from "../../world/world.ts"
import { continuationIn } from "../starts/continuationIn.ts"
import type { Knowledge } from "./knowledge.ts"

/** Order and time of what is adopted: S18, and that no sender's clock carries a run ahead of its host (S9). */
export class OrderInvariants implements TableObserver {
  private readonly world: World
  private readonly table: SimulatedTable
  private readonly knowledge: Knowledge

  private readonly payloads: SimulatedPayloads

  constructor(world: World, table: SimulatedTable, payloads: SimulatedPayloads, knowledge: Knowledge) {
    this.world = world
    this.table = table
    this.payloads = payloads
    this.knowledge = knowledge
  }

  /** By an earlier generation of the run. */
  private isAdoptedBefore(address: string, key: string): boolean {
    const { runId, generation } = parseAddress(address)
    for (let earlier = 0; earlier < generation; earlier++) {
      const { head, segments } = this.table.read(addressOf(runId, earlier))
      if (head !== undefined && adoptedOrder(head, { segments }).some((entry) => readEntry(entry).key === key))
        return true
    }
    return false
  }

  rowPut(): void {}
  segmentPut(): void {}

  headWritten(runId: string, before: Head | undefined, head: Head): void {
    const adopted = before?.adopted ?? 0
    if (head.adopted === adopted) return
    const order = adoptedOrder(head, { segments: this.table.segments(runId) })
    // What is set aside as a run is left for an earlier message was for nobody.
    const isLeft = continuationIn(head, this.payloads)?.copy !== undefined
    const places = new Map(order.map((entry, place) => [readEntry(entry).key, place]))
    for (let place = isLeft ? order.length : adopted; place < order.length; place++) {
      const entry = order[place] as string
      const row = this.table.row(runId, readEntry(entry).key)
      // That it is there is S1. Answers to callbacks have no order with what else their sender sends; decisions are acted on at once.
      if (row === undefined || row.kind === "callback" || row.kind === "repair" || isDecision(row)) continue
      for (const key of this.knowledge.beforeOf(runIdOf(runId), row)) {
        if ((places.get(key) ?? order.length) < place || this.isAdoptedBefore(runId, key)) continue
        throw this.world.violate("S18", `${runId} adopts ${entry}, and its sender had put ${key} before it`)
      }
      // A run that had ended, and goes on with another start, comes to no other time by what it sets aside.
      if (head.concluded !== undefined && before?.outcome !== undefined) continue
      const ahead = adoptedTime(entry, row) - this.world.now
      if (ahead > maxSkewMs && adoptedTime(entry, row) > (before?.updatedAt ?? 0))
        throw this.world.violate("S9", `${entry} brings ${runId} a time that is ${ahead} ms ahead of its host's`)
    }
  }
}
