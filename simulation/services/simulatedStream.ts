import type { ChangeFeed, Doorbell, FeedBatch, FeedGap } from "../../src/store/changeFeed.ts"
import { waitsForChild } from "../world/faults.ts"
import type { Life } from "../world/machine.ts"
import type { World } from "../world/world.ts"
import { idleMs } from "./simulatedQueue.ts"

interface Record {
  readonly doorbell: Doorbell
  readonly putAt: number
  /** Delivered from then on. */
  availableAt: number
}

interface Shard {
  readonly id: number
  /** Of the hash of run ids: from, and up to. */
  readonly from: number
  readonly to: number
  records: Array<Record>
  readonly parent: Shard | undefined
  isClosed: boolean
}

/** A delivered batch that nobody has acknowledged comes again after this long, or when its reader is dead. */
const redeliveryMs = 30_000
const retentionMs = 24 * 3_600_000
/** A reader that was told of the gap and says nothing for this long has not heard it: the answer was lost. Another one is told. */
const gapUnheardMs = 60_000

interface Gap {
  cursor: string | undefined
  toldTo: Life | undefined
  toldAt: number
  isHeard: boolean
}

/**
 * A stream of doorbells in shards. It keeps the order of one item and no other; delivers at least once, in batches of any size,
 * several of one run at a time; keeps records for a day.
 */
export class SimulatedStream {
  private readonly world: World
  private shards: Array<Shard>
  private waiting: Array<() => void> = []
  private made = 0
  redelivered = 0
  trimmed = 0
  /** Nobody will read for more than a day. */
  onOutage: () => void = () => undefined
  /** A doorbell will not ring again. */
  onSpent: (doorbell: Doorbell) => void = () => undefined
  private gap: Gap | undefined

  constructor(world: World) {
    this.world = world
    this.shards = [this.shard(0, 0.5, undefined), this.shard(0.5, 1, undefined)]
  }

  ring(doorbell: Doorbell): void {
    const { world } = this
    const at = hash(doorbell.runId)
    const open = this.shards.find((shard) => !shard.isClosed && shard.from <= at && at < shard.to) as Shard
    const late = world.faults.of("delayedRecords")?.forMs ?? 0
    const record = { doorbell, putAt: world.now, availableAt: world.now + 20 + world.draw.below(100) + late }
    open.records.push(record)
    if (world.faults.of("duplicateRecords") !== undefined) {
      open.records.push({ ...record, availableAt: record.availableAt + world.draw.below(5_000) })
    }
    if (world.faults.of("splitShard") !== undefined) this.split(open)
    if (world.faults.of("trimmedRecords", (fault) => !waitsForChild(fault)) !== undefined) this.onOutage()
    world.later(record.availableAt - world.now, () => this.wake())
  }

  /** Nobody has read for a day. */
  trim(): void {
    const { world } = this
    for (const shard of this.shards) {
      const kept = shard.records.filter((record) => world.now - record.putAt < retentionMs)
      this.trimmed += shard.records.length - kept.length
      shard.records = kept
    }
    this.gap = { cursor: undefined, toldTo: undefined, toldAt: 0, isHeard: false }
  }

  /** How long what is put now may wait for its shard's parents: each may have a batch in dead hands, one after the other. */
  get heldUpMs(): number {
    const depths = this.shards.map((shard) => {
      let depth = 0
      for (let one: Shard | undefined = shard; one !== undefined; one = one.parent) if (one.records.length > 0) depth++
      return depth
    })
    return Math.max(0, ...depths.map((depth) => depth - 1)) * redeliveryMs
  }

  /**
   * Whose doorbells may hold up one of this run that is not done with: any. Hosts take no more than they have room for, acknowledge batches in their order, and
   * read a shard when its parents are done with.
   */
  waitsBehind(runId: string): ReadonlyArray<string> {
    const all = this.shards.flatMap(({ records }) => records.map(({ doorbell }) => doorbell.runId))
    return all.includes(runId) ? all : []
  }

  get isEmpty(): boolean {
    return this.shards.every(({ records }) => records.length === 0)
  }

