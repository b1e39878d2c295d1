import { describe, expect, it } from "vitest"
import type { Reply } from "../../../simulation/wire/service.ts"
import { Weather } from "../../../simulation/wire/weather.ts"
import { Wire } from "../../../simulation/wire/wire.ts"
import { Faults } from "../../../simulation/world/faults.ts"
import { World } from "../../../simulation/world/world.ts"
import { tableDefinition } from "../../../src/store/aws/createAwsTables.ts"

const S = (text: string) => ({ S: text })
const N = (number: number) => ({ N: String(number) })

/** A wire in virtual time, and one table on it. */
const open = () => {
  const world = new World(1, new Faults([]))
  const wire = new Wire(world)
  /** What comes of it, once `untilMs` have gone by. */
  const ask = (operation: string, input: object, untilMs = 0): any => {
    let answer: unknown
    const reply: Reply = { done: (output) => (answer = output), failed: (error) => (answer = error) }
    try {
      wire.dynamodb.request({ operation, input: { TableName: "t", ...input }, by: "tests" }, reply)
    } catch (error) {
      answer = error
    }
    world.run(() => false, world.now + untilMs, 1_000)
    return answer
  }
  ask("CreateTable", tableDefinition("t"))
  const put = (pk: string, sk: string, more: object = {}) => ask("PutItem", { Item: { pk: S(pk), sk: S(sk), ...more } })
  const queryOf = (pk: string, more: object = {}) => ({
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: { ":pk": S(pk) },
    ...more
  })
  const keys = ({ Items }: any): ReadonlyArray<string> => Items.map(({ sk }: any) => sk.S)
  return { world, wire, ask, put, queryOf, keys }
}

class Unkind extends Weather {
  constructor(ways: Partial<Weather>) {
    super()
    Object.assign(this, ways)
  }
}

describe("expressions", () => {
  const there = { pk: S("a"), sk: S("b"), v: N(5), t: S("text"), gp: S("g") }
  const holds = (ConditionExpression: string, values: object = {}, names: object = {}) => {
    const { ask, put } = open()
    put("a", "b", there)
    const more = {
      ...(Object.keys(values).length === 0 ? {} : { ExpressionAttributeValues: values }),
      ...(Object.keys(names).length === 0 ? {} : { ExpressionAttributeNames: names })
    }
    const answer = ask("PutItem", { Item: there, ConditionExpression, ...more })
    return answer instanceof Error ? answer.name : true
  }
  const no = "ConditionalCheckFailedException"

  it.each([
    ["attribute_exists(v)", {}, true],
    ["attribute_not_exists(v)", {}, no],
    ["v = :v", { ":v": N(5) }, true],
    ["v = :v", { ":v": S("5") }, no],
    ["v <> :v", { ":v": S("5") }, true],
    ["v < :v", { ":v": N(40) }, true],
    ["v > :v", { ":v": N(40) }, no],
    ["v BETWEEN :a AND :b", { ":a": N(5), ":b": N(6) }, true],
    ["v in (:a, :b)", { ":a": N(4), ":b": N(5) }, true],
    ["NOT gp IN (:g)", { ":g": S("g") }, no],
    ["attribute_not_exists(gp) OR NOT gp IN (:g)", { ":g": S("h") }, true],
    ["NOT attribute_exists(v) AND attribute_exists(t) OR attribute_exists(sk)", {}, true],
    ["NOT (attribute_exists(v) OR attribute_exists(nothing))", {}, no],
    ["begins_with(t, :t)", { ":t": S("te") }, true],
    ["contains(t, :t)", { ":t": S("ex") }, true],
    ["attribute_type(t, :t)", { ":t": S("N") }, no],
    ["size(t) >= :n", { ":n": N(4) }, true],
    ["nothing = :v", { ":v": N(5) }, no],
    ["v == :v", { ":v": N(5) }, "ValidationException"],
    ["v = :v)", { ":v": N(5) }, "ValidationException"],
    ["v = :v", {}, "ValidationException"],
    ["attribute_exists(v)", { ":unused": N(5) }, "ValidationException"],
    ["t.a = :v", { ":v": N(5) }, "UnknownToWire"],
    ["shape(t) = :v", { ":v": N(5) }, "UnknownToWire"]
  ])("%s", (expression, values, expected) => {
    expect(holds(expression, values)).toBe(expected)
  })

  it("knows names by their placeholders, and refuses those that are used for nothing, or not told", () => {
    expect(holds("attribute_exists(#v)", {}, { "#v": "v" })).toBe(true)
    expect(holds("attribute_not_exists(pk)", {}, { "#v": "v" })).toBe("ValidationException")
    expect(holds("attribute_exists(#v)")).toBe("ValidationException")
  })

  it("changes an item by what it was before", () => {
    const { ask, put } = open()
    put("a", "b", { n: N(5), m: N(1), gone: N(1) })
    const update = {
      Key: { pk: S("a"), sk: S("b") },
      UpdateExpression: "SET n = n - :n, m = n + :n, fresh = if_not_exists(fresh, :n) REMOVE gone",
      ExpressionAttributeValues: { ":n": N(2) },
      ReturnValues: "ALL_NEW"
    }
    expect(ask("UpdateItem", update).Attributes).toEqual({
      pk: S("a"),
      sk: S("b"),
      n: N(3),
      m: N(7),
      fresh: N(2)
    })
    expect(ask("UpdateItem", { ...update, UpdateExpression: "DELETE n :n" }).name).toBe("UnknownToWire")
  })
})

