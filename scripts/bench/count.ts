import { GCProfiler } from "node:v8"
import { clientLayer } from "dynactor"
import { hostLayer } from "dynactor/host"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { steps, workflows } from "./definitions.ts"
import { rounded } from "./measured.ts"
import { storeLayer } from "./stores.ts"
import { first, w1, w4, warmUp } from "./workloads.ts"

/** Of the embedded engine: files of ours that its first run has loaded by its outcome, and bytes allocated for each run once all is warm. */
export const count = async (folder: string, filesLoaded: () => number): Promise<Record<string, number>> => {
  const program = Effect.gen(function* () {
    yield* first
    const firstFiles = filesLoaded()
    yield* warmUp
    const w1KilobytesPerRun = yield* allocatedBy(w1, 500)
    yield* w4
    const w4KilobytesPerRun = yield* allocatedBy(w4, 200)
    return { firstFiles, w1KilobytesPerRun, w4KilobytesPerRun }
  })
  const live = Layer.provideMerge(
    Layer.provideMerge(clientLayer, hostLayer({ workflows, steps, stepConcurrency: 512, grace: "1 second" })),
    await storeLayer("sqlite", folder)
  )
  return Effect.runPromise(Effect.provide(program, live))
}

/** What is there more, and what was collected meanwhile. */
const allocatedBy = <E, R>(workload: Effect.Effect<unknown, E, R>, runs: number) =>
  Effect.suspend(() => {
    const collections = new GCProfiler()
    collections.start()
    const before = process.memoryUsage().heapUsed
    return Effect.map(workload, () => {
      const left = process.memoryUsage().heapUsed - before
      const collected = collections
        .stop()
        ?.statistics.map((one) => one.beforeGC.heapStatistics.usedHeapSize - one.afterGC.heapStatistics.usedHeapSize)
      const bytes = left + (collected ?? []).reduce((sum, some) => sum + some, 0)
      return rounded(bytes / 1_000 / runs, 0)
    })
  })
