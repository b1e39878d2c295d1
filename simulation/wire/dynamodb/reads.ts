import { invalid } from "../serviceError.ts"
import type { Surroundings } from "../surroundings.ts"
import type { Weather } from "../weather.ts"
import { type Condition, holds, parseCondition } from "./expressions/condition.ts"
import { Placeholders } from "./expressions/names.ts"
import { projected, projectionOf } from "./expressions/projection.ts"
import { asOf, current, type IndexShape, keysOf, type Place, scanOrderOf, type WireTable } from "./table.ts"
import { compareText, itemBytes, type WireItem } from "./values.ts"

/** As far as it is read here. */
export interface ReadInput {
  readonly Key?: WireItem
  readonly ConsistentRead?: boolean
  readonly IndexName?: string
  readonly KeyConditionExpression?: string
  readonly FilterExpression?: string
  readonly ProjectionExpression?: string
  readonly ExpressionAttributeNames?: { readonly [name: string]: string }
  readonly ExpressionAttributeValues?: WireItem
  readonly ExclusiveStartKey?: WireItem
  readonly ScanIndexForward?: boolean
  readonly Limit?: number
  readonly Select?: string
}

export interface Page {
  readonly Items?: ReadonlyArray<WireItem>
  readonly Count: number
  readonly ScannedCount: number
  readonly LastEvaluatedKey?: WireItem
  readonly bytes: number
}

/** An item in a read, by what orders it before its own keys do. */
interface Found {
  readonly place: Place
  readonly item: WireItem
  readonly sort: string
}

/** Source: API Reference, "GetItem": eventually consistent unless `ConsistentRead`. */
export const getItem = (
  table: WireTable,
  input: ReadInput,
  world: Surroundings,
  weather: Weather
): WireItem | undefined => {
  const { hash, range } = keysOf(table.shape, input.Key ?? {})
  const place = table.place(hash, range)
  const of = new Placeholders(input.ExpressionAttributeNames, undefined)
  const names = input.ProjectionExpression === undefined ? undefined : projectionOf(input.ProjectionExpression, of)
  of.checkAllUsed()
  const item =
    place === undefined
      ? undefined
      : input.ConsistentRead === true
        ? current(place)
        : asOf(place, world.now - weather.readLagMs())
  return item === undefined || names === undefined ? item : projected(item, names)
}

/**
 * A page of one partition. A consistent one takes each item as it is at its own moment, in the order of the keys.
 * Sources: API Reference, "Query"; Developer Guide, "Read consistency" (a Query is no snapshot; indexes are never consistent).
 */
export const query = (
  table: WireTable,
  input: ReadInput,
  world: Surroundings,
  weather: Weather,
  answer: (page: Page) => void
): void => {
  const index = indexOf(table, input)
  const reading = new Reading(table, input, index, weather)
  const tearMs = input.ConsistentRead === true ? weather.tearMs() : 0
  const found =
    index === undefined ? ofPartition(table, reading, world, weather) : ofIndex(table, index, reading, world, weather)
  if (tearMs === 0 || found.length === 0) return answer(reading.page(found))
  // Up to here, then the rest once some time has gone by.
  const first = found.slice(0, world.draw.below(found.length))
  const last = first.at(-1)?.sort
  world.later(tearMs, () => {
    const isBehind = ({ sort }: Found) =>
      last === undefined || (reading.isForward ? compareText(sort, last) > 0 : compareText(sort, last) < 0)
    const rest = ofPartition(table, reading, world, weather).filter(isBehind)
    answer(reading.page([...first, ...rest]))
  })
}

/** Source: API Reference, "Scan": 1 MB before the filter; partitions in an order of their own. */
export const scan = (table: WireTable, input: ReadInput, world: Surroundings, weather: Weather): Page => {
  const reading = new Reading(table, input, undefined, weather)
  const at = reading.isConsistent ? undefined : world.now - weather.readLagMs()
  const found: Array<Found> = []
  for (const hash of table.hashes()) {
    const sort = scanOrderOf(hash)
    for (const place of table.partition(hash)) {
      const item = at === undefined ? current(place) : asOf(place, at)
      if (item !== undefined) found.push({ place, item, sort })
    }
  }
  return reading.page(found)
}

