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
  /** By layer, and by `layer subject`. */
  readonly tried: Readonly<Record<string, number>>
  readonly violations: number
  readonly seconds: number
}

/** What was recorded last of schedules on each ground. Those on the wire are by processes or by functions. */
export const figuresFile = (ground: "core" | "file" | "wire"): string =>
  `docs/figures/${ground === "core" ? "simulation" : `simulation-${ground}`}.json`

const readFigures = (ground: "core" | "file" | "wire"): SimulationFigures =>
  JSON.parse(readFileSync(path.join(root, figuresFile(ground)), "utf8"))

const layers = [
  { layer: "core", ground: "core", title: "core", words: "of the core" },
  { layer: "file", ground: "file", title: "SQLite", words: "on SQLite's file" },
  { layer: "wire", ground: "wire", title: "wire", words: "on the wire by processes" },
  { layer: "functions", ground: "wire", title: "Lambda", words: "on the wire by functions of Lambda" }
] as const
export const pageFile = "docs/guarantees.md"

const root = path.join(import.meta.dirname, "..", "..")

/** The page as it should be. Throws on a promise whose test is not there: it would be nobody's promise. */
export const guaranteesPage = (): string => {
  const recorded = { core: readFigures("core"), file: readFigures("file"), wire: readFigures("wire") }
  const { core: figures } = recorded
  const triedOn = ({ subject }: Guarantee, { ground, layer }: (typeof layers)[number]): number =>
    recorded[ground].tried[subject === undefined ? layer : `${layer} ${subject}`] ?? 0
  const rows = promises.map((one) => {
    const { how, invariants, promise, tests } = one
    const onRig = tests.filter(([file]) => file.startsWith("test/rig/")).length
    const counts = [...layers.map((layer) => triedOn(one, layer)), onRig]
    const cells = counts.map((count) => (count === 0 ? "-" : number(count)))
    return `| ${[promise, how, invariants.join(", "), ...cells].join(" | ")} |`
  })
  const details = promises.map((one) => {
    const { promise, means, invariants, faults, tests } = one
    const tried = layers.flatMap((layer) => {
      const count = triedOn(one, layer)
      return count === 0 ? [] : [`${number(count)} ${layer.words}`]
    })
    return [
      `### ${promise}`,
      "",
      means,
      "",
      tried.length > 0
        ? `Held by ${invariants.map(describe).join("; ")}. Tried by ${one.subject === undefined ? "all schedules" : "those schedules whose plans have it"}, ${tried.join(", ")}; those of the core had ${triedBy(figures, faults)} all in all. And by:`
        : `Held by ${invariants.map(describe).join("; ")}. The recorded runs of the simulated world do not try it; these do:`,
      "",
      ...tests.map(testLine)
    ].join("\n")
  })
  return `${[
    "# Guarantees",
    "",
    "<!-- Made by `npm run guarantees` from scripts/guarantees/promises.ts, docs/architecture.md and what was last recorded of simulation and bug bank. -->",
    "",
    `| promise | how | invariants | ${layers.map(({ title }) => title).join(" | ")} | rig |`,
    "| --- | --- | --- | --: | --: | --: | --: | --: |",
    ...rows,
    "",
    "The numbers count recorded schedules, by what stood under the hosts (nothing real; SQLite's adapter on a file; the adapters for AWS over " +
      "simulated services of it; those and the functions on Lambda). A promise about something that not every schedule has (a state, an update, a deletion) shows those whose plan has it: it was to happen there, and may have come to " +
      "nothing. A promise about what every schedule has shows all schedules of that column; how often it came to be is not counted. The last number is how many of its tests run on the rig, which is the synthesized stack on emulators, with its roles' rights.",
    "",
    `The last recorded run of the simulated world (${figures.date}, seed ${figures.seed}): **${number(figures.schedules)} schedules with ` +
      `${number(figures.faults)} faults**, ${number(figures.checks)} checks of invariants, ${figures.violations} violations, ` +
      `${Math.round(figures.seconds)} seconds. ${otherGround("On SQLite's file", recorded.file)} ${otherGround("On the wire", recorded.wire)} S1 to S40 are checked at every write, ` +
      "L1 to L5 once the faults have stopped. [What the world is](simulation.md).",
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

const otherGround = (where: string, { date, faults, schedules, seed, violations }: SimulationFigures): string =>
  `${where} (${date}, seed ${seed}): ${number(schedules)} with ${number(faults)} faults, ${violations} violations.`

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
