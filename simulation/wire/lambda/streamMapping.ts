import type { StreamEvent, StreamRecord } from "../../../src/streams/lambda/events.ts"
import type { World } from "../../world/world.ts"
import type { Shard, Shards, WireRecord } from "../streams/shards.ts"
import { type Pattern, passes } from "./filter.ts"
import type { LambdaFunction } from "./lambdaFunction.ts"
import { type BatchOutcome, batchOutcome } from "./outcome.ts"

export interface StreamMappingOptions {
  readonly world: World
  readonly shards: Shards
  readonly target: LambdaFunction
  readonly filter: Pattern
  readonly batchSize: number
  readonly parallelizationFactor: number
  readonly maxRecordAgeMs: number
  /** How often a batch is tried again. Default: until its records are too old. */
  readonly retryAttempts?: number | undefined
  /** Told what was given up, which goes to its destination. */
  readonly onGivenUp?: ((event: StreamEvent) => void) | undefined
  /** The stream answers nobody. Whoever says so calls `Shards.onCome` when it is over. */
  readonly isAway: () => boolean
  /** This record will not come again. */
  readonly onDone: (record: WireRecord) => void
}

/** What of a shard one batch at a time is taken from. */
interface Lane {
  readonly shard: Shard
  readonly index: number
  /** The last sequence number that is done with. */
  after: string
  isBusy: boolean
}

/** Sources: Lambda Developer Guide, "Process DynamoDB records with Lambda": four looks a second at a shard. */
const pollMs = 250

/** Nobody says how long: "exponential backoff". */
const firstPauseMs = 100
const longestPauseMs = 10_000

/**
 * The event source mapping of a table's stream. Sources: Lambda Developer Guide, "Using AWS Lambda with Amazon DynamoDB", "How Lambda processes records from stream and queue-based
 * event sources", "Retain discarded records for a DynamoDB event source", "Configuring partial batch response".
 *
 * Of a shard as many batches at a time as it has lanes: an item's records are all in one lane, and in order; a run's are in several. A batch that has failed
 * comes again, before anything behind it in its lane, in halves where it has failed whole and from the lowest record on that was named where it has in part, until its records are too
 * old. A shard's children wait until all of it is done.
 */
export class StreamMapping {
  private readonly options: StreamMappingOptions
  private readonly lanes = new Map<string, ReadonlyArray<Lane>>()
  private isOn = false
  private looksSoon = false
  /** Batches that were handed over again. */
  repeated = 0
  /** Records that were too old to be tried again. */
  givenUp = 0

  constructor(options: StreamMappingOptions) {
    this.options = options
  }

  enable(): void {
    this.isOn = true
    this.options.shards.onCome = this.lookSoon
    this.look()
  }

  /** What is in hand is left as it is: it is taken up from where it was. */
  disable(): void {
    this.isOn = false
  }

  private readonly lookSoon = (): void => {
    const { world } = this.options
    if (this.looksSoon) return
    this.looksSoon = true
    world.later(world.draw.below(pollMs), () => {
      this.looksSoon = false
      this.look()
    })
  }

  private look(): void {
    const { isAway, shards } = this.options
    if (!this.isOn || isAway()) return
    for (const shard of shards.all) {
      const parent = shards.all.find(({ id }) => id === shard.parent)
      if (parent !== undefined && !this.isDone(parent)) continue
      for (const lane of this.lanesOf(shard)) if (!lane.isBusy) this.take(lane)
    }
  }

  private lanesOf(shard: Shard): ReadonlyArray<Lane> {
    const known = this.lanes.get(shard.id)
    if (known !== undefined) return known
    const { parallelizationFactor: length } = this.options
    const made = Array.from({ length }, (_, index): Lane => ({ shard, index, after: "", isBusy: false }))
    this.lanes.set(shard.id, made)
    return made
  }

  private isDone(shard: Shard): boolean {
    if (shard.closedAt === undefined) return false
    return this.lanesOf(shard).every((lane) => !lane.isBusy && this.next(lane).length === 0)
  }

  private next({ after, index, shard }: Lane): ReadonlyArray<WireRecord> {
    const { parallelizationFactor } = this.options
    return shard.records.filter((record) => record.sequence > after && laneOf(record, parallelizationFactor) === index)
  }

