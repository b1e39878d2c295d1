/** `npm run bench`: the figures of the engines, on the workloads of `bench/peers`. `--help` explains itself. */
import { type ChildProcess, spawn } from "node:child_process"
import { mkdtemp, rm } from "node:fs/promises"
import * as os from "node:os"
import * as path from "node:path"
import { percentile } from "./bench/measured.ts"
import { startServers } from "./bench/servers.ts"
import { count, fail, readOptions } from "./options.ts"

const help = `Usage: npm run bench -- [--store sqlite|dynamodb|all] [--repetitions N] | --counts

Runs, each repetition in a fresh process on empty data, what the peers' benchmark runs:
  w1    500 runs of three steps, 50 at a time: runs a second, p50 and p99 from start to outcome
  w2    20 runs of 100 parallel steps, 4 at a time: steps a second
  w3    one run of 1,000 sequential steps: seconds, and the last hundred over the first (growth)
  w4    200 runs at once: step, durable sleep of a second, step, signal: how late the timer is
  solo  one three-step run at a time: p50 from start to outcome
  first from the start of the process to the first outcome; Node's compile cache is on, as in an application that cares for
        its start, so the first repetition on a machine is slower

The host may run 512 steps at a time (its default is 128): these steps only compute.
sqlite is the embedded engine, every commit flushed to disk. dynamodb is dynoxide and fauxqs on this machine: real servers,
loopback, not Amazon. Prints every repetition, then medians as a table, then one line of JSON.
The load of the machine is printed with them: compare figures only from a quiet one.

--counts has only that counted which no neighbour disturbs, of sqlite: files of ours that a first run loads (firstFiles), and
kilobytes allocated for each run of w1 and w4 once all is warm. One line of JSON.`

const values = readOptions(help, {
  store: { type: "string", default: "all" },
  repetitions: { type: "string", default: "3" },
  counts: { type: "boolean", default: false }
})
const stores = ["sqlite", "dynamodb"]
if (![...stores, "all"].includes(values.store)) fail(`--store ${values.store}: give one of ${stores.join(", ")} or all`)
const repetitions = count("repetitions", values.repetitions, 1)

type Figures = Record<string, number>

const compiled = path.join(import.meta.dirname, "..", ".local", "bench")
const workloads = ["w1", "w2", "w3", "w4", "solo"]
const limitMs = 240_000

/** One repetition in a process of its own, as a deployment runs it: compiled JavaScript, nothing warm. */
const measure = (kind: string, where: string): Promise<Figures> =>
  figuresOf(`the ${kind} engine`, [path.join(compiled, "engine.js"), kind, where, ...workloads])

const counted = (where: string): Promise<Figures> =>
  figuresOf("the engine that is counted", [path.join(compiled, "counts.js"), where])

const figuresOf = (who: string, args: ReadonlyArray<string>): Promise<Figures> =>
  new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] })
    const limit = setTimeout(() => child.kill("SIGKILL"), limitMs)
    let output = ""
    child.stdout?.on("data", (chunk) => {
      output += chunk
    })
    child.on("exit", (code) => {
      clearTimeout(limit)
      const line = output.split("\n").findLast((text) => text.startsWith("RESULT "))
      if (line === undefined) reject(new Error(`${who} ended with ${code} and no result: ${output.slice(-500)}`))
      else resolve(JSON.parse(line.slice("RESULT ".length)))
    })
  })

const repeat = async (kind: string, repetitions: number): Promise<Figures> => {
  const all: Array<Figures> = []
  for (let i = 1; i <= repetitions; i++) {
    const folder = await mkdtemp(path.join(os.tmpdir(), "dynactor-bench-"))
    const servers = kind === "dynamodb" ? await startServers(folder) : undefined
    const load = os.loadavg()[0] ?? 0
    try {
      const figures = await measure(kind, servers?.connection ?? folder)
      all.push(figures)
      console.log(`${kind} ${i}/${repetitions} (load ${load.toFixed(1)}): ${JSON.stringify(figures)}`)
    } finally {
      await servers?.stop()
      await rm(folder, { recursive: true, force: true })
    }
  }
  return medians(all)
}

const medians = (all: ReadonlyArray<Figures>): Figures =>
  Object.fromEntries(
    Object.keys(all[0] ?? {}).map((name) => [
      name,
      percentile(
        all.map((figures) => figures[name] ?? Number.NaN),
        0.5
      )
    ])
  )

if (values.counts) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "dynactor-bench-"))
  try {
    console.log(JSON.stringify(await counted(folder)))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  process.exit(0)
}

const kinds = values.store === "all" ? stores : [values.store]
const results: Record<string, Figures> = {}
for (const kind of kinds) results[kind] = await repeat(kind, repetitions)
console.table(results)
console.log(JSON.stringify(results))
