import * as Effect from "effect/Effect"
import type { Writes } from "../../src/actor/definitions/transactions/transaction.ts"
import { TransactionCancelled } from "../../src/actor/errors.ts"
import { addressOf, nextAddress, parseAddress, runIdOf } from "../../src/actor/history/generation.ts"
import type { Head } from "../../src/actor/history/head.ts"
import { type Message, messageKey, type TombstoneMessage } from "../../src/actor/history/message.ts"
import type { Tags } from "../../src/actor/tags/tags.ts"
import {
  type DeletedPlace,
  type HeadResult,
  lateRowsMs,
  type PutResult,
  type RunTable,
  type StoredRun,
  type UnstartedPage
} from "../../src/store/runTable.ts"
import type { PutWithResult } from "../../src/store/transactions/putWith.ts"
import { CommitWaiters } from "../world/commitWaiters.ts"
import type { Life } from "../world/machine.ts"
import type { World } from "../world/world.ts"
import { Graves, isOfDeletion } from "./deletion/graves.ts"
import { copyOf, newPartition, type Partition, type SavedTable, segmentsOf, storedRun } from "./deletion/partition.ts"
import { asItems } from "./rowsAsItems.ts"
import { SimulatedLedger } from "./simulatedLedger.ts"
import { countHeads, listHeads } from "./simulatedListing.ts"

/** Between the rows and the head of a partition. */
const longestReadMs = 2_000

/** Told of every write that took effect, in the moment in which it did. */
export interface TableObserver {
  /** Entries of the ledger, in one transaction with a row. */
  readonly ledgerWritten?: (runId: string, ids: ReadonlyArray<string>, row: Message) => void
  /** An order of the user's, behind the rows that are of its transaction. */
  readonly orderWritten?: (order: string, isThere: boolean) => void
  readonly rowPut: (runId: string, row: Message, by: string) => void
  readonly headWritten: (runId: string, before: Head | undefined, head: Head, by: string) => void
  readonly segmentPut: (
    runId: string,
    index: number,
    keys: ReadonlyArray<string>,
    before: ReadonlyArray<string> | undefined
  ) => void
  /** The run was deleted, and its id is free: who has it from here on is another. */
  readonly forgotten?: (runId: string) => void
}

/**
 * One table: every write is one conditional write of one item, every read of one item is strong. A read of a whole partition is
 * strong item by item: it may have gone through the rows when a commit comes that it then meets the head of.
 */
export class SimulatedTable {
  private readonly world: World
  partitions = new Map<string, Partition>()
  private readonly observers: Array<TableObserver> = []
  /** Reads of a partition that have gone through its rows, and are held back until its next head is written. */
  private tearing: Array<{ readonly runId: string; readonly goOn: () => void }> = []
  private readonly waiters = new CommitWaiters()
  /** Whose heads were refused, as others had been written meanwhile. */
  readonly conflicts: Array<string> = []
  /** Goes up with every write: what was made of rows and heads holds for as long as it stands. */
  changes = 0
  /** Every row rings, also one that is for nobody. */
  onPut: (runId: string, row: Message) => void = () => undefined
  /** When a process asked to put a start, where it may go on by that before it is put. */
  askedToStart: (address: string, by: string) => number | undefined = () => undefined
  readonly graves = new Graves()
  readonly ledger = new SimulatedLedger()

  constructor(world: World) {
    this.world = world
    world.versionOf = (runId) => this.head(runId)?.version ?? 0
    world.rowsOf = (runId) => this.partition(runId).rows.size
  }

  observe(observer: TableObserver): void {
    this.observers.push(observer)
  }

  save(): SavedTable {
    return copyOf(this.partitions)
  }

  restore(saved: SavedTable): void {
    this.changes++
    this.partitions = copyOf(saved)
  }

  /** Of all that are not deleted. */
  *runIds(): Iterable<string> {
    for (const address of this.partitions.keys()) if (this.graves.of(address) === undefined) yield address
  }

  /** As the invariants see it: a run that was deleted is as it was. */
  private seen(address: string): Partition | undefined {
    return (this.graves.of(address) ?? this).partitions.get(address)
  }

  head(runId: string): Head | undefined {
    return this.seen(runId)?.head
  }

