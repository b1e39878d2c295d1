import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { repairKey } from "../../../actor/history/copying/repairMessage.ts"
import { nextAddress } from "../../../actor/history/generation.ts"
import { isTerminal } from "../../../actor/history/head.ts"
import { restartKey } from "../../../actor/history/message.ts"
import { lateRowsMs, type UnstartedPage } from "../../runTable.ts"
import { type Item, textOf } from "./attributes.ts"
import type { DynamoTable } from "./dynamoTable.ts"
import { addressPartition, headKey, parseListPartition, partitionAddress } from "./keys.ts"
import { readMessageItem } from "./messageItem.ts"

const startKey = "start"

const operation = "RunTable.scanUnstarted"

/**
 * Start rows without a head: in no index, so the table is gone through. Only start rows have the attribute `w`, and only heads `v`
 * (a filter may not name keys everywhere). A partition's items come together in the order of their sort keys, so a head comes just
 * before its start row, and restart and repair rows, which have `rw` and `fr`, between the two: those of a run that has ended wait for somebody to begin. A generation that has ended (its head alone has `np`) is one of them if the next has no start row, or a young one, and the run was not deleted (`l`). Eventually consistent: half the price, and what is looked for is older than any replica's delay.
 */
export const scanUnstarted = Effect.fnUntraced(function* (
  { table, tenant }: { readonly table: DynamoTable; readonly tenant: string },
  cursor: string | undefined
) {
  const from = cursor === undefined ? undefined : yield* decodeCursor(cursor)
  const page = yield* table.scan(operation, {
    FilterExpression:
      "attribute_exists(#start) OR attribute_exists(#head) OR attribute_exists(#restart) OR attribute_exists(#repair)",
    ProjectionExpression: "pk, sk, #left, #listed, #deleted",
    ExpressionAttributeNames: {
      "#start": "w",
      "#head": "v",
      "#restart": "rw",
      "#repair": "fr",
      "#left": "np",
      "#listed": "gp",
      "#deleted": "l"
    },
    ...(from === undefined ? {} : { ExclusiveStartKey: { pk: from.pk, sk: from.sk } })
  })
  let withHead = from?.withHead
  let ended = from?.ended
  const runIds: Array<string> = []
  const continued: Array<string> = []
  for (const item of page.items) {
    const partition = textOf(item, "pk")
    const key = textOf(item, "sk")
    const address = partitionAddress(tenant, partition)
    if (key === headKey) withHead = partition
    if (key === headKey && isEnded(item, tenant)) ended = partition
    // Of a run that goes on, or has gone on, its own turns know.
    const isAsked = key.startsWith(restartKey("")) || key.startsWith(repairKey(""))
    if (isAsked && partition === ended && address !== undefined && runIds.at(-1) !== address) runIds.push(address)
    if (key === headKey && "np" in item && !("l" in item) && address !== undefined) continued.push(address)
    if (key !== startKey || partition === withHead) continue
    if (address !== undefined) runIds.push(address)
  }
  const starts = yield* Effect.forEach(
    continued,
    (address) => table.get(operation, addressPartition(tenant, nextAddress(address)), startKey),
    { concurrency: 8 }
  )
  const lately = (yield* Clock.currentTimeMillis) - lateRowsMs
  const isOver = (start: Item | undefined) => start !== undefined && readMessageItem(startKey, start).at < lately
  runIds.push(...continued.filter((_, index) => !isOver(starts[index])))
  if (page.next === undefined) return { runIds } satisfies UnstartedPage
  const { pk, sk } = page.next
  return { runIds, cursor: encodeCursor({ pk: String(pk), sk: String(sk), withHead, ended }) } satisfies UnstartedPage
})

/** The last item looked at, and the partition whose head came last. */
interface Cursor {
  readonly pk: string
  readonly sk: string
  readonly withHead: string | undefined
  /** The partition whose run has ended. */
  readonly ended: string | undefined
}

const isEnded = (item: Item, tenant: string): boolean =>
  "gp" in item && isTerminal(parseListPartition(tenant, textOf(item, "gp")).status)

const encodeCursor = ({ pk, sk, withHead, ended }: Cursor): string =>
  Buffer.from(JSON.stringify(withHead === pk ? [pk, sk, true, ...(ended === pk ? [true] : [])] : [pk, sk])).toString(
    "base64url"
  )

const decodeCursor = (cursor: string): Effect.Effect<Cursor> =>
  Effect.suspend(() => {
    try {
      const [pk, sk, withHead, ended] = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"))
      if (typeof pk === "string" && typeof sk === "string")
        return Effect.succeed({
          pk,
          sk,
          withHead: withHead === true ? pk : undefined,
          ended: ended === true ? pk : undefined
        })
    } catch {
      // Said below.
    }
    return Effect.die(new RangeError(`${JSON.stringify(cursor)} is no cursor of a look through the table`))
  })
