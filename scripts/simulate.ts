import { writeFileSync } from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { chunkLength, repeat, shrink, tryAlarm } from "../src/testing/simulation/search.ts"
import { tell } from "../src/testing/simulation/timeline.ts"
import { figuresFile } from "./guarantees/page.ts"
import { count, fail, readOptions } from "./options.ts"
import { search } from "./simulate/processes.ts"
import { enoughToSeeAll, mustBeSeen, showReport } from "./simulate/report.ts"

const help = `Runs the real hosts, client and protocol over simulated services, with faults, and checks every invariant at every write.

  npm run simulate -- [--schedules 50000] [--minutes M] [--seed S] [--processes N] [--record]
  npm run simulate -- --repeat SEED:PATH

  --schedules  how many. Default 50,000; --nightly is 3,000,000
  --minutes    begins no more after as many, and says how many there were. Default: no limit
  --seed       of the first chunk of ${chunkLength} schedules; the next has the next number. Default: drawn, and printed
  --processes  default: one for each processor
  --record     write the figures to ${figuresFile}, for docs/guarantees.md
  --repeat     one schedule again, by the name that a failure is printed with: its plan and its timeline
  --help

A failure is shrunk, and printed with its seed, its plan, a timeline (who did what, which row, which version) and the command that
repeats it. The last line is JSON: {"schedules", "faults", "violations", "seconds"}. Exits with 1 if anything is wrong, or if
${enoughToSeeAll} schedules and more have not seen all that the world is to show: ${mustBeSeen.join(", ")}.
docs/simulation.md says what the world is made of.
`

const options = {
  schedules: { type: "string" },
  minutes: { type: "string" },
  nightly: { type: "boolean", default: false },
  seed: { type: "string" },
  processes: { type: "string" },
  repeat: { type: "string" },
  record: { type: "boolean", default: false }
} as const

const values = readOptions(help, options)

const repeatOne = (name: string): void => {
  const match = /^(-?\d+):([\d:]+)$/.exec(name)
  const found = match === null ? undefined : repeat(Number(match[1]), match[2] as string)
  if (found === undefined) return fail(`--repeat ${name}: give SEED:PATH as a failure prints it, such as 17:42:0:3`)
  console.log(tell(found))
  process.exitCode = found.result.violation === undefined ? 0 : 1
}

const shrinkLimitMs = 60_000
const alarmLimitMs = 10_000

const searchAll = async (schedules: number, minutes: number, seed: number, processes: number): Promise<void> => {
  console.log(`seed ${seed}, ${processes} processes`)
  const from = performance.now()
  let told = from
  const report = await search({
    schedules,
    seed,
    processes,
    chunkLength,
    enough: 5,
    limitMs: minutes * 60_000,
    onProgress: (total) => {
      if (performance.now() - told < 10_000) return
      told = performance.now()
      console.log(`${total.schedules} schedules, ${total.faults} faults, ${total.violations.length} violations`)
    }
  })
  const seconds = (performance.now() - from) / 1_000
  console.log(showReport(report))
  if (report.schedules < schedules && report.violations.length === 0)
    console.log(`the time was up: ${report.schedules} schedules instead of ${schedules}`)
  const left = tryAlarm(seed, alarmLimitMs)
  if (left !== undefined) report.sometimes.shrinking = 1
  console.log(
    left === undefined
      ? "WRONG  the alarm does not work: what is said never to happen was not found, or not made smaller"
      : `the alarm works: what was said never to happen was found, and came out with ${left} faults`
  )
  if (left === undefined) process.exitCode = 1
  const unseen =
    report.schedules < enoughToSeeAll ? [] : mustBeSeen.filter((what) => report.sometimes[what] === undefined)
  if (unseen.length > 0) console.log(`\nWRONG  never seen: ${unseen.join(", ")}: the world does not try what it is for`)
  for (const { message, seed, index } of report.violations) console.log(`\nWRONG  ${message}  (${seed}:${index})`)
  const [first] = report.violations
  if (first !== undefined) {
    console.log(`\nthe first, as small as it will go in ${shrinkLimitMs / 1_000} seconds:\n`)
    const small = shrink(first.seed, String(first.index), shrinkLimitMs)
    console.log(small === undefined ? "it does not come again: the world depends on more than its seed" : tell(small))
  }
  if (unseen.length + report.violations.length > 0) process.exitCode = 1
  const { faults, violations, checks } = report
  if (values.record) {
    const date = new Date().toISOString().slice(0, 10)
    const { schedules, byKind } = report
    const figures = { date, seed, schedules, faults, byKind, checks, violations: violations.length, seconds }
    writeFileSync(path.join(import.meta.dirname, "..", figuresFile), `${JSON.stringify(figures, undefined, 2)}\n`)
  }
  console.log(
    JSON.stringify({
      schedules: report.schedules,
      faults,
      violations: violations.length,
      seconds: Number(seconds.toFixed(1))
    })
  )
}

if (values.repeat !== undefined) repeatOne(values.repeat)
else {
  const schedules = count("schedules", values.schedules ?? (values.nightly ? "3000000" : "50000"), 1)
  const seed = count("seed", values.seed ?? String(Math.floor(Math.random() * 1_000_000_000)), 0)
  const minutes = values.minutes === undefined ? Number.POSITIVE_INFINITY : count("minutes", values.minutes, 1)
  await searchAll(
    schedules,
    minutes,
    seed,
    count("processes", values.processes ?? String(os.availableParallelism()), 1)
  )
}
