import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Actor } from "../../src/actor/actor.ts"
import { defineWorkflow } from "../../src/actor/definitions/workflow.ts"
import { advance } from "../../src/actor/turn.ts"

// Run by itself, as a bundle: prints why each of these bodies is parked, a line each.

const input = { json: "null" }
const start = { kind: "start", at: 1, workflow: "w", definitionVersion: "1", fingerprint: "", input } as const

const bodies: ReadonlyArray<() => Effect.Effect<unknown>> = [
  () => Effect.sync(() => Effect.runSync(Effect.sleep(10))),
  () => Effect.sync(() => Effect.runFork(Effect.sleep(10))),
  () => Effect.promise(() => Effect.runPromise(Effect.succeed(1))),
  () => Effect.sync(() => fetch("nowhere:")),
  () => Effect.never
]

/** As a host does it: within an effect of its own. */
const parkedBy = (run: () => Effect.Effect<unknown>) =>
  Effect.sync(() => {
    const workflow = defineWorkflow("w", { input: Schema.Null, output: Schema.Any, run })
    const { parked } = advance(new Actor({ workflow, runId: "r" }), [start])
    process.stdout.write(`${parked?.message}\n`)
  })

await Effect.runPromise(Effect.forEach(bodies, parkedBy))
