import { Client, clientLayer, defineStep, defineWorkflow } from "dynactor"
import { hostLayer } from "dynactor/host"
import { sqliteStore } from "dynactor/sqlite"
import { Effect, Layer, Schema } from "effect"
import { FetchHttpClient } from "effect/http"
import { Otlp } from "effect/observability"

const roast = defineStep("roast", {
  input: Schema.String,
  output: Schema.String,
  // A span of its own is below the one of the execution.
  run: (beans) => Effect.withSpan(Effect.as(Effect.log("hot enough"), `roasted ${beans}`), "heat the drum")
})

const coffee = defineWorkflow("coffee", {
  input: Schema.String,
  output: Schema.String,
  // A span of the body is told once, however often the run is replayed.
  run: (beans) => Effect.withSpan(roast(beans), "make coffee")
})

/** Everything that dynactor tells goes to an OpenTelemetry collector, such as `http://localhost:4318`. */
export const app = (collector: string, filename: string) =>
  Layer.mergeAll(hostLayer({ workflows: [coffee], steps: [roast] }), clientLayer).pipe(
    Layer.provideMerge(sqliteStore({ filename })),
    Layer.provideMerge(Otlp.layerJson({ baseUrl: collector, resource: { serviceName: "coffee-house" } })),
    Layer.provide(FetchHttpClient.layer)
  )

export const order = Effect.gen(function* () {
  const client = yield* Client
  return yield* client.execute(coffee, { input: "arabica" })
}).pipe(Effect.withSpan("order"))