const indexOf = (table: WireTable, { IndexName, ConsistentRead }: ReadInput): IndexShape | undefined => {
  if (IndexName === undefined) return undefined
  const index = table.shape.indexes.find(({ name }) => name === IndexName)
  if (index === undefined) throw invalid(`The table does not have the specified index: ${IndexName}`)
  if (ConsistentRead === true) throw invalid("Consistent reads are not supported on global secondary indexes")
  return index
}

const ofPartition = (
  table: WireTable,
  reading: Reading,
  world: Surroundings,
  weather: Weather
): ReadonlyArray<Found> => {
  const at = reading.isConsistent ? undefined : world.now - weather.readLagMs()
  const found: Array<Found> = []
  for (const place of table.partition(reading.hash)) {
    const item = at === undefined ? current(place) : asOf(place, at)
    if (item !== undefined && reading.isWanted(item)) found.push({ place, item, sort: place.range })
  }
  return reading.inOrder(found)
}

/** Each item as far behind as it likes: one that moves may be seen in both places, or in neither. */
const ofIndex = (
  table: WireTable,
  { hash, range, attributes, name }: IndexShape,
  reading: Reading,
  world: Surroundings,
  weather: Weather
): ReadonlyArray<Found> => {
  const found: Array<Found> = []
  for (const place of table.inIndex(name, reading.hash)) {
    const item = asOf(place, world.now - weather.indexLagMs())
    const sort = range === undefined ? "" : item?.[range]?.S
    if (item?.[hash]?.S !== reading.hash || sort === undefined || !reading.isWanted(item)) continue
    const keys = [table.shape.hash, table.shape.range ?? "", hash, range ?? ""]
    found.push({ place, item: attributes === undefined ? item : projected(item, [...keys, ...attributes]), sort })
  }
  return reading.inOrder(found)
}

/** One Query or Scan: what is wanted of it, and how its page ends. */
class Reading {
  readonly hash: string
  readonly isForward: boolean
  readonly isConsistent: boolean
  private readonly table: WireTable
  private readonly input: ReadInput
  private readonly index: IndexShape | undefined
  private readonly weather: Weather
  private readonly of: Placeholders
  private readonly key: Condition | undefined
  private readonly filter: Condition | undefined
  private readonly names: ReadonlyArray<string> | undefined

  constructor(table: WireTable, input: ReadInput, index: IndexShape | undefined, weather: Weather) {
    this.table = table
    this.input = input
    this.index = index
    this.weather = weather
    this.isForward = input.ScanIndexForward !== false
    this.isConsistent = input.ConsistentRead === true
    this.of = new Placeholders(input.ExpressionAttributeNames, input.ExpressionAttributeValues)
    this.key = input.KeyConditionExpression === undefined ? undefined : parseCondition(input.KeyConditionExpression)
    this.filter = input.FilterExpression === undefined ? undefined : parseCondition(input.FilterExpression)
    this.names =
      input.ProjectionExpression === undefined ? undefined : projectionOf(input.ProjectionExpression, this.of)
    const shape = index ?? table.shape
    this.hash = this.key === undefined ? "" : hashWanted(this.key, shape.hash, shape.range, this.of)
    // Once, so that every placeholder has been looked at.
    if (this.key !== undefined) holds(this.key, {}, this.of)
    if (this.filter !== undefined) holds(this.filter, {}, this.of)
    this.of.checkAllUsed()
    if (input.Limit !== undefined && input.Limit < 1) throw invalid("Limit must be at least 1")
  }

  isWanted(item: WireItem): boolean {
    return this.key === undefined || holds(this.key, item, this.of)
  }

