import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { makeDynamoFeed } from "../../../src/store/aws/feed/dynamoFeed.ts"
import type { StreamsSdk } from "../../../src/store/aws/feed/feedShards.ts"
import type { Item } from "../../../src/store/aws/table/attributes.ts"
import type { DynamoTable, PutCondition, PutOutcome } from "../../../src/store/aws/table/dynamoTable.ts"
import { runPartition } from "../../../src/store/aws/table/keys.ts"
import type { ChangeFeed } from "../../../src/store/changeFeed.ts"
import type { StoreUnavailable } from "../../../src/store/errors.ts"
import { type MovableTime, makeMovableTime } from "../movableTime.ts"

export interface StreamRecord {
  readonly pk: string
  readonly sk: string
  readonly eventName?: string
}

export interface Shard {
  readonly id: string
  readonly parent?: string
  records: Array<StreamRecord>
  closed: boolean
}

interface Input {
  readonly [name: string]: string | number | undefined
}

class Command {
  readonly input: Input
  constructor(input: Input) {
    this.input = input
  }
}
class DescribeStreamCommand extends Command {}
class GetShardIteratorCommand extends Command {}
class GetRecordsCommand extends Command {}

const named = (name: string) => Object.assign(new Error(name), { name })

export const sequence = (index: number) => String(index).padStart(6, "0")

/** A stream with as many shards as one likes, which fails as told. Sequence numbers are places, from 1. */
export const makeStream = () => {
  const shards: Array<Shard> = []
  const failures: Array<string> = []
  const log: Array<string> = []
  const send = async (command: Command): Promise<unknown> => {
    const { input } = command
    if (command instanceof DescribeStreamCommand) {
      // One shard a page.
      const from = shards.findIndex(({ id }) => id === input.ExclusiveStartShardId) + 1
      const shard = shards[from]
      const last = from < shards.length - 1 ? { LastEvaluatedShardId: shard?.id } : {}
      const range = shard?.closed === true ? { EndingSequenceNumber: sequence(shard.records.length) } : {}
      const listed =
        shard === undefined ? [] : [{ ShardId: shard.id, ParentShardId: shard.parent, SequenceNumberRange: range }]
      return { StreamDescription: { Shards: listed, ...last } }
    }
    if (command instanceof GetShardIteratorCommand) {
      log.push(`${input.ShardIteratorType} ${input.ShardId} ${input.SequenceNumber ?? ""}`.trim())
      return { ShardIterator: `${input.ShardId}|${Number(input.SequenceNumber ?? 0)}` }
    }
    const failure = failures.shift()
    if (failure !== undefined) throw named(failure)
    const [id, after] = String(input.ShardIterator).split("|")
    const shard = shards.find((shard) => shard.id === id)
    if (shard === undefined) throw named("ResourceNotFoundException")
    const start = Number(after)
    const records = shard.records.slice(start, start + Number(input.Limit))
    const end = start + records.length
    const isOver = shard.closed && end === shard.records.length
    return {
      Records: records.map(({ pk, sk, eventName = "INSERT" }, place) => ({
        eventName,
        dynamodb: { Keys: { pk: { S: pk }, sk: { S: sk } }, SequenceNumber: sequence(start + place + 1) }
      })),
      ...(isOver ? {} : { NextShardIterator: `${id}|${end}` })
    }
  }
  const sdk = {
    client: { send },
    commands: { DescribeStreamCommand, GetShardIteratorCommand, GetRecordsCommand }
  } as unknown as StreamsSdk
  return { shards, failures, log, sdk }
}

export const makeTable = () => {
  const items = new Map<string, Item>()
  const saves: Array<string> = []
  /** Of the next conditional puts. */
  const failures: Array<StoreUnavailable> = []
  const table = {
    get: (_: string, pk: string, sk: string) => Effect.sync(() => items.get(`${pk} ${sk}`)),
    put: (_: string, item: Item) =>
      Effect.sync(() => {
        if (item.sk !== "alive") saves.push(`${item.sk} ${item.q}`)
        items.set(`${item.pk} ${item.sk}`, item)
      }),
    putIf: (_: string, item: Item, condition: PutCondition) =>
      Effect.suspend((): Effect.Effect<PutOutcome, StoreUnavailable> => {
        const failure = failures.shift()
        if (failure !== undefined) return Effect.fail(failure)
        const existing = items.get(`${item.pk} ${item.sk}`)
        const holds =
          condition === "absent"
            ? existing === undefined
            : "equals" in condition && existing?.[condition.attribute] === condition.equals
        if (!holds) return Effect.succeed({ _tag: "Refused", existing })
        items.set(`${item.pk} ${item.sk}`, item)
        return Effect.succeed({ _tag: "Written" })
      }),
    query: () => Effect.sync(() => ({ items: [...items.values()], next: undefined }))
  } as unknown as DynamoTable
  return { items, saves, failures, table }
}

export const row = (runId: string, sk = "start", tenant = ""): StreamRecord => ({
  pk: runPartition({ tenant, runId, generation: 0 }),
  sk
})

/** A reader, on a clock that can be moved. */
export const openFeed = async (
  stream: ReturnType<typeof makeStream>,
  { table }: ReturnType<typeof makeTable>,
  time: MovableTime = makeMovableTime(),
  streamArn: () => string = () => "arn"
) => {
  const run = <A, E>(effect: Effect.Effect<A, E>) => Effect.runPromise(time.during(effect))
  const scope = Effect.runSync(Scope.make())
  const service = await run(
    makeDynamoFeed({
      table,
      streams: () => Promise.resolve(stream.sdk),
      streamArn: Effect.sync(streamArn),
      tenant: "",
      readerName: "default",
      pollIntervalMs: 1
    }).pipe(Scope.provide(scope))
  )
  const feed: ChangeFeed["Service"] = {
    poll: (options) =>
      Effect.map(time.during(service.poll(options)), ({ doorbells, acknowledge, gap }) => ({
        doorbells,
        acknowledge: time.during(acknowledge),
        ...(gap === undefined ? {} : { gap: { ...gap, seenTo: (cursor) => time.during(gap.seenTo(cursor)) } })
      }))
  }
  return { feed, close: () => run(Scope.close(scope, Exit.void)) }
}

export const poll = (feed: ChangeFeed["Service"], limit = 100) => Effect.runPromise(feed.poll({ limit, waitMs: 100 }))

export const runsOf = ({ doorbells }: Awaited<ReturnType<typeof poll>>) => doorbells.map(({ runId }) => runId)

/** Polls and acknowledges until nothing more rings. What the feed has forgotten is another matter. */
export const drain = async (feed: ChangeFeed["Service"], limit = 100) => {
  const rung: Array<string> = []
  for (;;) {
    const batch = await poll(feed, limit)
    await Effect.runPromise(batch.acknowledge)
    if (batch.doorbells.length === 0 && batch.gap === undefined) return rung
    rung.push(...runsOf(batch))
  }
}
