import { Client, clientLayer } from "dynactor"
import { hostLayer } from "dynactor/host"
import { sqliteStore } from "dynactor/sqlite"
import { Effect, Layer } from "effect"
import { bookTrip, confirmed, steps, workflows } from "./workflows.ts"

/** A host, which turns runs and works on steps, and a client, in one process. They meet in the store: here a file. */
const app = clientLayer.pipe(
  Layer.provideMerge(hostLayer({ workflows, steps })),
  Layer.provideMerge(sqliteStore({ filename: "runs.db" }))
)

const program = Effect.gen(function* () {
  const client = yield* Client
  // Started once: the second time it is there already.
  yield* client.start(bookTrip, { runId: "trip-2", input: { traveller: "Bob", to: "Oslo" } })
  yield* client.signal("trip-2", confirmed, { by: "Ada" }, { id: "ada" })
  return yield* client.wait(bookTrip, "trip-2")
})

console.log(await Effect.runPromise(program.pipe(Effect.provide(app))))
