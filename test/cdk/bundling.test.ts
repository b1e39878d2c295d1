import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { Stack } from "aws-cdk-lib"
import { Construct } from "constructs"
import { afterAll, describe, expect, it } from "vitest"
import { bundle } from "../../cdk/bundling.ts"
import { makeApp } from "./stacks.ts"

const folder = mkdtempSync(join(tmpdir(), "dynactor-entries-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const entry = (name: string): string => {
  const file = join(folder, `${name}.ts`)
  writeFileSync(file, `console.log("${name}", STAGE)\nexport const workflows = [], steps = []\n`)
  return file
}

describe("the bundles of several deployments", () => {
  it("are of their own entries and options, though the entries lie in one folder", () => {
    const outdir = join(folder, "out")
    const stack = new Stack(makeApp(outdir), "Test")
    const codeOf = (id: string, path: string, stage: string): string => {
      // What is bundled is not what this is about: the package itself stays outside.
      const options = { externalModules: ["dynactor/lambda"], define: { STAGE: JSON.stringify(stage) } }
      const { s3Location } = bundle(path, options).bind(new Construct(stack, id))
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
  it("are given all that the entry exports: its tuning, too", async () => {
    const outdir = join(folder, "tuned")
    const given = join(folder, "node_modules", "dynactor")
    mkdirSync(given, { recursive: true })
    writeFileSync(join(given, "package.json"), '{ "type": "module", "exports": { "./lambda": "./lambda.js" } }')
    writeFileSync(join(given, "lambda.js"), "export const makeHandlers = (app) => ({ stream: () => app.tuning })")
    const path = join(folder, "tuned.ts")
    writeFileSync(path, "export const workflows = [], steps = [], tuning = { unknownStepReceives: 20 }\n")
    const stack = new Stack(makeApp(outdir), "Test")
    const { s3Location } = bundle(path, { externalModules: ["dynactor/lambda"] }).bind(new Construct(stack, "Code"))
    const asset = String(stack.resolve(s3Location?.objectKey)).replace(/\.zip$/, "")
    const { stream } = await import(pathToFileURL(join(outdir, `asset.${asset}`, "index.mjs")).href)
    expect(stream()).toEqual({ unknownStepReceives: 20 })
  })
})
