import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { tryBug } from "../bugbank/trial.ts"
import type { Mutant } from "./drawMutants.ts"

/** What noticed a mutant, or why none can; nobody, though all that is there was asked; or that the time was up before all was. */
export type Fate =
  | { readonly by: "compiler" | "core" | "wire" | "file" | "tests" | "equivalent"; readonly what: string }
  | { readonly by: "nobody" | "time"; readonly what?: undefined }

export interface TrialOptions {
  /** A copy of all files that git knows, for one mutant at a time. */
  readonly folder: string
  readonly schedules: number
  readonly seed: number
  /** For the tests of one mutant. */
  readonly testsMs: number
}

/** The compiler first, which is the quickest; then schedules of the simulated world, which see most; then the tests that load the file. */
export const tryMutant = async (mutant: Mutant, options: TrialOptions): Promise<Fate> => {
  const file = path.join(options.folder, mutant.file)
  const sound = fs.readFileSync(file, "utf8")
  fs.writeFileSync(file, mutant.text)
  try {
    const refused = compile(options.folder)
    if (refused !== undefined) return { by: "compiler", what: refused }
    for (const by of worldsOf(mutant.file)) {
      const seen = await search(by, options)
      if (seen !== undefined) return { by, what: seen }
    }
    return runTests(mutant, options, (run) => {
      fs.writeFileSync(file, sound)
      try {
        return run()
      } finally {
        fs.writeFileSync(file, mutant.text)
      }
    })
  } finally {
    fs.writeFileSync(file, sound)
  }
}

const binary = (name: string): string => path.join(import.meta.dirname, "../../node_modules", name)

const compile = (folder: string): string | undefined => {
  const { status, stdout } = spawnSync(process.execPath, [binary("typescript/bin/tsc"), "--noEmit"], {
    cwd: folder,
    encoding: "utf8"
  })
  return status === 0 ? undefined : stdout.split("\n")[0]
}

/** Which schedules load the file. */
const worldsOf = (file: string): ReadonlyArray<"core" | "wire" | "file"> =>
  file.includes("/sqlite/") ? ["file"] : /\/(aws|lambda)\//.test(file) ? ["wire"] : ["core", "wire"]

const search = async (
  by: "core" | "wire" | "file",
  { folder, schedules, seed }: TrialOptions
): Promise<string | undefined> => {
  try {
    const verdict = await tryBug({ folder, seed, ground: by === "core" ? undefined : by, schedules })
    return verdict.caught ? `${verdict.invariant} after ${verdict.schedules}: ${verdict.message}` : undefined
  } catch (error) {
    // The copy does not even load.
    return error instanceof Error ? error.message : String(error)
  }
}

/** As vitest's JSON reporter has it. */
interface Report {
  readonly testResults: ReadonlyArray<{
    readonly name: string
    readonly status: string
    readonly message?: string
    readonly assertionResults: ReadonlyArray<{ readonly fullName: string; readonly status: string }>
  }>
}

/** Those of the same room, then all that load the file, until one fails that does not fail without the mutant. */
const runTests = ({ file }: Mutant, { folder, testsMs }: TrialOptions, without: <A>(run: () => A) => A): Fate => {
  const until = performance.now() + testsMs
  const excluded: Array<string> = []
  const [, room] = file.split("/") as [string, string]
  for (const dir of [`test/${room}`, "test"])
    for (;;) {
      const leftMs = until - performance.now()
      if (leftMs <= 0) return { by: "time" }
      const report = related(folder, file, dir, excluded, leftMs)
      if (report === undefined) return { by: "time" }
      const failed = failedOf(report)
      if (failed === undefined) break
      const alone = without(() => related(folder, file, failed.file, [], testsMs))
      if (alone !== undefined && failedOf(alone) === undefined) return { by: "tests", what: failed.name }
      // It fails by itself in such a copy, or now and then: it says nothing.
      excluded.push(failed.file)
    }
  return { by: "nobody" }
}

const failedOf = ({ testResults }: Report): { readonly file: string; readonly name: string } | undefined => {
  for (const { assertionResults, name, status } of testResults) {
    const file = name.slice(name.lastIndexOf("/test/") + 1)
    const failed = assertionResults.find((result) => result.status === "failed")
    if (failed !== undefined) return { file, name: `${file}: ${failed.fullName}` }
    if (status === "failed" && assertionResults.every((result) => result.status !== "passed"))
      return { file, name: `${file} does not load` }
  }
  return undefined
}

/** Undefined: it did not come to its end in time. */
const related = (
  folder: string,
  file: string,
  dir: string,
  excluded: ReadonlyArray<string>,
  limitMs: number
): Report | undefined => {
  const output = path.join(folder, "report.json")
  fs.rmSync(output, { force: true })
  const where = dir.endsWith(".ts") ? ["run", dir] : ["related", file, "--run", "--dir", dir]
  const options = ["--typecheck=false", "--maxWorkers=1", "--bail=1", "--reporter=json", `--outputFile=${output}`]
  const { stderr } = spawnSync(
    process.execPath,
    [
      binary("vitest/vitest.mjs"),
      ...where,
      ...options,
      ...[...unrelated, ...excluded].flatMap((name) => ["--exclude", name])
    ],
    { cwd: folder, encoding: "utf8", timeout: limitMs, killSignal: "SIGKILL" }
  )
  if (fs.existsSync(output)) return JSON.parse(fs.readFileSync(output, "utf8")) as Report
  if (stderr.includes("No test files found")) return { testResults: [] }
  return undefined
}

/** What tells of pages, packages and browsers, and nothing of the protocol: minutes each. */
const unrelated = ["test/{architecture,cdk,dashboard,guide,scripts,package}/**", "test/*.test.ts"]
