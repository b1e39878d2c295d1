import * as Effect from "effect/Effect"
import { parseAddress } from "../../../actor/history/generation.ts"
import { signedText } from "../../../actor/values/json.ts"
import type { ChunkSource, OutputChunk, OutputChunks, OutputStream } from "../../beside/outputChunks.ts"
import { type Item, numberOf, textOf } from "../table/attributes.ts"
import type { DynamoTable } from "../table/dynamoTable.ts"
import { outputKey, outputPartition, runPartition, streamKey, streamsPartition } from "../table/keys.ts"
import { payloadAttributes, readPayload } from "../table/payloadAttributes.ts"
import { makeOutputWaiters } from "./outputWaiters.ts"

/**
 * Output chunks as items. `t` time; the values in `j` or `z`; of a step `k` its key, `x` the execution, `i` the number of the first
 * value; `e` at the end; `b` and `g`: what bodies have emitted so far, and the generation.
 *
 * A stream's partition takes 1,000 write units a second, and is none of its run's.
 */
export const makeDynamoOutput = ({
  table,
  tenant
}: {
  readonly table: DynamoTable
  readonly tenant: string
}): OutputChunks["Service"] => {
  const partitionOf = ({ runId, name }: OutputStream) => outputPartition(tenant, runId, name)
  const waiters = makeOutputWaiters()
  const placeOf = ({ name, runId: address }: OutputStream) => {
    const { generation: since, runId } = parseAddress(address)
    return { pk: streamsPartition(runPartition({ tenant, runId, generation: 0 })), sk: streamKey(since, name) }
  }

  const put = Effect.fnUntraced(function* (stream: OutputStream, chunk: OutputChunk) {
    const pk = partitionOf(stream)
    const sk = outputKey(chunk.position)
    // No index leads to a stream: whoever deletes its run has to know of it.
    if (chunk.position === 0) yield* table.put("OutputChunks.put", placeOf(stream))
    const outcome = yield* table.putIf("OutputChunks.put", { pk, sk, ...chunkItem(chunk) }, "absent")
    if (outcome._tag === "Written") {
      waiters.tell(pk)
      return { _tag: "Inserted" } as const
    }
    // Chunks are not deleted: a server that does not say what is there is asked.
    const existing = outcome.existing ?? (yield* table.get("OutputChunks.put", pk, sk))
    return existing === undefined
      ? ({ _tag: "Inserted" } as const)
      : ({ _tag: "Exists", chunk: readChunkItem(existing) } as const)
  })

  const query = (operation: string, stream: OutputStream, condition: string, position: number) => ({
    operation: `OutputChunks.${operation}`,
    input: {
      KeyConditionExpression: `pk = :pk AND sk ${condition} :sk`,
      values: { ":pk": partitionOf(stream), ":sk": outputKey(position) },
      ConsistentRead: true
    }
  })

  const lastUpTo = Effect.fnUntraced(function* (stream: OutputStream, position = lastPosition) {
    const { input, operation } = query("lastUpTo", stream, "<=", position)
    const { items } = yield* table.query(operation, { ...input, ScanIndexForward: false, Limit: 1 })
    return items[0] === undefined ? undefined : readChunkItem(items[0])
  })

  const readFrom = Effect.fnUntraced(function* (stream: OutputStream, position: number, limit: number) {
    const { input, operation } = query("readFrom", stream, ">=", position)
    const { items } = yield* table.query(operation, { ...input, Limit: limit })
    return items.map(readChunkItem)
  })

  return {
    put,
    lastUpTo,
    readFrom,
    changed: (stream, _position, timeoutMs) => waiters.wait(partitionOf(stream), timeoutMs)
  }
}

const lastPosition = 9_999_999_999

const chunkItem = ({ at, values, source, bodies }: OutputChunk): Item => {
  const rest: Item = {
    t: at,
    ...(bodies.count === 0 ? {} : { b: bodies.count }),
    ...(bodies.generation === 0 ? {} : { g: bodies.generation }),
    ...sourceItem(source)
  }
  return { ...rest, ...payloadAttributes({ json: `[${values.join(",")}]` }, { ...rest, pk: keysAllowance }) }
}

/** Stands for both keys, which are not known here, when a payload is measured. */
const keysAllowance = "-".repeat(96)

const sourceItem = (source: ChunkSource): Item => {
  if (source.kind === "body") return {}
  if (source.kind === "end") return { e: 1 }
  const { key, execution, index } = source
  return { k: key, x: execution, i: index }
}

export const readChunkItem = (item: Item): OutputChunk => {
  const payload = readPayload(item)
  if (!("json" in payload)) throw new TypeError("a chunk of an output stream without its values")
  const values = (JSON.parse(payload.json) as ReadonlyArray<unknown>).map(signedText)
  const bodies = { generation: optional(item, "g"), count: optional(item, "b") }
  return {
    position: Number(textOf(item, "sk")),
    at: numberOf(item, "t"),
    values,
    source: readSource(item, values.length, bodies),
    bodies
  }
}

const readSource = (item: Item, length: number, bodies: OutputChunk["bodies"]): ChunkSource => {
  if ("e" in item) return { kind: "end" }
  if (!("k" in item)) return { kind: "body", generation: bodies.generation, index: bodies.count - length }
  return {
    kind: "step",
    key: textOf(item, "k"),
    execution: textOf(item, "x"),
    index: numberOf(item, "i")
  }
}

const optional = (item: Item, name: string): number => (name in item ? numberOf(item, name) : 0)
