import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import type { AdapterBug } from "../../test/bugbank/bug.ts"
import { makeTestScratch, plant, removeScratch } from "./scratch.ts"

/** A planted adapter bug, and why it does not count as noticed; undefined if it does. */
export interface AdapterTrial {
  readonly bug: AdapterBug
  readonly wrong: string | undefined
}

/** As vitest's JSON reporter has it. */
interface Report {
  readonly testResults: ReadonlyArray<{
    readonly name: string
    readonly assertionResults: ReadonlyArray<{ readonly fullName: string; readonly status: string }>
  }>
}

/** For a file. A test that never ends has noticed something, too. */
const limitMs = 90_000

/**
 * Plants each bug in a copy of the source and the tests, and runs the test that is to notice it. Throws if one of these tests fails
 * without a bug, or is not there.
 */
export const tryAdapterBugs = (
  bugs: ReadonlyArray<AdapterBug>,
  onTrial: (trial: AdapterTrial) => void
): ReadonlyArray<AdapterTrial> => {
  const folder = makeTestScratch("adapters")
  try {
    const sound = runTests(folder, [...new Set(bugs.map(({ test }) => test))])
    for (const bug of bugs) {
      const statuses = sound === undefined ? [] : statusesOf(sound, bug)
      if (statuses.length === 0 || statuses.some((status) => status !== "passed"))
        throw new Error(
          `${bug.name}: without the bug "${bug.noticedBy}" of ${bug.test} is ${statuses[0] ?? "not there"}`
        )
    }
    return bugs.map((bug) => {
      const trial = { bug, wrong: tryOne(folder, bug) }
      onTrial(trial)
      return trial
    })
  } finally {
    removeScratch(folder)
  }
}

const tryOne = (folder: string, bug: AdapterBug): string | undefined => {
  const takeBack = plant(folder, bug.name, bug)
  try {
    const report = runTests(folder, [bug.test], bug.noticedBy)
    if (report === undefined || statusesOf(report, bug).includes("failed")) return undefined
    return `${bug.test} does not notice it: "${bug.noticedBy}" is ${statusesOf(report, bug)[0] ?? "not there"}`
  } finally {
    takeBack()
  }
}

const statusesOf = ({ testResults }: Report, { test, noticedBy }: AdapterBug): ReadonlyArray<string> =>
  testResults
    .filter(({ name }) => name.endsWith(`/test/${test}`))
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ fullName }) => fullName.startsWith(noticedBy))
    .map(({ status }) => status)

/** Between groups and test the report has a space, where the filter has an arrow. */
const patternOf = (name: string): string => name.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(" ", "(?: > | )")

/** Undefined: it did not end. */
const runTests = (folder: string, tests: ReadonlyArray<string>, name?: string): Report | undefined => {
  const file = path.join(folder, "report.json")
  fs.rmSync(file, { force: true })
  const vitest = path.join(import.meta.dirname, "../../node_modules/vitest/vitest.mjs")
  const named = name === undefined ? [] : ["-t", patternOf(name)]
  const files = tests.map((test) => `test/${test}`)
  const options = ["--root", folder, "--typecheck=false", "--maxWorkers=1", "--reporter=json", `--outputFile=${file}`]
  const ended = spawnSync(process.execPath, [vitest, "run", ...options, ...named, ...files], {
    cwd: folder,
    encoding: "utf8",
    timeout: limitMs * tests.length,
    killSignal: "SIGKILL"
  })
  if (ended.error !== undefined && !fs.existsSync(file)) return undefined
  if (!fs.existsSync(file)) throw new Error(`the copy's tests do not run: ${ended.stderr.slice(-2_000)}`)
  return JSON.parse(fs.readFileSync(file, "utf8")) as Report
}