  /** The address of the generation that a run is in. */
  newest(runId: string): string {
    let address = runIdOf(runId)
    while (this.head(address)?.status === "continued") address = nextAddress(address)
    return address
  }

  /** In any generation of the run, and in the one to come. */
  rowOfRun(runId: string, key: string): Message | undefined {
    const last = nextAddress(this.newest(runId))
    for (let address = runIdOf(runId); ; address = nextAddress(address)) {
      const row = this.row(address, key)
      if (row !== undefined || address === last) return row
    }
  }

  row(runId: string, key: string): Message | undefined {
    return this.seen(runId)?.rows.get(key)
  }

  /** In no order. */
  rows(runId: string): Iterable<Message> {
    return this.seen(runId)?.rows.values() ?? []
  }

  segments(runId: string): ReadonlyArray<ReadonlyArray<string>> {
    return segmentsOf(this.seen(runId))
  }

  read(runId: string): StoredRun {
    return storedRun(this.seen(runId))
  }

  private readInParts(runId: string, answer: (run: StoredRun) => void): void {
    const { world } = this
    const torn = world.faults.of("tornRead")
    if (torn === undefined) return answer(storedRun(this.partitions.get(runId)))
    const rows = storedRun(this.partitions.get(runId))
    let isOver = false
    const goOn = () => {
      if (isOver) return
      isOver = true
      world.note("table", () => `has read the rows of ${runId} before its head`)
      answer({ ...rows, head: this.partitions.get(runId)?.head })
    }
    this.tearing.push({ runId, goOn })
    world.later(Math.min(torn.forMs, longestReadMs), goOn)
  }

  put(runId: string, row: Message, by: string): PutResult {
    const partition = this.partition(runId)
    const key = messageKey(row)
    const there = partition.rows.get(key)
    if (there !== undefined) return { _tag: "Exists", message: there }
    partition.rows.set(key, row)
    this.world.note(by, () => `puts ${runId} ${key}`)
    this.tellPut(runId, row, by)
    this.onPut(runId, row)
    return { _tag: "Inserted" }
  }

  private tellPut(runId: string, row: Message, by: string): void {
    const grave = this.graves.of(runId)
    const key = messageKey(row)
    if (grave?.isDecided === false) {
      const there = grave.partitions.get(runId) ?? newPartition()
      grave.partitions.set(runId, there)
      there.rows.set(key, row)
    }
    const tell = () => {
      for (const observer of this.observers) observer.rowPut(runId, row, by)
    }
    this.graves.put(runId, `rows ${key} of ${runId}`, tell, () => grave?.partitions.get(runId)?.rows.delete(key))
  }

  /** One transaction: what is refused of it leaves nothing. */
  private putWith(runId: string, row: Message, writes: Writes, by: string): PutWithResult {
    const before = this.partitions.get(runId)?.rows.get(messageKey(row))
    if (before !== undefined) return { _tag: "Exists", message: before }
    const written = this.ledger.write(writes)
    if (written instanceof TransactionCancelled) return { _tag: "Cancelled", error: written }
    this.put(runId, row, by)
    this.ledgerNoted(runId, written, row)
    return { _tag: "Inserted" }
  }

  ledgerNoted(runId: string, ids: ReadonlyArray<string>, row: Message): void {
    for (const observer of this.observers) observer.ledgerWritten?.(runId, ids, row)
  }

  orderWritten(order: string): void {
    const isThere = this.ledger.orders.has(order)
    this.ledger.orders.add(order)
    for (const observer of this.observers) observer.orderWritten?.(order, isThere)
  }

  commit(runId: string, head: Head, by: string): HeadResult {
    const partition = this.partition(runId)
    const before = partition.head
    if ((before?.version ?? 0) !== head.version - 1) {
      this.conflicts.push(runId)
      this.world.note(by, () => `loses ${runId} v${head.version}: the head is at v${before?.version ?? 0}`)
      return { _tag: "Conflict", head: before }
    }
    partition.head = head
    this.world.note(by, () => `commits ${runId} v${head.version} ${head.status}, ${head.adopted} adopted`)
    this.tellHead(runId, before, head, by)
    this.waiters.tell(runId)
    const waiting = this.tearing
    this.tearing = waiting.filter((one) => one.runId !== runId)
    for (const one of waiting) if (one.runId === runId) one.goOn()
    return { _tag: "Committed" }
  }

