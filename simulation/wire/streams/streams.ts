import type { WireDynamoDb } from "../dynamodb/dynamoDb.ts"
import { streamArnOf } from "../dynamodb/tables.ts"
import type { Reply, Request, WireService } from "../service.ts"
import { invalid, serviceError, unknownToWire } from "../serviceError.ts"
import type { Surroundings } from "../surroundings.ts"
import type { Weather } from "../weather.ts"
import { type Shard, Shards } from "./shards.ts"

/** Source: API Reference, "GetShardIterator": an iterator is good for 15 minutes. */
const iteratorMs = 15 * 60_000

/** Source: API Reference, "DescribeStream": up to 100 shards at a time. Fewer, so that there are pages. */
const shardsAPage = 3

/** Source: API Reference, "GetRecords": 1,000 records, 1 MB. */
const mostRecords = 1_000

/** Source: Developer Guide, "Reading and processing a stream": two readers a shard at most, or they are throttled. */
const readsASecond = 10

interface Iterator {
  readonly shard: string
  /** The last sequence number read; "" before the first. */
  readonly after: string
  readonly madeAt: number
}

/** The streams of all tables that have one. */
export class WireStreams implements WireService {
  readonly name = "Streams"
  private readonly streams = new Map<string, Shards>()
  private readonly world: Surroundings
  private readonly weather: () => Weather
  /** By reader and shard: the last record that it was told. */
  private readonly told = new Map<string, Map<string, string>>()
  private readonly reads = new Map<string, { second: number; count: number }>()

  constructor(dynamodb: WireDynamoDb, world: Surroundings, weather: () => Weather) {
    this.world = world
    this.weather = weather
    dynamodb.observers.push((change) => {
      if (change.table.hasStream) this.of(change.table.name, change.table).changed(change)
    })
  }

  of(tableName: string, names: { readonly hash: string; readonly range: string | undefined }): Shards {
    const arn = streamArnOf(tableName)
    const known = this.streams.get(arn)
    if (known !== undefined) return known
    const made = new Shards(arn, names, this.world, this.weather)
    this.streams.set(arn, made)
    return made
  }

  request({ operation, input, by }: Request, reply: Reply): void {
    switch (operation) {
      case "DescribeStream":
        // Whoever begins anew may read again what it was told before.
        if (input.ExclusiveStartShardId === undefined) this.told.delete(by)
        return reply.done(this.describe(input))
      case "GetShardIterator":
        return reply.done({ ShardIterator: this.iterator(input) })
      case "GetRecords":
        return this.records(input, by, reply)
      default:
        throw unknownToWire(`${operation} of DynamoDB Streams`)
    }
  }

  private stream(arn: string): Shards {
    const table = /table\/(.*)\/stream/.exec(arn)?.[1] ?? ""
    const shards =
      this.streams.get(arn) ?? (arn === streamArnOf(table) ? this.of(table, { hash: "pk", range: "sk" }) : undefined)
    if (shards === undefined)
      throw serviceError("ResourceNotFoundException", `Requested resource not found: Stream: ${arn} not found`)
    shards.trim()
    return shards
  }

  private describe({ StreamArn, ExclusiveStartShardId }: any): object {
    const { all } = this.stream(StreamArn)
    const from = ExclusiveStartShardId === undefined ? 0 : all.findIndex(({ id }) => id === ExclusiveStartShardId) + 1
    const page = all.slice(from, from + shardsAPage)
    const last = from + page.length < all.length ? { LastEvaluatedShardId: page.at(-1)?.id } : {}
    return { StreamDescription: { StreamArn, StreamStatus: "ENABLED", Shards: page.map(describeShard), ...last } }
  }

  private iterator({ StreamArn, ShardId, ShardIteratorType, SequenceNumber }: any): string {
    const stream = this.stream(StreamArn)
    const shard = stream.find(ShardId)
    if (shard === undefined)
      throw serviceError("ResourceNotFoundException", `Requested resource not found: Shard does not exist`)
    const write = (after: string) => iteratorText(StreamArn, { shard: ShardId, after, madeAt: this.world.now })
    if (ShardIteratorType === "TRIM_HORIZON") return write("")
    if (ShardIteratorType === "LATEST") return write(shard.records.at(-1)?.sequence ?? "")
    if (typeof SequenceNumber !== "string" || !/^\d{21,40}$/.test(SequenceNumber))
      throw invalid("Invalid SequenceNumber")
    if (ShardIteratorType !== "AFTER_SEQUENCE_NUMBER") throw unknownToWire(`iterators of the type ${ShardIteratorType}`)
    checkTrimmed(shard, SequenceNumber)
    return write(SequenceNumber)
  }