describe("limits", () => {
  it.each([
    ["a partition key over 2 KB", { pk: S("k".repeat(2_049)), sk: S("a") }],
    ["a sort key over 1 KB", { pk: S("a"), sk: S("é".repeat(513)) }],
    ["an empty key", { pk: S(""), sk: S("a") }],
    ["no sort key", { pk: S("a") }],
    ["a key of another type", { pk: S("a"), sk: N(1) }],
    ["a key of the index that is of another type", { pk: S("a"), sk: S("a"), gp: N(1) }],
    ["an item over 400 KB", { pk: S("a"), sk: S("a"), j: S("é".repeat(204_800)) }]
  ])("refuses %s", (_, Item) => {
    expect(open().ask("PutItem", { Item })).toMatchObject({ name: "ValidationException" })
  })

  it("takes an item of just 400 KB, counted in bytes of UTF-8", () => {
    const rest = "pk".length + 1 + "sk".length + 1 + "j".length
    const Item = { pk: S("a"), sk: S("a"), j: S("é".repeat((409_600 - rest - 1) / 2)) }
    expect(open().ask("PutItem", { Item })).toEqual({})
  })

  it("orders keys by the bytes of UTF-8", () => {
    const { ask, put, keys, queryOf } = open()
    for (const sk of ["\u{1f388}", "\uffee", "a", "é"]) put("a", sk)
    expect(keys(ask("Query", queryOf("a")))).toEqual(["a", "é", "\uffee", "\u{1f388}"])
  })
})

describe("pages", () => {
  it("ends one after a megabyte before the filter, and says where", () => {
    const { ask, keys, put, queryOf } = open()
    for (const sk of ["1", "2", "3", "4"])
      put("a", sk, { j: S("x".repeat(390_000)), ...(sk === "4" ? { wanted: N(1) } : {}) })
    const filter = { FilterExpression: "attribute_exists(wanted)" }
    const first = ask("Query", queryOf("a", filter))
    expect(first).toMatchObject({ Items: [], Count: 0, ScannedCount: 3, LastEvaluatedKey: { sk: S("3") } })
    const second = ask("Query", queryOf("a", { ...filter, ExclusiveStartKey: first.LastEvaluatedKey }))
    expect(keys(second)).toEqual(["4"])
    expect(second.LastEvaluatedKey).toBeUndefined()
  })

  it("says where a page of just as many as were asked for has ended, though there are no more", () => {
    const { ask, put, queryOf } = open()
    for (const sk of ["1", "2"]) put("a", sk)
    const first = ask("Query", queryOf("a", { Limit: 2, ScanIndexForward: false }))
    expect(first.LastEvaluatedKey).toEqual({ pk: S("a"), sk: S("1") })
    const rest = queryOf("a", { Limit: 2, ScanIndexForward: false, ExclusiveStartKey: first.LastEvaluatedKey })
    expect(ask("Query", rest)).toMatchObject({ Items: [], Count: 0 })
  })

  it("goes on behind a start key whose item is gone", () => {
    const { ask, keys, put, queryOf } = open()
    for (const sk of ["1", "2", "3"]) put("a", sk)
    ask("DeleteItem", { Key: { pk: S("a"), sk: S("2") } })
    expect(keys(ask("Query", queryOf("a", { ExclusiveStartKey: { pk: S("a"), sk: S("2") } })))).toEqual(["3"])
  })

  it("goes through all partitions in a scan, the items of each together and in their order", () => {
    const { ask, put } = open()
    for (const pk of ["a", "b", "c"]) for (const sk of ["2", "1"]) put(pk, sk)
    const seen: Array<string> = []
    for (let next: object | undefined = {}; next !== undefined; ) {
      const page: any = ask("Scan", {
        Limit: 1,
        ...(Object.keys(next).length === 0 ? {} : { ExclusiveStartKey: next })
      })
      seen.push(...page.Items.map(({ pk, sk }: any) => `${pk.S}${sk.S}`))
      next = page.LastEvaluatedKey
    }
    expect(seen.toSorted()).toEqual(["a1", "a2", "b1", "b2", "c1", "c2"])
    for (const pk of ["a", "b", "c"]) expect(seen.indexOf(`${pk}2`)).toBe(seen.indexOf(`${pk}1`) + 1)
  })
})

