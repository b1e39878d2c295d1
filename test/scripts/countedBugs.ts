import { existsSync, readdirSync } from "node:fs"
import * as path from "node:path"
import type { AdapterBug, Bug } from "../bugbank/bug.ts"

/** The bank by its files, without those bugs of a file that it takes over from another. */
export type Bank = ReadonlyMap<
  string,
  { readonly inWorld: ReadonlyArray<Bug>; readonly byTests: ReadonlyArray<AdapterBug> }
>

/** Of no one feature: of the protocol under all of them, or of an adapter. A row of features may tell a part of these, or nothing. */
const shared = /^(actor|adapter|away|blind[A-Z]\w+|commit|file|lambda|survivor|time|turn|value|wire|worker)Bugs$/

const test = path.join(import.meta.dirname, "..")

export const readBank = async (): Promise<Bank> => {
  const files = readdirSync(path.join(test, "bugbank")).flatMap((file) => /^(\w+Bugs)\.ts$/.exec(file)?.[1] ?? [])
  const lists = await Promise.all(
    files.map(async (file) => {
      const exported = Object.values(await import(`../bugbank/${file}.ts`))
      return [file, new Set(exported.filter(Array.isArray).flat() as ReadonlyArray<Bug | AdapterBug>)] as const
    })
  )
  return new Map(
    lists.map(([file, all]) => {
      const taken = lists.filter(([other, bugs]) => other !== file && bugs.size < all.size)
      const own = [...all].filter((bug) => !taken.some(([, bugs]) => bugs.has(bug)))
      const inWorld = own.flatMap((bug) => ("breaks" in bug && bug.equivalent === undefined ? [bug] : []))
      return [file, { inWorld, byTests: own.flatMap((bug) => ("test" in bug ? [bug] : [])) }]
    })
  )
}

interface Part {
  readonly file: string
  /** As the page has it: `12 of S23 and S5`, or `8 in the world`. */
  readonly inWorld: ReadonlyArray<Bug>
  readonly byTests: ReadonlyArray<AdapterBug>
  readonly wrong: ReadonlyArray<string>
}

/** What the rows of docs/features.md say wrongly of the bank, or leave out: nothing, if all is well. */
export const wrongCounts = (page: string, bank: Bank): ReadonlyArray<string> => {
  const rows = page
    .split("\n")
    .map((line) => line.split("|").map((text) => text.trim()))
    .filter((cells) => cells.length === 7 && cells[1] !== "feature" && !cells[1]?.startsWith("--"))
    .map(([, feature = "", , tests = "", planted = ""]) => {
      const named = [...tests.matchAll(/`test\/([^`]+)`/g)].map(([, name = ""]) => name)
      const parts = planted === "" ? [] : planted.split("; ").map((text) => partOf(text, named, bank))
      return { feature: feature.slice(0, 40), named, parts }
    })
  const told = rows.flatMap(({ parts }) => parts)
  return [
    ...rows.flatMap(({ feature, parts }) => parts.flatMap(({ wrong }) => wrong.map((one) => `${feature}: ${one}`))),
    ...rows.flatMap(({ named }) => named.filter(isMissing).map((name) => `there is no test/${name}`)),
    ...[...bank].flatMap(([file, bugs]) => (shared.test(file) ? [] : leftOut(file, bugs, told)))
  ]
}

const partOf = (text: string, tests: ReadonlyArray<string>, bank: Bank): Part => {
  const file = /^`(\w+)\.ts`/.exec(text)?.[1] ?? text
  const bugs = bank.get(file)
  if (bugs === undefined) return { file, inWorld: [], byTests: [], wrong: [`${file} is no file of the bank`] }
  if (text === `\`${file}.ts\``)
    return { file, inWorld: [], byTests: [], wrong: shared.test(file) ? [] : [`${file} without a count`] }
  const [, worldCount, , names] = / (\d+) (in the world|of ((?:[SL]\d+(?:, | and )?)+))/.exec(text) ?? []
  const testCount = / (\d+) by their tests$/.exec(text)?.[1]
  const breaks = names?.match(/[SL]\d+/g)
  const inWorld = worldCount === undefined ? [] : bugs.inWorld.filter((bug) => breaks?.includes(bug.breaks) ?? true)
  const byTests = bugs.byTests.filter((bug) => tests.includes(bug.test.replace(/\.test\.ts$/, "")))
  const wrong = [
    ...(Number(worldCount ?? 0) === inWorld.length
      ? []
      : [`${file} has ${inWorld.length} for the world, not ${worldCount}`]),
    ...(Number(testCount ?? 0) === byTests.length
      ? []
      : [`of ${file} the row's tests notice ${byTests.length}, not ${testCount ?? 0}`])
  ]
  return { file, inWorld, byTests, wrong }
}

const leftOut = (
  file: string,
  { byTests, inWorld }: { readonly inWorld: ReadonlyArray<Bug>; readonly byTests: ReadonlyArray<AdapterBug> },
  told: ReadonlyArray<Part>
): ReadonlyArray<string> => {
  const here = told.filter((part) => part.file === file)
  const counted = new Set<Bug | AdapterBug>(here.flatMap((part) => [...part.inWorld, ...part.byTests]))
  return [
    ...inWorld
      .filter((bug) => !counted.has(bug))
      .map(({ breaks, name }) => `no row counts "${name}" (${breaks}) of ${file}`),
    ...byTests
      .filter((bug) => !counted.has(bug))
      .map(({ name, test: where }) => `no row of ${file} has test/${where}, which notices "${name}"`)
  ]
}

const isMissing = (name: string): boolean =>
  !["", ".ts", ".test.ts", ".test-d.ts"].some((end) => existsSync(path.join(test, `${name}${end}`)))

/** Where a page says how many bugs a file's list has today, and that is not so. */
export const wrongToday = (page: string, lengths: Readonly<Record<string, number>>): ReadonlyArray<string> =>
  [...page.matchAll(/`(?:test\/bugbank\/)?(\w+)\.ts`: (\d+) today/g)].flatMap(([, file = "", count]) =>
    lengths[file] === Number(count) ? [] : [`${file} has ${lengths[file]} today, not ${count}`]
  )
