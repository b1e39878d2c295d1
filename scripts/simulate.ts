import "./simulate/checkDraws.ts"
import { writeFileSync } from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { groundOf } from "../simulation/grounds.ts"
import { chunkLength, repeat, shrink, tryAlarm } from "../simulation/search.ts"
import { tell } from "../simulation/timeline.ts"
import { inMacrotask } from "../simulation/wire/world/microtasks.ts"
import { figuresFile } from "./guarantees/page.ts"
import { count, fail, readOptions } from "./options.ts"
import { search } from "./simulate/processes.ts"
import { type ChunkReport, enoughToSeeAll, mustBeSeen, showReport } from "./simulate/report.ts"

const help = `Runs the real hosts, client and protocol over simulated services, with faults, and checks every invariant at every write.

  npm run simulate -- [--schedules 50000] [--minutes M] [--within-seconds S] [--seed S] [--processes N] [--enough N] [--wire | --file] [--record]
  npm run simulate -- [--wire | --file] --repeat SEED:PATH

  --schedules  how many. Default 50,000; --nightly is 3,000,000
  --minutes    begins no more after as many, and says how many there were. Default: no limit
  --within-seconds
               fails if they are not all through by then
  --seed       of the first chunk of ${chunkLength} schedules; the next has the next number. Default: drawn, and printed
  --processes  default: one for each processor
  --enough     stops when as many violations are found. Default: 5
  --wire       with the real adapters for AWS, over simulated services of it
  --file       with the real adapter for SQLite, on a file of it
  --record     write the figures to ${figuresFile("core")}, or what it is named with --wire and --file, for docs/guarantees.md
  --repeat     one schedule again, by the name that a failure is printed with: its plan and its timeline
  --help

A failure is shrunk, and printed with its seed, its plan, a timeline (who did what, which row, which version) and the command that
repeats it. The last line is JSON: {"schedules", "faults", "violations", "seconds"}. Exits with 1 if anything is wrong, if all were to be
through by then and are not, or if
${enoughToSeeAll} schedules and more have not seen all that the world is to show: ${mustBeSeen.join(", ")}.
docs/simulation.md says what the world is made of.
`

const options = {
  schedules: { type: "string" },
  minutes: { type: "string" },
  "within-seconds": { type: "string" },
  nightly: { type: "boolean", default: false },
  seed: { type: "string" },
  processes: { type: "string" },
  repeat: { type: "string" },
  wire: { type: "boolean", default: false },
  file: { type: "boolean", default: false },
  enough: { type: "string" },
  record: { type: "boolean", default: false }
} as const

const values = readOptions(help, options)

const flag = values.wire ? "wire" : values.file ? "file" : undefined
const ground = await groundOf(flag)

const repeatOne = async (name: string): Promise<void> => {
  const match = /^(-?\d+):([\d:]+)$/.exec(name)
  const found =
    match === null ? undefined : await inMacrotask(() => repeat(Number(match[1]), match[2] as string, { ground }))
  if (found === undefined) return fail(`--repeat ${name}: give SEED:PATH as a failure prints it, such as 17:42:0:3`)
  console.log(tell(found))
  process.exitCode = found.result.violation === undefined ? 0 : 1
}

const shrinkLimitMs = 60_000
const alarmLimitMs = 10_000

interface Search {
  readonly schedules: number
  readonly seed: number
  readonly processes: number
  /** From then on no more are begun. */
  readonly limitMs: number
  /** All must be through by then. */
  readonly withinMs: number
}

const searchAll = async ({ schedules, seed, processes, limitMs, withinMs }: Search): Promise<void> => {
  console.log(`seed ${seed}, ${processes} processes`)
  const from = performance.now()
  let told = from
  const report = await search({
    schedules,
    seed,
    processes,
    chunkLength,
    ground: flag,
    enough: values.enough === undefined ? 5 : count("enough", values.enough, 1),
    limitMs: Math.min(limitMs, withinMs),
    onProgress: (total) => {
      if (performance.now() - told < 10_000) return
      told = performance.now()
      console.log(`${total.schedules} schedules, ${total.faults} faults, ${total.violations.length} violations`)
    }
  })
  const seconds = (performance.now() - from) / 1_000
  console.log(showReport(report))
  const isCutShort = report.schedules < schedules && report.violations.length === 0
  if (isCutShort) console.log(`the time was up: ${report.schedules} schedules instead of ${schedules}`)
  const isLate = isCutShort ? withinMs <= limitMs : seconds * 1_000 > withinMs
  if (isLate) tellWrong(`${schedules} schedules were to take ${withinMs / 1_000} seconds`)
  soundAlarm(report, seed)
  const unseen =
    report.schedules < enoughToSeeAll ? [] : mustBeSeen.filter((what) => report.sometimes[what] === undefined)
  if (unseen.length > 0) tellWrong(`never seen: ${unseen.join(", ")}: the world does not try what it is for`)
  for (const { message, seed, index } of report.violations) tellWrong(`${message}  (${seed}:${index})`)
  const [first] = report.violations
  if (first !== undefined) {
    console.log(`\nthe first, as small as it will go in ${shrinkLimitMs / 1_000} seconds:\n`)
    const small = await inMacrotask(() => shrink(first.seed, String(first.index), shrinkLimitMs, undefined, { ground }))
    console.log(small === undefined ? "it does not come again: the world depends on more than its seed" : tell(small))
  }
  if (values.record) record(report, seed, seconds)
  console.log(
    JSON.stringify({
      schedules: report.schedules,
      faults: report.faults,
      violations: report.violations.length,
      seconds: Number(seconds.toFixed(1))
    })
  )
}

const tellWrong = (what: string): void => {
  console.log(`\nWRONG  ${what}`)
  process.exitCode = 1
}

/** Does a search find what is wrong, and make it smaller? */
const soundAlarm = (report: ChunkReport, seed: number): void => {
  const left = tryAlarm(seed, alarmLimitMs)
  if (left === undefined)
    return tellWrong("the alarm does not work: what is said never to happen was not found, or not made smaller")
  report.sometimes.shrinking = 1
  console.log(`the alarm works: what was said never to happen was found, and came out with ${left} faults`)
}

const record = (
  { schedules, faults, byKind, checks, tried, violations }: ChunkReport,
  seed: number,
  seconds: number
) => {
  const date = new Date().toISOString().slice(0, 10)
  const figures = { date, seed, schedules, faults, byKind, checks, tried, violations: violations.length, seconds }
  writeFileSync(
    path.join(import.meta.dirname, "..", figuresFile(flag ?? "core")),
    `${JSON.stringify(figures, undefined, 2)}\n`
  )
}

if (values.repeat !== undefined) await repeatOne(values.repeat)
else {
  const limit = (name: "minutes" | "within-seconds", unitMs: number): number => {
    const given = values[name]
    return given === undefined ? Number.POSITIVE_INFINITY : count(name, given, 1) * unitMs
  }
  await searchAll({
    schedules: count("schedules", values.schedules ?? (values.nightly ? "3000000" : "50000"), 1),
    seed: count("seed", values.seed ?? String(Math.floor(Math.random() * 1_000_000_000)), 0),
    processes: count("processes", values.processes ?? String(os.availableParallelism()), 1),
    limitMs: limit("minutes", 60_000),
    withinMs: limit("within-seconds", 1_000)
  })
}