  inOrder(found: Array<Found>): ReadonlyArray<Found> {
    found.sort((a, b) => inOrderOfKeys(a, { sort: b.sort, hash: b.place.hash, range: b.place.range }))
    return this.isForward ? found : found.reverse()
  }

  /** From behind the start key to the end of the page: its limit, or its bytes, both before the filter. */
  page(found: ReadonlyArray<Found>): Page {
    const { Limit = Number.POSITIVE_INFINITY, Select } = this.input
    const mostBytes = this.weather.pageBytes()
    const items: Array<WireItem> = []
    let [bytes, scanned, next] = [0, 0, this.start(found)]
    let last: Found | undefined
    for (; next < found.length; next++) {
      const one = found[next] as Found
      bytes += itemBytes(one.item)
      scanned++
      if (this.filter === undefined || holds(this.filter, one.item, this.of))
        items.push(this.names === undefined ? one.item : projected(one.item, this.names))
      // A page that is full says where it has ended, whether or not there is more.
      if (scanned >= Limit || bytes >= mostBytes) {
        last = one
        break
      }
    }
    return {
      ...(Select === "COUNT" ? {} : { Items: items }),
      Count: items.length,
      ScannedCount: scanned,
      ...(last === undefined ? {} : { LastEvaluatedKey: this.keyOf(last) }),
      bytes
    }
  }

  private keyOf({ place, item, sort }: Found): WireItem {
    const { shape } = this.table
    const key: Record<string, WireItem[string]> = { [shape.hash]: { S: place.hash } }
    if (shape.range !== undefined) key[shape.range] = { S: place.range }
    if (this.index !== undefined) {
      key[this.index.hash] = item[this.index.hash] ?? { S: this.hash }
      if (this.index.range !== undefined) key[this.index.range] = { S: sort }
    }
    return key
  }

  /** The start key need not be there, or not in a read that is behind: what comes behind it in the order counts. */
  private start(found: ReadonlyArray<Found>): number {
    const key = this.input.ExclusiveStartKey
    if (key === undefined) return 0
    const { hash, range } = keysOf(this.table.shape, key)
    const own = this.index?.range === undefined ? range : key[this.index.range]?.S
    if (own === undefined) throw invalid("The provided starting key is invalid")
    const sort = this.key === undefined ? scanOrderOf(hash) : own
    const behind = found.findIndex((one) => {
      const order = inOrderOfKeys(one, { sort, hash, range })
      return this.isForward ? order > 0 : order < 0
    })
    return behind < 0 ? found.length : behind
  }
}

const inOrderOfKeys = (
  { place, sort }: Found,
  than: { readonly sort: string; readonly hash: string; readonly range: string }
): number => compareText(sort, than.sort) || compareText(place.hash, than.hash) || compareText(place.range, than.range)

/** Source: API Reference, "Query": equality on the partition key, and one condition on the sort key at most. */
const hashWanted = (condition: Condition, hash: string, range: string | undefined, of: Placeholders): string => {
  const [first, second] = condition.is === "and" ? condition.sides : [condition, undefined]
  const isHash =
    first.is === "compare" && first.by === "=" && first.left.is === "attribute" && of.name(first.left.name) === hash
  if (!isHash || first.is !== "compare" || first.right.is !== "value")
    throw invalid(`Query condition missed key schema element: ${hash}`)
  if (second !== undefined && (second.is === "and" || second.is === "or" || second.is === "not"))
    throw invalid("Invalid KeyConditionExpression: Incorrect operator or operand type")
  const sorted =
    second === undefined
      ? undefined
      : second.is === "between"
        ? second.what
        : second.is === "compare"
          ? second.left
          : undefined
  if (sorted?.is === "attribute" && of.name(sorted.name) !== range) throw invalid(`Query key condition not supported`)
  const value = of.value(first.right.name).S
  if (value === undefined)
    throw invalid("One or more parameter values were invalid: Condition parameter type does not match schema type")
  if (Buffer.byteLength(value) > 2_048 || value === "")
    throw invalid(
      "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes"
    )
  return value
}
