import type { Reply, Request, WireService } from "../service.ts"
import { serviceError, unknownToWire } from "../serviceError.ts"
import type { Surroundings } from "../surroundings.ts"
import type { Weather } from "../weather.ts"
import { getItem, type Page, query, type ReadInput, scan } from "./reads.ts"
import { type Change, changesNothing, type TableShape, WireTable } from "./table.ts"
import { describeTable, shapeOf } from "./tables.ts"
import { transact } from "./transactions.ts"
import { itemBytes, type WireItem } from "./values.ts"
import { carryOut, conditionFailed, lookAt, type WriteInput, type WriteKind } from "./writes.ts"

/** DynamoDB, but for its streams: they are told of every change. */
export class WireDynamoDb implements WireService {
  readonly name = "DynamoDB"
  private readonly tables = new Map<string, WireTable>()
  private readonly world: Surroundings
  private readonly weather: () => Weather
  /** Transactions that were carried out: one that the SDK sends again is no second one (`ClientRequestToken`). */
  private readonly carriedOut = new WeakSet<object>()
  /** Told of each write that changes something, in the moment in which it does. */
  readonly observers: Array<(change: Change) => void> = []
  /** Also of those that change nothing. */
  onWrite: (change: Change) => void = () => undefined
  /** A request has taken effect, all of it. */
  onDone: () => void = () => undefined
  /** Of a condition that did not hold. */
  onRefused: (refused: { readonly hash: string; readonly range: string; readonly by: string }) => void = () => undefined

  constructor(world: Surroundings, weather: () => Weather) {
    this.world = world
    this.weather = weather
  }

  table(name: string | undefined): WireTable {
    const table = this.tables.get(name ?? "")
    if (table === undefined) throw serviceError("ResourceNotFoundException", "Requested resource not found")
    return table
  }

  create(shape: TableShape): WireTable {
    if (this.tables.has(shape.name)) throw serviceError("ResourceInUseException", `Table already exists: ${shape.name}`)
    const table = new WireTable(shape, this.world, (change) => this.changed(change))
    this.tables.set(shape.name, table)
    return table
  }

  request(request: Request, reply: Reply): void {
    const { operation, input } = request
    const weather = this.weather()
    // Source: Developer Guide, "Error handling with DynamoDB": of the table, an index, or one partition.
    if (weather.isThrottled(operation))
      throw serviceError(
        "ProvisionedThroughputExceededException",
        "The level of configured provisioned throughput for the table was exceeded"
      )
    switch (operation) {
      case "GetItem": {
        const item = getItem(this.table(input.TableName), input, this.world, weather)
        return reply.done({
          ...(item === undefined ? {} : { Item: item }),
          ...this.readUnits(input, item === undefined ? 0 : itemBytes(item))
        })
      }
      case "Query":
        return query(this.table(input.TableName), input, this.world, weather, (page) =>
          reply.done(this.answerOf(page, input))
        )
      case "Scan":
        return reply.done(this.answerOf(scan(this.table(input.TableName), input, this.world, weather), input))
      default:
        return reply.done(this.written(request, weather))
    }
  }

  private written(request: Request, weather: Weather): object {
    const { operation } = request
    const isBatch = operation === "BatchGetItem" || operation === "BatchWriteItem"
    const answer =
      operation === "TransactWriteItems"
        ? this.transact(request, weather)
        : isBatch
          ? this.batch(request, weather)
          : this.writeOrAdmin(request)
    this.onDone()
    return answer
  }

  private writeOrAdmin({ operation, input, by }: Request): object {
    const kind = writes[operation]
    if (kind !== undefined) return this.write(kind, input, by)
    switch (operation) {
      case "CreateTable":
        return { TableDescription: describeTable(this.create(shapeOf(input)).shape) }
      case "DescribeTable":
        return { Table: describeTable(this.table(input.TableName).shape) }
      case "UpdateTimeToLive":
        this.table(input.TableName).expiry = input.TimeToLiveSpecification.AttributeName
        return { TimeToLiveSpecification: input.TimeToLiveSpecification }
      case "DescribeTimeToLive": {
        const { expiry } = this.table(input.TableName)
        const on = { TimeToLiveStatus: "ENABLED", AttributeName: expiry }
        return { TimeToLiveDescription: expiry === undefined ? { TimeToLiveStatus: "DISABLED" } : on }
      }
      default:
        throw unknownToWire(`${operation} of DynamoDB`)
    }
  }

