import type { CopiedFrom } from "../../../src/actor/history/copying/copiedFrom.ts"
import { adoptedKey, adoptedTime, readEntry } from "../../../src/actor/history/entry.ts"
import { addressOf, parseAddress } from "../../../src/actor/history/generation.ts"
import type { Head } from "../../../src/actor/history/head.ts"
import { type Message, messageKey, type StartMessage } from "../../../src/actor/history/message.ts"
import { adoptedOrder } from "../../../src/store/reading/wholeRun.ts"
import type { SimulatedPayloads } from "../../services/simulatedPayloads.ts"
import type { SimulatedTable, TableObserver } from "../../services/simulatedTable.ts"
import type { World } from "../../world/world.ts"
import { continuationIn } from "../starts/continuationIn.ts"
import { contentOf, isLeftOut } from "./content.ts"

/** A run, or a generation of one, that begins with the messages of another. */
interface Copy {
  readonly from: CopiedFrom
  /** What its source had adopted first, when the copy was asked for: entries of its order. */
  readonly kept: ReadonlyArray<string>
  /** Keys of its rows that are those of its source. */
  readonly keys: ReadonlySet<string>
  /** Keys of steps that are answered by them. Of an inline one that no head had adopted: the input that it was of. */
  readonly answered: ReadonlyMap<string, string | undefined>
  /** Place in the order of all that this has seen: when it was asked for first. */
  readonly askedAt: number
  /** Messages of its own that it had adopted before those. Undefined: its first turn is to come. */
  before: number | undefined
}

interface Begun {
  readonly known: string
  readonly input: string | undefined
}

/**
 * S37: what a copy keeps are the first messages of its source, in their order and with their outcomes, but for those that it was given; nothing of
 * them runs again. What had succeeded behind them and runs once more is another effect to who serves it, what had not is the same one. Of several requests
 * for one generation one is done.
 */
export class CopyInvariants implements TableObserver {
  private readonly world: World
  private readonly table: SimulatedTable
  private readonly payloads: SimulatedPayloads
  private readonly copies = new Map<string, Copy>()
  /** By request: when it was asked first. */
  private readonly asked = new Map<string, number>()
  /** By address and key of a step, under which keys services were asked. */
  private readonly ran = new Map<string, string>()
  /** By those keys: the addresses at which such a step has succeeded, and when that was known. */
  private readonly succeeded = new Map<string, Map<string, number>>()
  /** All of those keys, whoever has been told. */
  private readonly done = new Set<string>()
  private seen = 0
  /** Forks that nobody can begin. */
  readonly orphans = new Set<string>()

  constructor(world: World, table: SimulatedTable, payloads: SimulatedPayloads) {
    this.world = world
    this.table = table
    this.payloads = payloads
  }

  segmentPut(): void {}

  /** Before the client looks at the run. */
  noteAsked(id: string): void {
    if (!this.asked.has(id)) this.asked.set(id, this.seen++)
  }

  /** Is this a row of its source that the copy has as its own? */
  isCopied(address: string, row: Message): boolean {
    const copy = this.copies.get(address)
    return copy !== undefined && copy.before === undefined && this.expected(copy, messageKey(row)) !== undefined
  }

  /** Does it begin with messages of another? */
  hasCopied(address: string): boolean {
    return this.copies.has(address)
  }

  isFork(address: string): boolean {
    return this.copies.get(address)?.from.how === "fork"
  }

  /** Was what it is to begin with deleted before it has begun? */
  isOrphan(address: string): boolean {
    const copy = this.copies.get(address)
    if (copy === undefined || copy.before !== undefined || copy.from.how !== "fork") return false
    return this.table.graves.of(copy.from.address)?.isDecided === true
  }

  /** Where a run leaves what others have been through, in numbers of its own messages, and when; the last is where it goes on by itself. */
  piecesOf(address: string): ReadonlyArray<{ readonly upTo: number; readonly goesOnAt: number }> {
    const { before, from } = this.copies.get(address) ?? {}
    const begunAt = this.table.row(address, "start")?.at ?? 0
    if (before === undefined || from === undefined) return []
    return from.pieces.map(({ goesOnAt = begunAt, upTo }) => ({ upTo: before + upTo, goesOnAt }))
  }

  /** Does it have this message from its source? */
  hasKept(address: string, key: string): boolean {
    const copy = this.copies.get(address)
    return copy !== undefined && this.expected(copy, key) !== undefined
  }

  /** The key by which services know a step that was run at this address. */
  knownAs(address: string, key: string): string | undefined {
    return this.ran.get(`${address} ${key}`)
  }