  private records({ ShardIterator, Limit = mostRecords }: any, by: string, reply: Reply): void {
    if (Limit < 1 || Limit > mostRecords)
      throw invalid(`Value at 'limit' failed to satisfy constraint: 1 to ${mostRecords}`)
    const { arn, iterator } = readIterator(ShardIterator)
    const stream = this.stream(arn)
    if (this.world.now - iterator.madeAt > iteratorMs)
      throw serviceError("ExpiredIteratorException", "Iterator expired")
    this.checkReaders(iterator.shard)
    const shard = stream.find(iterator.shard)
    if (shard === undefined)
      throw serviceError("ResourceNotFoundException", "Requested resource not found: Shard does not exist")
    checkTrimmed(shard, iterator.after)
    const answer = () => {
      const found = shard.records.filter(({ sequence }) => sequence > iterator.after).slice(0, Limit)
      // Source: API Reference, "GetRecords": an answer may be empty though there is more behind it.
      const records = found.slice(0, found.length - Math.min(found.length, this.weather().heldBack(found.length)))
      const after = records.at(-1)?.sequence ?? iterator.after
      told.set(shard.id, after)
      const isOver = shard.closedAt !== undefined && !shard.records.some(({ sequence }) => sequence > after)
      const next = { NextShardIterator: iteratorText(arn, { shard: shard.id, after, madeAt: this.world.now }) }
      reply.done({ Records: records.map((record) => recordOf(record, stream)), ...(isOver ? {} : next) })
    }
    const told = this.toldTo(by)
    told.set(shard.id, iterator.after)
    const idleMs = this.isAllTold(stream, told) ? this.weather().idleMs(0) : 0
    if (idleMs === 0) answer()
    else stream.wait(idleMs, answer)
  }

  private toldTo(by: string): Map<string, string> {
    const known = this.told.get(by) ?? new Map<string, string>()
    this.told.set(by, known)
    return known
  }

  /** An answer may be held back only from a reader for whom there is nothing anywhere: it may ask for all shards at once. */
  private isAllTold({ all }: Shards, told: ReadonlyMap<string, string>): boolean {
    return all.every(({ id, closedAt, records }) => {
      const last = records.at(-1)?.sequence ?? ""
      if (closedAt === undefined) return last === "" || (told.get(id) ?? "") >= last
      // Whoever reads its children has read it.
      return told.get(id) === last || all.some(({ parent, id: child }) => parent === id && told.has(child))
    })
  }

  private checkReaders(shard: string): void {
    const second = Math.floor(this.world.now / 1_000)
    const read = this.reads.get(shard)
    if (read?.second !== second) return void this.reads.set(shard, { second, count: 1 })
    if (++read.count > readsASecond * 20) throw serviceError("LimitExceededException", "Too many readers of a shard")
  }
}

/** Of what comes after this sequence number, something is gone. */
const checkTrimmed = ({ records, trimmed }: Shard, after: string): void => {
  const first = records[0]?.sequence
  if (trimmed === 0 || after === "" || (first !== undefined && after >= first)) return
  throw serviceError("TrimmedDataAccessException", "Attempted access beyond trim horizon")
}

const describeShard = ({ id, parent, closedAt, records }: Shard): object => ({
  ShardId: id,
  ...(parent === undefined ? {} : { ParentShardId: parent }),
  SequenceNumberRange: {
    StartingSequenceNumber: records[0]?.sequence ?? "0",
    ...(closedAt === undefined ? {} : { EndingSequenceNumber: records.at(-1)?.sequence ?? "0" })
  }
})

const recordOf = (record: Shard["records"][number], stream: Shards): object => ({
  eventID: record.sequence,
  eventName: record.eventName,
  eventSource: "aws:dynamodb",
  dynamodb: {
    ApproximateCreationDateTime: new Date(Math.floor(record.at / 1_000) * 1_000),
    Keys: stream.keysOf(record),
    SequenceNumber: record.sequence,
    StreamViewType: "KEYS_ONLY"
  }
})

const iteratorText = (arn: string, { shard, after, madeAt }: Iterator): string => `${arn}|${shard}|${after}|${madeAt}`

const readIterator = (text: string): { readonly arn: string; readonly iterator: Iterator } => {
  const [arn = "", shard = "", after = "", madeAt = ""] = String(text).split("|")
  if (shard === "") throw invalid("Invalid ShardIterator")
  return { arn, iterator: { shard, after, madeAt: Number(madeAt) } }
}
