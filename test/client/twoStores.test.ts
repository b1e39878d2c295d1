import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { hostLayer } from "../../src/host.ts"
import { Client, clientLayer, defineStep, defineWorkflow } from "../../src/index.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { testAwsStore } from "../servers/testAws.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { live, type StoreLayer, tempFile } from "../streams/engine.ts"

const greet = defineStep("greet", {
  input: Schema.String,
  output: Schema.String,
  run: (name) => Effect.succeed(`Hello, ${name}`)
})

const greeting = defineWorkflow("greeting", { input: Schema.String, output: Schema.String, run: (name) => greet(name) })

const host = () => hostLayer({ workflows: [greeting], steps: [greet] })

/** One place of a program that has asked for a client. */
class Desk extends Context.Service<Desk, Client["Service"]>()("test/Desk") {}
class Office extends Context.Service<Office, Client["Service"]>()("test/Office") {}

const within = (newStore: Effect.Effect<StoreLayer, never, any>) =>
  live("a program within another has the client and the host of its own store", () =>
    Effect.gen(function* () {
      const [outer, inner] = [yield* newStore, yield* newStore]
      const app = (store: StoreLayer) => Layer.provideMerge(Layer.merge(clientLayer, host()), store)
      const greets = (runId: string) =>
        Effect.flatMap(Client, (client) => client.execute(greeting, { runId, input: runId }))
      const runs = Effect.gen(function* () {
        const client = yield* Client
        expect(yield* greets("outer")).toBe("Hello, outer")
        expect(yield* Effect.provide(greets("inner"), app(inner))).toBe("Hello, inner")
        expect(yield* Effect.flip(client.get("inner"))).toMatchObject({ _tag: "RunNotFound" })
      })
      yield* Effect.provide(runs, app(outer))
      const isThere = Effect.flatMap(Client, (client) => client.get("inner"))
      expect(yield* Effect.provide(isThere, Layer.provide(clientLayer, inner))).toMatchObject({ status: "succeeded" })
    })
  )

describe("Two stores in one program, on SQLite", () => {
  within(Effect.map(tempFile, (filename) => sqliteStore({ filename })))

  live("two places of one program that have asked for a client of a store wait for each other's starts", () =>
    Effect.gen(function* () {
      const places = Layer.merge(
        Layer.provide(Layer.effect(Desk, Client), clientLayer),
        Layer.provide(Layer.effect(Office, Client), clientLayer)
      )
      const works = Effect.gen(function* () {
        const [desk, office] = [yield* Desk, yield* Office]
        const once = { runId: "r", input: "first" }
        yield* desk.start(greeting, once)
        yield* Effect.provide(office.wait(greeting, "r"), host())
        // Nobody turns it at this moment: the one that has ended is the newest that there is.
        yield* desk.start(greeting, { ...once, input: "second", policy: "afterFinish" })
        const waiting = yield* Effect.forkChild(office.wait(greeting, "r"))
        expect(yield* Effect.provide(Fiber.join(waiting), host())).toBe("Hello, second")
      })
      yield* Effect.provide(works, Layer.provideMerge(places, sqliteStore({ filename: yield* tempFile })))
    })
  )
})

describeWithServers(
  `Two stores in one program, on ${dynoxide.name} and ${fauxqs.name}`,
  [dynoxide, fauxqs],
  (endpointOf) =>
    within(
      Effect.sync(
        () =>
          testAwsStore(async () => ({
            dynamodb: await endpointOf(dynoxide),
            sqs: await endpointOf(fauxqs)
          })) as StoreLayer
      )
    )
)
