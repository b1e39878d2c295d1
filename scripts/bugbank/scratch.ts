import * as fs from "node:fs"
import * as path from "node:path"
import type { Bug, Edit } from "../../test/bugbank/bug.ts"

/** Below a folder that git does not see, and in the repository, so that packages resolve. */
const root = path.join(import.meta.dirname, "../..")
const scratchRoot = path.join(root, ".local/bugbank")

/** What the simulated world is made of, and what it runs. Below the root: the repository may be in a folder of any name. */
const isNeeded = (source: string): boolean => !/\/(sqlite|aws|http|lambda)(\/|\.ts$)/.test(source.slice(root.length))

/** A copy of the source with the edits of some bugs in it, and with the adapters where they are run. Throws if one no longer applies. */
export const makeScratch = (name: string, bugs: ReadonlyArray<Bug>, hasAdapters = false): string => {
  const folder = path.join(scratchRoot, `${process.pid}`, name.replaceAll(/[^\w-]+/g, "_"))
  fs.mkdirSync(folder, { recursive: true })
  for (const part of ["src", "simulation"])
    fs.cpSync(path.join(root, part), path.join(folder, part), {
      recursive: true,
      filter: (source) => hasAdapters || isNeeded(source)
    })
  fs.copyFileSync(path.join(root, "package.json"), path.join(folder, "package.json"))
  for (const bug of bugs) for (const edit of editsOf(bug)) apply(folder, bug.name, edit)
  return folder
}

/** A copy of the source and all that its tests are made of. */
export const makeTestScratch = (name: string): string => {
  const folder = path.join(scratchRoot, `${process.pid}`, name)
  fs.mkdirSync(folder, { recursive: true })
  for (const part of [
    "src",
    "test",
    "examples",
    "scripts",
    "simulation",
    "package.json",
    "tsconfig.json",
    "vitest.config.ts"
  ])
    fs.cpSync(path.join(root, part), path.join(folder, part), { recursive: true })
  return folder
}

/** Puts one edit into a copy. Answers with what takes it back. */
export const plant = (folder: string, name: string, edit: Edit): (() => void) => {
  const file = path.join(folder, edit.file)
  const text = fs.readFileSync(file, "utf8")
  apply(folder, name, edit)
  return () => fs.writeFileSync(file, text)
}

export const removeScratch = (folder: string): void => fs.rmSync(folder, { recursive: true, force: true })

export const editsOf = (bug: Edit & Pick<Bug, "and">): ReadonlyArray<Edit> => [bug, ...(bug.and ?? [])]

/** Why an edit does not apply to the source as it is; undefined if it does. */
export const misfit = (text: string, { file, find, replace }: Edit): string | undefined => {
  const count = text.split(find).length - 1
  if (find === replace) return `${file}: the edit changes nothing`
  return count === 1 ? undefined : `${file} has ${count} places that read ${JSON.stringify(find)}, and should have one`
}

/** Of all edits of all bugs, those that do not fit the source any more. */
export const misfits = (bugs: ReadonlyArray<Edit & Pick<Bug, "name" | "and">>): ReadonlyArray<string> =>
  bugs.flatMap((bug) =>
    editsOf(bug).flatMap((edit) => {
      const file = path.join(root, edit.file)
      const why = fs.existsSync(file) ? misfit(fs.readFileSync(file, "utf8"), edit) : `there is no ${edit.file}`
      return why === undefined ? [] : [`${bug.name}: ${why}`]
    })
  )

/** Edits of two bugs that fit each by itself, but not one after the other. */
export const misfitsOfPair = (name: string, bugs: ReadonlyArray<Bug>): ReadonlyArray<string> => {
  const texts = new Map<string, string>()
  return bugs.flatMap(editsOf).flatMap((edit) => {
    const text = texts.get(edit.file) ?? fs.readFileSync(path.join(root, edit.file), "utf8")
    texts.set(edit.file, edited(text, edit))
    const why = misfit(text, edit)
    return why === undefined ? [] : [`${name}: ${why}`]
  })
}

/** Not as a pattern: the replacement may hold a dollar sign. */
const edited = (text: string, { find, replace }: Edit): string => text.replace(find, () => replace)

const apply = (folder: string, name: string, edit: Edit): void => {
  const file = path.join(folder, edit.file)
  const text = fs.readFileSync(file, "utf8")
  const why = misfit(text, edit)
  if (why !== undefined) throw new Error(`${name}: ${why}`)
  fs.writeFileSync(file, edited(text, edit))
}
