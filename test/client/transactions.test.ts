import { DatabaseSync } from "node:sqlite"
import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { clientLayer } from "../../src/client/client.ts"
import {
  Client,
  continueAsNew,
  defineSignal,
  defineWorkflow,
  type RunItems,
  type RunStatements,
  type Workflow
} from "../../src/index.ts"
import { RunEraser } from "../../src/store/deletion/runEraser.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { testAwsStore, testCredentials, testRegion } from "../servers/testAws.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { newHead, newName } from "../store/samples.ts"
import { dynamoNumbers } from "../store/userTables.ts"
import { eventually, live, openEngine, type StoreLayer, tempFile, withSql } from "../streams/engine.ts"
import { waitsFor } from "./waitsFor.ts"

const paid = defineSignal("paid", Schema.Struct({ cents: Schema.Number }))

const order = defineWorkflow("order", {
  input: Schema.Struct({ text: Schema.String }),
  output: Schema.Number,
  run: () => Effect.map(paid.receive, ({ cents }) => cents)
})

/** As a later deployment has it. */
const orderWithDefault = defineWorkflow("order", {
  input: Schema.Struct({
    text: Schema.String,
    currency: Schema.String.pipe(Schema.withDecodingDefaultKey(Effect.succeed("EUR")))
  }),
  output: Schema.Number,
  run: () => Effect.map(paid.receive, ({ cents }) => cents)
})

const rounds: Workflow<"rounds", number, ReadonlyArray<number>, never> = defineWorkflow("rounds", {
  input: Schema.Number,
  output: Schema.Array(Schema.Number),
  run: Effect.fn(function* (round: number) {
    const { cents } = yield* paid.receive
    if (round === 0) return yield* continueAsNew(rounds, 1)
    return [round, cents]
  })
})

const pair = defineWorkflow("pair", {
  input: Schema.Void,
  output: Schema.Array(Schema.Number),
  run: Effect.fn(function* () {
    return [(yield* paid.receive).cents, (yield* paid.receive).cents]
  })
})

const cancelled = { name: "TransactionCanceledException" }

const both = { workflows: [order, rounds, pair] }

const commit = (filename: string, parts: ReadonlyArray<RunStatements>, own = "insert into orders values ('o')") =>
  Effect.sync(() => {
    const file = new DatabaseSync(filename)
    try {
      file.exec("pragma busy_timeout = 5000; create table if not exists orders (id text primary key)")
      file.exec("begin immediate")
      file.exec(own)
      for (const { params = [], sql } of parts.flatMap(({ statements }) => statements)) file.prepare(sql).run(...params)
      file.exec("commit")
      return "committed"
    } catch (error) {
      return (error as Error).message
    } finally {
      file.close()
    }
  })

const orders = (filename: string) =>
  withSql(filename, (file) =>
    file
      .prepare("select id from orders")
      .all()
      .map(({ id }) => id)
  )

/** It has gone on as new by then. */
const endAndDelete = Effect.fnUntraced(function* (
  client: Client["Service"],
  runId: string,
  tombstone: "none" | undefined = undefined
) {
  yield* client.signal(runId, paid, { cents: 1 })
  yield* client.signal(runId, paid, { cents: 2 })
  yield* client.wait(rounds, runId)
  yield* client.delete(runId, tombstone === undefined ? {} : { tombstone })
})

interface Services {
  readonly client: Client["Service"]
  readonly table: RunTable["Service"]
  readonly eraser: RunEraser["Service"]
}

/** A client, and nobody who turns anything. */
const servicesOf = (store: StoreLayer) =>
  Effect.map(
    Layer.build(Layer.provideMerge(clientLayer, store)),
    (context): Services => ({
      client: Context.get(context, Client),
      table: Context.get(context, RunTable),
      eraser: Context.get(context, RunEraser)
    })
  )

