import { invalid } from "../serviceError.ts"
import type { Surroundings } from "../surroundings.ts"
import { compareText, isSameItem, itemBytes, typeOf, type WireItem } from "./values.ts"

export interface KeyShape {
  readonly hash: string
  readonly range: string | undefined
}

export interface IndexShape extends KeyShape {
  readonly name: string
  /** What it holds beside the keys; undefined: all. */
  readonly attributes: ReadonlyArray<string> | undefined
}

export interface TableShape extends KeyShape {
  readonly name: string
  readonly indexes: ReadonlyArray<IndexShape>
  readonly hasStream: boolean
}

/** An item's place, and what stood there lately: reads may be old. */
export interface Place {
  readonly hash: string
  readonly range: string
  /** The latest last. */
  versions: Array<{ readonly at: number; readonly item: WireItem | undefined }>
}

export interface Change {
  readonly table: TableShape
  readonly hash: string
  readonly range: string
  readonly before: WireItem | undefined
  readonly after: WireItem | undefined
  /** Who has asked for it. */
  readonly by: string
}

/** How long what stood in a place before is kept for reads that are behind. */
const rememberedMs = 30_000

/** Sources: Developer Guide, "Quotas" (item 400 KB, partition key 2,048 bytes, sort key 1,024 bytes). */
const mostItemBytes = 409_600
const mostHashBytes = 2_048
const mostRangeBytes = 1_024

export const current = ({ versions }: Place): WireItem | undefined => versions.at(-1)?.item

/** As it was at that time. */
export const asOf = ({ versions }: Place, at: number): WireItem | undefined =>
  versions.findLast((one) => one.at <= at)?.item

/** Items by their keys, with what was there before them for a while. */
export class WireTable {
  readonly shape: TableShape
  private readonly world: Surroundings
  private readonly partitions = new Map<string, Map<string, Place>>()
  private readonly ordered = new Map<string, ReadonlyArray<Place>>()
  /** By index and its partition: the places that are in it, or were lately. */
  private readonly indexed = new Map<string, Map<string, Set<Place>>>()
  private readonly onChange: (change: Change) => void
  expiry: string | undefined

  constructor(shape: TableShape, world: Surroundings, onChange: (change: Change) => void) {
    this.shape = shape
    this.world = world
    this.onChange = onChange
    for (const { name } of shape.indexes) this.indexed.set(name, new Map())
  }

  place(hash: string, range: string): Place | undefined {
    return this.partitions.get(hash)?.get(range)
  }

  item(hash: string, range: string): WireItem | undefined {
    const place = this.place(hash, range)
    return place === undefined ? undefined : current(place)
  }

  /** By their sort keys; also of items that are gone. */
  partition(hash: string): ReadonlyArray<Place> {
    const known = this.ordered.get(hash)
    if (known !== undefined) return known
    const places = [...(this.partitions.get(hash)?.values() ?? [])].sort((a, b) => compareText(a.range, b.range))
    this.ordered.set(hash, places)
    return places
  }

  /** Partitions in the order of a Scan. */
  hashes(): ReadonlyArray<string> {
    return [...this.partitions.keys()].sort((a, b) => compareText(scanOrderOf(a), scanOrderOf(b)) || compareText(a, b))
  }

  /** In no order. */
  inIndex(index: string, hash: string): Iterable<Place> {
    return this.indexed.get(index)?.get(hash) ?? []
  }

  write(hash: string, range: string, after: WireItem | undefined, by: string): void {
    const place = this.placeFor(hash, range)
    const before = current(place)
    if (before === undefined && after === undefined) return
    const { now } = this.world
    place.versions.push({ at: now, item: after })
    this.forgetIn(place)
    for (const { name, hash: attribute } of this.shape.indexes) {
      const partition = after?.[attribute]?.S
      if (partition !== undefined) this.inPartition(name, partition).add(place)
    }
    this.expireLater(place, after)
    this.onChange({ table: this.shape, hash, range, before, after, by })
  }

