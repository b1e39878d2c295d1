import { spawnSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { expect, it } from "vitest"
import { adviceOn } from "../../src/cli/entry/adviceOn.ts"
import { decodeText } from "../../src/cli/framework/decodeText.ts"
import { clientLayer } from "../../src/client/client.ts"
import { sqliteStore } from "../../src/sqlite.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { bin, cli } from "./commandLine.ts"

const module = (name: string) => join(import.meta.dirname, name)

/** A file with no run in it yet. */
const emptyFile = async () => {
  const folder = temporaryFolder("users-modules")
  const file = join(folder, "runs.db")
  await Effect.runPromise(Effect.scoped(Layer.build(Layer.provide(clientLayer, sqliteStore({ filename: file })))))
  return { folder, file }
}

const input = '{ "id": "o-1", "amount": 5 }'

it("what an entry prints is no part of the answer, and what it holds open keeps no command from its end", async () => {
  const { file } = await emptyFile()
  const entry = ["--file", file, "--entry", module("talkativeWorkflows.ts")]
  const started = await bin(["start", "order", "--id", "o-1", "--input", input, "--json", ...entry])
  expect(started).toMatchObject({ code: 0, signal: null, error: "loading the entry\nwith its pool\n" })
  expect(JSON.parse(started.out)).toEqual({ runId: "o-1", isNew: true, generation: 0 })
})

it("nor of the review's", async () => {
  const { file } = await emptyFile()
  const review = ["src/review/command.ts", module("talkativeWorkflows.ts"), "--sqlite", file, "--json"]
  const { status, stderr, stdout } = spawnSync(process.execPath, ["--conditions=source", ...review], {
    cwd: join(import.meta.dirname, "..", ".."),
    encoding: "utf8"
  })
  expect(status).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({ unfit: [] })
  expect(stderr).toContain("loading the entry\nwith its pool\n")
})

it("an entry that comes to no end is told as one that cannot be loaded", async () => {
  const { file } = await emptyFile()
  const { code, out } = await bin(["list", "--file", file, "--entry", module("stuckWorkflows.ts"), "--json"])
  expect(code).toBe(2)
  expect(JSON.parse(out)).toMatchObject({
    error: "EntryFailed",
    message: expect.stringContaining("it awaits what nothing will settle"),
    todo: "look at its top-level awaits"
  })
})

it("and one that throws what is no error, by what that is", async () => {
  const { folder, file } = await emptyFile()
  writeFileSync(join(folder, "odd.mjs"), "throw { code: 17 }")
  const { code, error } = await Effect.runPromise(cli(["list", "--file", file, "--entry", join(folder, "odd.mjs")]))
  expect(code).toBe(2)
  expect(error).toContain(`the entry ${join(folder, "odd.mjs")} cannot be loaded: { code: 17 }`)
})

it("a module that is not found is a package that is to be installed, or a file whose ending is missing", async () => {
  const { folder } = await emptyFile()
  const advice = (specifier: string) => {
    writeFileSync(join(folder, "entry.mjs"), `import ${JSON.stringify(specifier)}`)
    const { stderr } = spawnSync(process.execPath, [join(folder, "entry.mjs")], { encoding: "utf8" })
    return adviceOn({ code: "ERR_MODULE_NOT_FOUND", message: /Cannot find .*/.exec(stderr)?.[0] })
  }
  expect(advice("@acme/no-such")).toMatch(/^npm install @acme\/no-such; if that is an alias of tsconfig/)
  expect(advice("no-such/deep")).toMatch(/^npm install no-such;/)
  expect(advice("./steps")).toBe('import files with the ending that they have: "./steps.ts"')
})

it("a text is read by the mark in front of it, as Windows writes one: of a file, a pipe and dynactor.json", async () => {
  const little = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(input, "utf16le")])
  const marked = [Buffer.from(`\ufeff${input}`), little, Buffer.from(little).swap16(), Buffer.from(input)]
  expect(marked.map(decodeText)).toEqual([input, input, input, input])
  expect(decodeText(Buffer.of())).toBe("")

  const { folder, file } = await emptyFile()
  writeFileSync(join(folder, "dynactor.json"), `\ufeff${JSON.stringify({ file })}`)
  writeFileSync(join(folder, "input.json"), little)
  const start = ["start", "order", "--id", "o-1", "--input", "@input.json"]
  expect(await Effect.runPromise(cli(start, { directory: folder }))).toMatchObject({ code: 0, out: "o-1\n" })
})
