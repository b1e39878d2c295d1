import { type Handlers, makeHandlers } from "dynactor/lambda"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import type { Head } from "../../../src/actor/history/head.ts"
import { makeApiHandler } from "../../../src/http/lambdaApi.ts"
import { awsStore } from "../../../src/store/aws/awsStore.ts"
import { StoreRefused, StoreUnavailable } from "../../../src/store/errors.ts"
import { RunTable } from "../../../src/store/runTable.ts"
import { sqliteStore } from "../../../src/store/sqlite/sqliteStore.ts"
import { makeTurnHandlers, type TurnHandlers } from "../../../src/streams/lambda/handlers.ts"
import { dynoxide } from "../../servers/dynoxide.ts"
import { fauxqs } from "../../servers/fauxqs.ts"
import { prepareTestAws } from "../../servers/testAws.ts"
import { describeWithServers } from "../../servers/withServers.ts"
import type { StoreLayer } from "../engine.ts"
import { type Faults, faulty } from "../faults.ts"
import { newTried, refusing } from "../refusals.ts"
import { startRow } from "../startRow.ts"
import * as entry from "./definitions.ts"
import { contextWith, type Deployment, doorbellEvent, environmentOf, openPlatform, type Platform } from "./platform.ts"

const { workflows, steps } = entry

const handlersOn = (store: StoreLayer, environment: Record<string, string> = {}): TurnHandlers =>
  makeTurnHandlers({
    workflows,
    steps,
    layer: Layer.empty,
    tuning: {},
    store,
    environment: () => environment
  })

/** A table that answers `instead` when it is asked for a whole run of this id. */
const withReadRun = (
  readRun: (runId: string) => Effect.Effect<never, StoreUnavailable> | undefined,
  store: StoreLayer = sqliteStore({ filename: ":memory:" })
): StoreLayer =>
  Layer.provideMerge(
    Layer.effect(
      RunTable,
      Effect.map(RunTable, (table) => ({ ...table, readRun: (runId) => readRun(runId) ?? table.readRun(runId) }))
    ),
    store
  ) as StoreLayer

const away = Effect.fail(new StoreUnavailable({ operation: "RunTable.readRun", message: "away, says the test" }))

describe("stream", () => {
  const batch = doorbellEvent([
    ["a", "start", "8"],
    ["b", "start", "9"],
    ["a", "signal/s/1", "10"],
    ["b", "signal/s/1", "11"],
    ["c", "start", "100000000000000000000000000000000000000"]
  ])

  it("fails at the lowest sequence number of the runs that the store was away for", async () => {
    const asked: Array<string> = []
    const { stream } = handlersOn(
      withReadRun((runId) => {
        asked.push(runId)
        return runId === "b" ? away : undefined
      })
    )
    const response = await stream(batch, contextWith(1_500))
    expect(response).toEqual({ batchItemFailures: [{ itemIdentifier: "9" }] })
    expect([...new Set(asked)]).toEqual(["a", "b", "c"])
  })

  it("takes sequence numbers for numbers", async () => {
    const { stream } = handlersOn(withReadRun((runId) => (runId === "a" ? undefined : away)))
    const event = doorbellEvent([
      ["c", "start", "10"],
      ["b", "start", "9"]
    ])
    expect(await stream(event, contextWith(1_200))).toEqual({ batchItemFailures: [{ itemIdentifier: "9" }] })
  })

  it("fails no record for what is wrong with one run", async () => {
    const broken = Effect.die(new TypeError('an item without the text attribute "w"'))
    const { stream } = handlersOn(withReadRun((runId) => (runId === "b" ? broken : undefined)))
    expect(await stream(batch, contextWith(5_000))).toEqual({ batchItemFailures: [] })
  })

  it("answers in its time although the store does not", async () => {
    const { stream } = handlersOn(withReadRun(() => Effect.never))
    const context = contextWith(1_500)
    expect(await stream(batch, context)).toEqual({ batchItemFailures: [{ itemIdentifier: "8" }] })
    expect(context.getRemainingTimeInMillis()).toBeGreaterThan(0)
  })

  it("builds its services again after they could not be built", async () => {
    let attempts = 0
    const store = Layer.unwrap(
      Effect.suspend(() => (++attempts === 1 ? away : Effect.succeed(sqliteStore({ filename: ":memory:" }))))
    )
    const { stream } = handlersOn(store)
    await expect(stream(batch, contextWith(5_000))).rejects.toThrow("away, says the test")
    expect(await stream(batch, contextWith(5_000))).toEqual({ batchItemFailures: [] })
    expect(await stream(batch, contextWith(5_000))).toEqual({ batchItemFailures: [] })
    expect(attempts).toBe(2)
  })
})