  private placeFor(hash: string, range: string): Place {
    const places = this.partitions.get(hash) ?? new Map<string, Place>()
    this.partitions.set(hash, places)
    const known = places.get(range)
    if (known !== undefined) return known
    const fresh: Place = { hash, range, versions: [] }
    places.set(range, fresh)
    this.ordered.delete(hash)
    return fresh
  }

  private inPartition(index: string, hash: string): Set<Place> {
    const partitions = this.indexed.get(index) as Map<string, Set<Place>>
    const known = partitions.get(hash) ?? new Set()
    partitions.set(hash, known)
    return known
  }

  private forgetIn(place: Place): void {
    const until = this.world.now - rememberedMs
    const { versions } = place
    let first = 0
    while (first < versions.length - 1 && (versions[first + 1]?.at ?? 0) <= until) first++
    if (first > 0) place.versions = versions.slice(first)
  }

  /** Source: Developer Guide, "Using time to live (TTL)": typically within a few days of the time, and readable until then. */
  private expireLater(place: Place, item: WireItem | undefined): void {
    const at = this.expiry === undefined ? undefined : item?.[this.expiry]?.N
    if (at === undefined) return
    const lateMs = this.world.draw.below(48 * 3_600_000)
    this.world.later(Math.max(0, Number(at) * 1_000 - this.world.now) + lateMs, () => {
      if (current(place) === item) this.write(place.hash, place.range, undefined, "time to live")
    })
  }
}

/** What a Scan orders partitions by: a hash of their keys. */
export const scanOrderOf = (text: string): string => {
  let hash = 2_166_136_261
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16_777_619)
  return String(hash >>> 0).padStart(10, "0")
}

/** The keys of an item or a request, checked. */
export const keysOf = (table: KeyShape, item: WireItem): { readonly hash: string; readonly range: string } => ({
  hash: keyText(item, table.hash, mostHashBytes, "hashkey"),
  range: table.range === undefined ? "" : keyText(item, table.range, mostRangeBytes, "rangekey")
})

const keyText = (item: WireItem, name: string, mostBytes: number, kind: string): string => {
  const value = item[name]
  if (value === undefined)
    throw invalid(`One or more parameter values were invalid: Missing the key ${name} in the item`)
  const text = value.S
  if (text === undefined)
    throw invalid(
      `One or more parameter values were invalid: Type mismatch for key ${name} expected: S actual: ${typeOf(value)}`
    )
  if (text === "")
    throw invalid(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: ${name}`
    )
  if (Buffer.byteLength(text) > mostBytes)
    throw invalid(
      `One or more parameter values were invalid: Size of ${kind} has exceeded the maximum size limit of${mostBytes} bytes`
    )
  return text
}

/** Source: API Reference, "PutItem", and Developer Guide, "Global secondary indexes": keys of an index are of its types, or not there. */
export const checkItem = (table: TableShape, item: WireItem): void => {
  for (const { name, hash, range } of table.indexes) {
    for (const key of range === undefined ? [hash] : [hash, range]) {
      const value = item[key]
      if (value === undefined) continue
      if (value.S === undefined)
        throw invalid(
          `One or more parameter values were invalid: Type mismatch for Index Key ${key} Expected: S Actual: ${typeOf(value)} IndexName: ${name}`
        )
      if (value.S === "")
        throw invalid(
          `One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty string value. IndexName: ${name}, IndexKey: ${key}`
        )
      if (Buffer.byteLength(value.S) > (key === hash ? mostHashBytes : mostRangeBytes))
        throw invalid(
          `One or more parameter values were invalid: Size of a key of index ${name} has exceeded the maximum size limit`
        )
    }
  }
  if (itemBytes(item) > mostItemBytes) throw invalid("Item size has exceeded the maximum allowed size")
}

/** Source: Developer Guide, "Change data capture for DynamoDB Streams": a write that changes nothing makes no record. */
export const changesNothing = ({ before, after }: Change): boolean =>
  before === after || (before !== undefined && after !== undefined && isSameItem(before, after))