describe("reads that are behind", () => {
  it("a scan goes on behind a start key that it does not see yet, with all partitions that follow", () => {
    const { ask, put, wire, world } = open()
    for (const pk of ["a", "b", "c"]) put(pk, "1")
    const order: ReadonlyArray<string> = ask("Scan", {}).Items.map(({ pk }: any) => pk.S)
    world.run(() => false, world.now + 1_000, 10)
    const [first = "", ...others] = order
    put(first, "2")
    wire.weather = new Unkind({ readLagMs: () => 500 })
    const rest = ask("Scan", { ExclusiveStartKey: { pk: S(first), sk: S("2") } })
    expect(rest.Items.map(({ pk }: any) => pk.S)).toEqual(others)
  })

  it("a page of an index goes on among those of one sort key behind one that is not there any more", () => {
    const { ask, put } = open()
    const entry = { gp: S("running"), gs: S("1") }
    for (const pk of ["a", "b", "c"]) put(pk, "head", entry)
    ask("DeleteItem", { Key: { pk: S("b"), sk: S("head") } })
    const query = {
      IndexName: "runs",
      KeyConditionExpression: "gp = :gp",
      ExpressionAttributeValues: { ":gp": S("running") },
      ExclusiveStartKey: { pk: S("b"), sk: S("head"), ...entry }
    }
    expect(ask("Query", query).Items.map(({ pk }: any) => pk.S)).toEqual(["c"])
  })

  it("a read without ConsistentRead sees what stood there before, and a consistent one does not", () => {
    const { ask, put, keys, queryOf, wire, world } = open()
    put("a", "1")
    world.run(() => false, world.now + 1_000, 10)
    put("a", "2")
    wire.weather = new Unkind({ readLagMs: () => 500 })
    expect(keys(ask("Query", queryOf("a")))).toEqual(["1"])
    expect(keys(ask("Query", queryOf("a", { ConsistentRead: true })))).toEqual(["1", "2"])
    const Key = { pk: S("a"), sk: S("2") }
    expect(ask("GetItem", { Key })).toEqual({})
    expect(ask("GetItem", { Key, ConsistentRead: true }).Item).toEqual(Key)
  })

  it("an index shows an item that moves in both of its partitions, or in neither", () => {
    const { ask, put, wire, world } = open()
    const entry = (gp: string) => ({ gp: S(gp), gs: S("1"), d: S("v1"), b: S("not in the index") })
    put("a", "head", entry("running"))
    world.run(() => false, world.now + 1_000, 10)
    put("a", "head", entry("ended"))
    const seen = (gp: string) =>
      ask("Query", {
        IndexName: "runs",
        KeyConditionExpression: "gp = :gp",
        ExpressionAttributeValues: { ":gp": S(gp) }
      }).Items
    expect(seen("ended")).toEqual([{ pk: S("a"), sk: S("head"), gp: S("ended"), gs: S("1"), d: S("v1") }])
    expect(seen("running")).toEqual([])
    const lags = [500, 500, 0, 0]
    wire.weather = new Unkind({ indexLagMs: () => lags.shift() ?? 0 })
    expect([seen("running"), seen("ended")].map(({ length }) => length)).toEqual([1, 0])
    expect([seen("running"), seen("ended")].map(({ length }) => length)).toEqual([0, 1])
  })

  it("a consistent Query takes its items one after the other, and not those of one moment", () => {
    const { ask, put, queryOf, wire, world } = open()
    put("a", "head", { v: N(1) })
    put("a", "start", { v: N(1) })
    wire.weather = new Unkind({ tearMs: () => 100 })
    // After the first of them, and before the second.
    world.draw.below = () => 1
    world.later(50, () => {
      wire.dynamodb.table("t").write("a", "head", { pk: S("a"), sk: S("head"), v: N(2) }, "another")
      wire.dynamodb.table("t").write("a", "start", { pk: S("a"), sk: S("start"), v: N(2) }, "another")
    })
    const { Items } = ask("Query", queryOf("a", { ConsistentRead: true }), 200)
    expect(Items.map(({ v }: any) => v.N)).toEqual(["1", "2"])
  })

  it("knows no consistent read of an index", () => {
    const query = {
      IndexName: "runs",
      ConsistentRead: true,
      KeyConditionExpression: "gp = :gp",
      ExpressionAttributeValues: { ":gp": S("a") }
    }
    expect(open().ask("Query", query).name).toBe("ValidationException")
  })
})

