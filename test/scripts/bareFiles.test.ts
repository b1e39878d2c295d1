import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import * as path from "node:path"
import { describe, expect, it } from "vitest"
import { adapterBugs } from "../bugbank/adapterBugs.ts"
import { hasCode } from "../bugbank/bareFiles.ts"
import { bugs } from "../bugbank/bugs.ts"
import { fileBugs } from "../bugbank/fileBugs.ts"
import { lambdaBugs } from "../bugbank/lambdaBugs.ts"
import { wireBugs } from "../bugbank/wireBugs.ts"

const root = path.join(import.meta.dirname, "../..")

const filesOf = (folder: string): ReadonlyArray<string> =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => path.posix.join(folder, name.replaceAll("\\", "/")))

const protocol = ["src/actor", "src/store", "src/streams"].flatMap(filesOf)

const planted: ReadonlySet<string> = new Set(
  [...bugs, ...wireBugs, ...lambdaBugs, ...fileBugs]
    .filter(({ equivalent }) => equivalent === undefined)
    .flatMap(({ and = [], file }) => [file, ...and.map((edit) => edit.file)])
    .concat(adapterBugs.map(({ file }) => file))
)

/** Files that nobody has planted a bug in yet: to become fewer. */
const listFile = path.join(root, "test/bugbank/bareFiles.json")
const bare: ReadonlyArray<string> = JSON.parse(readFileSync(listFile, "utf8"))

describe("each file of the protocol", () => {
  it("has a bug planted in it, or nothing to plant one in, or is on the list of those that wait for one", () => {
    const lacking = protocol.filter(
      (file) => !planted.has(file) && !bare.includes(file) && hasCode(readFileSync(path.join(root, file), "utf8"))
    )
    expect(lacking, "plant a bug in each (docs/simulation.md), and not: add it to test/bugbank/bareFiles.json").toEqual(
      []
    )
  })

  /** `RECORD_BARE=1` takes them off the list. It puts none onto it. */
  it("leaves the list with its first bug, or when it is gone", () => {
    const known = new Set(protocol)
    const left = bare.filter((file) => !planted.has(file) && known.has(file))
    if (process.env.RECORD_BARE === "1") return writeFileSync(listFile, `${JSON.stringify(left, undefined, 2)}\n`)
    expect(bare, "RECORD_BARE=1 npx vitest run test/scripts/bareFiles --typecheck=false").toEqual(left)
    expect(bare).toEqual([...new Set(bare)].sort())
  })
})

it("types and plain constants are nothing to plant a bug in, and code is", () => {
  expect(
    hasCode('import type { A } from "./a.ts"\n\n/** f(x) */\nexport interface B {\n  readonly f: (a: A) => void\n}\n')
  ).toBe(false)
  expect(hasCode("export const limitMs = 5_000\n")).toBe(false)
  expect(hasCode("export const half = (n: number) => n / 2\n")).toBe(true)
  expect(hasCode("export class C {}\n")).toBe(true)
})
