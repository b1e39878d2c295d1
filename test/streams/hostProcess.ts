/** A host in a process of its own: says "ready", closes its scope on SIGTERM, and says "closed" then. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { Host, hostLayer } from "../../src/host.ts"
import { sqliteStore } from "../../src/sqlite.ts"
import { definitions } from "./processDefinitions.ts"

const [filename = "", ledger = "", graceMs = "", maxReceives = "", sweepMs = ""] = process.argv.slice(2)
const { steps, workflows } = definitions(ledger)
const scope = Effect.runSync(Scope.make())
const host = hostLayer({ workflows, steps, grace: Number(graceMs), turnLimitMs: 100 }).pipe(
  Layer.provide(sqliteStore({ filename, maxReceives: Number(maxReceives) }))
)

process.once("SIGTERM", () => {
  void Effect.runPromise(Scope.close(scope, Exit.void)).then(() => {
    process.stdout.write("closed\n")
  })
})
const context = await Effect.runPromise(Layer.buildWithScope(host, scope))
// Stays as long as the host has something to do, which is until its scope closes.
process.stdout.write("ready\n")

if (Number(sweepMs) > 0) {
  const pass = Effect.andThen(
    Context.get(context, Host).sweep,
    Effect.sync(() => process.stdout.write("swept\n"))
  )
  Effect.runFork(Effect.forever(Effect.andThen(pass, Effect.sleep(Number(sweepMs)))))
}
