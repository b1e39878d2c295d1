import { runIdOf } from "../../../src/actor/history/generation.ts"
import { type Head, isTerminal } from "../../../src/actor/history/head.ts"
import { type Message, messageKey } from "../../../src/actor/history/message.ts"
import { isReference, type Payload } from "../../../src/actor/values/payload.ts"
import { objectName } from "../../../src/store/deletion/payloadNames.ts"
import type { SimulatedPayloads } from "../../services/simulatedPayloads.ts"
import type { SimulatedTable, TableObserver } from "../../services/simulatedTable.ts"
import type { World } from "../../world/world.ts"

/** What is to be there with an order. */
export interface OrderParts {
  readonly runId: string
  /** `isSame`: others may start the run with this input. */
  readonly input?: { readonly program: string; readonly value: number }
  readonly isSame?: boolean
  /** Of a signal. */
  readonly key?: string
}

interface Put {
  readonly order: string | undefined
  /** The number of the event in which it was put. */
  readonly event: number
}

/**
 * S38: a start or a signal in a transaction of the user's is there if and only if what else is in that is, from the same moment on, once, and in no run that had
 * ended by then; and who is told that it was taken, or why not, is told the truth.
 */
export class OutboxInvariants implements TableObserver {
  private readonly world: World
  private readonly table: SimulatedTable
  private readonly payloads: SimulatedPayloads
  private readonly orders = new Map<string, OrderParts>()
  /** By run and key: rows that are not those of a later generation alone. */
  private readonly puts = new Map<string, Put>()

  constructor(world: World, table: SimulatedTable, payloads: SimulatedPayloads) {
    this.world = world
    this.table = table
    this.payloads = payloads
  }

  /** Runs that have gone on with another start, or from an earlier message. */
  private readonly restarted = new Set<string>()

  /** Runs whose deletion was taken back, maybe since the transaction met it. */
  private readonly unmarked = new Set<string>()

  /** Only schedules that have any are looked at. */
  expect(order: string, parts: OrderParts): void {
    if (this.orders.size === 0) {
      this.table.observe(this)
      this.table.graves.observe({ unmarked: ({ runId }) => this.unmarked.add(runId) })
    }
    this.orders.set(order, parts)
  }

  rowPut(address: string, row: Message): void {
    if (row.kind !== "start" && row.kind !== "signal") return
    const id = `${row.kind === "start" ? address : runIdOf(address)} ${messageKey(row)}`
    if (this.puts.has(id)) return
    const order = this.orderOf(address, row)
    this.puts.set(id, { order, event: this.world.events })
    if (order === undefined) return
    const head = this.table.head(address)
    if (row.kind === "signal" && head !== undefined && isTerminal(head.status) && head.status !== "continued")
      throw this.violate(`${id} is put by ${order}, and the run had ${head.status}`)
    this.world.later(0, () => {
      if (this.table.ledger.orders.has(order)) return
      throw this.violate(`${id} is there, and ${order} is not`)
    })
  }

  orderWritten(order: string, isThere: boolean): void {
    if (isThere) throw this.violate(`${order} is written twice`)
    const { input, key, runId } = this.partsOf(order)
    if (input !== undefined) this.checkPut(order, runId, "start")
    if (key !== undefined) this.checkPut(order, runId, key)
  }

  headWritten(address: string, _before: Head | undefined, { concluded }: Head): void {
    if (concluded !== undefined) this.restarted.add(runIdOf(address))
  }

  segmentPut(): void {}

  /** Whoever has placed it is told so. */
  placed(order: string): void {
    if (!this.table.ledger.orders.has(order)) throw this.violate(`${order} is said to be placed, and is not there`)
  }

  /**
   * Nothing of ours is said to stand in the way of a transaction that was refused. That may be so of a run that had ended, and has gone on with another start since; one that
   * has only continued as new takes what is sent to it.
   */
  unexplained(order: string): void {
    const { input, runId } = this.partsOf(order)
    const hasGoneOn = this.table.newest(runId) !== runId && (input !== undefined || this.restarted.has(runId))
    if (hasGoneOn || this.isInDoubt(runId) || this.table.row(runId, "start")?.kind === "deleted") return
    throw this.violate(`${order} was refused, and nobody can say why`)
  }

  private isInDoubt(runId: string): boolean {
    return this.unmarked.has(runId) || this.table.graves.of(runId)?.isDecided === false
  }

  private checkPut(order: string, runId: string, key: string): void {
    const put = this.puts.get(`${runId} ${key}`)
    // Until it is known whether the run is deleted nobody can say what becomes of its row. Then it is told of, or is gone with the run.
    const grave = this.table.graves.of(runId)
    if (put === undefined && grave?.isDecided === false && this.table.graves.hasLate(runId, key)) return
    if (put === undefined) throw this.violate(`${order} is there, and ${key} of ${runId} is not`)
    if (put.event !== this.world.events) throw this.violate(`${order} is there, and ${key} of ${runId} was before`)
    if (put.order !== order && this.partsOf(order).isSame !== true)
      throw this.violate(`${order} is there, and ${key} of ${runId} is of ${put.order ?? "none"}`)
  }

  private orderOf(address: string, row: Message): string | undefined {
    for (const [order, { input, isSame, key, runId }] of this.orders) {
      if (runIdOf(address) !== runId) continue
      if (row.kind === "signal" && messageKey(row) === key) return order
      if (row.kind === "start" && isSame !== true && this.textOf(row.input) === JSON.stringify(input)) return order
    }
    return undefined
  }

  private partsOf(order: string): OrderParts {
    return this.orders.get(order) as OrderParts
  }

  private textOf(payload: Payload): string | undefined {
    return isReference(payload) ? this.payloads.get(objectName(payload)) : payload.json
  }

  private violate(what: string) {
    return this.world.violate("S38", what)
  }
}
