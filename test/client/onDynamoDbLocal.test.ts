import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { DynamoDBDocumentClient, paginateScan, TransactWriteCommand } from "@aws-sdk/lib-dynamodb"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { afterAll, beforeAll, expect, it } from "vitest"
import {
  type Client,
  continueAsNew,
  defineSignal,
  defineStep,
  defineWorkflow,
  type ListQuery,
  type RunDescription,
  setTags
} from "../../src/index.ts"
import { awsStore } from "../../src/store/aws/awsStore.ts"
import { dynamodbLocal } from "../servers/dynamodbLocal.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { prepareTestAws, testCredentials, testRegion } from "../servers/testAws.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { newName } from "../store/samples.ts"
import { dynamoNumbers } from "../store/userTables.ts"
import { type Engine, eventually, openEngine, type StoreLayer } from "../streams/engine.ts"
import { go, openShop } from "./repairs/shop.ts"
import { waitsFor } from "./waitsFor.ts"

const undone: Array<string> = []

const book = defineStep("book", { input: Schema.String, output: Schema.String, run: (name) => Effect.succeed(name) })
const undo = defineStep("undo", {
  input: Schema.String,
  output: Schema.Void,
  run: (name) => Effect.sync(() => void undone.push(name))
})

/** Waits for a word, and says what it was started with and what came; its tags say how far it is. */
const waits = defineWorkflow("waits", {
  input: Schema.String,
  output: Schema.String,
  run: Effect.fn(function* (name) {
    yield* book(name)
    yield* setTags({ phase: "waiting" })
    const word = yield* go.receive.pipe(Effect.onInterrupt(() => Effect.ignore(undo(name))))
    yield* setTags({ phase: null })
    return `${name} ${word}`
  })
})

/** Parks its run: workflow code may not wait for promises. */
const stuck = defineWorkflow("stuck", {
  input: Schema.Void,
  output: Schema.Void,
  run: () => Effect.promise(() => Promise.resolve())
})

const asks = defineWorkflow("asks", {
  input: Schema.Void,
  output: Schema.String,
  run: () =>
    stuck.childOrFail(undefined).pipe(
      Effect.as("it came to its end"),
      Effect.catchTag("ChildFailed", ({ reason }) => Effect.succeed(reason))
    )
})

const twice = defineWorkflow("twice", {
  input: Schema.Int,
  output: Schema.String,
  run: Effect.fn(function* (round) {
    const word = yield* go.receive
    return round === 0 ? yield* continueAsNew(1) : word
  })
})

/** Of bytes that are shown as JSON. */
const asText = (_: string, value: unknown) =>
  value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value

const paid = defineSignal("paid", Schema.Int)

