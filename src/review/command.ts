#!/usr/bin/env node
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { parseArgs } from "node:util"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type { Payloads } from "../store/payloads.ts"
import type { RunTable } from "../store/runTable.ts"
import { sqliteStore } from "../store/sqlite/sqliteStore.ts"
import { reviewRuns } from "./reviewRuns.ts"
import { isOutlived, reviewText } from "./reviewText.ts"

const help = `Usage: npx dynactor-review <workflows> (--sqlite <file> | --store <module>) [--patch <id>] [--json]

Replays every run under way with the code of today and changes nothing: which runs it goes on with, and which way they go at its
patches. A patch that no run goes the old way of can be deprecated, and then removed.

  <workflows>  a module that exports workflows, as a host is given them, and steps if there is a forEachStep
  --sqlite     the file of the embedded engine
  --store      a module that exports store, a layer: awsStore({ ... }), say
  --patch      exit 1 unless this patch can be deprecated, or its deprecatePatch removed
  --json       the review as JSON

Exits 1 if a run under way would be parked.`

const fail = (message: string): never => {
  console.error(`${message}\n\n${help}`)
  return process.exit(2)
}

const load = async (file: string): Promise<Record<string, any>> => await import(pathToFileURL(resolve(file)).href)

const exported = async (file: string, name: string): Promise<any> =>
  (await load(file))[name] ?? fail(`${file} exports no ${name}`)

const storeOf = async (sqlite: string | undefined, module: string | undefined) => {
  if (sqlite !== undefined) return sqliteStore({ filename: sqlite })
  const store = await exported(module ?? fail("say where the runs are: --sqlite or --store"), "store")
  return store as Layer.Layer<RunTable | Payloads, unknown>
}

const main = async (): Promise<number> => {
  // The modules of the user's may print as they are loaded: that is no part of the answer.
  const write = process.stdout.write.bind(process.stdout)
  process.stdout.write = process.stderr.write.bind(process.stderr)
  const print = (text: string) => new Promise((done) => write(`${text}\n`, done))
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      sqlite: { type: "string" },
      store: { type: "string" },
      patch: { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean" }
    }
  })
  if (values.help === true) {
    await print(help)
    return 0
  }
  const entry = positionals[0] ?? fail("say which workflows: a module that exports them")
  const workflows = await exported(entry, "workflows")
  const { steps = [] } = await load(entry)
  const review = await Effect.runPromise(
    Effect.scoped(Effect.provide(reviewRuns(workflows, { steps }), await storeOf(values.sqlite, values.store)))
  )
  await print(values.json === true ? JSON.stringify(review, null, 2) : reviewText(review))
  if (values.patch === undefined) return review.unfit.length === 0 ? 0 : 1
  const isSafe = isOutlived(review, values.patch)
  if (values.json !== true)
    await print(
      `patch ${values.patch}: ${isSafe ? "safe to deprecate, or, where it is deprecated everywhere, to remove" : "not yet"}`
    )
  return isSafe ? 0 : 1
}

// What they hold open, such as a pool of connections, is no reason to go on.
process.exit(await main().catch((error: unknown) => fail(error instanceof Error ? error.message : String(error))))
