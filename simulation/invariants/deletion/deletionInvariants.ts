import { eachPrefix } from "../../../src/actor/definitions/name.ts"
import { runIdOf } from "../../../src/actor/history/generation.ts"
import { endOf, type Head, isTerminal } from "../../../src/actor/history/head.ts"
import { messageKey, type ParentLink, type TombstoneMessage } from "../../../src/actor/history/message.ts"
import { objectsPrefix, ownerOf } from "../../../src/store/deletion/payloadNames.ts"
import type { DeletionObserver, Grave } from "../../services/deletion/graves.ts"
import type { Erasable } from "../../services/deletion/simulatedEraser.ts"
import { maxSkewMs } from "../../world/machine.ts"
import type { CopyInvariants } from "../copies/copyInvariants.ts"
import type { StartInvariants } from "../starts/startInvariants.ts"
import { itemsLeft } from "./itemsLeft.ts"

interface Options extends Erasable {
  readonly starts: StartInvariants
  readonly copies: CopyInvariants
  /** Starts of a run that clients were told to be accepted. */
  readonly isPromised: (runId: string, request: string) => boolean
  /** By hosts. Null: they delete nothing by its age. */
  readonly keptMs: number | null
}

/** A tombstone that stands for as long is there for all that may come late. */
const longMs = 3_600_000

/**
 * S34: only what has ended is deleted, and no earlier than it may be; nothing goes before its tombstone stands, and those were told who are to know how it ended;
 * nothing of another run goes; whoever has come to the end of it has left nothing but what came meanwhile; no head is ever written there again; and when its
 * id is free nothing is left of it.
 */
export class DeletionInvariants implements DeletionObserver {
  private readonly on: Options
  /** When the newest head of a generation was written. */
  private readonly writtenAt = new Map<string, number>()
  /** When others have asked a run to tell them of its end, by row: its start asks for its parent. */
  private readonly askedAt = new Map<string, number>()
  /** Since when an id may be that of another run. */
  private readonly freeSince = new Map<string, number>()
  private readonly isTold = new WeakSet<Grave>()
  private readonly isThrough = new WeakSet<Grave>()

  constructor(on: Options) {
    this.on = on
    on.table.graves.observe(this)
    on.table.observe({
      rowPut: (address, row) => {
        if (row.kind === "start" || row.kind === "await")
          this.askedAt.set(`${address} ${messageKey(row)}`, on.world.now)
      },
      headWritten: (address, before, head, by) => {
        if (head.outcome !== undefined && before?.outcome === undefined && head.status !== "continued")
          this.checkEnd(address, head, by)
        this.writtenAt.set(address, on.world.now)
      },
      segmentPut: () => undefined
    })
    on.payloads.onPut = (name) => {
      for (const grave of on.table.graves.all())
        if (name.startsWith(objectsPrefix(grave.runId))) grave.late.add(`object ${name}`)
    }
    on.payloads.onErased = (name) => this.objectErased(name)
  }

  /** How old a run is goes by what its head says, which a slow writer has begun before: but not before it knew how far the run was. */
  private checkEnd(address: string, { updatedAt }: Head, by: string): void {
    const knownAt = this.writtenAt.get(address) ?? this.startKnownAt(address, by)
    if (updatedAt < knownAt - 2 * maxSkewMs)
      throw this.violate(`${address} says that it ended ${knownAt - updatedAt} ms before it had come so far`)
  }

  /** Whoever puts it may go on by it before it is put, and may have to wait with both. */
  private startKnownAt(address: string, by: string): number {
    const { table, world } = this.on
    const putAt = this.askedAt.get(`${address} start`) ?? 0
    return putAt === world.now ? (table.askedToStart(address, by) ?? putAt) : putAt
  }

  marked({ address, last, runId }: Grave, before: Head, _head: Head, by: string): void {
    const { keptMs, world } = this.on
    if (!isTerminal(before.status) || before.status === "continued")
      throw this.violate(`${address} is ${before.status}, and is said to be deleted`)
    if (by === "client" || last.workflow.startsWith(eachPrefix)) return
    const agoMs = world.now - before.updatedAt
    if (keptMs === null || agoMs < keptMs - 2 * maxSkewMs)
      throw this.violate(`${runId} ended ${agoMs} ms ago, and is deleted by ${by}, which keeps it for ${keptMs} ms`)
  }

  unmarked({ runId }: Grave): void {
    if (this.pendingOf(runId).length === 0)
      throw this.violate(`${runId} is not deleted after all, and nobody has asked it to start again`)
  }

