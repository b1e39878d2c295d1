import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { survivors } from "../mutation/survivors.ts"
import { drawMutants, type Mutant } from "./drawMutants.ts"
import { type Fate, tryMutant } from "./tryMutant.ts"

export interface CampaignOptions {
  readonly folders: ReadonlyArray<string>
  readonly count: number
  readonly schedules: number
  readonly minutes: number
  readonly seed: number
  readonly processes: number
}

interface Tried {
  readonly mutant: Mutant
  readonly fate: Fate
}

const root = path.join(import.meta.dirname, "../..")

/** Prints each as it is known, and a table by folder. Answers with how many nobody has noticed and nobody has explained. */
export const tryMutants = async (options: CampaignOptions): Promise<number> => {
  const waiting = [...(await drawMutants({ root, ...options }))]
  console.log(`${waiting.length} mutants of ${options.folders.join(", ")}, seed ${options.seed}\n`)
  const tried: Array<Tried> = []
  const { minutes, schedules, seed } = options
  const work = async (_: unknown, process: number): Promise<void> => {
    if (waiting.length === 0) return
    const folder = copyOf(`${process}`)
    try {
      for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
        const from = performance.now()
        const fate =
          reasonOf(mutant) ?? (await tryMutant(mutant, { folder, schedules, seed, testsMs: minutes * 60_000 }))
        tried.push({ mutant, fate })
        console.log(show({ mutant, fate }, performance.now() - from))
      }
    } finally {
      fs.rmSync(folder, { recursive: true, force: true })
    }
  }
  await Promise.all(Array.from({ length: options.processes }, work))
  console.log(`\n${tableOf(tried)}`)
  const left = tried.filter(({ fate }) => fate.by === "nobody" || fate.by === "time").length
  console.log(JSON.stringify({ mutants: tried.length, ...countsOf(tried) }))
  return left
}

/** What `docs/mutation.md` explains is right code, too. */
const reasonOf = ({ change, file, line }: Mutant): Fate | undefined => {
  const known = survivors.find(
    (one) => one.file === file && line.includes(one.line) && (one.changes === undefined || one.changes.includes(change))
  )
  return known === undefined ? undefined : { by: "equivalent", what: known.reason }
}

/** All files that git knows, as they are, below a folder that it does not see. */
const copyOf = (name: string): string => {
  const folder = path.join(root, ".local/mutants", `${process.pid}`, name)
  const files = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" }).split("\0")
  for (const file of files) {
    if (file === "" || !fs.existsSync(path.join(root, file))) continue
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    fs.copyFileSync(path.join(root, file), path.join(folder, file))
  }
  return folder
}

const show = ({ fate, mutant }: Tried, ms: number): string => {
  const time = `${(ms / 1_000).toFixed(1)} s`.padStart(9)
  const what = fate.what === undefined ? "" : `\n${" ".repeat(22)}${oneLine(fate.what)}`
  return `${words[fate.by].padEnd(12)}${time} ${mutant.name}${what}`
}

const words: Readonly<Record<Fate["by"], string>> = {
  compiler: "compiler",
  core: "world",
  wire: "wire",
  file: "file",
  tests: "tests",
  equivalent: "equivalent",
  nobody: "NOT NOTICED",
  time: "OUT OF TIME"
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").slice(0, 200)

const countsOf = (tried: ReadonlyArray<Tried>): Readonly<Record<Fate["by"], number>> => {
  const count = (by: Fate["by"]) => tried.filter(({ fate }) => fate.by === by).length
  return {
    compiler: count("compiler"),
    core: count("core"),
    wire: count("wire"),
    file: count("file"),
    tests: count("tests"),
    equivalent: count("equivalent"),
    nobody: count("nobody"),
    time: count("time")
  }
}

/** By the folders of `src` and what is right below them. The rate leaves out what the compiler refuses, and what is known to be equivalent. */
const tableOf = (tried: ReadonlyArray<Tried>): string => {
  const folderOf = ({ mutant }: Tried) => mutant.file.split("/").slice(0, 3).join("/")
  const folders = [...new Set(tried.map(folderOf))].sort()
  const row = (name: string, those: ReadonlyArray<Tried>): string => {
    const { compiler, core, equivalent, file, nobody, tests, time, wire } = countsOf(those)
    const all = core + wire + file + tests + nobody + time
    const rate = all === 0 ? "-" : `${((100 * (nobody + time)) / all).toFixed(1)} %`
    return `| ${name} | ${compiler} | ${core} | ${wire} | ${file} | ${tests} | ${equivalent} | ${nobody} | ${time} | ${rate} |`
  }
  return [
    "| folder | compiler | world | wire | file | tests | equivalent | not noticed | out of time | survivors |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ...folders.map((name) =>
      row(
        name,
        tried.filter((one) => folderOf(one) === name)
      )
    ),
    row("all", tried)
  ].join("\n")
}
