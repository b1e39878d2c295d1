import type { WireItem } from "./dynamodb/values.ts"

/**
 * How unkind the services are at the moment, each way at the rate of its own. A service asks before it does something that it may do
 * either way. This one is kind: what is asked for happens, at once and whole.
 */
export class Weather {
  /** How old what an eventually consistent read sees of one partition may be. */
  readLagMs(): number {
    return 0
  }

  /** How far an index is behind for one item. */
  indexLagMs(): number {
    return 0
  }

  /** Bytes after which a page of a Query or Scan ends. Source: API Reference, "Query": 1 MB, before the filter. */
  pageBytes(): number {
    return 1_048_576
  }

  /** How long a consistent Query takes between two of its items; 0: no time. */
  tearMs(): number {
    return 0
  }

  /** This service answers nobody. */
  isAway(_service: string): boolean {
    return false
  }

  /** What this service answers to a message of a run that it takes nothing of; undefined: it takes it. */
  refusalOf(_body: string): "batch" | "entry" | undefined {
    return undefined
  }

  /** What S3 answers to whoever puts or gets this object; undefined: it takes it, and gives it. */
  objectRefusal(_key: string, _by: string): Error | undefined {
    return undefined
  }

  /** What DynamoDB answers to a put of this item, whatever its condition; undefined: it takes it. */
  itemRefusal(_item: WireItem): Error | undefined {
    return undefined
  }

  /** There are as many schedules as the quota allows. */
  isFull(): boolean {
    return false
  }

  /** Scheduler takes no timers of this partition. */
  refusesTimer(_partition: string): boolean {
    return false
  }

  /** A request of this kind gets no capacity. */
  isThrottled(_operation: string): boolean {
    return false
  }

  /** Another transaction is at one of the items. */
  isInConflict(): boolean {
    return false
  }

  /** Of a batch so many of its entries are not done. */
  leftovers(_of: number, _service: "DynamoDB" | "SQS"): number {
    return 0
  }

  /** Between a write and its record in the stream. */
  recordDelayMs(): number {
    return 0
  }

  /** After this write the shard ends, and two others go on. */
  splitsShard(): boolean {
    return false
  }

  /** So many records of a page come with the next one. */
  heldBack(_of: number): number {
    return 0
  }

  /** An empty answer of a stream or a queue is held back for so long, unless something comes. */
  idleMs(askedMs: number): number {
    return askedMs
  }

  /** Beyond what was asked for, until a message may be received. */
  messageDelayMs(): number {
    return 0
  }

  /** Of messages that could be received, so many come with this answer. */
  messagesTaken(most: number): number {
    return most
  }

  /** A message is handed out, and to somebody else as well. */
  isDoubled(_body: string): boolean {
    return false
  }

  /** A message is gone. SQS says "at least once", and retention ends. */
  losesMessage(_body: string): boolean {
    return false
  }

  /** After its first receipt as after its last. */
  isDead(): boolean {
    return false
  }

  /** A receipt that is not the latest deletes, or does not. */
  oldReceiptDeletes(): boolean {
    return true
  }

  /** Between the beginning of a schedule's minute and its end: milliseconds after the beginning. */
  momentOfMinuteMs(): number {
    return 0
  }

  /** What Scheduler does with a schedule: it is on time, or so much later, twice, or never. */
  fires(): { readonly lateMs: number; readonly isTwice: boolean; readonly isLost: boolean } {
    return { lateMs: 0, isTwice: false, isLost: false }
  }

  /** Of a page of a listing of objects, which has a key at least. Source: API Reference, "ListObjectsV2": up to 1,000. */
  objectsListed(): number {
    return 1_000
  }

  /** An object that is there is not found, or comes back changed. */
  object(): "right" | "missing" | "altered" {
    return "right"
  }
}
