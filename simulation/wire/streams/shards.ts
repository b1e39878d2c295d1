import type { Change } from "../dynamodb/table.ts"
import type { Surroundings } from "../surroundings.ts"
import type { Weather } from "../weather.ts"

export interface WireRecord {
  readonly eventName: "INSERT" | "MODIFY" | "REMOVE"
  readonly hash: string
  readonly range: string
  readonly at: number
  /** Grows within a shard. */
  readonly sequence: string
}

export interface Shard {
  readonly id: string
  readonly parent: string | undefined
  /** Of the hash of partitions: from, and up to. */
  readonly from: number
  readonly to: number
  records: Array<WireRecord>
  closedAt: number | undefined
  readonly madeAt: number
  /** Records that are gone. */
  trimmed: number
}

/** Source: Developer Guide, "Change data capture for DynamoDB Streams": records are kept for 24 hours. */
export const keptMs = 24 * 3_600_000

/** The shards of one table's stream. Each change is in the one that its partition belongs to, some time after it was made. */
export class Shards {
  readonly arn: string
  private readonly names: { readonly hash: string; readonly range: string | undefined }
  private readonly world: Surroundings
  private readonly weather: () => Weather
  private made = 0
  private sequences = 0
  all: Array<Shard> = []
  /** When the latest record of an item comes: records of one item keep their order. */
  private readonly due = new Map<string, number>()
  /** Told when a record has come. */
  private waiting: Array<() => void> = []
  /** Told of each record that comes, and of each shard that ends. */
  onCome: () => void = () => undefined
  /** Shards with records that are gone or changed. */
  trimmed = 0

  constructor(arn: string, names: Shards["names"], world: Surroundings, weather: () => Weather) {
    this.arn = arn
    this.names = names
    this.world = world
    this.weather = weather
    this.add(0, 0.5, undefined)
    this.add(0.5, 1, undefined)
  }

  keysOf({ hash, range }: Pick<WireRecord, "hash" | "range">): object {
    return {
      [this.names.hash]: { S: hash },
      ...(this.names.range === undefined ? {} : { [this.names.range]: { S: range } })
    }
  }

  /** Source: as above: the records of one item come in the order of its changes; nothing is said of different items. */
  changed({ hash, range, before, after }: Change): void {
    const { world } = this
    const eventName = before === undefined ? "INSERT" : after === undefined ? "REMOVE" : "MODIFY"
    const item = `${hash} ${range}`
    const at = Math.max(world.now + this.weather().recordDelayMs(), this.due.get(item) ?? 0)
    this.due.set(item, at)
    const come = () => {
      if (this.due.get(item) === at) this.due.delete(item)
      this.put(hash, { eventName, hash, range, at: world.now })
    }
    if (at === world.now) come()
    else world.later(at - world.now, come)
  }

  find(id: string): Shard | undefined {
    return this.all.find((shard) => shard.id === id)
  }

  /** Once something has come, or `forMs` are over. */
  wait(forMs: number, then: () => void): void {
    let isOver = false
    const once = () => {
      if (isOver) return
      isOver = true
      then()
    }
    this.waiting.push(once)
    this.world.later(forMs, once)
  }

  /** What is older than a day is gone, and so is a closed shard with nothing left. */
  trim(): void {
    const horizon = this.world.now - keptMs
    for (const shard of this.all) {
      const gone = shard.records.findIndex(({ at }) => at > horizon)
      const count = gone < 0 ? shard.records.length : gone
      if (count === 0) continue
      shard.records = shard.records.slice(count)
      shard.trimmed += count
      this.trimmed += count
    }
    this.all = this.all.filter(({ closedAt }) => closedAt === undefined || closedAt > horizon)
  }

  private put(hash: string, record: Omit<WireRecord, "sequence">): void {
    const at = hashOf(hash)
    const open = this.all.find((shard) => shard.closedAt === undefined && shard.from <= at && at < shard.to) as Shard
    open.records.push({ ...record, sequence: sequenceOf(++this.sequences) })
    if (this.weather().splitsShard()) this.split(open)
    this.wake()
  }

  /** Source: as above, "Reading and processing a stream": a shard ends, and its children go on; a parent is to be read before them. */
  split(shard: Shard): void {
    shard.closedAt = this.world.now
    const middle = (shard.from + shard.to) / 2
    this.add(shard.from, middle, shard.id)
    this.add(middle, shard.to, shard.id)
    this.wake()
  }

  private add(from: number, to: number, parent: string | undefined): void {
    const id = `shardId-${String(this.made++).padStart(20, "0")}-${this.world.draw.below(1_000_000)}`
    this.all.push({ id, parent, from, to, records: [], closedAt: undefined, madeAt: this.world.now, trimmed: 0 })
  }

  private wake(): void {
    const { waiting } = this
    this.waiting = []
    for (const one of waiting) one()
    this.onCome()
  }
}

export const sequenceOf = (number: number): string => String(100_000_000_000_000 + number).padStart(21, "0")

const hashOf = (text: string): number => {
  let hash = 2_166_136_261
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16_777_619)
  return (hash >>> 0) / 2 ** 32
}
