import { readdirSync, readFileSync } from "node:fs"
import { basename } from "node:path"
import { inspect } from "node:util"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { errorPage } from "../../src/actor/errorPages.ts"
import { ApiError } from "../../src/http/definition/apiError.ts"
import { errorStatuses } from "../../src/http/errors.ts"
import { refusal } from "../../src/http/operations/refusals.ts"
import { StoreRefused } from "../../src/store/errors.ts"
import { cli } from "../cli/commandLine.ts"

const page = readFileSync("docs/guide/errors.md", "utf8")
const sections = [...page.matchAll(/^### (\w+)$/gm)].map(([, tag = ""]) => tag)

const files = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `${folder}/${name}`)

/** What the entry points export and can be thrown. */
const exported = async () => {
  const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as {
    readonly exports: Readonly<Record<string, { readonly source?: string }>>
  }
  const modules = Object.values(exports).flatMap(({ source }) =>
    source?.startsWith("./src/") ? [basename(source, ".ts")] : []
  )
  const loaded = await Promise.all(modules.map((name) => import(`../../src/${name}.ts`)))
  return loaded.flatMap((module: object) =>
    Object.entries(module).flatMap(([name, value]) =>
      typeof value === "function" && value.prototype instanceof Error ? [[name, value.prototype] as const] : []
    )
  )
}

/** What the command line ends with, beside errors of the layers below: each `kind` of a `CommandFailed`, and what is told already. */
const ofCommands = () => {
  const text = files("src/cli").map((file) => readFileSync(file, "utf8"))
  const kinds = text.flatMap((code) => [...code.matchAll(/\bkind: "([A-Z]\w+)"/g)].map(([, kind = ""]) => kind))
  const known = /const known[^{]*\{[^}]*\} \} = \{([\s\S]*?)\n\}\n/.exec(
    readFileSync("src/cli/framework/failureOf.ts", "utf8")
  )
  const tags = [...(known?.[1] ?? "").matchAll(/^ {2}(\w+): \{/gm)].map(([, tag = ""]) => tag)
  expect(tags).toContain("RunParked")
  return [...kinds, ...tags].filter((kind) => !["Ended", "Interrupted", "Bug"].includes(kind))
}

describe("the page on errors", () => {
  it("has a section for each error that one can meet, and for no other", async () => {
    const names = (await exported()).map(([name]) => name)
    const all = [...names, ...Object.keys(errorStatuses), ...ofCommands()]
    expect([...sections].sort()).toEqual([...new Set(all)].sort())
  })

  it("has each section where the error's page is said to be", () => {
    for (const tag of sections) expect(errorPage(tag)).toBe(`docs/guide/errors.md#${tag.toLowerCase()}`)
    expect(new Set(sections.map((tag) => tag.toLowerCase())).size).toBe(sections.length)
  })

  it("says of each what to do", () => {
    for (const section of page.split(/^###? /m).filter((text) => sections.includes(text.split("\n")[0] ?? "")))
      expect(section).toMatch(/^- What to do: \S/m)
  })

  it("is named where a person is told of an error", async () => {
    expect(refusal(404, "RunNotFound", "no run").body.help).toBe("docs/guide/errors.md#runnotfound")
    const told = await Effect.runPromise(cli(["get", "some-run"], { environment: {}, directory: "examples" }))
    expect(told.error.trimEnd().split("\n").at(-1)).toBe("See docs/guide/errors.md#wronguse in the package dynactor.")
  })

  it("is named by each error that an entry point exports, where it is printed too, and stored with none", async () => {
    for (const [name, prototype] of await exported()) {
      // Of an answer of the HTTP API: which one it is, each says for itself.
      if (name === "ApiError") continue
      const error = Object.assign(Object.create(prototype), { _tag: name })
      expect({ name, help: error.help }).toEqual({ name, help: errorPage(name) })
    }
    expect(new ApiError("RunNotFound", "no run", 404).help).toBe(errorPage("RunNotFound"))
    const error = new StoreRefused({ operation: "put", message: "no right" })
    expect(inspect(error)).toContain("help: 'docs/guide/errors.md#storerefused'")
    expect(JSON.stringify(error)).not.toContain("errors.md")
    expect(Schema.encodeUnknownSync(StoreRefused)(error)).not.toHaveProperty("help")
    expect(Schema.decodeUnknownSync(StoreRefused)({ ...error, message: "no right" })).toBeInstanceOf(StoreRefused)
  })

  it("is named by every class of errors in the code", () => {
    const others = files("src").filter(
      (file) => !/cli\/project\/sources\.ts$|commandFailed\.ts$|errorPages\.ts$/.test(file)
    )
    const unnamed = others.flatMap((file) => {
      const code = readFileSync(file, "utf8")
      return [...code.matchAll(/^(?:export )?class (\w+) extends (?:Schema|Data)\.TaggedError/gm)].map(([, name]) =>
        code.includes("get help()") ? [] : [`${file}: ${name}`]
      )
    })
    expect(unnamed.flat()).toEqual([])
  })

  it("leads to sections that are there", () => {
    const anchors = new Set(
      [...page.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) => title.toLowerCase().replaceAll(" ", "-"))
    )
    const links = [...page.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = ""]) => anchor)
    expect(links.length).toBeGreaterThan(0)
    expect(links.filter((anchor) => !anchors.has(anchor))).toEqual([])
  })
})