/** AWS's own server, beside the suites of this folder, which run on SQLite and on dynoxide: what is done with runs, once each, in one table. */
describeWithServers(`What is done with runs, on ${dynamodbLocal.name}`, [dynamodbLocal, fauxqs], (endpointOf) => {
  const { broken, of, order, steps } = openShop()
  const numbers = dynamoNumbers(() => endpointOf(dynamodbLocal), newName("numbers"))
  const move = defineStep("move", {
    input: Schema.Int,
    output: Schema.Int,
    error: Schema.String,
    retry: { attempts: 1 },
    transaction: (cents) => ({
      ...(numbers.move("ada", "shop", cents) as { readonly items: ReadonlyArray<any> }),
      output: cents,
      onCancelled: () => "not enough"
    })
  })
  const pays = defineWorkflow("pays", {
    input: Schema.Void,
    output: Schema.Int,
    error: Schema.String,
    run: () => Effect.flatMap(paid.receive, (cents) => move(cents))
  })
  const scope = Scope.makeUnsafe()
  let engine: Engine
  let documents: DynamoDBDocumentClient
  let tableName = ""

  beforeAll(async () => {
    const [dynamodb, sqs] = await Promise.all([endpointOf(dynamodbLocal), endpointOf(fauxqs)])
    const prepared = await prepareTestAws({ dynamodb, sqs })
    tableName = prepared.tableName
    documents = DynamoDBDocumentClient.from(
      new DynamoDBClient({ region: testRegion, credentials: testCredentials, endpoint: dynamodb })
    )
    await numbers.make()
    const opened = openEngine({
      workflows: [waits, stuck, asks, order, pays, twice],
      steps: [book, undo, move, ...steps],
      wrap: () => awsStore(prepared) as StoreLayer
    })
    engine = await Effect.runPromise(Effect.provideService(opened, Scope.Scope, scope))
  }, 120_000)

  afterAll(async () => {
    await Effect.runPromise(Scope.close(scope, Exit.void))
    documents?.destroy()
  })

  const scenario = (name: string, test: (client: Client["Service"]) => Effect.Effect<unknown, unknown, Scope.Scope>) =>
    it(name, () => Effect.runPromise(Effect.scoped(Effect.suspend(() => test(engine.client)))), 120_000)

  const isStatus = (client: Client["Service"], runId: string, status: RunDescription["status"]) =>
    eventually(
      `run ${runId} is ${status}`,
      Effect.map(Effect.option(client.get(runId)), (found) => found._tag === "Some" && found.value.status === status)
    )

  scenario("starts by every policy, and at a time", (client) =>
    Effect.gen(function* () {
      const once = { runId: "rejected", input: "a", policy: "reject", requestId: "once" } as const
      expect(yield* client.start(waits, once)).toMatchObject({ isNew: true, generation: 0 })
      expect(yield* client.start(waits, once)).toMatchObject({ isNew: false, generation: 0 })
      expect(yield* Effect.flip(client.start(waits, { ...once, requestId: "other" }))).toMatchObject({
        _tag: "RunExists"
      })
      expect(yield* Effect.flip(client.start(waits, { runId: "rejected", input: "b" }))).toMatchObject({
        _tag: "RunConflict"
      })

      yield* client.start(waits, { runId: "replaced", input: "old" })
      yield* waitsFor(client, "replaced", "signal")
      const click = { runId: "replaced", input: "new", policy: "replace", requestId: "click" } as const
      expect(yield* client.start(waits, click)).toMatchObject({ isNew: true, generation: 1 })
      yield* client.signal("replaced", go, "on")
      expect(yield* client.wait(waits, "replaced")).toBe("new on")
      expect(undone).toEqual(["old"])
      expect(yield* client.start(waits, click)).toMatchObject({ isNew: false, requestId: "click" })

      yield* client.start(waits, { runId: "followed", input: "first" })
      const follow = { runId: "followed", policy: "afterFinish" } as const
      for (const input of ["second", "third"]) yield* client.start(waits, { ...follow, input, requestId: input })
      for (const [generation, input] of ["first", "second", "third"].entries()) {
        yield* client.signal("followed", go, `${generation}`)
        const which = generation === 0 ? { generation } : { requestId: input }
        expect(yield* client.wait(waits, "followed", which)).toBe(`${input} ${generation}`)
      }

      const typed = { runId: "typed", policy: "debounce", maxDelay: "1 day" } as const
      for (const input of ["t", "ty"]) yield* client.start(waits, { ...typed, input, delay: "10 minutes" })
      yield* client.start(waits, { ...typed, input: "typed", delay: "1 second" })
      yield* client.signal("typed", go, "on")
      expect(yield* client.wait(waits, "typed")).toBe("typed on")

      yield* client.start(waits, { runId: "soon", input: "a", delay: "1 second" })
      yield* client.signal("soon", go, "on")
      expect(yield* client.wait(waits, "soon")).toBe("a on")
      const { startedAt } = yield* client.get("soon")
      const booked = (yield* client.history("soon")).find(({ key }) => key === "step/book#0")
      expect(booked?.message.at).toBeGreaterThanOrEqual(startedAt + 1_000)
    })
  )

  scenario("tags, lists in pages that stay as they are, and counts", (client) =>
    Effect.gen(function* () {
      const runIds = [1, 2, 3, 4, 5].map((number) => `shelf-${number}`)
      for (const runId of runIds) {
        yield* client.start(waits, { runId, input: runId, tags: { customer: runId === "shelf-5" ? "c-18" : "c-17" } })
        yield* waitsFor(client, runId, "signal")
      }
      const toBe = (query: ListQuery, expected: ReadonlyArray<string>) =>
        eventually(
          `${JSON.stringify(query)} has ${expected.join(", ")}`,
          Effect.map(
            client.list(query),
            ({ runs }) => JSON.stringify(runs.map(({ runId }) => runId)) === JSON.stringify(expected)
          )
        )
      const newestFirst = runIds.toReversed()
      yield* toBe({ prefix: "shelf-", workflow: "waits" }, newestFirst)
      yield* toBe({ tags: { customer: "c-17", phase: "waiting" } }, newestFirst.slice(1))
      yield* toBe({ prefix: "shelf-", tags: { customer: "c-18" } }, ["shelf-5"])
      const page = yield* client.list({ workflow: "waits", prefix: "shelf-", limit: 2 })
      expect(page.runs.map(({ runId }) => runId)).toEqual(newestFirst.slice(0, 2))
      yield* client.start(waits, { runId: "shelf-6", input: "later" })
      yield* client.signal("shelf-2", go, "on")
      expect(yield* client.wait(waits, "shelf-2")).toBe("shelf-2 on")
      const rest: Array<string> = []
      for (let { cursor } = page; cursor !== undefined; ) {
        const next = yield* client.list({ workflow: "waits", prefix: "shelf-", limit: 2, cursor })
        rest.push(...next.runs.map(({ runId }) => runId))
        cursor = next.cursor
      }
      expect(rest).toEqual(newestFirst.slice(2))
      yield* toBe({ tags: { customer: "c-17", phase: "waiting" } }, ["shelf-4", "shelf-3", "shelf-1"])
      yield* toBe({ prefix: "shelf-", status: "succeeded" }, ["shelf-2"])
      const { succeeded } = yield* client.counts({ workflow: "waits" })
      expect(succeeded).toMatchObject({ count: expect.any(Number), isMore: false })
      const { running } = yield* client.counts({ workflow: "waits", upTo: 2 })
      expect(running).toEqual({ count: 2, isMore: true })
    })
  )

  scenario("pause, resume and termination, also of a run that is parked", (client) =>
    Effect.gen(function* () {
      for (const runId of ["stands", "ends"]) {
        yield* client.start(waits, { runId, input: runId })
        yield* waitsFor(client, runId, "signal")
      }
      yield* client.pause("stands", { reason: "stocktaking" })
      yield* isStatus(client, "stands", "paused")
      yield* client.signal("stands", go, "on")
      expect(yield* client.get("stands")).toMatchObject({ status: "paused", paused: { reason: "stocktaking" } })
      yield* client.resume("stands")
      expect(yield* client.wait(waits, "stands")).toBe("stands on")
      yield* client.terminate("ends", { reason: "by hand" })
      expect(yield* Effect.flip(client.wait(waits, "ends"))).toMatchObject({ _tag: "RunTerminated", reason: "by hand" })
      expect(undone).not.toContain("ends")
      yield* client.start(asks, { runId: "asks", input: undefined })
      yield* isStatus(client, "asks:stuck#0", "parked")
      yield* client.terminate("asks:stuck#0")
      expect(yield* client.wait(asks, "asks")).toBe("terminated")
    })
  )

  scenario("retry, reset and fork: what had succeeded is not done again", (client) =>
    Effect.gen(function* () {
      broken.add("charge")
      yield* client.start(order, { runId: "fails", input: "book" })
      yield* client.signal("fails", go, "pay")
      expect(yield* Effect.flip(client.wait(order, "fails"))).toMatchObject({ _tag: "Declined", why: "charge" })
      expect(yield* client.retry(order, "fails", { dryRun: true })).toMatchObject({ at: 3, asked: ["step/charge#0"] })
      broken.clear()
      yield* client.retry(order, "fails", { requestId: "once" })
      expect((yield* client.wait(order, "fails")).slice(1, 3)).toEqual(["charge of pay for fails", "ship of book"])
      expect(yield* client.retry(order, "fails", { requestId: "once" })).toMatchObject({ isNew: false, generation: 1 })
      yield* client.reset(order, "fails", { at: "step/ship#0" })
      expect(yield* client.wait(order, "fails")).toHaveLength(4)
      yield* client.fork(order, "fails", { runId: "forked", at: "step/ship#0" })
      expect((yield* client.wait(order, "forked"))[1]).toBe("charge of pay for fails")
      expect(of("reserve")).toHaveLength(1)
      expect(of("charge").map(({ key }) => key)).toEqual(["fails/charge#0", "fails/charge#0"])
      expect(of("ship").map(({ key }) => key)).toEqual(["fails/ship#0", "fails^2/ship#0", "forked/ship#0"])
    })
  )

  scenario("deletion leaves nothing of a run but that its id is taken", (client) =>
    Effect.gen(function* () {
      const person = `person-${crypto.randomUUID()}`
      const isStored = Effect.promise(async () => {
        const pages = paginateScan({ client: documents }, { TableName: tableName })
        for await (const { Items } of pages) if (JSON.stringify(Items, asText).includes(person)) return true
        return false
      })
      yield* client.start(waits, { runId: "forgotten", input: person, tags: { who: person } })
      yield* client.signal("forgotten", go, person)
      expect(yield* client.wait(waits, "forgotten")).toBe(`${person} ${person}`)
      expect(yield* isStored).toBe(true)
      expect(yield* client.delete("forgotten")).toMatchObject({ isErased: true })
      expect(yield* isStored).toBe(false)
      expect(yield* Effect.flip(client.get("forgotten"))).toMatchObject({ _tag: "RunNotFound" })
      expect(yield* Effect.flip(client.start(waits, { runId: "forgotten", input: "again" }))).toMatchObject({
        _tag: "RunDeleted"
      })
      expect((yield* client.list({ tags: { who: person } })).runs).toEqual([])
    })
  )

  scenario("transactions: with the user's rows, of a start, a signal and a step", (client) =>
    Effect.gen(function* () {
      const items = (writes: { readonly items?: ReadonlyArray<object> | undefined }) => writes.items ?? []
      const take = (all: ReadonlyArray<object>) =>
        Effect.tryPromise(() => documents.send(new TransactWriteCommand({ TransactItems: [...all] as never })))
      const start = yield* client.startItem(pays, { runId: "pays", input: undefined })
      yield* take([...items(numbers.insert("ada", 10)), ...items(numbers.insert("shop", 0)), ...start.items])
      // The order's row is refused, and so is the run.
      const second = yield* client.startItem(pays, { runId: "pays-too", input: undefined })
      yield* Effect.flip(take([...items(numbers.insert("ada", 10)), ...second.items]))
      expect(yield* client.explainCancelled([second])).toBeUndefined()
      expect(yield* Effect.flip(client.get("pays-too"))).toMatchObject({ _tag: "RunNotFound" })
      const again = yield* client.startItem(pays, { runId: "pays", input: undefined })
      yield* Effect.flip(take([...items(numbers.insert("bob", 0)), ...again.items]))
      expect(yield* client.explainCancelled([again])).toMatchObject({ _tag: "IsThere", runId: "pays" })
      const signal = yield* client.signalItem("pays", paid, 7, { id: "once" })
      const late = yield* client.signalItem("pays", paid, 7, { id: "late" })
      yield* take([...items(numbers.insert("receipt", 7)), ...signal.items])
      expect(yield* client.wait(pays, "pays")).toBe(7)
      const read = (id: string) => Effect.promise(() => numbers.read(id))
      expect([yield* read("ada"), yield* read("shop"), yield* read("bob"), yield* read("receipt")]).toEqual([
        3,
        7,
        undefined,
        7
      ])
      yield* Effect.flip(take([...items(numbers.insert("late", 7)), ...late.items]))
      expect(yield* client.explainCancelled([late])).toMatchObject({ _tag: "RunFinished" })
      // Nor of a run that was deleted, with what it was in generations that it had left behind; and of one of which nothing is left.
      for (const tombstone of ["1 day", "none"] as const) {
        const runId = `deleted-${tombstone}`
        yield* client.start(twice, { runId, input: 0 })
        yield* waitsFor(client, runId, "signal")
        const gone = yield* client.signalItem(runId, go, "late")
        for (const id of ["a", "b"]) yield* client.signal(runId, go, id, { id })
        expect(yield* client.wait(twice, runId)).toBe("b")
        yield* client.delete(runId, { tombstone })
        yield* Effect.flip(take([...items(numbers.insert(runId, 7)), ...gone.items]))
        expect(yield* client.explainCancelled([gone])).toMatchObject({ _tag: "RunNotFound" })
        expect(yield* read(runId)).toBeUndefined()
      }
      // What does not hold moves nothing, and fails the run by its own error.
      yield* client.start(pays, { runId: "too-much", input: undefined })
      yield* client.signal("too-much", paid, 100)
      expect(yield* Effect.flip(client.wait(pays, "too-much"))).toBe("not enough")
      expect([yield* read("ada"), yield* read("shop")]).toEqual([3, 7])
    })
  )
})
