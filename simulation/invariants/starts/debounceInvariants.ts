import { adoptedTime, readEntry } from "../../../src/actor/history/entry.ts"
import { addressOf, parseAddress } from "../../../src/actor/history/generation.ts"
import type { Head } from "../../../src/actor/history/head.ts"
import type { Message, RestartMessage, StartMessage } from "../../../src/actor/history/message.ts"
import { adoptedOrder } from "../../../src/store/reading/wholeRun.ts"
import { forgetRun } from "../../services/deletion/forgetRun.ts"
import type { SimulatedTable } from "../../services/simulatedTable.ts"
import { inlineSteps } from "../../workload/programs.ts"
import type { World } from "../../world/world.ts"
import { adoptedRestarts, windowOf } from "./waiting.ts"

/**
 * S39: of starts by `debounce` the last one of a window begins, with its own input (S33), when nothing has come for as long as it asked, and no later than the
 * earliest bound of the window. Such a start takes the place of a body that has not begun, of which no step has run; it is behind one that has.
 */
export class DebounceInvariants {
  private readonly world: World
  private readonly table: SimulatedTable
  private readonly atWork = new Set<string>()
  /** Runs that were started so: most schedules have none, and nothing to look for. */
  private readonly runs = new Set<string>()

  constructor(world: World, table: SimulatedTable) {
    this.world = world
    this.table = table
  }

  forgotten(runId: string): void {
    this.runs.delete(runId)
    forgetRun(this.atWork, runId)
  }

  /** A step's code begins. An inline one may run in a turn that loses its race, which is no part of the run (S3). */
  stepBegins(name: string, address: string): void {
    if (!inlineSteps.has(name)) this.atWork.add(address)
  }

  rowPut(address: string, row: Message): void {
    const { generation, runId } = parseAddress(address)
    if (row.kind === "restart" && row.policy === "debounce") this.runs.add(runId)
    if (row.kind !== "start" || row.continues?.since !== generation || generation === 0) return
    const before = addressOf(runId, generation - 1)
    const adopted = adoptedRestarts(this.table, before)
    const asked = adopted.find(({ row: { id } }) => id === row.request)
    if (asked?.row.policy !== "debounce") return
    const window: ReadonlyArray<RestartMessage | StartMessage> = windowOf(
      adopted.map((one) => one.row),
      asked.row
    )
    const replaced = this.replacedIn(before)
    const bounds = [...window, ...(replaced === undefined ? [] : [replaced])].flatMap(({ notAfter }) => notAfter ?? [])
    const latest = Math.min(...bounds)
    if ((row.notAfter ?? Number.POSITIVE_INFINITY) > latest)
      throw this.violate(`${address} begins by ${row.notAfter} at the latest, and a start of its window by ${latest}`)
    const due = Math.min(latest, asked.row.notBefore ?? 0)
    if (row.notBefore !== due)
      throw this.violate(`${address} begins at ${row.notBefore}, and ${asked.row.id} is to begin at ${due}`)
  }

  headWritten(address: string, before: Head | undefined, head: Head): void {
    if (!this.runs.has(parseAddress(address).runId)) return
    const order = adoptedOrder(head, { segments: this.table.segments(address) })
    let time = 0
    for (const [place, text] of order.entries()) {
      const entry = readEntry(text)
      const row = this.table.row(address, entry.key)
      if (row === undefined) return
      time = Math.max(time, adoptedTime(text, row))
      if (place < (before?.adopted ?? 0) || row.kind !== "restart" || row.policy !== "debounce") continue
      this.check(address, row, { isSetAside: entry.isSetAside, time, isLast: place === order.length - 1, head, before })
    }
  }

  private check(address: string, { id }: RestartMessage, { before, head, isLast, isSetAside, time }: Adopted): void {
    const start = this.table.row(address, "start")
    const { notBefore } = start?.kind === "start" ? start : {}
    const mayBegin = notBefore === undefined || time >= notBefore
    if (!isSetAside && mayBegin) throw this.violate(`${id} takes the place of ${address}, whose body has begun`)
    if (!isSetAside && this.atWork.has(address))
      throw this.violate(`${id} takes the place of ${address}, a step of which has run`)
    // It is nobody's place any more where others came behind it, or the run was over.
    if (isSetAside && isLast && !mayBegin && before?.outcome === undefined && head.outcome === undefined)
      throw this.violate(`${id} waits for the end of ${address}, whose body has not begun`)
  }

  /** The start of a generation whose body has not begun, and was to begin by itself. */
  private replacedIn(address: string): StartMessage | undefined {
    const took = adoptedRestarts(this.table, address).some(
      ({ entry, row }) => row.policy === "debounce" && !entry.isSetAside
    )
    const start = this.table.row(address, "start")
    return took && start?.kind === "start" ? start : undefined
  }

  private violate(what: string) {
    return this.world.violate("S39", what)
  }
}

interface Adopted {
  readonly isSetAside: boolean
  readonly isLast: boolean
  /** Of the run, as it was adopted. */
  readonly time: number
  readonly head: Head
  readonly before: Head | undefined
}