/** A run that has ended, and was asked to start once more. */
const askedAgain = Effect.fnUntraced(function* ({ client, table }: Services, runId: string) {
  yield* client.start(order, { runId, input: { text: "" } })
  const outcome = { tag: "succeeded", payload: { json: "1" } } as const
  yield* table.commitHead(runId, newHead({ status: "succeeded", workflow: "order", outcome }))
  yield* client.start(order, { runId, input: { text: "" }, policy: "afterFinish", requestId: "again" })
  return runId
})

/** As it was deleted, before its id is free where it had a head. */
const vanish = Effect.fnUntraced(function* ({ eraser, table }: Services, runId: string) {
  const head = yield* table.readHead(runId)
  const until = Date.now()
  if (head !== undefined)
    yield* table.commitHead(runId, { ...head, version: 2, status: "deleted", deletion: { generation: 0, until } })
  yield* table.entomb(runId, { kind: "deleted", at: until, until, generation: 0 })
  yield* eraser.erase({ runId, generation: 0, streams: [] })
})

describe("in a transaction of the user's own, on SQLite", () => {
  const open = Effect.gen(function* () {
    const filename = yield* tempFile
    return { filename, ...(yield* openEngine({ ...both, filename })) }
  })

  live("a run starts and is signalled with the order's row, and a host hears of it", () =>
    Effect.gen(function* () {
      const { client, filename } = yield* open
      const start = yield* client.startStatements(order, { runId: "o", input: { text: "ü".repeat(200_000) } })
      const signal = yield* client.signalStatements(start, paid, { cents: 7 })
      expect(yield* commit(filename, [start, signal])).toBe("committed")
      expect(yield* client.wait(order, "o")).toBe(7)
      expect(yield* orders(filename)).toEqual(["o"])
      // As the client's own start is: the same start once more is the same run.
      expect(yield* client.start(order, { runId: "o", input: { text: "ü".repeat(200_000) } })).toMatchObject({
        isNew: false
      })
    })
  )

  live("nothing of it is there where the transaction is not", () =>
    Effect.gen(function* () {
      const { client, filename } = yield* open
      const start = yield* client.startStatements(order, { runId: "o", input: { text: "" } })
      expect(yield* commit(filename, [start], "insert into missing values (1)")).toContain("no such table")
      expect(yield* Effect.flip(client.get("o"))).toMatchObject({ _tag: "RunNotFound" })
    })
  )

  live("a run that is there keeps the order's row out, and says so", () =>
    Effect.gen(function* () {
      const { client, filename } = yield* open
      yield* client.start(order, { runId: "o", input: { text: "first" } })
      const start = yield* client.startStatements(order, { runId: "o", input: { text: "second" } })
      expect(yield* commit(filename, [start])).toContain("dynactor: run o is there already")
      expect(yield* orders(filename)).toEqual([])
      expect(yield* client.explainCancelled([start])).toMatchObject({ _tag: "RunConflict" })
      const again = yield* client.startStatements(order, { runId: "o", input: { text: "first" } })
      expect(yield* client.explainCancelled([again])).toEqual({ _tag: "IsThere", runId: "o" })
    })
  )

  live(
    "an input to which a default was added since is that of the same run; that of one that was deleted is told",
    () =>
      Effect.gen(function* () {
        const { client, filename } = yield* open
        yield* client.start(order, { runId: "o", input: { text: "first" } })
        const start = (currency: string) =>
          client.startStatements(orderWithDefault, { runId: "o", input: { text: "first", currency } })
        const [same, other] = [yield* start("EUR"), yield* start("USD")]
        expect(yield* commit(filename, [same])).toContain("dynactor: run o is there already")
        expect(yield* client.explainCancelled([same])).toEqual({ _tag: "IsThere", runId: "o" })
        expect(yield* client.explainCancelled([other])).toMatchObject({ _tag: "RunConflict" })
        yield* client.signal("o", paid, { cents: 7 })
        expect(yield* client.wait(order, "o")).toBe(7)
        yield* client.delete("o")
        expect(yield* commit(filename, [same])).toContain("dynactor: run o is there already")
        expect(yield* client.explainCancelled([same])).toMatchObject({ _tag: "RunDeleted" })
        expect(yield* orders(filename)).toEqual([])
      })
  )

  live("a signal to a run that has ended meanwhile keeps the order's row out; before, it is no statement at all", () =>
    Effect.gen(function* () {
      const { client, filename } = yield* open
      yield* client.start(order, { runId: "o", input: { text: "" } })
      const late = yield* client.signalStatements("o", paid, { cents: 8 })
      yield* client.signal("o", paid, { cents: 7 })
      expect(yield* client.wait(order, "o")).toBe(7)
      expect(yield* commit(filename, [late])).toMatch(/dynactor: run o has ended, and signal paid .* comes too late/)
      expect(yield* Effect.flip(client.signalStatements("o", paid, { cents: 8 }))).toMatchObject({
        _tag: "RunFinished"
      })
      expect(yield* Effect.flip(client.signalStatements("none", paid, { cents: 8 }))).toMatchObject({
        _tag: "RunNotFound"
      })
    })
  )

  live("a signal that was sent before is not sent again, and another under its id is told", () =>
    Effect.gen(function* () {
      const { client, filename, table } = yield* open
      yield* client.start(order, { runId: "o", input: { text: "" } })
      const signal = yield* client.signalStatements("o", paid, { cents: 7 }, { id: "one" })
      expect(yield* commit(filename, [signal])).toBe("committed")
      expect((yield* client.signalStatements("o", paid, { cents: 7 }, { id: "one" })).statements).toEqual([])
      const other = client.signalStatements("o", paid, { cents: 8 }, { id: "one" })
      expect(yield* Effect.flip(other)).toMatchObject({ _tag: "SignalConflict" })
      expect(yield* client.wait(order, "o")).toBe(7)
      expect(yield* table.lastSent?.("o") ?? Effect.succeed([])).toEqual(["signal/paid/one"])
    })
  )

  live("is behind what others have sent by then", () =>
    Effect.gen(function* () {
      const { client, filename, table } = yield* open
      yield* client.start(pair, { runId: "p", input: undefined })
      const second = yield* client.signalStatements("p", paid, { cents: 2 }, { id: "second" })
      yield* client.signal("p", paid, { cents: 1 }, { id: "first" })
      expect(yield* commit(filename, [second])).toBe("committed")
      expect(yield* client.wait(pair, "p")).toEqual([1, 2])
      expect(yield* table.readMessage("p", "signal/paid/second")).toMatchObject({ previous: ["signal/paid/first"] })
    })
  )

  live("a file of another schema is told apart", () =>
    Effect.gen(function* () {
      const { client, close, filename } = yield* open
      const start = yield* client.startStatements(order, { runId: "o", input: { text: "" } })
      yield* close
      yield* withSql(filename, (file) => file.exec("pragma user_version = 999"))
      expect(yield* commit(filename, [start])).toContain("dynactor: the file is not of schema")
    })
  )

  live("a signal for a generation that is over by then reaches the next one", () =>
    Effect.gen(function* () {
      const { client, filename } = yield* open
      yield* client.start(rounds, { runId: "r", input: 0 })
      const late = yield* client.signalStatements("r", paid, { cents: 9 })
      yield* client.signal("r", paid, { cents: 1 })
      yield* eventually(
        "the next generation",
        Effect.map(client.get("r"), ({ generation }) => generation === 1)
      )
      expect(yield* commit(filename, [late])).toBe("committed")
      expect(yield* client.wait(rounds, "r")).toEqual([1, 9])
    })
  )

  live(
    "a signal for a generation of a run that was deleted by then keeps the order's row out, also if its id is free",
    () =>
      Effect.gen(function* () {
        const { client, filename, table } = yield* open
        yield* client.start(rounds, { runId: "r", input: 0 })
        const late = yield* client.signalStatements("r", paid, { cents: 9 })
        yield* endAndDelete(client, "r")
        expect(yield* commit(filename, [late])).toMatch(
          /dynactor: there is no run r any more: it was deleted, and signal/
        )
        expect(yield* client.explainCancelled([late])).toMatchObject({ _tag: "RunNotFound", runId: "r" })
        yield* client.start(rounds, { runId: "f", input: 0 })
        const later = yield* client.signalStatements("f", paid, { cents: 9 })
        yield* endAndDelete(client, "f", "none")
        expect(yield* table.readHead("f")).toBeUndefined()
        expect(yield* commit(filename, [later])).toContain("dynactor: there is no run f any more")
        expect(yield* client.explainCancelled([later])).toMatchObject({ _tag: "RunNotFound", runId: "f" })
        expect(yield* orders(filename)).toEqual([])
      })
  )

  live("a signal for what has not begun keeps the order's row out if that is deleted before it begins", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const services = yield* servicesOf(sqliteStore({ filename }))
      const { client } = services
      yield* client.start(order, { runId: "o", input: { text: "" } })
      const first = yield* client.signalStatements("o", paid, { cents: 7 })
      yield* vanish(services, "o")
      expect(yield* commit(filename, [first])).toContain("dynactor: there is no run o any more")
      const next = yield* client.signalStatements(yield* askedAgain(services, "p"), paid, { cents: 7 })
      yield* vanish(services, "p")
      expect(yield* commit(filename, [next])).toContain("dynactor: there is no run p any more")
      const goesOn = yield* client.signalStatements(yield* askedAgain(services, "q"), paid, { cents: 7 })
      expect(yield* commit(filename, [goesOn])).toBe("committed")
    })
  )

  live("items are of the other store", () =>
    Effect.gen(function* () {
      const { client } = yield* open
      expect(yield* Effect.flip(client.startItem(order, { input: { text: "" } }))).toMatchObject({ _tag: "OtherStore" })
      yield* client.start(order, { runId: "o", input: { text: "" } })
      expect(yield* Effect.flip(client.signalItem("o", paid, { cents: 7 }))).toMatchObject({ _tag: "OtherStore" })
    })
  )
})