describe("stream, where a service refuses what one run needs", () => {
  it("fails no record, at once, and the run says what is to be mended", async () => {
    const denied = new StoreRefused({
      operation: "StepQueue.send",
      message: "AccessDenied: sqs:SendMessage",
      mend: "give it"
    })
    const tried = newTried()
    const store = refusing(
      { send: ({ runId }) => (runId === "b" ? denied : undefined) },
      tried
    )(sqliteStore({ filename: ":memory:" }))
    const heads: Array<Head | undefined> = []
    let seeHeads: Effect.Effect<void> = Effect.void
    const { stream, sweep } = handlersOn(
      Layer.effectContext(
        Effect.gen(function* () {
          const context = yield* Effect.context<RunTable>()
          const table = Context.get(context, RunTable)
          for (const runId of ["a", "b"]) yield* table.put(runId, startRow("sticking"))
          seeHeads = Effect.forEach(["a", "b"], table.readHead).pipe(
            Effect.andThen((all) => Effect.sync(() => void heads.push(...all))),
            Effect.orDie
          )
          return context
        })
      ).pipe(Layer.provide(store)) as StoreLayer
    )
    const event = doorbellEvent([
      ["a", "start", "8"],
      ["b", "start", "9"]
    ])
    const context = contextWith(20_000)
    expect(await stream(event, context)).toEqual({ batchItemFailures: [] })
    // Not after the five seconds for which a store that is away is waited for.
    expect(context.getRemainingTimeInMillis()).toBeGreaterThan(15_500)
    await Effect.runPromise(seeHeads)
    expect(heads.map((head) => head?.status)).toEqual(["running", "parked"])
    expect(heads[1]?.parked).toMatchObject({ _tag: "WriteRefused", operation: "StepQueue.send" })
    expect(heads[1]?.parked?.message).toContain("sqs:SendMessage")
    expect(await sweep({}, contextWith(20_000))).toMatchObject({ retried: 1, failed: 0, complete: true })
  })

  it("fails no record for a run that has not begun, hangs, and cannot be handed to the step function", async () => {
    const denied = new StoreRefused({
      operation: "StepQueue.send",
      message: "AccessDenied: sqs:SendMessage",
      mend: "give it"
    })
    let seeHead: Effect.Effect<Head | undefined, StoreUnavailable> = Effect.succeed(undefined)
    const { stream } = handlersOn(
      Layer.effectContext(
        Effect.gen(function* () {
          const context = yield* Effect.context<RunTable>()
          const table = Context.get(context, RunTable)
          yield* table.put("hung", startRow("hanging"))
          seeHead = table.readHead("hung")
          return context
        })
      ).pipe(Layer.provide(refusing({ send: () => denied })(sqliteStore({ filename: ":memory:" })))) as StoreLayer
    )
    const event = doorbellEvent([["hung", "start", "8"]])
    expect(await stream(event, contextWith(2_000))).toEqual({ batchItemFailures: [] })
    const head = await Effect.runPromise(seeHead)
    expect(head?.parked).toMatchObject({ _tag: "WriteRefused", operation: "StepQueue.send" })
    expect(head?.parked?.message).toContain("sqs:SendMessage")
  })
})

describe("api", () => {
  it("answers 503 when the store is away, and does not say why", async () => {
    const store = faulty({ isAway: () => true, tried: new Map() })(sqliteStore({ filename: ":memory:" }))
    const api = makeApiHandler({ workflows, signals: undefined, store })
    const answer = await api({ rawPath: "/runs/r", requestContext: { http: { method: "GET" } } })
    expect(answer).toMatchObject({ statusCode: 503, headers: { "retry-after": "1" } })
    expect(JSON.parse(answer.body)).toEqual({
      error: "StoreUnavailable",
      message: "the store did not answer: try again",
      help: "docs/guide/errors.md#storeunavailable"
    })
  })
})