describe("transactions", () => {
  const Put = (pk: string, more: object = {}) => ({ Put: { TableName: "t", Item: { pk: S(pk), sk: S("a") }, ...more } })
  const absent = { ConditionExpression: "attribute_not_exists(pk)" }

  it("writes all or nothing, and gives a reason for each of its actions", () => {
    const { ask, put } = open()
    put("there", "a")
    const TransactItems = [
      Put("fresh", absent),
      Put("there", { ...absent, ReturnValuesOnConditionCheckFailure: "ALL_OLD" })
    ]
    const refused = ask("TransactWriteItems", { TransactItems })
    expect(refused.CancellationReasons).toMatchObject([
      { Code: "None" },
      { Code: "ConditionalCheckFailed", Item: { pk: S("there") } }
    ])
    expect(ask("GetItem", { Key: { pk: S("fresh"), sk: S("a") }, ConsistentRead: true })).toEqual({})
    expect(ask("TransactWriteItems", { TransactItems: [Put("fresh", absent)] })).toEqual({})
  })

  it("is carried out once, however often the SDK sends it", () => {
    const { wire, ask } = open()
    const input = { TransactItems: [Put("a", absent)] }
    const send = () => {
      let answer: unknown
      wire.dynamodb.request(
        { operation: "TransactWriteItems", input, by: "tests" },
        { done: (output) => (answer = output), failed: (error) => (answer = error) }
      )
      return answer
    }
    expect([send(), send()]).toEqual([{}, {}])
    expect(ask("TransactWriteItems", { ...input }).name).toBe("TransactionCanceledException")
  })

  it("says that another one is at its items, and refuses two actions on one", () => {
    const { ask, wire } = open()
    expect(ask("TransactWriteItems", { TransactItems: [Put("a"), Put("a")] }).name).toBe("ValidationException")
    wire.weather = new Unkind({ isInConflict: () => true })
    const { CancellationReasons } = ask("TransactWriteItems", { TransactItems: [Put("a"), Put("b")] })
    expect(CancellationReasons.map(({ Code }: any) => Code)).toEqual(["None", "TransactionConflict"])
  })
})

describe("what else it does", () => {
  it("gives a batch back what it has not done", () => {
    const { ask, wire } = open()
    const puts = ["1", "2", "3"].map((sk) => ({ PutRequest: { Item: { pk: S("a"), sk: S(sk) } } }))
    wire.weather = new Unkind({ leftovers: () => 2 })
    expect(ask("BatchWriteItem", { RequestItems: { t: puts } }).UnprocessedItems.t).toEqual(puts.slice(1))
    const Keys = [
      { pk: S("a"), sk: S("1") },
      { pk: S("a"), sk: S("2") }
    ]
    expect(ask("BatchGetItem", { RequestItems: { t: { Keys, ConsistentRead: true } } })).toMatchObject({
      Responses: { t: [{ sk: S("1") }] },
      UnprocessedKeys: { t: { Keys: [Keys[1]] } }
    })
  })

  it("throttles", () => {
    const { ask, wire } = open()
    wire.weather = new Unkind({ isThrottled: () => true })
    expect(ask("GetItem", { Key: {} }).name).toBe("ProvisionedThroughputExceededException")
  })

  it("deletes what has expired, late, and not what has been given more time", () => {
    const { ask, put, world } = open()
    ask("UpdateTimeToLive", { TimeToLiveSpecification: { AttributeName: "ttl", Enabled: true } })
    const inHours = (hours: number) => N(Math.floor(world.now / 1_000) + hours * 3_600)
    put("a", "1", { ttl: inHours(1) })
    put("a", "2", { ttl: inHours(1) })
    put("a", "2", { ttl: inHours(1_000) })
    const is = (sk: string) =>
      ask("GetItem", { Key: { pk: S("a"), sk: S(sk) }, ConsistentRead: true }).Item !== undefined
    world.run(() => false, world.now + 3_500_000, 100)
    expect([is("1"), is("2")]).toEqual([true, true])
    world.run(() => false, world.now + 50 * 3_600_000, 100)
    expect([is("1"), is("2")]).toEqual([false, true])
  })
})
