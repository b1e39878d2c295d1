import { hostLayer } from "dynactor/host"
import { Effect, Fiber, Layer } from "effect"
import { fulfilOrder } from "./fulfilOrder.ts"
import { Ledger } from "./ledger.ts"
import { simulation } from "./simulation.ts"
import { steps } from "./steps.ts"
import { type StoreChoice, storeLayer } from "./stores.ts"

// A worker: turns runs and works on steps until it is told to stop. It keeps nothing of its own, so any number of them may
// run, and each may be killed at any moment.

export interface WorkerSettings {
  readonly store: StoreChoice
  readonly ledger: string
}

const settings: WorkerSettings = JSON.parse(process.argv[2] as string)

const worker = hostLayer({
  workflows: [fulfilOrder],
  steps,
  // A step that a killed worker had in hand comes back to the queue after so long. (On SQLite at once: there, a worker can
  // see that the one before it is dead.)
  visibility: "5 seconds"
}).pipe(
  Layer.provide(simulation),
  Layer.provide(Ledger.file(settings.ledger)),
  Layer.provide(storeLayer(settings.store))
)

const sayReady = Layer.effectDiscard(Effect.sync(() => process.send?.("ready")))

const running = Effect.runFork(Layer.launch(Layer.provide(sayReady, worker)))

running.addObserver((exit) => {
  const stopped = exit._tag === "Failure" && exit.cause.reasons.every((reason) => reason._tag === "Interrupt")
  if (!stopped) console.error(exit)
  process.exit(stopped ? 0 : 1)
})

/** Finishes the steps in hand, takes no new ones. */
const stop = () => void Effect.runFork(Fiber.interrupt(running))
process.once("SIGTERM", stop)
process.once("disconnect", stop)
// Control-C goes to every process of the terminal; the demo tells its workers itself.
process.on("SIGINT", () => undefined)
