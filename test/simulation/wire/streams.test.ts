import { describe, expect, it } from "vitest"
import { shapeOf } from "../../../simulation/wire/dynamodb/tables.ts"
import { Weather } from "../../../simulation/wire/weather.ts"
import { Wire } from "../../../simulation/wire/wire.ts"
import { Faults } from "../../../simulation/world/faults.ts"
import { World } from "../../../simulation/world/world.ts"
import { tableDefinition } from "../../../src/store/aws/createAwsTables.ts"

class Unkind extends Weather {
  constructor(ways: Partial<Weather>) {
    super()
    Object.assign(this, ways)
  }
}

const hour = 3_600_000

const open = (weather = new Weather()) => {
  const world = new World(1, new Faults([]))
  const wire = new Wire(world)
  wire.weather = weather
  const table = wire.dynamodb.create(shapeOf(tableDefinition("t")))
  const shards = wire.streams.of("t", table.shape)
  const ask = (operation: string, input: object): any => {
    let answer: unknown
    try {
      wire.streams.request(
        { operation, input: { StreamArn: shards.arn, ...input }, by: "tests" },
        { done: (output) => (answer = output), failed: (error) => (answer = error) }
      )
    } catch (error) {
      answer = error
    }
    return answer
  }
  const write = (pk: string, v: number | undefined) =>
    table.write(pk, "a", v === undefined ? undefined : { pk: { S: pk }, sk: { S: "a" }, v: { N: String(v) } }, "tests")
  const list = (): ReadonlyArray<any> => {
    const found: Array<any> = []
    let last: string | undefined
    do {
      const { StreamDescription } = ask("DescribeStream", last === undefined ? {} : { ExclusiveStartShardId: last })
      found.push(...StreamDescription.Shards)
      last = StreamDescription.LastEvaluatedShardId
    } while (last !== undefined)
    return found
  }
  const iterator = (ShardId: string, after?: string): string =>
    ask("GetShardIterator", {
      ShardId,
      ...(after === undefined
        ? { ShardIteratorType: "TRIM_HORIZON" }
        : { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber: after })
    }).ShardIterator
  const records = (ShardIterator: string, more: object = {}) => ask("GetRecords", { ShardIterator, ...more })
  /** Of all shards, as they are listed. */
  const all = (): ReadonlyArray<any> => list().flatMap(({ ShardId }) => records(iterator(ShardId)).Records)
  const wait = (ms: number) => void world.run(() => false, world.now + ms, 1_000)
  const keyed = (found: ReadonlyArray<any>) =>
    found.map(({ eventName, dynamodb }) => `${eventName} ${dynamodb.Keys.pk.S}`)
  return { wire, shards, ask, write, list, iterator, records, all, wait, keyed }
}

describe("records", () => {
  it("tell of a change by its keys, and of one that changes nothing not at all", () => {
    const { write, all, keyed } = open()
    write("a", 1)
    write("a", 1)
    write("a", 2)
    write("a", undefined)
    expect(keyed(all())).toEqual(["INSERT a", "MODIFY a", "REMOVE a"])
    expect(Object.keys(all()[0].dynamodb.Keys)).toEqual(["pk", "sk"])
  })

  it("of one item come in their order, however late; of several in any", () => {
    const delays = [500, 100, 50]
    const { write, all, keyed, wait } = open(new Unkind({ recordDelayMs: () => delays.shift() ?? 0 }))
    write("a", 1)
    write("a", 2)
    write("b", 1)
    wait(99)
    expect(keyed(all())).toEqual(["INSERT b"])
    wait(1_000)
    expect(keyed(all()).filter((one) => one.endsWith("a"))).toEqual(["INSERT a", "MODIFY a"])
  })

  it("come in pages, which may be empty though there are more", () => {
    const { write, list, iterator, records, wire } = open()
    for (const v of [1, 2, 3]) write("a", v)
    const shard = list().find(({ ShardId }) => records(iterator(ShardId)).Records.length > 0)
    wire.weather = new Unkind({ heldBack: (of) => of })
    const empty = records(iterator(shard.ShardId))
    expect(empty.Records).toEqual([])
    wire.weather = new Weather()
    const first = records(empty.NextShardIterator, { Limit: 2 })
    expect(first.Records).toHaveLength(2)
    expect(records(first.NextShardIterator).Records).toHaveLength(1)
    const after = iterator(shard.ShardId, first.Records[0].dynamodb.SequenceNumber)
    expect(records(after).Records).toHaveLength(2)
    expect(records(after, { Limit: 1_001 })).toMatchObject({ name: "ValidationException" })
  })
})

describe("shards", () => {
  it("are several, listed in pages, and split: a parent ends, its children go on", () => {
    const { ask, write, list, iterator, records, shards, keyed } = open()
    write("a", 1)
    const parent = shards.all.find(({ records }) => records.length > 0) as (typeof shards.all)[number]
    shards.split(parent)
    write("a", 2)
    const listed = list()
    expect(ask("DescribeStream", {}).StreamDescription.LastEvaluatedShardId).toBeDefined()
    expect(listed).toHaveLength(4)
    const children = listed.filter(({ ParentShardId }) => ParentShardId === parent.id)
    expect(children).toHaveLength(2)
    const ended = records(iterator(parent.id))
    expect(keyed(ended.Records)).toEqual(["INSERT a"])
    expect(ended.NextShardIterator).toBeUndefined()
    expect(children.flatMap(({ ShardId }) => keyed(records(iterator(ShardId)).Records))).toEqual(["MODIFY a"])
  })

  it("forget after a day: what was to come next is gone, and so is a shard that has ended", () => {
    const { write, list, iterator, records, ask, wait, shards, keyed, all } = open()
    write("a", 1)
    const { id } = shards.all.find(({ records }) => records.length > 0) as (typeof shards.all)[number]
    const after = records(iterator(id)).Records[0].dynamodb.SequenceNumber
    const old = iterator(id, after)
    wait(12 * hour)
    write("a", 2)
    wait(13 * hour)
    write("a", 3)
    expect(keyed(all())).toEqual(["MODIFY a", "MODIFY a"])
    const question = { ShardId: id, ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber: after }
    expect(ask("GetShardIterator", question)).toMatchObject({ name: "TrimmedDataAccessException" })
    expect(records(old)).toMatchObject({ name: "ExpiredIteratorException" })
    shards.split(shards.find(id) as (typeof shards.all)[number])
    wait(25 * hour)
    expect(list().map(({ ShardId }) => ShardId)).not.toContain(id)
    expect(ask("GetShardIterator", { ShardId: id, ShardIteratorType: "TRIM_HORIZON" })).toMatchObject({
      name: "ResourceNotFoundException"
    })
  })

  it("have iterators for a quarter of an hour", () => {
    const { list, iterator, records, wait } = open()
    const one = iterator(list()[0].ShardId)
    wait(15 * 60_000)
    expect(records(one).Records).toEqual([])
    wait(1)
    expect(records(one)).toMatchObject({ name: "ExpiredIteratorException" })
  })

  it("are throttled for whoever reads them too often", () => {
    const { list, iterator, records } = open()
    const one = iterator(list()[0].ShardId)
    const answers = Array.from({ length: 300 }, () => records(one))
    expect(answers.filter(({ name }) => name === "LimitExceededException").length).toBeGreaterThan(0)
    expect(answers[0].Records).toEqual([])
  })
})