  private tellHead(address: string, before: Head | undefined, head: Head, by: string): void {
    const { graves } = this
    const grave = graves.of(address)
    if (grave === undefined && head.status === "deleted" && before !== undefined)
      return graves.mark(address, { before, head, by, now: this.world.now, partitions: this.partitions })
    if (grave === undefined) {
      for (const observer of this.observers) observer.headWritten(address, before, head, by)
    } else if (head.status === "deleted" && address === grave.address) graves.headWritten(grave, head)
    else if (before?.status === "deleted" && !grave.isDecided) graves.unmark(grave)
    else if (before !== undefined && isOfDeletion(grave, before, head)) return
    else graves.lateHead(grave, `v${head.version} of ${address}, ${head.status}`, by)
  }

  putSegment(runId: string, index: number, keys: ReadonlyArray<string>): void {
    const { segments } = this.partition(runId)
    const before = segments.get(index)
    if (before === undefined) segments.set(index, keys)
    this.graves.put(runId, `segments ${index} of ${runId}`, () => {
      for (const observer of this.observers) observer.segmentPut(runId, index, keys, before)
    })
  }

  private *heads(): Iterable<readonly [string, Head | undefined]> {
    for (const [address, { head }] of this.partitions) yield [address, head]
  }

  /** Of the runs to which the first tag leads: an item of its own, as in DynamoDB. */
  private *headsBy(tags: Tags = {}): Iterable<readonly [string, Head | undefined]> {
    const [first] = Object.entries(tags)
    for (const found of this.heads()) if (first === undefined || this.isTagged(runIdOf(found[0]), ...first)) yield found
  }

  isTagged(runId: string, key: string, value: string): boolean {
    return (this.mark(runId, `tag ${key}=${value}`) ?? 0) > 0
  }

  /** By the number of the commit; negative: dropped. One that comes late changes nothing. */
  noteTags(address: string, tags: Tags, version: number, isPut: boolean): void {
    const { generation, runId } = parseAddress(address)
    const number = generation * 1_000_000 + version
    const { marks } = this.partition(runId)
    for (const [key, value] of Object.entries(tags)) {
      const name = `tag ${key}=${value}`
      this.graves.put(runId, `marks ${name} of ${runId}`, () => undefined)
      if (Math.abs(marks.get(name) ?? 0) <= number) marks.set(name, isPut ? number : -number)
    }
  }

  /** A page of two partitions, by run id. */
  private unstarted(cursor: string | undefined): UnstartedPage {
    const runIds = [...this.partitions.keys()].sort().filter((runId) => cursor === undefined || runId > cursor)
    const page = runIds.slice(0, 2)
    const last = page.at(-1)
    const found = page.filter((runId) => this.hasNotBegun(runId))
    return runIds.length > page.length && last !== undefined ? { runIds: found, cursor: last } : { runIds: found }
  }

  /** Or it is a generation whose next one has not been started, or has been started lately; or it has ended, and was asked to start once more. */
  private hasNotBegun(runId: string): boolean {
    const { head, rows } = this.partitions.get(runId) ?? newPartition()
    if (head?.outcome !== undefined && head.status !== "continued")
      return [...rows.values()].some(({ kind }) => kind === "restart" || kind === "repair")
    if (head?.deletion !== undefined) return false
    if (head?.status === "continued") {
      const next = this.partitions.get(nextAddress(runId))?.rows.get("start")
      return next === undefined || next.at >= this.world.now - lateRowsMs
    }
    return head === undefined && rows.get("start")?.kind === "start"
  }

  mark(runId: string, name: string): number | undefined {
    return this.partitions.get(runId)?.marks.get(name)
  }

  raise(runId: string, name: string, { to, above }: { readonly to: number; readonly above: number }): number {
    const { marks } = this.partition(runId)
    const there = marks.get(name)
    if (there !== undefined && there > above) return there
    marks.set(name, to)
    this.graves.put(runId, `marks ${name} of ${runId}`, () => undefined)
    return to
  }

  private deleted(before: number, limit: number): ReadonlyArray<DeletedPlace> {
    return [...this.heads()]
      .filter(([, head]) => head !== undefined && head.status === "deleted" && head.startedAt < before)
      .map(([address]) => parseAddress(address))
      .slice(0, limit)
  }