  /** Requests for the generation that a run is in, on which nobody has acted yet. */
  pendingOf(runId: string): ReadonlyArray<string> {
    const address = this.table.newest(runId)
    const head = this.table.head(address)
    if (head === undefined) return this.leftTo(runId, address)
    const requests = [...this.table.rows(address)].filter((row) => row.kind === "repair")
    if (requests.length === 0) return []
    const adopted = new Set(adoptedOrder(head, this.table.read(address)).map(adoptedKey))
    return requests.filter((row) => !adopted.has(messageKey(row))).map(({ id }) => id)
  }

  /** It has left the run to a generation that nobody has begun yet. */
  private leftTo(runId: string, address: string): ReadonlyArray<string> {
    const { generation } = parseAddress(address)
    if (generation === 0 || this.table.row(address, "start") !== undefined) return []
    const { copy } = continuationIn(this.table.head(addressOf(runId, generation - 1)), this.payloads) ?? {}
    return copy === undefined ? [] : [copy.id]
  }

  /** The generation that the run goes on with, whoever's request it was. Undefined: it is to come. `superseded`: by another start. */
  begunBy(runId: string, id: string): number | "superseded" | undefined {
    const { generation } = parseAddress(this.table.newest(runId))
    for (let number = 0; number <= generation; number++) {
      if (this.table.row(addressOf(runId, number), `repair/${id}`) === undefined) continue
      const next = this.table.row(addressOf(runId, number + 1), "start")
      if (next?.kind !== "start") return undefined
      return next.from === undefined ? "superseded" : number + 1
    }
    return undefined
  }

  rowPut(address: string, row: Message): void {
    this.seen++
    if (row.kind === "start" && row.from !== undefined) return this.noteCopy(address, row, row.from)
    const copy = this.copies.get(address)
    const key = messageKey(row)
    const [source, edit] = copy?.before === undefined && copy !== undefined ? (this.expected(copy, key) ?? []) : []
    if (source !== undefined) return this.checkRow(address, row, source, edit)
    if (row.kind !== "step" || row.outcome.tag !== "succeeded") return
    const known = this.ran.get(`${address} ${row.key}`)
    if (known === undefined) return
    this.done.add(known)
    // Those of inline steps may come of a turn that is lost, and be for another input: nobody has been told of them.
    if (row.inline === true) return
    const places = this.succeeded.get(known) ?? new Map<string, number>()
    this.succeeded.set(known, places.set(address, places.get(address) ?? this.seen))
  }

  headWritten(address: string, before: Head | undefined, head: Head): void {
    this.seen++
    const copy = this.copies.get(address)
    if (copy === undefined || copy.before !== undefined) return
    if (head.status === "parked" && this.isOrphan(address)) this.orphans.add(address)
    if (head.adopted === (before?.adopted ?? 0)) return
    const order = adoptedOrder(head, { segments: this.table.segments(address) })
    const start = order.findIndex((entry) => adoptedKey(entry) === "start")
    if (start < 0) return
    copy.before = before?.adopted ?? 0
    const kept = order.slice(copy.before, copy.before + copy.from.count)
    const due = copy.kept.map((entry, index) => this.entryOf(copy, entry, index))
    for (const [index, entry] of due.entries())
      if (kept[index] !== entry)
        throw this.violate(`${address} begins with [${kept.join(", ")}], and its source with [${due.join(", ")}]`)
    for (const { key, kind } of head.open)
      if (kind === "step" && copy.answered.has(key))
        throw this.violate(`${address} asks for step ${key}, which its source was answered`)
  }

  /** A step's code begins, under the key by which services know it. `input`: its fingerprint, where that is known. */
  stepBegins(address: string, key: string, known: string, input?: string): void {
    const copy = this.copies.get(address)
    if (copy !== undefined) this.checkStep(address, copy, key, { known, input })
    this.ran.set(`${address} ${key}`, known)
  }

  private checkStep(address: string, copy: Copy, key: string, { input, known }: Begun): void {
    const answered = copy.answered.get(key)
    // By code that has changed it may be asked for with another input: what nobody had adopted is no answer to that.
    const isOther = answered !== undefined && input !== undefined && answered !== input
    if (copy.answered.has(key) && !isOther)
      throw this.violate(`${key} of ${address} runs again, which its source was answered`)
    // What had succeeded, and was known to have when the run was left for an earlier message.
    for (let left: Copy | undefined = copy; left !== undefined; left = this.copies.get(left.from.address)) {
      const doneAt = this.succeeded.get(known)?.get(left.from.address)
      if (doneAt !== undefined && doneAt < left.askedAt)
        throw this.violate(
          `${key} of ${address} is to take effect again as ${known}, as it had at ${left.from.address}`
        )
    }
    if (copy.from.how === "fork") return
    const before = this.ranBefore(copy, key)
    if (before !== undefined && before !== known && !this.done.has(before))
      throw this.violate(`${key} of ${address}, which may have taken effect as ${before}, runs as ${known}`)
  }

