import * as Effect from "effect/Effect"
import type { Writes } from "../../../actor/definitions/transactions/transaction.ts"
import { parseAddress } from "../../../actor/history/generation.ts"
import type { Head } from "../../../actor/history/head.ts"
import { type Message, messageKey } from "../../../actor/history/message.ts"
import { findNewest } from "../../generations/newest.ts"
import { randomToken } from "../../randomToken.ts"
import { type HeadResult, type PutResult, RunTable, type StoredRun } from "../../runTable.ts"
import type { PutWithResult } from "../../transactions/putWith.ts"
import { makeAttemptItems } from "./attemptItems.ts"
import { type Item, numberOf, textOf } from "./attributes.ts"
import { type DynamoTable, queryAll } from "./dynamoTable.ts"
import { headItem, readHeadItem, ttlOf } from "./headItem.ts"
import { makeHeadWaiters } from "./headWaiters.ts"
import { addressPartition, headKey, isInboxKey, isPossibleKey, markKey, orderKey, parseOrderKey } from "./keys.ts"
import { makeRunListing } from "./listing/runListing.ts"
import { makeTagItems } from "./listing/tagItems.ts"
import { messageItem, readMessageItem } from "./messageItem.ts"
import { putWithItems } from "./transactions/putWithItems.ts"
import { rowItems } from "./transactions/rowItems.ts"
import { scanUnstarted } from "./unstartedRuns.ts"

export interface DynamoRunTableOptions {
  readonly table: DynamoTable
  readonly tableName: string
  readonly tenant: string
}

