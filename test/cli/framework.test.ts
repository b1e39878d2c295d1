import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { describe, expect, it } from "vitest"
import { exitCodes } from "../../src/cli/framework/exitCodes.ts"
import { failureOf } from "../../src/cli/framework/failureOf.ts"
import { durationText, parseDurationMs } from "../../src/cli/framework/times.ts"
import { ApiError } from "../../src/http/definition/apiError.ts"
import { errorStatuses } from "../../src/http/errors.ts"
import { live, openEngine, tempFile } from "../streams/engine.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { bin, cli, cliJson } from "./commandLine.ts"
import { order, steps, workflows } from "./workflows.ts"

const engine = Effect.fnUntraced(function* () {
  const filename = yield* tempFile
  const opened = yield* openEngine({ filename, workflows, steps })
  yield* opened.client.execute(order, { runId: "o-1", input: { id: "a", amount: 1 } })
  return filename
})

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
const colour = /\u001b\[/

describe("errors", () => {
  // What senders of webhooks are told, and pages that listen; the update's own error is an answer.
  const ofOthers = /^(Signature|Secrets|Webhook|EventsUnavailable$|UpdateRejected$)/
  const told = Object.entries(errorStatuses).filter(([tag]) => !ofOthers.test(tag))

  it.each(told)("%s is no bug of the command, and says what to do", (tag, status) => {
    const failure = failureOf(Cause.fail(new ApiError(tag, "what happened", status)))
    expect(failure).toMatchObject({
      kind: tag,
      message: "what happened",
      todo: expect.stringMatching(/^[^A-Z].{5,}[^.]$/)
    })
    expect(failure.exitCode).not.toBe(exitCodes.bug)
  })
})

describe("colours", () => {
  live("are for terminals, unless the environment says otherwise", () =>
    Effect.gen(function* () {
      const filename = yield* engine()
      const get = (isTerminal: boolean, environment: { readonly [name: string]: string }) =>
        Effect.map(cli(["get", "o-1", "--file", filename], { isTerminal, environment }), ({ out }) => colour.test(out))
      expect(yield* get(false, {})).toBe(false)
      expect(yield* get(true, {})).toBe(true)
      expect(yield* get(true, { NO_COLOR: "1" })).toBe(false)
      expect(yield* get(true, { TERM: "dumb" })).toBe(false)
      expect(yield* get(false, { FORCE_COLOR: "1" })).toBe(true)
      expect(yield* get(true, { NO_COLOR: "1", FORCE_COLOR: "1" })).toBe(false)
      const json = yield* cli(["get", "o-1", "--file", filename, "--json"], { isTerminal: true })
      expect(colour.test(json.out)).toBe(false)
      const piped = yield* Effect.promise(() => bin(["get", "o-1", "--file", filename]))
      expect(colour.test(piped.out + piped.error)).toBe(false)
      const help = yield* Effect.promise(() => bin(["get", "--help"]))
      expect(colour.test(help.out + help.error)).toBe(false)
    })
  )

  live("are ours alone: what others have chosen cannot move the cursor", () =>
    Effect.gen(function* () {
      const { out } = yield* cliJson(["get", "\u001b[2Jx"], {}).pipe(
        Effect.map(({ error }) => ({ out: error })),
        Effect.catchDefect(() => Effect.succeed({ out: "" }))
      )
      expect(colour.test(out)).toBe(false)
      const filename = yield* engine()
      const missing = yield* cli(["get", "\u001b[2J\u001b[31mx", "--file", filename], { isTerminal: false })
      expect(missing).toMatchObject({ code: 3 })
      expect(colour.test(missing.error)).toBe(false)
    })
  )
})

describe("wrong use", () => {
  const wrong = [
    [[], ""],
    [["get"], "Missing required argument: run"],
    [["lst"], "list"],
    [["get", "a", "--fil", "b"], "--file"],
    [["list", "--status", "sleeping"], "parked"],
    [["list", "--limit", "0"], "1 to 1,000"],
    [["wait", "a", "--timeout", "soon"], "90s, 1h30m or 7d"],
    [["get", "a"], "nothing says where the runs are"],
    [["get", "a", "--file", "b", "--table", "c"], "--file and --table"],
    [["get", "a", "--url", "nonsense"], "is no URL"]
  ] as const
  for (const [args, told] of wrong.slice(1)) {
    it(`is exit code 2, and told on standard error: ${args.join(" ")}`, async () => {
      const { code, error, out } = await Effect.runPromise(cli(args))
      expect({ code, out }).toEqual({ code: 2, out: "" })
      expect(error).toContain(told)
      const json = await Effect.runPromise(cliJson(args))
      expect(json).toMatchObject({ code: 2, json: { error: "WrongUse" } })
      expect(json.json.message).toContain(told)
    })
  }

  it("without any command shows what there is", async () => {
    const { code, out } = await Effect.runPromise(cli([]))
    expect(code).toBe(0)
    expect(out).toContain("start")
  })

  live("of an input that is no JSON says how to write it", () =>
    Effect.gen(function* () {
      const filename = yield* engine()
      const start = (input: string) => cliJson(["start", "order", "--input", input, "--file", filename], { input: "" })
      expect((yield* start("apple")).json).toMatchObject({ error: "WrongUse" })
      expect((yield* start("-")).json.message).toContain("it is empty")
      expect(yield* start("@missing.json")).toMatchObject({ code: 3, json: { error: "NotFound" } })
    })
  )
})

describe("the target", () => {
  live("is named by a flag, or the environment, or dynactor.json in a folder above", () =>
    Effect.gen(function* () {
      const filename = yield* engine()
      const folder = temporaryFolder("project")
      const below = join(folder, "src", "deep")
      mkdirSync(below, { recursive: true })
      const get = (directory: string, environment: { readonly [name: string]: string } = {}) =>
        cliJson(["get", "o-1"], { directory, environment })
      expect((yield* get(below)).code).toBe(2)
      expect((yield* get(below, { DYNACTOR_TARGET: `file:${filename}` })).code).toBe(0)
      expect((yield* get(below, { DYNACTOR_TARGET: "disc:x" })).json.message).toContain("DYNACTOR_TARGET")
      writeFileSync(join(folder, "dynactor.json"), JSON.stringify({ file: filename }))
      expect((yield* get(below)).code).toBe(0)
      expect(yield* get(below, { DYNACTOR_TARGET: "file:gone.db" })).toMatchObject({ code: 3 })
      writeFileSync(join(folder, "dynactor.json"), JSON.stringify({ file: "gone.db" }))
      expect((yield* get(below)).json.message).toBe(`there is no file ${join(folder, "gone.db")}.`)
      writeFileSync(join(folder, "dynactor.json"), JSON.stringify({ fiel: "gone.db" }))
      expect((yield* get(below)).json).toMatchObject({ error: "WrongUse" })
    })
  )
})

describe("lengths of time", () => {
  it("are read and written as people write them", () => {
    const texts = ["350ms", "90s", "1h30m", "7d", "1.5h", "2 hours", "1w", "soon", "", "90", "5 s x"]
    expect(texts.map(parseDurationMs)).toEqual([
      350,
      90_000,
      5_400_000,
      604_800_000,
      5_400_000,
      7_200_000,
      604_800_000,
      undefined,
      undefined,
      undefined,
      undefined
    ])
    expect([5, 4_200, 59_960, 60_000, 3_599_600, 5_400_000, 86_400_000, 93_600_000].map(durationText)).toEqual([
      "5 ms",
      "4.2 s",
      "1 m",
      "1 m",
      "1 h",
      "1 h 30 m",
      "1 d",
      "1 d 2 h"
    ])
  })
})