  /** In the nearest of those that it comes of. A fork is another run. */
  private ranBefore({ from }: Copy, key: string): string | undefined {
    for (let source: string | undefined = from.address; source !== undefined; ) {
      const known = this.ran.get(`${source} ${key}`)
      if (known !== undefined) return known
      const copy = this.copies.get(source)
      source = copy === undefined || copy.from.how === "fork" ? undefined : copy.from.address
    }
    return undefined
  }

  private noteCopy(address: string, { request }: StartMessage, from: CopiedFrom): void {
    const { generation, runId } = parseAddress(address)
    const isFork = from.how === "fork"
    const source = this.table.read(from.address)
    const { head } = source
    if (head === undefined || head.adopted < from.count)
      throw this.violate(`${address} begins with ${from.count} messages of ${from.address}, which has ${head?.adopted}`)
    if (isFork ? generation > 0 : from.address !== addressOf(runId, generation - 1))
      throw this.violate(`${address} is a ${from.how} of ${from.address}`)
    const taken = from.pieces.at(-1)?.taken ?? []
    if (from.how !== "retry" && taken.length > 0)
      throw this.violate(`${address} is a ${from.how}, and has ${taken.join(", ")}, which came behind its message`)
    const id = isFork ? runId : request
    const askedAt = id === undefined ? undefined : this.asked.get(id)
    if (askedAt === undefined) throw this.violate(`${address} begins as a ${from.how} for which nobody has asked`)
    const kept = adoptedOrder(head, source).slice(0, from.count)
    const isToldOf = (entry: string) =>
      !/^timer\/dynactor\.left#/.test(adoptedKey(entry)) &&
      !(readEntry(entry).isSetAside && adoptedKey(entry).startsWith("step/"))
    const keys = [...kept.filter(isToldOf).map(adoptedKey), ...taken]
    const adopted = kept.map(readEntry).flatMap(({ isSetAside, key }) => (isSetAside ? [] : [key]))
    const answered = [...adopted, ...taken].flatMap((key) => {
      const row = this.table.row(from.address, key)
      if (row?.kind !== "step") return []
      const isFree = row.inline === true && !adopted.includes(key)
      return [[row.key, isFree ? row.fingerprint : undefined] as const]
    })
    this.copies.set(address, {
      from,
      kept,
      keys: new Set(keys),
      answered: new Map(answered),
      askedAt,
      before: undefined
    })
  }

  /** What the copy is to have under this key, and what it was given instead of that outcome. */
  private expected({ from, keys, kept }: Copy, key: string): readonly [Message, string | undefined] | undefined {
    if (key === "start") return undefined
    const row = keys.has(key) ? this.table.row(from.address, key) : undefined
    if (row === undefined) {
      const left = /^timer\/dynactor\.left#(\d+)@/.exec(key)?.[1]
      const there = left === undefined ? undefined : this.table.row(from.address, adoptedKey(kept[Number(left)] ?? ""))
      return there === undefined ? undefined : [there, undefined]
    }
    const edits = from.edits === undefined ? {} : JSON.parse(from.edits)
    return [row, edits[key] === undefined ? undefined : JSON.stringify(edits[key])]
  }

  private checkRow(address: string, row: Message, source: Message, edit: string | undefined): void {
    const isLeft = messageKey(row) !== messageKey(source)
    const is = contentOf(row, this.payloads)
    // Whoever waits for the run's end may ask each generation of it, later.
    const due = contentOf(source.kind === "await" ? { ...source, at: row.at } : source, this.payloads, edit)
    const entry = this.copies.get(address)?.kept.find((one) => adoptedKey(one) === messageKey(source)) ?? ""
    if (isLeft ? isLeftOut(source, entry) : is === due) return
    throw this.violate(`${address} has ${messageKey(row)} from its source as ${is}, and there it is ${due}`)
  }

  /** What was asked of the source itself is a timer that nobody has set, and leads to the patches to which its time had led; the time of the start stands in its row. */
  private entryOf({ from }: Copy, entry: string, index: number): string {
    const key = adoptedKey(entry)
    if (key === "start") return entry.replace(/~\d+~/, "")
    const row = this.table.row(from.address, key)
    if (row === undefined || !isLeftOut(row, entry)) return entry
    const { patches = [] } = readEntry(entry)
    const led = patches.length === 0 ? "" : `^${patches.join()}^`
    return `!${led}timer/dynactor.left#${index}@${adoptedTime(entry, row)}`
  }

  private violate(what: string) {
    return this.world.violate("S37", what.replaceAll("\u001f", "^"))
  }
}
