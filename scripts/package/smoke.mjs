/** What a user of the package does, on whatever runtime this is: a run with all kinds of messages on SQLite, a check, and every entry point loaded. */
import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Client, clientLayer, compensateWith, defineSignal, defineStep, defineWorkflow } from "dynactor"
import { hostLayer } from "dynactor/host"
import { sqliteStore } from "dynactor/sqlite"
import { checkWorkflow, TestRuntime } from "dynactor/testing"
import { Effect, Layer, Schema } from "effect"

const Order = Schema.Struct({ id: Schema.String, cents: Schema.Int })
const price = defineStep("price", {
  input: Order,
  output: Schema.Int,
  retry: { attempts: 3, initial: "1 millis" },
  run: async ({ cents }, { attempt }) => {
    if (attempt === 1) throw new Error("not yet")
    return cents * 2
  }
})
const refund = defineStep("refund", { input: Schema.Int, output: Schema.Void, run: () => Effect.void })
const approved = defineSignal("approved", Schema.Struct({ by: Schema.String }))
const sell = defineWorkflow("sell", {
  input: Order,
  output: Schema.String,
  run: Effect.fn(function* (order) {
    const cents = yield* price(order).pipe(compensateWith((paid) => refund(paid)))
    yield* Effect.sleep("20 millis")
    const { by } = yield* approved.receive
    return `${by} paid ${cents}`
  })
})

const require = createRequire(import.meta.url)
const { bun, deno, node } = process.versions
const runArgs = deno === undefined ? [] : ["run", "--allow-all"]
const folder = mkdtempSync(join(tmpdir(), "dynactor-smoke-"))
try {
  const app = clientLayer.pipe(
    Layer.provideMerge(hostLayer({ workflows: [sell], steps: [price, refund] })),
    Layer.provideMerge(sqliteStore({ filename: join(folder, "runs.db") }))
  )
  const program = Effect.gen(function* () {
    const client = yield* Client
    yield* client.start(sell, { runId: "order-1", input: { id: "order-1", cents: 21 } })
    yield* client.signal("order-1", approved, { by: "Ada" })
    return yield* client.wait(sell, "order-1")
  })
  assert.equal(await Effect.runPromise(program.pipe(Effect.provide(app))), "Ada paid 42")

  const report = await checkWorkflow(sell, { schedules: 50, compensations: { price: "refund" } })
  assert.equal(report.schedules, 50)
  const runtime = new TestRuntime()
  const run = await runtime.start(sell, { input: { id: "a", cents: 1 } })
  await runtime.advance("1 second")
  await run.signal(approved, { by: "Bob" })
  assert.equal(run.outcome?.tag, "succeeded")

  const { bin, exports } = JSON.parse(readFileSync("node_modules/dynactor/package.json", "utf8"))
  // The construct needs the CDK, which is no part of this project.
  for (const path of Object.keys(exports).filter((path) => path !== "./cdk")) {
    const imported = await import(join("dynactor", path))
    assert.notEqual(Object.keys(imported).length, 0)
    // CommonJS has the very same modules: two copies of them would not know each other's definitions.
    const required = require(join("dynactor", path))
    for (const name of Object.keys(imported)) assert.equal(required[name], imported[name], `${name} of ${path}`)
  }
  const said = execFileSync(process.execPath, [...runArgs, join("node_modules/dynactor", bin.dynactor), "--version"])
  assert.match(said.toString(), /\d+\.\d+\.\d+/)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
const runtime = bun !== undefined ? `bun-${bun}` : deno !== undefined ? `deno-${deno}` : `node-${node}`
console.log(`${runtime}: a run, a check and every entry point, imported and required`)