  service(life: Life): ChangeFeed["Service"] {
    return {
      poll: ({ limit, waitMs }) =>
        this.world.callWhen<FeedBatch>(life, "ChangeFeed.poll", (answer) => this.answer(life, limit, waitMs, answer))
    }
  }

  private answer(life: Life, limit: number, waitMs: number, answer: (batch: FeedBatch) => void): void {
    const { world } = this
    // The reader has died: what it would take must not be hidden from others.
    if (life.isOver) return
    const taken = this.take(limit)
    if (taken.length > 0) return answer(this.batch(life, taken))
    let isOver = false
    const finish = () => {
      if (isOver || life.isOver) return
      const late = this.take(limit)
      if (late.length === 0 && world.now < end) return void this.waiting.push(finish)
      isOver = true
      answer(this.batch(life, late))
    }
    const lateMs = Math.max(waitMs, idleMs)
    const end = world.now + lateMs
    this.waiting.push(finish)
    world.later(lateMs, finish)
  }

  private batch(life: Life, taken: ReadonlyArray<{ readonly shard: Shard; readonly record: Record }>): FeedBatch {
    const acknowledge = this.world.call(life, "ChangeFeed.acknowledge", () => {
      for (const { shard, record } of taken) {
        shard.records = shard.records.filter((one) => one !== record)
        this.onSpent(record.doorbell)
      }
    })
    const gap = this.tellGap(life)
    return { doorbells: taken.map(({ record }) => record.doorbell), acknowledge, ...(gap === undefined ? {} : { gap }) }
  }

  /** Once, to one reader; to another if that one dies before it has looked through the table. */
  private tellGap(life: Life): FeedGap | undefined {
    const { gap, world } = this
    if (gap === undefined) return undefined
    const isToBeHeard = gap.isHeard || world.now < gap.toldAt + gapUnheardMs
    if (gap.toldTo !== undefined && !gap.toldTo.isOver && isToBeHeard) return undefined
    gap.toldTo = life
    gap.toldAt = world.now
    gap.isHeard = false
    return {
      because: "nobody has read for a day",
      cursor: gap.cursor,
      seenTo: (cursor) =>
        world.call(life, "FeedGap.seenTo", () => {
          if (this.gap !== gap || gap.toldTo !== life) return false
          gap.cursor = cursor
          gap.isHeard = true
          if (cursor === undefined) this.gap = undefined
          return true
        })
    }
  }

  /** Of one shard, parents before their children; some of what is there, as it is cut into batches by nobody's rule. */
  private take(limit: number): ReadonlyArray<{ readonly shard: Shard; readonly record: Record }> {
    const { world } = this
    this.shards = this.shards.filter((shard) => !shard.isClosed || shard.records.length > 0)
    const readable = this.shards.filter(
      (shard) =>
        (shard.parent === undefined || shard.parent.records.length === 0) &&
        shard.records.some((record) => record.availableAt <= world.now)
    )
    if (readable.length === 0) return []
    const shard = world.draw.pick(readable)
    const size = Math.min(limit, 1 + world.draw.below(8))
    const taken = shard.records.filter((record) => record.availableAt <= world.now).slice(0, size)
    for (const record of taken) {
      // Until it is acknowledged it stays, and comes again.
      if (record.availableAt > record.putAt + redeliveryMs) this.redelivered++
      record.availableAt = world.now + redeliveryMs
      world.later(redeliveryMs, () => this.wake())
    }
    return taken.map((record) => ({ shard, record }))
  }

  private split(shard: Shard): void {
    const middle = (shard.from + shard.to) / 2
    shard.isClosed = true
    this.world.note("stream", () => `splits shard ${shard.id}`)
    this.shards.push(this.shard(shard.from, middle, shard), this.shard(middle, shard.to, shard))
  }

  private shard(from: number, to: number, parent: Shard | undefined): Shard {
    return { id: this.made++, from, to, records: [], parent, isClosed: false }
  }

  private wake(): void {
    const { waiting } = this
    this.waiting = []
    for (const one of waiting) one()
  }
}

/** Of a run id, from 0 to 1. */
const hash = (text: string): number => {
  let hash = 2_166_136_261
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16_777_619)
  return (hash >>> 0) / 2 ** 32
}
