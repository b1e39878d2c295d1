import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { Stack } from "aws-cdk-lib"
import { Construct } from "constructs"
import { afterAll, describe, expect, it } from "vitest"
import { type BundlingOptions, bundle } from "../../cdk/bundling/bundling.ts"
import { importDirectly, modulesOf } from "../../cdk/bundling/bundlingImports.ts"
import { makeApp } from "./stacks.ts"

const folder = mkdtempSync(join(tmpdir(), "dynactor-entries-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const entry = (name: string): string => {
  const file = join(folder, `${name}.ts`)
  writeFileSync(file, `console.log("${name}", STAGE)\nexport const workflows = [{ workflowName: "one" }], steps = []\n`)
  return file
}

describe("the bundles of several deployments", () => {
  it("are of their own entries and options, though the entries lie in one folder", () => {
    const outdir = join(folder, "out")
    const stack = new Stack(makeApp(outdir), "Test")
    const codeOf = (id: string, path: string, stage: string): string => {
      // What is bundled is not what this is about: the package itself stays outside.
      const options = { externalModules: ["dynactor/lambda"], define: { STAGE: JSON.stringify(stage) } }
      const { s3Location } = bundle(path, "turns", options).bind(new Construct(stack, id))
      const asset = String(stack.resolve(s3Location?.objectKey)).replace(/\.zip$/, "")
      return readFileSync(join(outdir, `asset.${asset}`, "index.mjs"), "utf8")
    }
    const shop = entry("shop")
    expect(codeOf("Shop", shop, "one")).toContain('"shop","one"')
    expect(codeOf("ShopOfTwo", shop, "two")).toContain('"shop","two"')
    expect(codeOf("Books", entry("books"), "one")).toContain('"books","one"')
  })
})

describe("the handlers", () => {
  /** In place of the package: a function that answers with what the entry exports as its tuning. */
  const made = async (path: string, options: BundlingOptions = {}) => {
    const outdir = mkdtempSync(join(folder, "made-"))
    const given = join(folder, "node_modules", "dynactor")
    mkdirSync(given, { recursive: true })
    writeFileSync(join(given, "package.json"), '{ "type": "module", "exports": { "./lambda": "./lambda.js" } }')
    writeFileSync(join(given, "lambda.js"), "export const makeTurnFunctions = (app) => ({ stream: () => app.tuning })")
    const stack = new Stack(makeApp(outdir), "Test")
    const { s3Location } = bundle(path, "turns", { externalModules: ["dynactor/lambda"], ...options }).bind(
      new Construct(stack, "Code")
    )
    const asset = String(stack.resolve(s3Location?.objectKey)).replace(/\.zip$/, "")
    const file = join(outdir, `asset.${asset}`, "index.mjs")
    const { stream } = await import(pathToFileURL(file).href)
    return { file, stream }
  }

  it("are given all that the entry exports: its tuning, too", async () => {
    const path = join(folder, "tuned.ts")
    writeFileSync(path, "export const workflows = [{}], steps = [], tuning = { unknownStepReceives: 20 }\n")
    const { stream } = await made(path)
    expect(stream()).toEqual({ unknownStepReceives: 20 })
  })

  // Of CommonJS modules, which many packages are: without these the function fails as it starts.
  it("have what CommonJS has, and leave what a module calls so itself", async () => {
    const given = join(folder, "node_modules", "old")
    mkdirSync(given, { recursive: true })
    writeFileSync(
      join(given, "index.js"),
      'exports.seen = [require("node:path").basename(__filename), __dirname, typeof require(["node", "fs"].join(":")).readFileSync]'
    )
    const path = join(folder, "old.ts")
    writeFileSync(
      path,
      `import { createRequire } from "node:module"
      import { seen } from "old"
      const require = createRequire(import.meta.url), __dirname = "mine", __filename = "as well"
      export const workflows = [{}], steps = [], tuning = [...seen, __dirname, __filename, typeof require, STAGE]`
    )
    for (const minify of [true, false]) {
      const { file, stream } = await made(path, { minify, define: { STAGE: '"one"' } })
      expect(stream()).toEqual(["index.mjs", dirname(file), "function", "mine", "as well", "function", "one"])
    }
  })
})

describe("the dashboard", () => {
  const bundled = (dashboard: string) => {
    const outdir = join(folder, `out-${basename(dashboard)}`)
    const stack = new Stack(makeApp(outdir), "Test")
    const options = { externalModules: ["dynactor/lambda"], define: { STAGE: "1" } }
    const code = bundle(entry("shown"), "api", options, { dashboard })
    return () => {
      const { s3Location } = code.bind(new Construct(stack, "Code"))
      return join(outdir, `asset.${String(stack.resolve(s3Location?.objectKey)).replace(/\.zip$/, "")}`)
    }
  }

  it("lies beside the file that serves it", () => {
    const dashboard = join(folder, "built")
    mkdirSync(join(dashboard, "assets"), { recursive: true })
    writeFileSync(join(dashboard, "index.html"), "<html>")
    writeFileSync(join(dashboard, "assets", "a.js"), "1")
    const asset = bundled(dashboard)()
    expect(readdirSync(asset).sort()).toEqual(["dashboard", "index.mjs"])
    expect(readFileSync(join(asset, "dashboard", "assets", "a.js"), "utf8")).toBe("1")
  })

  it("fails the synthesis where it is not built", () => {
    expect(bundled(join(folder, "not-built"))).toThrow("npm run build:dashboard")
  })
})

describe("an entry that deploys nothing", () => {
  const synthesized = (name: string, source: string) => {
    const path = join(folder, `${name}.ts`)
    writeFileSync(path, source)
    const stack = new Stack(makeApp(join(folder, `out-${name}`)), "Test")
    return () => bundle(path, "turns", { externalModules: ["dynactor/lambda"] }).bind(new Construct(stack, "Code"))
  }

  it.each([
    [
      "none",
      "export const flows = [{}], steps = []",
      /none\.ts exports no `workflows`\. Write: export const workflows/
    ],
    ["noSteps", "export const workflows = [{}]", /exports no `steps`\. Write: export const steps/],
    ["silent", "console.log(1)", /exports no `workflows`/],
    ["byDefault", "export default { workflows: [{}], steps: [] }", /exports no `workflows`/],
    ["empty", "export const workflows = [], steps = []", /exports `workflows` with nothing in it/],
    [
      "typed",
      "export const workflows: Array<object> = [] satisfies Array<object>\nexport const steps = []",
      /nothing in it/
    ],
    ["renamed", "const none = []\nconst steps = []\nexport { none as workflows, steps }", /nothing in it/],
    ["constructed", "export const workflows = new Array(), steps = []", /nothing in it/],
    ["frozen", "export const workflows = Object.freeze([]), steps = []", /nothing in it/],
    ["undefined", "export const workflows = undefined, steps = []", /nothing in it/],
    ["noList", "export const workflows = {}\nexport const steps = []", /nothing in it/]
  ] as const)("is refused when the stack is synthesized: %s", (name, source, message) => {
    expect(synthesized(name, source)).toThrow(message)
  })

  it.each([
    ["filled", "export const workflows = []\nworkflows.push({})\nexport const steps = []"],
    ["fromElsewhere", 'export { workflows, steps } from "./filled.ts"'],
    ["commonJs", "module.exports = { workflows: [{}], steps: [] }"],
    ["ofPackage", 'export * from "dynactor/lambda"'],
    ["all", 'export * from "./filled.ts"'],
    ["filledOnItsWay", "export const workflows = [].concat([{}]), steps = []"],
    ["called", "const list = () => [{}]\nexport const workflows = list(), steps = []"]
  ] as const)("is not what this is: %s", (name, source) => {
    expect(synthesized(name, source)).not.toThrow()
  })

  it("runs nothing of the entry", () => {
    const source = 'export const workflows = [{}], steps = []\nthrow new Error("it was run")'
    expect(synthesized("explosive", source)).not.toThrow()
  })
})

describe("imports of Effect", () => {
  const modules = modulesOf(readFileSync(fileURLToPath(import.meta.resolve("effect")), "utf8"))
  const rewritten = (source: string) => importDirectly(source, modules)

  it("are of the modules themselves, under the same names and in the same lines", () => {
    expect(rewritten('import { Effect, Schema as S, pipe } from "effect"\nlast()')).toBe(
      'import * as Effect from "effect/Effect"; import * as S from "effect/Schema"; import { pipe } from "effect";\nlast()'
    )
    expect(rewritten('import {\n  Effect,\n  type Exit,\n} from "effect";\nlast()')).toBe(
      'import * as Effect from "effect/Effect"; import { type Exit } from "effect";\n\n\n\nlast()'
    )
  })

  it.each([
    'import { pipe } from "effect"',
    'import { Effect } from "effects"',
    'import { Effect /* all of it */ } from "effect"',
    'export { Effect } from "effect"',
    'import type { Effect } from "effect"',
    'import * as All from "effect"',
    'const text = `import { Effect } from "effect"`'
  ])("are as they were where that is not what they say: %s", (source) => {
    expect(rewritten(source)).toBe(source)
  })

  it("say of each module that the package has one", () => {
    expect(modules.size).toBeGreaterThan(50)
    for (const name of modules) expect(import.meta.resolve(`effect/${name}`)).toMatch(/^file:/)
  })
})

describe("code that esbuild cannot read", () => {
  it("fails the synthesis, and says where", () => {
    const path = join(folder, "broken.ts")
    writeFileSync(path, "export const workflows = [\n")
    const stack = new Stack(makeApp(join(folder, "broken")), "Test")
    const bundled = () =>
      bundle(path, "turns", { externalModules: ["dynactor/lambda"] }).bind(new Construct(stack, "Code"))
    expect(bundled).toThrow(/could not bundle[\s\S]*broken\.ts/)
  })
})
