/** `npm run limits`: how many places of one key are given and taken back in a second. `--help` explains itself. */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Client, clientLayer, defineLimit, defineStep, defineWorkflow } from "dynactor"
import { awsStore } from "dynactor/aws"
import { hostLayer } from "dynactor/host"
import { sqliteStore } from "dynactor/sqlite"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import { addressOf } from "../src/actor/history/generation.ts"
import { RunTable } from "../src/store/runTable.ts"
import { startServers } from "./bench/servers.ts"
import { count, fail, readOptions } from "./options.ts"

const help = `Usage: npm run limits -- [--store sqlite|dynamodb] [--runs N] [--calls N] [--places N] [--seconds S]

Runs workflows whose steps all wait for a place of one key of one limit, in one process, and says what the key came to: places given and taken
back a second, turns of the key's run for each, and what each costs its partition in write units. On this machine's own disk (sqlite), or on
dynoxide (dynamodb), where a turn is some milliseconds and units are counted as DynamoDB counts them.

  --store    default sqlite
  --runs     that ask at the same time (default 50)
  --calls    of each run, one after the other (default 20)
  --places   of the limit (default 100)
  --seconds  starts no more runs after as many (default 60)

DynamoDB gives a partition 1,000 write units a second, and a key is one partition: 1,000 over the units of a place is what a key cannot exceed, on
any number of hosts. Last line: the figures as JSON.`

const options = readOptions(help, {
  store: { type: "string", default: "sqlite" },
  runs: { type: "string", default: "50" },
  calls: { type: "string", default: "20" },
  places: { type: "string", default: "100" },
  seconds: { type: "string", default: "60" }
})
const runs = count("runs", options.runs, 1)
const calls = count("calls", options.calls, 1)
const places = count("places", options.places, 1)
const seconds = count("seconds", options.seconds, 1)
if (options.store !== "sqlite" && options.store !== "dynamodb")
  fail(`--store ${options.store}: give sqlite or dynamodb`)

const limit = defineLimit("measured", { concurrency: places })
const call = defineStep("call", {
  input: Schema.Int,
  output: Schema.Int,
  inline: true,
  limit: { limit, key: () => "key" },
  run: (n) => Effect.succeed(n)
})
const caller = defineWorkflow("caller", {
  input: Schema.Int,
  output: Schema.Int,
  run: Effect.fnUntraced(function* (n: number) {
    for (let i = 0; i < n; i++) yield* call(i)
    return n
  })
})

const registry: Metric.MetricRegistry = new Map()
const context = Context.make(Metric.MetricRegistry, registry)
const counted = (id: string, attributes: Readonly<Record<string, string>>): number =>
  Metric.snapshotUnsafe(context)
    .filter(
      (one) => one.id === id && Object.entries(attributes).every(([name, value]) => one.attributes?.[name] === value)
    )
    .reduce((sum, { state }) => sum + Number((state as { readonly count: number | bigint }).count), 0)

const limiter = "dynactor.limit/measured/key"

/** Of all generations: a row is a unit, and a head one for each begun kilobyte. */
const partitionUnits = Effect.gen(function* () {
  const table = yield* RunTable
  let units = 0
  for (let generation = 0; ; generation++) {
    const { head, messages } = yield* table.readRun(addressOf(limiter, generation))
    if (head === undefined) return units
    const ofHead = Math.ceil(JSON.stringify(head).length / 1_024)
    units += messages.length + head.version * ofHead
  }
})

const measure = Effect.gen(function* () {
  const client = yield* Client
  // The first place of a key starts its run.
  yield* client.execute(caller, { runId: "first", input: 1 })
  const given = () => counted("dynactor_places_given_total", { limit: "measured" })
  const turns = () => counted("dynactor_turns_total", { workflow: "dynactor.limit" })
  const [givenBefore, turnsBefore, unitsBefore, from] = [given(), turns(), yield* partitionUnits, performance.now()]
  const until = from + seconds * 1_000
  const one = (index: number) =>
    performance.now() > until ? Effect.void : client.execute(caller, { runId: `run-${index}`, input: calls })
  yield* Effect.forEach(Array.from({ length: runs }), (_, index) => one(index), {
    concurrency: "unbounded",
    discard: true
  })
  const took = (performance.now() - from) / 1_000
  const all = given() - givenBefore
  const units = (yield* partitionUnits) - unitsBefore
  const two = (value: number): number => Number(value.toFixed(2))
  return {
    store: options.store,
    given: all,
    seconds: two(took),
    placesPerSecond: two(all / took),
    turnsPerPlace: two((turns() - turnsBefore) / all),
    partitionUnitsPerPlace: two(units / all),
    mostOfPartition: Math.floor(1_000 / (units / all))
  }
})

const beside = Layer.succeed(Metric.MetricRegistry, registry) as Layer.Layer<never>
const app = Layer.mergeAll(clientLayer, hostLayer({ workflows: [caller], steps: [call] }))

const onSqlite = async () => {
  const folder = mkdtempSync(join(tmpdir(), "dynactor-limits-"))
  try {
    const store = sqliteStore({ filename: join(folder, "runs.sqlite") })
    const live = app.pipe(Layer.provideMerge(store), Layer.provideMerge(beside))
    return await Effect.runPromise(Effect.scoped(Effect.provide(measure, live)))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const onDynamo = async () => {
  const servers = await startServers("")
  try {
    const store = awsStore({ ...servers.options, feedPollIntervalMs: 50 })
    const live = app.pipe(Layer.provideMerge(store), Layer.provideMerge(beside))
    return await Effect.runPromise(Effect.scoped(Effect.provide(measure, live)))
  } finally {
    await servers.stop()
  }
}

const figures = await (options.store === "sqlite" ? onSqlite() : onDynamo())
console.table({ [figures.store]: figures })
console.log(JSON.stringify(figures))