it("api answers in its time although the store does not", async () => {
  const readHead = () => Effect.never
  const store = Layer.provideMerge(
    Layer.effect(
      RunTable,
      Effect.map(RunTable, (table) => ({ ...table, readHead }))
    ),
    sqliteStore({ filename: ":memory:" })
  )
  const api = makeApiHandler({ workflows, signals: undefined, store })
  const event = { rawPath: "/runs/r", requestContext: { http: { method: "GET" } } }
  expect(await api(event, contextWith(400))).toMatchObject({ statusCode: 503 })
})

describeWithServers("while the table is away", [dynoxide, fauxqs], (endpointOf) => {
  let deployment: Deployment
  let platform: Platform
  let handlers: Handlers
  let underFaults: TurnHandlers
  const faults = { tried: new Map<string, number>(), away: undefined as RegExp | undefined }

  beforeAll(async () => {
    const endpoints = { dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) }
    const options = await prepareTestAws(endpoints, { maxReceives: 2 })
    deployment = options as unknown as Deployment
    const environment = environmentOf(endpoints, deployment)
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
    platform = await openPlatform(endpoints, deployment)
    handlers = makeHandlers(entry)
    const tableFaults: Faults = {
      tried: faults.tried,
      isAway: (operation) => faults.away?.test(operation) === true
    }
    underFaults = handlersOn(faulty(tableFaults)(awsStore(options)), environment)
  })

  afterAll(() => {
    platform?.close()
    vi.unstubAllEnvs()
  })

  const startAndRing = async (runId: string) => {
    const body = JSON.stringify({ runId, input: null })
    const requestContext = { http: { method: "POST" } }
    await handlers.api({ rawPath: "/workflows/sticking/runs", requestContext, body })
    await handlers.stream(await platform.streamEvent(), contextWith(10_000))
  }

  const outcomeOf = async (runId: string) => {
    const { body } = await handlers.api({ rawPath: `/runs/${runId}`, requestContext: { http: { method: "GET" } } })
    return JSON.parse(body)
  }

  it("a dead letter is not acknowledged; when the table is back, it is, and its run is told", async () => {
    await startAndRing("dead")
    for (let receipt = 1; receipt <= 2; receipt++) {
      await handlers.step(await platform.queueEvent(deployment.queueUrl, 2), contextWith(1_200))
    }
    expect((await platform.queueEvent(deployment.queueUrl, 1)).Records).toEqual([])
    const dead = await platform.queueEvent(deployment.deadLetterQueueUrl, 2)
    expect(dead.Records).toHaveLength(1)

    faults.away = /^(RunTable|Commits)\./
    const refused = await underFaults.deadLetter(dead, contextWith(1_500))
    expect(refused).toEqual({ batchItemFailures: [{ itemIdentifier: dead.Records[0]?.messageId }] })
    expect(faults.tried.get("StepQueue.complete")).toBeUndefined()
    expect((await outcomeOf("dead")).status).toBe("running")

    faults.away = undefined
    // It comes again with another receipt; until then the one in hand is as good.
    expect(await underFaults.deadLetter(dead, contextWith(10_000))).toEqual({ batchItemFailures: [] })
    expect((await outcomeOf("dead")).result).toBe("failed: deadLetter")
  })

  it("a step whose outcome cannot be written is handed back before the time is up, and runs again", async () => {
    await startAndRing("late")
    Object.assign(entry.seen, { stuck: 0, mayEnd: true })
    const event = await platform.queueEvent(deployment.queueUrl, 2)
    faults.away = /^Commits\./
    const context = contextWith(2_000)
    const refused = await underFaults.step(event, context)
    expect(refused).toEqual({ batchItemFailures: [{ itemIdentifier: event.Records[0]?.messageId }] })
    expect(context.getRemainingTimeInMillis()).toBeGreaterThan(0)
    // Its outcome was asked to be written again and again, and its code did not run for that.
    expect(entry.seen.stuck).toBe(1)
    expect((await outcomeOf("late")).status).toBe("running")

    faults.away = undefined
    const again = await platform.queueEvent(deployment.queueUrl, 2)
    expect(await underFaults.step(again, contextWith(10_000))).toEqual({ batchItemFailures: [] })
    expect((await outcomeOf("late")).result).toBe("free")
  })
})
