import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Client, clientLayer } from "dynactor"
import { sqliteStore } from "dynactor/sqlite"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { RunTable } from "../../src/store/runTable.ts"
import { type Audit, audit, type Kill } from "./audit.ts"
import type { Execution, Kind } from "./definitions.ts"
import { endOf, kinds, makeRun, type StartedRun, sendsFor, startRun } from "./startedRun.ts"
import { killWorker, startWorker } from "./workerProcess.ts"

export interface CampaignOptions {
  readonly kills: number
  readonly runs: number
  readonly seed: number
  readonly progress: (line: string) => void
}

export interface Campaign extends Audit {
  readonly kills: number
  readonly runs: number
  readonly childRuns: number
  readonly seconds: number
}

/**
 * Starts runs, and kills the worker under them, again and again; then lets all runs come to their end and compares what the
 * steps, the inboxes and the client have to say.
 */
export const campaign = (options: CampaignOptions): Promise<Campaign> =>
  Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const folder = yield* Effect.acquireRelease(
          Effect.sync(() => mkdtempSync(join(tmpdir(), "dynactor-crash-"))),
          (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
        )
        const filename = join(folder, "runs.db")
        return yield* Effect.provide(underKills(options, filename, join(folder, "ledger")), outside(filename))
      })
    )
  )

/** The parent's own opening of the file: a client, no host. */
const outside = (filename: string) => clientLayer.pipe(Layer.provideMerge(sqliteStore({ filename })))

const underKills = Effect.fnUntraced(function* (options: CampaignOptions, filename: string, ledger: string) {
  const { kills, progress, seed } = options
  const startedAt = Date.now()
  const client = yield* Client
  const random = seeded(seed)
  const runs = makeRuns(options.runs, random)
  writeFileSync(ledger, "")
  // A message that a kill takes from its receiver is no dead letter before it has been received this often.
  const start = Effect.promise(() => startWorker({ filename, ledger, maxReceives: kills + 10, readyMs: 20_000 }))

  const killed: Array<Kill> = []
  const worker = yield* Effect.acquireRelease(
    Effect.map(start, (first) => ({ current: first })),
    (held) => Effect.sync(() => held.current.kill("SIGKILL"))
  )
  const feeding: Array<Fiber.Fiber<void, unknown>> = []
  for (let kill = 1; kill <= kills; kill++) {
    const due = runs.slice(Math.floor((runs.length * (kill - 1)) / kills), Math.floor((runs.length * kill) / kills))
    const uptimeMs = 5 + Math.floor(random() ** 2 * 395)
    for (const run of due) {
      feeding.push(yield* Effect.forkChild(feed(client, run, random, uptimeMs)))
    }
    yield* Effect.sleep(uptimeMs)
    const from = Date.now()
    yield* Effect.promise(() => killWorker(worker.current))
    killed.push({ from, until: Date.now() })
    worker.current = yield* start
    if (kill % 10 === 0 || kill === kills)
      progress(`${kill} of ${kills} kills, ${feeding.length} of ${runs.length} runs started`)
  }
  for (const fiber of feeding) yield* Fiber.join(fiber)
  progress("no more kills; waiting for all runs to end")
  const ended = yield* Effect.forEach(runs, (run) => endOf(client, run, 60_000), { concurrency: "unbounded" })

  const table = yield* RunTable
  const all = yield* runIds
  const stored = yield* Effect.forEach(all, (runId) =>
    Effect.map(table.readRun(runId), (stored) => ({ runId, stored }))
  )
  const executions = readFileSync(ledger, "utf8")
    .trimEnd()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Execution)
  return {
    ...audit(ended, stored, executions, killed),
    kills: killed.length,
    runs: runs.length,
    childRuns: all.length - runs.length,
    seconds: (Date.now() - startedAt) / 1000
  } satisfies Campaign
})

/** Starts the run at some moment of the worker's life, and sends what it waits for, some of it to a worker to come. */
const feed = Effect.fnUntraced(function* (
  client: Client["Service"],
  run: StartedRun,
  random: () => number,
  uptimeMs: number
) {
  yield* Effect.sleep(random() * uptimeMs)
  yield* startRun(client, run)
  for (const send of sendsFor(client, run)) {
    yield* Effect.sleep(random() * 300)
    yield* send
  }
})

const makeRuns = (count: number, random: () => number): ReadonlyArray<StartedRun> =>
  Array.from({ length: count }, (_, index) => {
    const kind = kinds[index % kinds.length] as Kind
    return makeRun(`${kind}-${index}`, kind, {
      seed: 1 + Math.floor(random() * 1_000),
      size: 2 + Math.floor(random() * 6)
    })
  })

const runIds = Effect.gen(function* () {
  const client = yield* Client
  const ids: Array<string> = []
  for (let cursor: string | undefined; ; ) {
    const page = yield* client.list({ limit: 1_000, ...(cursor === undefined ? {} : { cursor }) })
    ids.push(...page.runs.map(({ runId }) => runId))
    cursor = page.cursor
    if (cursor === undefined) return ids
  }
})

/** mulberry32: the choices of a campaign can be made again, the moments of the kills only about. */
const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
