/** A host on the file given, until it is killed. Steps write down each of their executions in the ledger. */
import { closeSync, openSync, writeSync } from "node:fs"
import { hostLayer } from "dynactor/host"
import { sqliteStore } from "dynactor/sqlite"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { makeDefinitions } from "./definitions.ts"

const [filename = "", ledger = "", maxReceives = ""] = process.argv.slice(2)

const descriptor = openSync(ledger, "a")
process.on("exit", () => closeSync(descriptor))

// One write to a file opened for appending: a line is there whole, or not at all.
const { workflows, steps } = makeDefinitions((execution) => writeSync(descriptor, `${JSON.stringify(execution)}\n`))

const host = hostLayer({ workflows: Object.values(workflows), steps }).pipe(
  Layer.provide(sqliteStore({ filename, maxReceives: Number(maxReceives) }))
)

const main = Effect.andThen(
  Effect.sync(() => process.stdout.write("ready\n")),
  Effect.never
)

Effect.runFork(Effect.scoped(Effect.provide(main, host)))