/**
 * The run table in DynamoDB. Reads are strong but for the listing, which comes from an index.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a list of methods, each a few lines, that share one table
export const makeDynamoRunTable = ({ table, tableName, tenant }: DynamoRunTableOptions): RunTable["Service"] => {
  const partitionOf = (runId: string) => addressPartition(tenant, runId)
  const asItems = rowItems(tableName, tenant)
  const listing = makeRunListing({
    table,
    tenant,
    newest: (runId) => Effect.suspend(() => Effect.provideService(findNewest(runId), RunTable, runs))
  })
  const tagItems = makeTagItems({ table, tenant })
  const attempts = makeAttemptItems({ table, tenant })
  const waiters = makeHeadWaiters()

  const itemOf = (runId: string, message: Message) => ({
    pk: partitionOf(runId),
    sk: messageKey(message),
    ...messageItem(message)
  })

  const putWith = Effect.fnUntraced(function* (runId: string, message: Message, { items, statements = [] }: Writes) {
    if (statements.length > 0) return ofSqlite
    const item = itemOf(runId, message)
    const result = yield* putWithItems(table, item, items ?? [])
    if (result._tag !== "Exists") return result satisfies PutWithResult
    return { _tag: "Exists", message: readMessageItem(item.sk, result.existing) } satisfies PutWithResult
  })

  const put = Effect.fnUntraced(function* (runId: string, message: Message) {
    const item = itemOf(runId, message)
    const outcome = yield* table.putIf("RunTable.put", item, "absent")
    if (outcome._tag === "Written") return { _tag: "Inserted" } satisfies PutResult
    // The row stood a moment ago and rows are not deleted: a server that does not say what is there is asked.
    const existing = outcome.existing ?? (yield* table.get("RunTable.put", item.pk, item.sk)) ?? item
    return { _tag: "Exists", message: readMessageItem(item.sk, existing) } satisfies PutResult
  })

  /**
   * The SDK sends a request again whose answer was lost. If the first one was applied, the second meets its own work: the
   * head that is there carries the mark of this very write, and the commit stands.
   */
  const commitHead = Effect.fnUntraced(function* (runId: string, head: Head) {
    const commitId = yield* randomToken
    const item = headItem(head, { run: { tenant, ...parseAddress(runId) }, commitId })
    if (head.version === 1) yield* listing.announce(head.workflow)
    waiters.committing(runId, head.version)
    const condition = head.version === 1 ? "absent" : { attribute: "v", equals: head.version - 1 }
    const outcome = yield* table.putIf("RunTable.commitHead", item, condition)
    const existing = outcome._tag === "Refused" ? outcome.existing : undefined
    if (outcome._tag === "Refused" && existing?.c !== commitId) {
      const head = existing === undefined ? undefined : readHeadItem(existing, tenant)
      if (head !== undefined) yield* waiters.seen(runId, head.version)
      return { _tag: "Conflict", head } satisfies HeadResult
    }
    yield* waiters.committed(runId, head.status, head.version)
    return { _tag: "Committed" } satisfies HeadResult
  })

  const readHead = Effect.fnUntraced(function* (runId: string) {
    const item = yield* table.get("RunTable.readHead", partitionOf(runId), headKey)
    if (item === undefined) return undefined
    const head = readHeadItem(item, tenant)
    yield* waiters.seen(runId, head.version)
    return head
  })

  const readMessage = Effect.fnUntraced(function* (runId: string, key: string) {
    if (!isInboxKey(key)) return undefined
    const item = yield* table.get("RunTable.readMessage", partitionOf(runId), key)
    return item === undefined ? undefined : readMessageItem(key, item)
  })

  const readRun = Effect.fnUntraced(function* (runId: string) {
    const partition = partitionOf(runId)
    if (!isPossibleKey(partition)) return { head: undefined, segments: [], messages: [] } satisfies StoredRun
    const items = yield* queryAll(table, "RunTable.readRun", {
      KeyConditionExpression: "pk = :pk",
      values: { ":pk": partition },
      ConsistentRead: true
    })
    const run = storedRun(items, tenant)
    if (run.head !== undefined) yield* waiters.seen(runId, run.head.version)
    return run
  })

  const putSegment = Effect.fnUntraced(function* (runId: string, index: number, keys: ReadonlyArray<string>) {
    const item = { pk: partitionOf(runId), sk: orderKey(index), o: JSON.stringify(keys) }
    yield* table.putIf("RunTable.putSegment", item, "absent")
  })

  const markItem = (runId: string, name: string) => ({ pk: partitionOf(runId), sk: markKey(name) })

  const readMark = Effect.fnUntraced(function* (runId: string, name: string) {
    const { pk, sk } = markItem(runId, name)
    const item = yield* table.get("RunTable.readMark", pk, sk)
    return item === undefined ? undefined : numberOf(item, "m")
  })

  const raiseMark = Effect.fnUntraced(function* (
    runId: string,
    name: string,
    { to, above }: { readonly to: number; readonly above: number }
  ) {
    const item = { ...markItem(runId, name), m: to }
    const outcome = yield* table.putIf("RunTable.raiseMark", item, { attribute: "m", atMost: above })
    if (outcome._tag === "Written") return to
    const existing = outcome.existing ?? (yield* table.get("RunTable.raiseMark", item.pk, item.sk))
    return existing === undefined ? to : numberOf(existing, "m")
  })

  const runs: RunTable["Service"] = RunTable.of({
    put,
    putWith,
    asWrites: (row) => Effect.succeed(asItems(row)),
    readMark,
    raiseMark,
    commitHead,
    readHead,
    readMessage,
    readRun,
    putSegment,
    putTags: tagItems.put,
    dropTags: tagItems.drop,
    list: listing.list,
    count: listing.count,
    listDeleted: listing.listDeleted,
    entomb: (runId, tombstone) => {
      return table.put("RunTable.entomb", { ...itemOf(runId, tombstone), ttl: ttlOf(tombstone.until) })
    },
    stepRetries: attempts.read,
    scanUnstarted: (cursor) => scanUnstarted({ table, tenant }, cursor),
    headChanged: (...of) => Effect.as(waiters.wait(...of), undefined)
  })
  return runs
}

const ofSqlite: PutWithResult = {
  _tag: "Unfit",
  message:
    "it gives statements for a SQLite file, and this host's store is a table of DynamoDB: run it on a host of that file, or let it give items",
  isFinal: true
}

const storedRun = (items: ReadonlyArray<Item>, tenant: string): StoredRun => {
  const segments: Array<ReadonlyArray<string>> = []
  const messages: Array<{ readonly key: string; readonly message: Message }> = []
  let head: Head | undefined
  for (const item of items) {
    const key = textOf(item, "sk")
    const order = parseOrderKey(key)
    if (key === headKey) head = readHeadItem(item, tenant)
    else if (order !== undefined) segments[order] = JSON.parse(textOf(item, "o"))
    else if (isInboxKey(key)) messages.push({ key, message: readMessageItem(key, item) })
  }
  messages.sort((a, b) => a.message.at - b.message.at || (a.key < b.key ? -1 : 1))
  return { head, segments, messages: messages.map(({ message }) => message) }
}