  entombed(runId: string, grave: Grave | undefined, { generation, until }: TombstoneMessage): void {
    if (grave === undefined) throw this.violate(`a tombstone is put over ${runId}, and its head does not say so`)
    if (grave.isDecided) return
    const promised = this.pendingOf(runId).find((id) => this.on.isPromised(runId, id))
    if (promised !== undefined) throw this.violate(`${runId} is deleted, and its start by ${promised} was accepted`)
    if (until !== grave.until) throw this.violate(`the tombstone of ${runId} stands until ${until}: ${grave.until}`)
    if (this.on.table.newest(runId) !== grave.address || generation < 0)
      throw this.violate(`${runId} is deleted in generation ${generation}, which is not its newest`)
  }

  /** Starts, retries and resets that are to come. */
  private pendingOf(runId: string): ReadonlyArray<string> {
    return [...this.on.starts.pendingOf(runId), ...this.on.copies.pendingOf(runId)]
  }

  erased(runId: string, grave: Grave | undefined, what: string): void {
    if (grave?.isDecided !== true) throw this.violate(`${what} is taken away, and ${runId} is not deleted`)
    if (this.isTold.has(grave)) return
    this.isTold.add(grave)
    this.checkTold(grave)
  }

  headWritten(grave: Grave, { deletion }: Head): void {
    if (deletion?.was !== undefined) return
    if (!grave.isDecided) throw this.violate(`${grave.runId} is said to be gone, and has no tombstone`)
    if (!this.isTold.has(grave)) this.checkTold(grave)
    const left = this.left(grave.runId).find((what) => !grave.late.has(what))
    if (left !== undefined) throw this.violate(`${grave.runId} is said to be gone, and there is ${left}`)
    this.isThrough.add(grave)
  }

  removed(runId: string, grave: Grave | undefined): void {
    const { world } = this.on
    if (grave === undefined) throw this.violate(`the place of ${runId} is taken away, which is not deleted`)
    this.freeSince.set(runId, world.now)
    if (world.now < grave.until - 2 * maxSkewMs)
      throw this.violate(`the id of ${runId} is free ${grave.until - world.now} ms before its time`)
    const [left] = this.left(runId)
    if (left !== undefined && grave.until - grave.at >= longMs)
      throw this.violate(`the id of ${runId} is free, and there is ${left}`)
  }

  lateHead({ runId }: Grave, what: string, by: string): void {
    throw this.violate(`${by} writes ${what}, and ${runId} is deleted`)
  }

  /** Of these runs, those of which something is left but what says that they are gone. */
  unfinished(runIds: ReadonlyArray<string>): ReadonlyArray<string> {
    return runIds.flatMap((runId) => {
      const grave = this.on.table.graves.of(runId)
      if (grave === undefined) return []
      if (!this.isThrough.has(grave)) return [`${grave.runId}, nobody has come to the end of it`]
      const [left] = this.left(grave.runId)
      return left === undefined ? [] : [`${grave.runId}, there is ${left}`]
    })
  }

  private left(runId: string): ReadonlyArray<string> {
    return itemsLeft(this.on, runId)
  }

  /** Parents, and those who wait for its end, if they go on. */
  private checkTold({ partitions, runId }: Grave): void {
    for (const [address, { head, rows }] of partitions) {
      const askedAt = (key: string) => this.askedAt.get(`${address} ${key}`) ?? 0
      const end = head === undefined ? undefined : endOf(head)
      if (head?.parent !== undefined && end !== undefined && end.tag !== "continued")
        this.checkHears(runId, head.parent, askedAt("start"))
      for (const row of rows.values())
        if (row.kind === "await") this.checkHears(runId, row.waiter, askedAt(messageKey(row)))
    }
  }

  private checkHears(runId: string, { key, runId: waiter }: ParentLink, askedAt: number): void {
    const { table } = this.on
    const head = table.head(waiter)
    if (head === undefined || isTerminal(head.status)) return
    // It is another run of that id, which has asked for nothing here.
    if ((this.freeSince.get(runIdOf(waiter)) ?? -1) >= askedAt) return
    for (const row of table.rows(waiter)) if (row.kind === "child" && row.key === key) return
    throw this.violate(
      `${runId} is taken away, and ${waiter}, which waits for it as ${key}, does not know how it ended`
    )
  }

  private objectErased(name: string): void {
    const { table } = this.on
    const owner = name.split("/", 1)[0] as string
    const isOfGrave = [...table.graves.all()].some(({ isDecided, runId }) => isDecided && ownerOf(runId) === owner)
    if (!isOfGrave) throw this.violate(`object ${name} is taken away, and is of no run that is deleted`)
    for (const address of table.runIds()) {
      const { head, rows } = table.partitions.get(address) ?? {}
      if (JSON.stringify([head, ...(rows?.values() ?? [])]).includes(owner))
        throw this.violate(`object ${name} is taken away, and ${runIdOf(address)} refers to those of its run`)
    }
  }

  private violate(what: string) {
    return this.on.world.violate("S34", what.replaceAll("\u001f", "^"))
  }
}