  private take(lane: Lane): void {
    const { batchSize, filter, world } = this.options
    const found = this.next(lane)
    if (found.length === 0) return
    // Batches are cut by nobody's rule.
    const records = found.slice(0, world.draw.chance(0.5) ? 1 + world.draw.below(batchSize) : batchSize)
    const wanted = records.filter((record) => passes(filter, eventOf(record, this.options.shards)))
    lane.isBusy = true
    const last = records.at(-1) as WireRecord
    this.attempt({ lane, pieces: wanted.length === 0 ? [] : [wanted], last, tries: 0, failures: 0 })
  }

  private attempt(batch: Batch): void {
    const { maxRecordAgeMs, retryAttempts = Number.POSITIVE_INFINITY, shards, target, world } = this.options
    const { lane, pieces } = batch
    if (!this.isOn) return this.leave(lane)
    const [first = []] = pieces
    const isYoung = ({ at }: WireRecord) => batch.failures <= retryAttempts && world.now - at <= maxRecordAgeMs
    const young = first.filter(isYoung)
    this.giveUp(first.filter((record) => !isYoung(record)))
    if (young.length === 0) {
      if (pieces.length > 1) return this.attempt({ ...batch, pieces: pieces.slice(1), failures: 0 })
      lane.after = batch.last.sequence
      lane.isBusy = false
      return this.look()
    }
    if (batch.tries > 0) this.repeated++
    const event = { Records: young.map((record) => eventOf(record, shards)) }
    const ids = new Set(young.map(({ sequence }) => sequence))
    target.invoke({
      call: (handlers, context) => handlers.stream(event, context),
      ended: (outcome) => this.settle({ ...batch, pieces: [young, ...pieces.slice(1)] }, batchOutcome(outcome, ids))
    })
  }

  /** Source: "Retain discarded records for a DynamoDB event source": with what the function was handed. */
  private giveUp(records: ReadonlyArray<WireRecord>): void {
    this.givenUp += records.length
    if (records.length > 0)
      this.options.onGivenUp?.({ Records: records.map((record) => eventOf(record, this.options.shards)) })
  }

  private leave(lane: Lane): void {
    lane.isBusy = false
  }

  private settle(batch: Batch, outcome: BatchOutcome): void {
    const { world } = this.options
    const [first = [], ...rest] = batch.pieces
    const again = (pieces: Batch["pieces"], failures = batch.failures) => {
      const tries = batch.tries + 1
      const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** tries)
      world.later(1 + world.draw.below(pauseMs), () => this.attempt({ ...batch, pieces, tries, failures }))
    }
    switch (outcome.tag) {
      case "done":
        this.done(first)
        // Source: as above: "at least once"; a batch may come again though it was done.
        if (world.faults.of("duplicateRecords") !== undefined) return again([first, ...rest])
        return this.attempt({ ...batch, pieces: rest, tries: 0, failures: 0 })
      case "inPart": {
        const lowest = first.findIndex(({ sequence }) => outcome.failed.has(sequence))
        this.done(first.slice(0, lowest))
        // What is handed over anew begins anew.
        return again([first.slice(lowest), ...rest], lowest > 0 ? 1 : batch.failures + 1)
      }
      case "failed":
        // Source: as above, "BisectBatchOnFunctionError": splitting does not count.
        return again([...halves(first), ...rest], batch.failures + (first.length < 2 ? 1 : 0))
      case "throttled":
        // Source: as above: the function has not failed.
        return again([first, ...rest])
    }
  }

  private done(records: ReadonlyArray<WireRecord>): void {
    for (const record of records) this.options.onDone(record)
  }
}

interface Batch {
  readonly lane: Lane
  /** One after the other. */
  readonly pieces: ReadonlyArray<ReadonlyArray<WireRecord>>
  /** Of all that was taken, also of what the filter has left out. */
  readonly last: WireRecord
  /** Of the first piece. */
  readonly tries: number
  /** Of them, those that count. */
  readonly failures: number
}

const halves = (records: ReadonlyArray<WireRecord>): ReadonlyArray<ReadonlyArray<WireRecord>> => {
  const middle = Math.ceil(records.length / 2)
  return records.length < 2 ? [records] : [records.slice(0, middle), records.slice(middle)]
}

const laneOf = ({ hash, range }: WireRecord, lanes: number): number => {
  let sum = 7
  for (const character of `${hash} ${range}`) sum = (sum * 31 + (character.codePointAt(0) as number)) % 1_000_003
  return sum % lanes
}

const eventOf = (record: WireRecord, shards: Shards): StreamRecord => ({
  eventName: record.eventName,
  dynamodb: {
    Keys: shards.keysOf(record) as { readonly [name: string]: { readonly S?: string } },
    SequenceNumber: record.sequence
  }
})
