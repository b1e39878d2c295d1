import "./simulate/checkDraws.ts"
import { writeFileSync } from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { adapterBugs } from "../test/bugbank/adapterBugs.ts"
import type { Bug } from "../test/bugbank/bug.ts"
import { bugs, canary, deadly } from "../test/bugbank/bugs.ts"
import { fileBugs } from "../test/bugbank/fileBugs.ts"
import { lambdaBugs } from "../test/bugbank/lambdaBugs.ts"
import { pairs } from "../test/bugbank/pairs.ts"
import { wireBugs } from "../test/bugbank/wireBugs.ts"
import { tryAdapterBugs } from "./bugbank/adapters.ts"
import { campaign, type Planted, type Trial } from "./bugbank/campaign.ts"
import { type BugbankFigures, bugbankFile, type Figures, pick, summarize } from "./bugbank/figures.ts"
import { misfits, misfitsOfPair } from "./bugbank/scratch.ts"
import { tryMutants } from "./mutants/tryMutants.ts"
import { count, fail, readOptions } from "./options.ts"

const help = `Plants known bugs, one at a time, in a copy of the source, and lets the simulated world find them.

  npm run bugbank -- [--only NAME]... [--pairs | --singles] [--sample N | --turns N --turn T] [--schedules 10000] [--seed S] [--processes N] [--record]
  npm run bugbank -- --mutants N [--folder FOLDER]... [--schedules 1000] [--minutes 10] [--seed S] [--processes N]

  --only       bugs and pairs whose name contains this, or one of several
  --pairs      pairs only: two bugs at once, where one may hide the other
  --singles    single bugs only
  --wire       instead of those of the core, bugs of the adapters for AWS, which schedules on the wire are to find
  --file       the same of the adapter for SQLite, and of schedules on a file of it
  --adapters   instead of those that the simulated world finds, bugs of adapters and of the shell on Lambda: each with the test that is to notice it
  --sample     so many of them at most, spread over the bank
  --turns      the bank in so many parts, and only the part whose --turn it is. With 7 and the number of the day, each bug is tried once a week
  --turn       any number: those that follow each other name the parts one after the other. Default 0
  --mutants    instead of bugs that somebody has described, so many small changes of the source, drawn by the seed, as Stryker's operators make them:
               each is taken to the compiler, to schedules of the simulated world (with and without real adapters), and to the tests that load its file,
               until one notices it. Prints who did, and the rate of survivors by folder
  --folder     whose files are changed. Default: src/actor, src/store, src/streams
  --minutes    for the tests of one mutant. One that is not noticed by then is told apart. Default 10
  --schedules  tried on each before it counts as not caught. Default 10,000; of mutants, 1,000
  --seed       of the schedules: a bug is caught by the same one each time, on every machine. Default 1
  --processes  default: one for each processor
  --record     write the figures to ${bugbankFile}, for docs/guarantees.md. Of the whole bank only
  --list       names, and the invariant that each breaks; plants nothing
  --help

A canary comes first: an edit that breaks nothing and must not be caught, and one so bad that the first schedule must catch it. Exits
with 1 if any bug was not caught, with 2 if an edit does not fit the source any more. The last line is JSON: {"single":
{"planted", "caught"}, "pairs": {"planted", "caught"}, "medianSchedules", "worstSchedules"}, the last two over all that were caught.
How to add a bug: docs/simulation.md.
`

const options = {
  only: { type: "string", multiple: true },
  pairs: { type: "boolean", default: false },
  singles: { type: "boolean", default: false },
  sample: { type: "string" },
  turns: { type: "string" },
  turn: { type: "string", default: "0" },
  adapters: { type: "boolean", default: false },
  wire: { type: "boolean", default: false },
  file: { type: "boolean", default: false },
  record: { type: "boolean", default: false },
  schedules: { type: "string" },
  mutants: { type: "string" },
  folder: { type: "string", multiple: true },
  minutes: { type: "string", default: "10" },
  seed: { type: "string", default: "1" },
  processes: { type: "string", default: String(os.availableParallelism()) },
  list: { type: "boolean", default: false }
} as const

const byName = new Map(bugs.map((bug) => [bug.name, bug]))

const bugOf = (name: string): Bug => byName.get(name) ?? fail(`a pair names ${name}, which is no bug of the bank`)

const singlesOf = (bugs: ReadonlyArray<Bug>): ReadonlyArray<Planted> =>
  bugs
    .filter(({ equivalent }) => equivalent === undefined)
    .map((bug) => ({ name: bug.name, kind: "single", bugs: [bug] }))

const singles = singlesOf(bugs)

const couples: ReadonlyArray<Planted> = pairs.map(([first, second]) => ({
  name: `${first} + ${second}`,
  kind: "pair",
  bugs: [bugOf(first), bugOf(second)]
}))

const show = ({ planted, verdict, seconds }: Trial): string => {
  const time = `${seconds.toFixed(1)} s`.padStart(8)
  if (!verdict.caught) return `NOT CAUGHT ${time}  ${planted.name}: ${verdict.schedules} schedules see nothing wrong`
  const { invariant, schedules, message } = verdict
  return `${String(schedules).padStart(10)} ${time}  ${planted.name}\n${" ".repeat(21)}${invariant.padEnd(6)}${oneLine(message)}`
}