  entomb(runId: string, tombstone: TombstoneMessage, by: string): void {
    this.partition(runId).rows.set("start", tombstone)
    this.world.note(by, () => `puts a tombstone over ${runId}`)
    this.graves.entomb(runId, tombstone)
  }

  /** An item of a run that is deleted: a row by its key, a head, a segment or a mark. */
  erase(address: string, kind: keyof Partition, key: string | number = ""): void {
    const partition = this.partitions.get(address)
    if (partition === undefined) return
    this.changes++
    if (kind === "head") partition.head = undefined
    else (partition[kind] as Map<string | number, unknown>).delete(key)
    const { head, marks, rows, segments } = partition
    if (head === undefined && marks.size + rows.size + segments.size === 0) this.partitions.delete(address)
    this.graves.erased(address, `${kind} ${key} of ${address}`)
  }

  /** Tombstone and heads of a run that is deleted, if the newest was not written since. */
  remove(address: string, version: number): void {
    if (this.partitions.get(address)?.head?.version !== version) return
    const { generation, runId } = parseAddress(address)
    for (let number = 0; number < generation; number++) this.erase(addressOf(runId, number), "head")
    this.removeBoth(address)
  }

  removeBoth(address: string): void {
    const { runId } = parseAddress(address)
    this.world.note("table", () => `forgets ${runId}`)
    const [newest, first] = [this.partition(address), this.partition(runId)]
    newest.head = undefined
    first.rows.delete("start")
    for (const [at, { head, marks, rows, segments }] of [[address, newest] as const, [runId, first] as const])
      if (head === undefined && marks.size + rows.size + segments.size === 0) this.partitions.delete(at)
    this.graves.removed(runId)
    for (const observer of this.observers) observer.forgotten?.(runId)
  }

  service(life: Life): RunTable["Service"] {
    const { world } = this
    const { name } = life
    const call = <A>(operation: string, request: () => A) => world.call(life, `RunTable.${operation}`, request)
    return {
      put: (runId, row) => call(`put ${row.kind}`, () => this.put(runId, row, name)),
      asWrites: asItems,
      putWith: (runId, row, writes) => call(`putWith ${row.kind}`, () => this.putWith(runId, row, writes, name)),
      readHead: (runId) => call("readHead", () => this.partitions.get(runId)?.head),
      readMark: (runId, name) => call("readMark", () => this.mark(runId, name)),
      raiseMark: (runId, name, options) => call("raiseMark", () => this.raise(runId, name, options)),
      readMessage: (runId, key) => call("readMessage", () => this.partitions.get(runId)?.rows.get(key)),
      readRun: (runId) =>
        world.callWhen<StoredRun>(life, "RunTable.readRun", (answer) => this.readInParts(runId, answer)),
      putSegment: (runId, index, keys) => call("putSegment", () => this.putSegment(runId, index, keys)),
      commitHead: (runId, head) => call("commitHead", () => this.commit(runId, head, name)),
      stepRetries: () => Effect.succeed(undefined),
      scanUnstarted: (cursor) => call("scanUnstarted", () => this.unstarted(cursor)),
      putTags: (address, tags, { version }) => call("putTags", () => this.noteTags(address, tags, version, true)),
      dropTags: (address, tags, version) => call("dropTags", () => this.noteTags(address, tags, version, false)),
      list: (query) =>
        Effect.flatMap(
          listHeads(query, () => this.headsBy(query.tags)),
          (page) => call("list", page)
        ),
      listDeleted: ({ before, limit }) => call("listDeleted", () => this.deleted(before, limit)),
      entomb: (runId, tombstone) => call("entomb", () => this.entomb(runId, tombstone, name)),
      count: ({ workflow }) => call("count", () => countHeads(workflow, this.heads())),
      headChanged: (runId, timeoutMs, beyond) =>
        this.waiters.headChanged(life, runId, {
          timeoutMs,
          beyond,
          version: () => this.partitions.get(runId)?.head?.version ?? 0
        })
    }
  }

  /** To be written to. */
  private partition(runId: string): Partition {
    this.changes++
    const known = this.partitions.get(runId)
    if (known !== undefined) return known
    const fresh = newPartition()
    this.partitions.set(runId, fresh)
    return fresh
  }
}
