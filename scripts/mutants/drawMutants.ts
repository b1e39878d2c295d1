import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"
import { Instrumenter } from "@stryker-mutator/instrumenter"
import type { Edit } from "../../test/bugbank/bug.ts"
// @ts-expect-error a plugin of Stryker's, which has no types
import { strykerPlugins } from "../mutation/wording.mjs"

/** A small change of the source that nobody has thought of, as Stryker's operators make them. */
export interface Mutant extends Pick<Edit, "file"> {
  readonly name: string
  /** The whole file with the change in it. */
  readonly text: string
  /** `before -> after`. */
  readonly change: string
  /** As it was. */
  readonly line: string
}

export interface DrawOptions {
  readonly root: string
  /** Below the root. */
  readonly folders: ReadonlyArray<string>
  readonly count: number
  readonly seed: number
}

/** So many of all mutants of these folders, by the seed: of the same source always the same ones. */
export const drawMutants = async ({ root, folders, count, seed }: DrawOptions): Promise<ReadonlyArray<Mutant>> => {
  const files = folders.flatMap((folder) => sourcesIn(root, folder))
  const all = (await Promise.all(files.map((file) => mutantsOf(root, file)))).flat()
  const rank = ({ name }: Mutant) => createHash("sha256").update(`${seed} ${name}`).digest("hex")
  return all
    .map((mutant) => ({ mutant, rank: rank(mutant) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, count)
    .map(({ mutant }) => mutant)
}

const sourcesIn = (root: string, folder: string): ReadonlyArray<string> =>
  fs
    .readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => path.join(folder, name))
    .sort()

const mutantsOf = async (root: string, file: string): Promise<ReadonlyArray<Mutant>> => {
  const content = fs.readFileSync(path.join(root, file), "utf8")
  const options = { plugins: null, ignorers: strykerPlugins.map(({ value }: { value: unknown }) => value) }
  const { mutants } = await new Instrumenter(silent).instrument([{ name: file, content, mutate: true }], {
    ...options,
    excludedMutations: []
  })
  const lines = content.split("\n")
  const starts = [0]
  for (const line of lines) starts.push((starts.at(-1) as number) + line.length + 1)
  // Lines and columns from 0.
  const offsetOf = ({ line, column }: Place) => (starts[line] as number) + column
  return mutants
    .filter(({ status }) => status === undefined)
    .map(({ location: { start, end }, mutatorName, replacement = "" }) => {
      const [from, to] = [offsetOf(start), offsetOf(end)]
      const change = `${short(content.slice(from, to))} -> ${short(replacement)}`
      return {
        file,
        name: `${file}:${start.line + 1}:${start.column + 1} ${mutatorName}: ${change}`,
        text: content.slice(0, from) + replacement + content.slice(to),
        change,
        line: (lines[start.line] as string).trim()
      }
    })
}

interface Place {
  readonly line: number
  readonly column: number
}

const nothing = () => undefined
const no = () => false
const silent = {
  isTraceEnabled: no,
  isDebugEnabled: no,
  isInfoEnabled: no,
  isWarnEnabled: no,
  isErrorEnabled: no,
  isFatalEnabled: no,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing
}

/** As `scripts/mutation/figures.ts` writes it, so that a reason given there is found. */
const short = (code: string): string => {
  const text = code.replace(/\s+/g, " ").trim()
  return text.length > 60 ? `${text.slice(0, 57)}...` : text === "" ? "(nothing)" : text
}
