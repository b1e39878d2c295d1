import { clientLayer } from "dynactor"
import { hostLayer } from "dynactor/host"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { steps, workflows } from "./definitions.ts"
import { rounded } from "./measured.ts"
import { storeLayer } from "./stores.ts"
import { first, solo, w1, w2, w3, w4, warmUp } from "./workloads.ts"

const all = { w1, w2, w3, w4, solo }

/** The workloads asked for, one after the other, in this process. */
export const run = async (
  kind: string,
  where: string,
  wanted: ReadonlyArray<string>
): Promise<Record<string, number>> => {
  const program = Effect.gen(function* () {
    const results: Record<string, number> = {}
    yield* first
    results.firstResultMs = rounded(performance.now(), 0)
    if (wanted.length > 0) yield* warmUp
    for (const [name, workload] of Object.entries(all)) {
      if (wanted.includes(name)) Object.assign(results, yield* workload)
    }
    return results
  })
  const live = Layer.provideMerge(
    Layer.provideMerge(clientLayer, hostLayer({ workflows, steps, stepConcurrency: 512, grace: "1 second" })),
    await storeLayer(kind, where)
  )
  return Effect.runPromise(Effect.provide(program, live))
}