  private write(kind: WriteKind, input: WriteInput & Billed, by: string): object {
    const table = this.table(input.TableName)
    const refusal = kind === "Put" ? this.weather().itemRefusal(input.Item ?? {}) : undefined
    if (refusal !== undefined) throw refusal
    const looked = lookAt(table, kind, input)
    if (!looked.isAllowed) {
      this.onRefused({ hash: looked.hash, range: looked.range, by })
      throw conditionFailed(looked.before, input)
    }
    carryOut(looked, by)
    const old = input.ReturnValues === "ALL_OLD" && looked.before !== undefined ? { Attributes: looked.before } : {}
    const fresh = input.ReturnValues === "ALL_NEW" && looked.after !== undefined ? { Attributes: looked.after } : {}
    const bytes = Math.max(
      looked.after === undefined ? 0 : itemBytes(looked.after),
      looked.before === undefined ? 0 : itemBytes(looked.before)
    )
    return { ...old, ...fresh, ...units(input, table.shape.name, Math.max(1, Math.ceil(bytes / 1_024))) }
  }

  private transact({ input, by }: Request, weather: Weather): object {
    if (this.carriedOut.has(input)) return {}
    transact(input, (name) => this.table(name), weather, by)
    this.carriedOut.add(input)
    return {}
  }

  /** Source: API Reference, "BatchWriteItem" and "BatchGetItem": 25 and 100 of them; what is not done comes back. */
  private batch({ operation, input, by }: Request, weather: Weather): object {
    const entries = Object.entries(input.RequestItems as Record<string, any>).flatMap(([name, of]) =>
      (operation === "BatchGetItem" ? (of.Keys as ReadonlyArray<WireItem>) : (of as ReadonlyArray<any>)).map((one) => ({
        name,
        one,
        of
      }))
    )
    const most = operation === "BatchGetItem" ? 100 : 25
    if (entries.length === 0 || entries.length > most)
      throw serviceError("ValidationException", `Too many items requested for the ${operation} call`)
    const done = entries.slice(
      0,
      entries.length - Math.min(entries.length - 1, weather.leftovers(entries.length, "DynamoDB"))
    )
    const left: Record<string, any> = {}
    for (const { name, one, of } of entries.slice(done.length)) {
      if (operation === "BatchGetItem") left[name] = { ...of, Keys: [...(left[name]?.Keys ?? []), one] }
      else left[name] = [...(left[name] ?? []), one]
    }
    if (operation === "BatchGetItem") {
      const found: Record<string, Array<WireItem>> = {}
      for (const { name, one, of } of done) {
        const item = getItem(this.table(name), { ...of, Key: one }, this.world, weather)
        if (item !== undefined) found[name] = [...(found[name] ?? []), item]
      }
      return { Responses: found, UnprocessedKeys: left }
    }
    for (const { name, one } of done) {
      const kind = one.PutRequest === undefined ? "Delete" : "Put"
      carryOut(lookAt(this.table(name), kind, one.PutRequest ?? one.DeleteRequest), by)
    }
    return { UnprocessedItems: left }
  }

  private answerOf({ bytes, ...page }: Page, input: ReadInput & { readonly TableName?: string }): object {
    return { ...page, ...this.readUnits(input, bytes) }
  }

  private readUnits(input: ReadInput & Billed & { readonly TableName?: string }, bytes: number): object {
    const whole = Math.max(1, Math.ceil(bytes / 4_096))
    return units(input, input.TableName ?? "", input.ConsistentRead === true ? whole : whole / 2)
  }

  private changed(change: Change): void {
    this.onWrite(change)
    if (changesNothing(change)) return
    for (const observe of this.observers) observe(change)
  }
}

const writes: { readonly [operation: string]: WriteKind | undefined } = {
  PutItem: "Put",
  UpdateItem: "Update",
  DeleteItem: "Delete"
}

interface Billed {
  readonly ReturnConsumedCapacity?: string
}

const units = (input: Billed, TableName: string, CapacityUnits: number): object =>
  input.ReturnConsumedCapacity === undefined || input.ReturnConsumedCapacity === "NONE"
    ? {}
    : { ConsumedCapacity: { TableName, CapacityUnits } }