describeWithServers("in a transaction of the user's own, on DynamoDB", [dynoxide, fauxqs], (endpointOf) => {
  const numbers = newName("numbers")
  const user = dynamoNumbers(() => endpointOf(dynoxide), numbers)
  let made: Promise<void> | undefined
  const open = Effect.gen(function* () {
    made ??= user.make()
    yield* Effect.promise(() => made as Promise<void>)
    const endpoints = {
      dynamodb: yield* Effect.promise(() => endpointOf(dynoxide)),
      sqs: yield* Effect.promise(() => endpointOf(fauxqs))
    }
    const newStore = () => testAwsStore(async () => endpoints) as StoreLayer
    const engine = yield* openEngine({ ...both, wrap: newStore })
    const documents = DynamoDBDocumentClient.from(
      new DynamoDBClient({ region: testRegion, credentials: testCredentials, endpoint: endpoints.dynamodb })
    )
    const commit = (id: string, parts: ReadonlyArray<RunItems>) =>
      Effect.promise(() =>
        documents
          .send(
            new TransactWriteCommand({
              TransactItems: [
                { Put: { TableName: numbers, Item: { id, n: 1 }, ConditionExpression: "attribute_not_exists(id)" } },
                ...parts.flatMap(({ items }) => items)
              ]
            })
          )
          .then(
            () => "committed" as const,
            (error: unknown) => error
          )
      )
    const isOrdered = (id: string) =>
      Effect.promise(
        async () => (await documents.send(new GetCommand({ TableName: numbers, Key: { id } }))).Item !== undefined
      )
    return { ...engine, commit, isOrdered, newStore }
  })

  live("a run starts and is signalled with the order's item, and a host hears of it", () =>
    Effect.gen(function* () {
      const { client, commit, isOrdered } = yield* open
      const id = newName("o")
      const start = yield* client.startItem(order, { runId: id, input: { text: "ü".repeat(200_000) } })
      const signal = yield* client.signalItem(start, paid, { cents: 7 })
      expect(yield* commit(id, [start, signal])).toBe("committed")
      expect(yield* client.wait(order, id)).toBe(7)
      expect(yield* isOrdered(id)).toBe(true)
    })
  )

  live("the same run again, and another one, keep the order's item out and are told apart", () =>
    Effect.gen(function* () {
      const { client, commit, isOrdered } = yield* open
      const id = newName("o")
      yield* client.start(order, { runId: id, input: { text: "first" } })
      const same = yield* client.startItem(order, { runId: id, input: { text: "first" } })
      expect(yield* commit(id, [same])).toMatchObject(cancelled)
      expect(yield* client.explainCancelled([same])).toEqual({ _tag: "IsThere", runId: id })
      const other = yield* client.startItem(order, { runId: id, input: { text: "second" } })
      expect(yield* commit(id, [other])).toMatchObject(cancelled)
      expect(yield* client.explainCancelled([same, other])).toMatchObject({
        _tag: "RunConflict",
        message: `run ${id} was started before with another input`
      })
      expect(yield* isOrdered(id)).toBe(false)
    })
  )

  live(
    "an input to which a default was added since is that of the same run; that of one that was deleted is told",
    () =>
      Effect.gen(function* () {
        const { client, commit, isOrdered } = yield* open
        const id = newName("o")
        yield* client.start(order, { runId: id, input: { text: "first" } })
        const start = (currency: string) =>
          client.startItem(orderWithDefault, { runId: id, input: { text: "first", currency } })
        const [same, other] = [yield* start("EUR"), yield* start("USD")]
        expect(yield* commit(id, [same])).toMatchObject(cancelled)
        expect(yield* client.explainCancelled([same])).toEqual({ _tag: "IsThere", runId: id })
        expect(yield* client.explainCancelled([other])).toMatchObject({ _tag: "RunConflict" })
        yield* client.signal(id, paid, { cents: 7 })
        expect(yield* client.wait(order, id)).toBe(7)
        yield* client.delete(id)
        expect(yield* commit(id, [same])).toMatchObject(cancelled)
        expect(yield* client.explainCancelled([same])).toMatchObject({ _tag: "RunDeleted" })
        expect(yield* isOrdered(id)).toBe(false)
      })
  )

  live("is not about ours where the order's own condition does not hold", () =>
    Effect.gen(function* () {
      const { client, commit } = yield* open
      const id = newName("o")
      expect(yield* commit(id, [])).toBe("committed")
      const start = yield* client.startItem(order, { runId: id, input: { text: "" } })
      expect(yield* commit(id, [start])).toMatchObject(cancelled)
      expect(yield* client.explainCancelled([start])).toBeUndefined()
      expect(yield* Effect.flip(client.get(id))).toMatchObject({ _tag: "RunNotFound" })
    })
  )

  live("a signal to a run that goes on is received; to one that has ended meanwhile it is too late", () =>
    Effect.gen(function* () {
      const { client, commit, isOrdered } = yield* open
      const [id, first] = [newName("o"), newName("first")]
      yield* client.start(order, { runId: id, input: { text: "" } })
      const late = yield* client.signalItem(id, paid, { cents: 8 })
      const signal = yield* client.signalItem(id, paid, { cents: 7 }, { id: "one" })
      expect(yield* commit(first, [signal])).toBe("committed")
      expect(yield* client.wait(order, id)).toBe(7)
      expect(yield* commit(id, [late])).toMatchObject(cancelled)
      expect(yield* client.explainCancelled([late])).toMatchObject({
        _tag: "RunFinished",
        status: "succeeded"
      })
      expect(yield* isOrdered(id)).toBe(false)
      expect((yield* client.signalItem(id, paid, { cents: 7 }, { id: "one" })).items).toEqual([])
      const other = client.signalItem(id, paid, { cents: 6 }, { id: "one" })
      expect(yield* Effect.flip(other)).toMatchObject({ _tag: "SignalConflict" })
    })
  )

  live("of two signals to one run the second goes without its condition, which is the same item", () =>
    Effect.gen(function* () {
      const { client, commit } = yield* open
      const id = newName("o")
      yield* client.start(pair, { runId: id, input: undefined })
      const [first, second] = [
        yield* client.signalItem(id, paid, { cents: 7 }),
        yield* client.signalItem(id, paid, { cents: 8 })
      ]
      expect(yield* commit(newName("o"), [first, second])).toMatchObject({ name: "ValidationException" })
      const bare = { ...second, items: second.items.filter(({ ConditionCheck }) => ConditionCheck === undefined) }
      expect(yield* commit(newName("o"), [first, bare])).toBe("committed")
      expect(yield* client.wait(pair, id)).toEqual([7, 8])
    })
  )

  live("a signal that was sent meanwhile is told apart from another one", () =>
    Effect.gen(function* () {
      const { client, commit } = yield* open
      const id = newName("o")
      // It has not ended before both are sent: nobody turns it.
      yield* client.start(rounds, { runId: id, input: 0 })
      const signal = (cents: number) => client.signalItem(id, paid, { cents }, { id: "one" })
      const [same, other] = [yield* signal(7), yield* signal(8)]
      expect(yield* commit(newName("o"), [same])).toBe("committed")
      expect(yield* commit(newName("o"), [same])).toMatchObject(cancelled)
      expect(yield* client.explainCancelled([same])).toEqual({ _tag: "IsThere", runId: id })
      expect(yield* commit(newName("o"), [other])).toMatchObject(cancelled)
      expect(yield* client.explainCancelled([other])).toMatchObject({ _tag: "SignalConflict" })
    })
  )

  live(
    "a signal for a generation of a run that was deleted by then keeps the order's item out, also if its id is free",
    () =>
      Effect.gen(function* () {
        const { client, commit, isOrdered, table } = yield* open
        const [id, freed] = [newName("r"), newName("f")]
        yield* client.start(rounds, { runId: id, input: 0 })
        yield* waitsFor(client, id, "signal")
        const late = yield* client.signalItem(id, paid, { cents: 9 })
        yield* endAndDelete(client, id)
        expect(yield* commit(id, [late])).toMatchObject(cancelled)
        expect(yield* client.explainCancelled([late])).toMatchObject({ _tag: "RunNotFound", runId: id })
        yield* client.start(rounds, { runId: freed, input: 0 })
        yield* waitsFor(client, freed, "signal")
        const later = yield* client.signalItem(freed, paid, { cents: 9 })
        yield* endAndDelete(client, freed, "none")
        expect(yield* table.readHead(freed)).toBeUndefined()
        expect(yield* commit(id, [later])).toMatchObject(cancelled)
        expect(yield* client.explainCancelled([later])).toMatchObject({ _tag: "RunNotFound", runId: freed })
        expect(yield* isOrdered(id)).toBe(false)
      })
  )

  live("a signal for what has not begun keeps the order's item out if that is deleted before it begins", () =>
    Effect.gen(function* () {
      const { commit, newStore } = yield* open
      const services = yield* servicesOf(newStore())
      const { client } = services
      const [first, next, last] = [newName("o"), newName("p"), newName("q")]
      yield* client.start(order, { runId: first, input: { text: "" } })
      const one = yield* client.signalItem(first, paid, { cents: 7 })
      yield* vanish(services, first)
      expect(yield* commit(newName("o"), [one])).toMatchObject(cancelled)
      const other = yield* client.signalItem(yield* askedAgain(services, next), paid, { cents: 7 })
      yield* vanish(services, next)
      expect(yield* commit(newName("o"), [other])).toMatchObject(cancelled)
      const goesOn = yield* client.signalItem(yield* askedAgain(services, last), paid, { cents: 7 })
      expect(yield* commit(newName("o"), [goesOn])).toBe("committed")
    })
  )

  live("statements are of the other store", () =>
    Effect.gen(function* () {
      const { client } = yield* open
      expect(yield* Effect.flip(client.startStatements(order, { input: { text: "" } }))).toMatchObject({
        _tag: "OtherStore"
      })
    })
  )
})
