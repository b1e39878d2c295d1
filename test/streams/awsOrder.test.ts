import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { expect, it } from "vitest"
import { Client, clientLayer, defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"
import { awsStore } from "../../src/store/aws/awsStore.ts"
import { hostLayer } from "../../src/streams/host.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { prepareTestAws } from "../servers/testAws.ts"
import { describeWithServers } from "../servers/withServers.ts"

const next = defineSignal("next", Schema.Number)
const inOrder = Array.from({ length: 20 }, (_, index) => index)

const collects = defineWorkflow("collects", {
  input: Schema.Void,
  output: Schema.Array(Schema.Number),
  run: () => Effect.forEach(inOrder, () => next.receive)
})

const decide = defineStep("decide", {
  input: Schema.String,
  output: Schema.String,
  run: (verdict) => Effect.succeed(verdict)
})
const deadlineMs = 3_000
const approval = defineWorkflow("approval", {
  input: Schema.Void,
  output: Schema.String,
  run: () =>
    Effect.flatMap(Effect.timeoutOption(next.receive, deadlineMs), (answer) =>
      decide(Option.isSome(answer) ? "approved" : "too late")
    )
})

describeWithServers("On the wire", [dynoxide, fauxqs], (endpointOf) => {
  const prepare = async () => {
    const store = awsStore(
      await prepareTestAws({ dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) })
    )
    const client = clientLayer.pipe(Layer.provide(store))
    const app = Layer.mergeAll(clientLayer, hostLayer({ workflows: [collects, approval], steps: [decide] })).pipe(
      Layer.provide(store)
    )
    return { client, app }
  }

  it("signals that one client sends one by one, by a clock that steps back, arrive in that order", async () => {
    const { app, client } = await prepare()
    const send = (runId: string) =>
      Effect.gen(function* () {
        const { signal, start } = yield* Client
        yield* start(collects, { runId, input: undefined })
        const real = yield* Clock.Clock
        let behindMs = 0
        const steppingBack: Clock.Clock = Object.assign(Object.create(real), {
          currentTimeMillis: Effect.sync(() => {
            behindMs += 500
            return real.currentTimeMillisUnsafe() - behindMs
          })
        })
        for (const value of inOrder)
          yield* signal(runId, next, value).pipe(Effect.provideService(Clock.Clock, steppingBack))
      })
    // With no host, and with one that turns the run as they come.
    await Effect.runPromise(Effect.provide(send("cold"), client))
    const end = Effect.gen(function* () {
      const { wait } = yield* Client
      yield* send("warm")
      return [yield* wait(collects, "cold"), yield* wait(collects, "warm")]
    })
    expect(await Effect.runPromise(Effect.provide(end, app))).toEqual([inOrder, inOrder])
  })

  it("a time-out that was due before a signal was sent wins, though no host was there in between", async () => {
    const { app, client } = await prepare()
    const runIds = Array.from({ length: 12 }, (_, index) => `r-${index}`)
    const begin = Effect.gen(function* () {
      const { get, start } = yield* Client
      for (const runId of runIds) yield* start(approval, { runId, input: undefined })
      for (const runId of runIds) while ((yield* get(runId)).status === "accepted") yield* Effect.sleep(10)
    })
    await Effect.runPromise(Effect.provide(begin, app))
    const send = Effect.gen(function* () {
      const { get, signal } = yield* Client
      const { startedAt } = yield* get("r-11")
      while (Date.now() <= startedAt + deadlineMs) yield* Effect.sleep(20)
      for (const runId of runIds) yield* Effect.ignore(signal(runId, next, 1))
    })
    await Effect.runPromise(Effect.provide(send, client))
    const end = Effect.flatMap(Client, ({ wait }) => Effect.forEach(runIds, (runId) => wait(approval, runId)))
    expect(await Effect.runPromise(Effect.provide(end, app))).toEqual(runIds.map(() => "too late"))
  })
})
