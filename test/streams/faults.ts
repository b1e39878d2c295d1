import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Heartbeats } from "../../src/store/beside/heartbeats.ts"
import { OutputChunks } from "../../src/store/beside/outputChunks.ts"
import { Replies } from "../../src/store/beside/replies.ts"
import { StepMarks } from "../../src/store/beside/stepMarks.ts"
import { CallbackKeys } from "../../src/store/callbacks/callbackKeys.ts"
import { ChangeFeed } from "../../src/store/changeFeed.ts"
import { Commits } from "../../src/store/commits.ts"
import { RunEraser } from "../../src/store/deletion/runEraser.ts"
import { StoreUnavailable } from "../../src/store/errors.ts"
import { Payloads } from "../../src/store/payloads.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { StepQueue } from "../../src/store/stepQueue.ts"
import { Timers } from "../../src/store/timers.ts"
import type { StoreLayer } from "./engine.ts"

/** Decides, each time an operation is tried, whether the store is away for it. */
export interface Faults {
  readonly isAway: (operation: string) => boolean
  /** How often each operation was tried, failures included. */
  readonly tried: Map<string, number>
}

/** The first `times` of each operation that `applies` fail. */
export const firstTimes = (times: number, applies: (operation: string) => boolean = () => true): Faults => {
  const tried = new Map<string, number>()
  return {
    tried,
    isAway: (operation) => {
      const count = (tried.get(operation) ?? 0) + 1
      tried.set(operation, count)
      return applies(operation) && count <= times
    }
  }
}

type Operation = (...args: ReadonlyArray<any>) => Effect.Effect<any, any>

/** What cannot fail by its signature. */
const infallible = new Set(["RunTable.headChanged", "OutputChunks.changed"])

const withFaults = <Service extends object>(name: string, service: Service, faults: Faults): Service => {
  const away = (operation: string) => new StoreUnavailable({ operation, message: "away, says the test" })
  const guarded =
    (operation: string, run: Operation): Operation =>
    (...args) =>
      Effect.suspend(() => (faults.isAway(operation) ? Effect.fail(away(operation)) : run(...args)))
  const entries = Object.entries(service).map(([key, value]) => {
    const operation = `${name}.${key}`
    if (typeof value !== "function" || infallible.has(operation)) return [key, value]
    return [key, guarded(operation, (value as Operation).bind(service))]
  })
  return Object.fromEntries(entries) as Service
}

/** Any store, away when `faults` say so, for the host and everybody else who uses this layer. */
export const faulty =
  (faults: Faults) =>
  (store: StoreLayer): StoreLayer =>
    Layer.effectContext(
      Effect.gen(function* () {
        const feed = withFaults("ChangeFeed", yield* ChangeFeed, faults)
        const acknowledged: ChangeFeed["Service"] = {
          poll: (options) =>
            Effect.map(feed.poll(options), (batch) => ({
              ...batch,
              acknowledge: Effect.suspend(() =>
                faults.isAway("ChangeFeed.acknowledge")
                  ? Effect.fail(new StoreUnavailable({ operation: "ChangeFeed.acknowledge", message: "away" }))
                  : batch.acknowledge
              )
            }))
        }
        return Context.empty().pipe(
          Context.add(RunTable, withFaults("RunTable", yield* RunTable, faults)),
          Context.add(ChangeFeed, acknowledged),
          Context.add(StepQueue, withFaults("StepQueue", yield* StepQueue, faults)),
          Context.add(Timers, withFaults("Timers", yield* Timers, faults)),
          Context.add(Payloads, withFaults("Payloads", yield* Payloads, faults)),
          Context.add(Replies, withFaults("Replies", yield* Replies, faults)),
          Context.add(OutputChunks, withFaults("OutputChunks", yield* OutputChunks, faults)),
          Context.add(Commits, withFaults("Commits", yield* Commits, faults)),
          Context.add(CallbackKeys, withFaults("CallbackKeys", yield* CallbackKeys, faults)),
          Context.add(Heartbeats, withFaults("Heartbeats", yield* Heartbeats, faults)),
          Context.add(StepMarks, withFaults("StepMarks", yield* StepMarks, faults)),
          Context.add(RunEraser, yield* RunEraser)
        )
      })
    ).pipe(Layer.provide(store))
