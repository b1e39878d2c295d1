/** One engine in a fresh process: `engine.ts <sqlite|dynamodb> <folder or endpoints> [workload ...]`. Prints `RESULT <json>`. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { clientLayer } from "dynactor"
import { hostLayer } from "dynactor/host"
import { steps, workflows } from "./definitions.ts"
import { rounded } from "./measured.ts"
import { first, solo, w1, w2, w3, w4, warmUp } from "./workloads.ts"
import { storeLayer } from "./stores.ts"

const [kind = "", where = "", ...wanted] = process.argv.slice(2)
const all = { w1, w2, w3, w4, solo }

const program = Effect.gen(function* () {
  const results: Record<string, number> = {}
  yield* first
  results["firstResultMs"] = rounded(performance.now(), 0)
  if (wanted.length > 0) yield* warmUp
  for (const [name, workload] of Object.entries(all)) {
    if (wanted.includes(name)) Object.assign(results, yield* workload)
  }
  return results
})

const live = Layer.provideMerge(
  Layer.provideMerge(clientLayer, hostLayer({ workflows, steps, grace: "1 second" })),
  await storeLayer(kind, where)
)
const results = await Effect.runPromise(Effect.provide(program, live))
console.log(`RESULT ${JSON.stringify(results)}`)
process.exit(0)
