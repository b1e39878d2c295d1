import { existsSync, readFileSync } from "node:fs"
import * as path from "node:path"
import { bugs } from "../../test/bugbank/bugs.ts"
import { type BugbankFigures, bugbankFile } from "../bugbank/figures.ts"
import { type Guarantee, notPromised, promises } from "./promises.ts"

/** What a recorded run of the simulated world left behind: see `npm run simulate -- --record`. */
export interface SimulationFigures {
  readonly date: string
  readonly seed: number
  readonly schedules: number
  readonly faults: number
  readonly byKind: Readonly<Record<string, number>>
  readonly checks: number
  readonly violations: number
  readonly seconds: number
}

export const figuresFile = "docs/figures/simulation.json"
export const pageFile = "docs/guarantees.md"

const root = path.join(import.meta.dirname, "..", "..")

/** The page as it should be. Throws on a promise whose test is not there: it would be nobody's promise. */
export const guaranteesPage = (): string => {
  const figures = JSON.parse(readFileSync(path.join(root, figuresFile), "utf8")) as SimulationFigures
  const rows = promises.map(({ promise, how, invariants }) => `| ${promise} | ${how} | ${invariants.join(", ")} |`)
  const details = promises.map(({ promise, means, invariants, isDrawn = true, faults, triedIn, tests }) =>
    [
      `### ${promise}`,
      "",
      means,
      "",
      isDrawn
        ? `Held by ${invariants.map(describe).join("; ")}. Tried by ${triedIn === undefined ? "" : `${triedIn} `}${number(figures.schedules)} schedules with ${triedBy(figures, faults)}, and by:`
        : `Held by ${invariants.map(describe).join("; ")}. The recorded run of the simulated world does not try it; these do:`,
      "",
      ...tests.map(testLine)
    ].join("\n")
  )
  return `${[
    "# Guarantees",
    "",
    "<!-- Made by `npm run guarantees` from scripts/guarantees/promises.ts, docs/architecture.md and what was last recorded of simulation and bug bank. -->",
    "",
    "| promise | how | invariants |",
    "| --- | --- | --- |",
    ...rows,
    "",
    `The last recorded run of the simulated world (${figures.date}, seed ${figures.seed}): **${number(figures.schedules)} schedules with ` +
      `${number(figures.faults)} faults**, ${number(figures.checks)} checks of invariants, ${figures.violations} violations, ` +
      `${Math.round(figures.seconds)} seconds. S1 to S40 are checked at every write, L1 to L5 once the faults have stopped (L4, which takes a run beside them, in one schedule of ten). [What the world is](simulation.md).`,
    ...bankLines(),
    "",
    "## Not promised",
    "",
    ...notPromised.map((line) => `- ${line}`),
    "",
    "## Each promise",
    "",
    details.join("\n\n")
  ].join("\n")}\n`
}

/** Nothing before a pass over the whole bank was recorded. */
const bankLines = (): ReadonlyArray<string> => {
  const file = path.join(root, bugbankFile)
  if (!existsSync(file)) return []
  const bank = JSON.parse(readFileSync(file, "utf8")) as BugbankFigures
  const { single, pairs, medianSchedules, worstSchedules } = bank
  const today = bugs.filter(({ equivalent }) => equivalent === undefined).length
  const since =
    today === single.planted ? "" : ` The bank has ${today} of the former today, and has not been recorded with them.`
  return [
    "",
    `Does it see what it should? Of ${single.planted} bugs planted in the source it caught **${single.caught}**, and of ${pairs.planted} pairs of them, of ` +
      `which one may hide the other, **${pairs.caught}** (${bank.date}, seed ${bank.seed}): half of them within ${number(medianSchedules ?? 0)} schedules, the ` +
      `last one after ${number(worstSchedules ?? 0)}.${since} [The bank](simulation.md#the-bank-of-planted-bugs).`
  ]
}

const number = (value: number): string => value.toLocaleString("en-US")

/** Of all faults of the run, or of those that matter most here. */
const triedBy = ({ faults, byKind }: SimulationFigures, kinds: Guarantee["faults"]): string =>
  kinds === undefined
    ? `all ${number(faults)} faults`
    : `${number(faults)} faults, ${kinds.map((kind) => `${number(byKind[kind] ?? 0)} of them ${kind}`).join(", ")}`

/** The invariant in the words of the architecture page. */
const describe = (name: string): string => {
  const page = readFileSync(path.join(root, "docs", "architecture.md"), "utf8")
  const line = page.split("\n").find((text) => text.startsWith(`| ${name} |`))
  const sentence = line?.split("|")[2]?.trim()
  if (sentence === undefined) throw new Error(`docs/architecture.md has no invariant ${name}`)
  return `**${name}** (${sentence})`
}

const testLine = ([file, name]: readonly [string, string]): string => {
  if (!readFileSync(path.join(root, file), "utf8").includes(name)) throw new Error(`${file} has no test "${name}"`)
  return `- [${file}](../${file}): ${name}`
}