const oneLine = (message: string): string => {
  const text = message.replaceAll(/\s+/g, " ")
  return text.length > 180 ? `${text.slice(0, 120)} ... ${text.slice(-50)}` : text
}

const tryCanaries = async (seed: number, processes: number): Promise<void> => {
  const trials = await campaign({
    planted: [canary, deadly].map((bug) => ({ name: bug.name, kind: "single", bugs: [bug] })),
    schedules: canarySchedules,
    seed,
    processes,
    ground,
    onTrial: () => undefined
  })
  for (const { planted, verdict } of trials) {
    if (planted.name === canary.name && verdict.caught)
      fail(`the canary, which breaks nothing, is said to break ${verdict.invariant}: ${verdict.message}`)
    if (planted.name === deadly.name && !(verdict.caught && verdict.schedules === 1))
      fail("the canary that lets no run move was not caught by the first schedule: the alarm does not work")
  }
  console.log("the canaries are well: what breaks nothing is not caught, what breaks all is caught at once\n")
}

const canarySchedules = 250

const record = (figures: Figures, schedulesAtMost: number, seed: number): void => {
  const date = new Date().toISOString().slice(0, 10)
  const text = JSON.stringify({ date, seed, schedulesAtMost, ...figures } satisfies BugbankFigures, undefined, 2)
  writeFileSync(path.join(import.meta.dirname, "..", bugbankFile), `${text}\n`)
}

const values = readOptions(help, options)
const ground = values.wire ? "wire" : values.file ? "file" : undefined
const turnsOf = (length: number): number =>
  values.turns !== undefined
    ? count("turns", values.turns, 1)
    : values.sample === undefined
      ? 1
      : Math.ceil(length / count("sample", values.sample, 1))

const runAdapters = (): void => {
  const { only = [""] } = values
  const named = adapterBugs.filter(({ name }) => only.some((part) => name.includes(part)))
  if (named.length === 0) fail(`--only ${only.join(", ")}: no bug of an adapter is called so`)
  console.log(`${named.length} bugs of adapters to be noticed\n`)
  const trials = tryAdapterBugs(named, ({ bug, wrong }) =>
    console.log(wrong === undefined ? `noticed      ${bug.name}` : `NOT NOTICED  ${bug.name}: ${wrong}`)
  )
  const left = trials.filter(({ wrong }) => wrong !== undefined).length
  console.log(`\n${trials.length - left} of ${trials.length} noticed`)
  process.exitCode = left === 0 ? 0 : 1
}

const runMutants = async (mutants: string): Promise<void> => {
  const left = await tryMutants({
    folders: values.folder ?? ["src/actor", "src/store", "src/streams"],
    count: count("mutants", mutants, 1),
    schedules: count("schedules", values.schedules ?? "1000", 1),
    minutes: count("minutes", values.minutes, 1),
    seed: count("seed", values.seed, 0),
    processes: count("processes", values.processes, 1)
  })
  process.exitCode = left === 0 ? 0 : 1
}

const run = async (): Promise<void> => {
  if (values.mutants !== undefined) return runMutants(values.mutants)
  const wrong = [
    ...misfits([...bugs, canary, deadly]),
    ...misfits(adapterBugs),
    ...misfits(wireBugs),
    ...misfits(fileBugs),
    ...misfits(lambdaBugs),
    ...couples.flatMap(({ name, bugs }) => misfitsOfPair(name, bugs))
  ]
  if (wrong.length > 0) fail(`the source has moved on, and these bugs have to follow:\n${wrong.join("\n")}`)
  if (values.adapters) return runAdapters()
  if (values.pairs && values.singles) fail("--singles and --pairs leave nothing: give one of them, or neither for both")
  const real = values.wire ? [...wireBugs, ...lambdaBugs] : fileBugs
  const all =
    ground !== undefined ? singlesOf(real) : [...(values.pairs ? [] : singles), ...(values.singles ? [] : couples)]
  const { only = [""] } = values
  const named = all.filter(({ name }) => only.some((part) => name.includes(part)))
  if (named.length === 0) fail(`--only ${only.join(", ")}: no bug is called so; see --list`)
  const seed = count("seed", values.seed, 0)
  const planted = pick(named, turnsOf(named.length), count("turn", values.turn, 0))
  if (values.record && planted.length < singles.length + couples.length) fail("--record: figures are of the whole bank")
  if (values.list) {
    for (const one of planted)
      console.log(
        `${one.bugs
          .map(({ breaks }) => breaks)
          .join(" + ")
          .padEnd(10)}${one.name}`
      )
    return
  }
  const processes = count("processes", values.processes, 1)
  const schedules = count("schedules", values.schedules ?? "10000", 1)
  console.log(`${planted.length} to be caught, ${schedules} schedules each at most, seed ${seed}\n`)
  await tryCanaries(seed, processes)
  console.log(" schedules     time  bug, and the invariant that noticed it")
  const trials = await campaign({
    planted,
    schedules,
    seed,
    processes,
    ground,
    onTrial: (trial) => console.log(show(trial))
  })
  const survivors = trials.filter(({ verdict }) => !verdict.caught)
  console.log(`\n${trials.length - survivors.length} of ${trials.length} caught`)
  for (const { planted: one } of survivors) console.log(`NOT CAUGHT: ${one.name}`)
  if (values.record) record(summarize(trials), schedules, seed)
  console.log(JSON.stringify(summarize(trials)))
  process.exitCode = survivors.length === 0 ? 0 : 1
}

await run()
