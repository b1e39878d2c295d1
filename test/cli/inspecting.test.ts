import { spawn } from "node:child_process"
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { replayHistory } from "dynactor/testing"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { describe, expect, it } from "vitest"
import { readAnswer } from "../../src/cli/commands/inspecting/replayPrompt.ts"
import { eventually, live, tempFile } from "../streams/engine.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { binArgs, cli, cliJson } from "./commandLine.ts"
import { onEachTarget } from "./eachTarget.ts"
import { asking, order, patient, steps, workflows } from "./workflows.ts"

const entry = ["--entry", join(import.meta.dirname, "workflows.ts")]
const changed = ["--entry", join(import.meta.dirname, "changedWorkflows.ts")]

onEachTarget("looking at runs", (newTarget) => {
  /** `o-1` has ended, `p-1` waits for a signal, `a-1` for a callback. */
  const opened = Effect.gen(function* () {
    const { engine, environment, flags } = yield* newTarget({ workflows, steps })
    const { client } = engine
    yield* client.start(order, { runId: "o-1", input: { id: "a", amount: 4 } })
    yield* client.wait(order, "o-1")
    yield* client.start(patient, { runId: "p-1", input: 3 })
    yield* client.start(asking, { runId: "a-1", input: null })
    for (const runId of ["p-1", "a-1"])
      yield* eventually(
        `${runId} waits`,
        Effect.map(client.get(runId), ({ waitingFor }) => waitingFor.length > 0)
      )
    const on = (...args: ReadonlyArray<string>) => cli([...args, ...flags], { environment })
    const json = (...args: ReadonlyArray<string>) => cliJson([...args, ...flags], { environment })
    return { engine, environment, flags, on, json }
  })

  live("history shows messages with their values by the entry, and hides values without", () =>
    Effect.gen(function* () {
      const { json, on } = yield* opened
      const shown = yield* on("history", "o-1", ...entry)
      expect(shown.code).toBe(0)
      const lines = shown.out.trimEnd().split("\n")
      expect(lines[0]).toBe("o-1  order  succeeded  2 messages")
      expect(lines[1]).toMatch(/^ {2}0 +\+0 ms {2}started order {2}\{"id":"a","amount":4\}$/)
      expect(lines[2]).toMatch(/^ {2}1 +\+\S+ \S+ {2}step charge#0 {2}8$/)
      expect(lines[3]).toBe("succeeded  8")
      const blind = yield* on("history", "o-1")
      expect(blind.out).toContain("not shown: no schema says what in it is secret")
      expect(blind.out).not.toContain('"amount"')
      expect((yield* on("history", "o-1", "--values")).out).toContain('{"id":"a","amount":4}')
      const page = yield* json("history", "o-1", "--from", "-1", ...entry)
      expect(page.json).toMatchObject({ total: 2, from: 1, entries: [{ key: "step/charge#0" }], commandsFrom: "code" })
      expect(yield* json("history", "nobody")).toMatchObject({ code: 3, json: { error: "RunNotFound" } })
      expect(yield* on("history", "o-1", "--limit", "0")).toMatchObject({ code: 2 })
    })
  )

  live("history --follow goes on until the run has ended", () =>
    Effect.gen(function* () {
      const { engine, on } = yield* opened
      const followed = yield* Effect.forkChild(on("history", "p-1", "--follow", "--json", ...entry))
      yield* on("signal", "p-1", "approved", "--payload", '{"by":"Ada"}')
      const { code, out } = yield* Fiber.join(followed)
      expect(code).toBe(0)
      const entries = out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line))
      expect(entries.map(({ position }) => position)).toEqual(entries.map((_, index) => index))
      expect(entries.at(-1)).toMatchObject({ kind: "signal", name: "approved", value: { json: { by: "Ada" } } })
      expect((yield* engine.client.get("p-1")).status).toBe("succeeded")
    })
  )

  live("why says what is waited for and which command helps", () =>
    Effect.gen(function* () {
      const { json, on } = yield* opened
      const shown = yield* on("why", "p-1", ...entry)
      expect(shown.code).toBe(0)
      expect(shown.out).toContain("p-1  patient, version 1  running\n")
      expect(shown.out).toContain("- It waits for signal approved, and nobody has sent one that it has not read.\n")
      expect(shown.out).toContain("\nWhat to do:\n- Send it: dynactor signal p-1 approved --payload <JSON>\n")
      const told = yield* json("why", "a-1")
      expect(told.json).toMatchObject({ causes: ["callback"], waits: [{ cause: "callback", key: "receipt#0" }] })
      expect((yield* json("why", "p-1", ...changed)).json.causes).toContain("diverged")
      expect(yield* on("why", "nobody")).toMatchObject({ code: 3 })
    })
  )

  live("cost says units and dollars", () =>
    Effect.gen(function* () {
      const { json, on } = yield* opened
      const shown = yield* on("cost", "o-1")
      expect(shown.out).toMatch(/^o-1: \$0\.0000\d+, or \$\d+\.\d+ for a million such runs\n/)
      expect(shown.out).toMatch(/DynamoDB +\$0\.0000\d+ +\d+ write units, \d+ read units; 2 messages, \d+ commits\n/)
      expect((yield* json("cost", "o-1")).json).toMatchObject({ messages: 2, calls: { sqs: 3 } })
    })
  )

  live("check says whether the runs under way fit, by its exit code as well", () =>
    Effect.gen(function* () {
      const { json, on } = yield* opened
      const fits = yield* on("check", ...entry)
      expect(fits.code).toBe(0)
      expect(fits.error).toMatch(
        /^2 runs under way\. About \d+ read units to read them \(by 2 of them\); nothing is written\.\n$/
      )
      expect(fits.out).toContain("2 runs under way; this code goes on with 2 of them.")
      const broken = yield* on("check", ...changed)
      expect(broken.code).toBe(1)
      expect(broken.out).toMatch(
        /1 run of patient \(version 1\) would be parked \(NonDeterminismError\): .*\n +p-1\n +Put back/
      )
      const asJson = yield* json("check", ...changed)
      expect(asJson).toMatchObject({ code: 1, json: { runs: 2, fit: 1, unfit: [{ runId: "p-1" }] } })
      expect((yield* json("check", ...entry, "--patch", "new")).json.isOutlived).toBe(true)
      const folder = temporaryFolder("check")
      const progress = ["--progress", join(folder, "done.ndjson"), "--parallel", "2"]
      const first = yield* json("check", ...changed, ...progress)
      expect(readFileSync(join(folder, "done.ndjson"), "utf8").trim().split("\n")).toHaveLength(2)
      const again = yield* on("check", ...changed, ...progress)
      expect(again.error).toContain("2 of which were done before. About 0 read units")
      expect((yield* json("check", ...changed, ...progress)).json).toEqual(first.json)
      const exported = join(folder, "p-1.json")
      yield* on("export", "p-1", "--output", exported)
      expect((yield* json("check", exported, ...changed)).json).toMatchObject({ runs: 1, fit: 0, units: 0 })
      expect(yield* on("check", exported, ...entry)).toMatchObject({ code: 0, error: "" })
      writeFileSync(join(folder, "none.json"), "{}")
      expect(yield* on("check", join(folder, "none.json"), ...entry)).toMatchObject({ code: 2 })
      expect(yield* on("check")).toMatchObject({ code: 2, error: expect.stringContaining("--entry") })
    })
  )

  live("export writes a file that replays, import puts it into another one, replay goes through it", () =>
    Effect.gen(function* () {
      const { environment, json, on } = yield* opened
      const file = join(temporaryFolder("export"), "o-1.json")
      expect((yield* json("export", "o-1", "--output", file)).json).toEqual({ file, runId: "o-1", messages: 2 })
      expect(statSync(file).mode & 0o077).toBe(0)
      expect(yield* on("export", "o-1", "--output", file)).toMatchObject({ code: 5 })
      expect(replayHistory(order, JSON.parse(readFileSync(file, "utf8")))).toMatchObject({ outcome: "same" })
      expect(JSON.parse((yield* on("export", "o-1")).out)).toMatchObject({ format: "dynactor/history", runId: "o-1" })
      const folder = join(temporaryFolder("exports"), "histories")
      const many = ["export", "--workflow", "order"]
      expect((yield* json(...many, "--dry-run", "--folder", folder)).json).toEqual({ runIds: ["o-1"], dryRun: true })
      expect(existsSync(folder)).toBe(false)
      expect((yield* json(...many, "--folder", folder)).json).toEqual({ runIds: ["o-1"], done: 1, failed: [] })
      const both = yield* json("export", "o-1", "p-1", "--folder", folder)
      // What is there is left as it is, and told; the others are written.
      expect(both).toMatchObject({ code: 1, json: { done: 1, failed: [{ runId: "o-1", error: "FileNotWritten" }] } })
      expect(JSON.parse(readFileSync(join(folder, "p-1.json"), "utf8"))).toMatchObject({ runId: "p-1" })
      expect(yield* json("export", "o-1", "p-1")).toMatchObject({ code: 2, json: { error: "WrongUse" } })
      expect(yield* json("export", "--folder", folder)).toMatchObject({ code: 2, json: { error: "WrongUse" } })
      const local = yield* tempFile
      const put = yield* cliJson(["import", file, "--file", local], { environment })
      const one = { runId: "o-1", workflow: "order", status: "succeeded", generations: 1, messages: 2 }
      expect(put.json).toEqual({ ...one, isNew: true })
      expect(yield* cli(["wait", "o-1", "--file", local], { environment })).toMatchObject({ code: 0, out: "8\n" })
      // The same file once more is no other run.
      const repeated = yield* cliJson(["import", file, "--file", local], { environment })
      expect(repeated).toMatchObject({ code: 0, json: { ...one, isNew: false } })
      const later = join(folder, "o-1.json")
      expect(yield* cliJson(["import", later, "--file", local], { environment })).toMatchObject({
        code: 5,
        json: { error: "ImportRefused", message: expect.stringContaining("its id is free") }
      })
      // All of a folder, to go on where they are resumed.
      const moved = yield* tempFile
      const into = ["import", folder, "--paused", "--file", moved]
      expect((yield* json("export", "--workflow", "patient", "order", "--folder", folder, "--go-on")).code).toBe(2)
      expect((yield* json("export", "o-1", "p-1", "a-1", "--folder", folder, "--go-on")).json).toEqual({
        runIds: ["a-1"],
        done: 1,
        failed: []
      })
      for (const again of [1, 2]) {
        const put = yield* cliJson(into, { environment })
        expect([again, put.json]).toEqual([again, { runIds: ["a-1", "o-1", "p-1"], done: 3, failed: [] }])
      }
      const listed = yield* cliJson(["list", "--file", moved], { environment })
      expect(listed.json).toMatchObject({
        runs: expect.arrayContaining([
          expect.objectContaining({ runId: "o-1", status: "succeeded" }),
          expect.objectContaining({ runId: "p-1", status: "paused" })
        ])
      })
      const empty = temporaryFolder("nothing")
      expect(yield* cliJson(["import", empty, "--file", moved], { environment })).toMatchObject({ code: 2 })
      const altered = `${file}.altered`
      writeFileSync(altered, readFileSync(file, "utf8").replaceAll('"8"', '"9"'))
      expect(existsSync(altered) && readFileSync(altered, "utf8")).not.toBe(readFileSync(file, "utf8"))
      expect(yield* cliJson(["import", altered, "--file", yield* tempFile], { environment })).toMatchObject({
        code: 5,
        json: { message: expect.stringContaining("its seal does not fit") }
      })
      const replayed = yield* on("replay", file, "--all", ...entry)
      expect(replayed.code).toBe(0)
      expect(replayed.out).toMatch(
        /asks for step charge#0 4\n[\s\S]*fits: 2 of 2 messages, and the code ends the run: succeeded\n$/
      )
    })
  )

  live("replay says where code and history part, side by side", () =>
    Effect.gen(function* () {
      const { json, on } = yield* opened
      const fits = yield* on("replay", "p-1", ...entry)
      expect(fits.code).toBe(0)
      expect(fits.out).toMatch(/asks for handle raise#0\n[\s\S]*asks for emit words#0 "one"\n/)
      expect(fits.out).toContain("fits: 1 of 1 messages, and the run waits for what is on record\n")
      const parted = yield* on("replay", "p-1", ...changed)
      expect(parted.code).toBe(1)
      expect(parted.out).toContain("diverges at the end of the history\n")
      expect(parted.out).toContain("  the history has  nothing there\n")
      expect(parted.out).toMatch(/ {2}this code has {4}step refund#0/)
      const lines = (yield* on("replay", "p-1", "--json", ...changed)).out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line))
      expect(lines.at(-1)).toMatchObject({
        verdict: "diverges",
        divergence: { command: "step refund#0", recorded: null }
      })
      expect(yield* json("replay", "nobody", ...entry)).toMatchObject({ code: 3 })
    })
  )

  live("doctor says what it looked at, and ends with 1 where something is wrong", () =>
    Effect.gen(function* () {
      const { environment, flags, json, on } = yield* opened
      const shown = yield* on("doctor", ...entry)
      expect(shown.code).toBe(0)
      expect(shown.out).toMatch(/^ok {7}Node is \d+/)
      expect(shown.out).toMatch(/\n\n0 errors, \d+ warnings, \d+ skipped\n$/)
      expect((yield* json("doctor")).json).toMatchObject({ healthy: true })
      const nowhere = flags.includes("--table") ? ["--table", "nowhere"] : ["--file", `${flags[1]}.nowhere`]
      expect((yield* cli(["doctor", ...nowhere], { environment })).code).toBe(flags.includes("--table") ? 1 : 3)
      expect(yield* cli(["doctor", "--url", "http://127.0.0.1:1"])).toMatchObject({ code: 2 })
    })
  )

  live("replay goes step by step: next, to a message, continue, quit", () =>
    Effect.gen(function* () {
      const { environment, flags } = yield* opened
      const step = (input: string) => cli(["replay", "o-1", "--step", ...flags, ...entry], { environment, input })
      const one = yield* step("\nq\n")
      expect(one.out).toContain("stopped after 1 of 2 messages")
      expect((yield* step("to 2\n")).out).toContain("fits: 2 of 2 messages")
      expect((yield* step("c\n")).out).toContain("fits: 2 of 2 messages")
      expect((yield* step("what\nn\n")).error).toContain("what is none of: next")
      expect((yield* step("what\nn\n")).out).toContain("stopped after 1 of 2 messages")
    })
  )
})

describe("what is answered between two messages", () => {
  it("is read in words and letters", () => {
    expect(["", "n", "next", "c", "to 7", "t 9", "q"].map((line) => readAnswer(line, 3))).toEqual([
      ...[4, 4, 4, Number.POSITIVE_INFINITY, 7, 9, "quit"]
    ])
    expect(readAnswer("to 3", 3)).toBe("to 3: a message behind 3")
    expect(readAnswer("to x", 3)).toBe("to x: a message behind 3")
  })
})

describe("replay --inspect", () => {
  live("waits for a debugger and stops before each message", () =>
    Effect.gen(function* () {
      const file = join(temporaryFolder("inspect"), "run.json")
      writeFileSync(file, readFileSync(join(import.meta.dirname, "..", "histories", "greet-and-sleep.json"), "utf8"))
      const greet = join(import.meta.dirname, "..", "..", "examples", "greet-and-sleep", "workflows.ts")
      const stops = yield* Effect.promise(() => debugged(["replay", file, "--entry", greet]))
      expect(stops).toMatchObject({ positions: [0, 1, 2, 3], code: 0 })
    })
  )
})

/** Attaches to the process as an editor does, and goes on at each stop. */
const debugged = async (args: ReadonlyArray<string>) => {
  const child = spawn(process.execPath, [...binArgs, ...args, "--inspect", "--inspect-port", "0"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_OPTIONS: "" }
  })
  let error = ""
  const url = await new Promise<string>((resolve) => {
    child.stderr.on("data", (chunk) => {
      error += chunk
      const found = /(ws:\/\/127\.0\.0\.1:\d+\/\S+)/.exec(error)?.[1]
      if (found !== undefined) resolve(found)
    })
  })
  child.stdout.resume()
  const socket = new WebSocket(url)
  // The process has come to its end, and waits for the debugger to go.
  child.stderr.on("data", (chunk) => {
    if (String(chunk).includes("Waiting for the debugger to disconnect")) socket.close()
  })
  let id = 0
  const answers = new Map<number, (result: any) => void>()
  const ask = (method: string, params: object = {}) =>
    new Promise<any>((resolve) => {
      answers.set(++id, resolve)
      socket.send(JSON.stringify({ id, method, params }))
    })
  const positions: Array<number> = []
  socket.onmessage = async ({ data }) => {
    const message = JSON.parse(String(data))
    if (message.id !== undefined) return answers.get(message.id)?.(message.result)
    if (message.method !== "Debugger.paused") return
    const { callFrameId } = message.params.callFrames[0]
    const { result } = await ask("Debugger.evaluateOnCallFrame", { callFrameId, expression: "position" })
    positions.push(result.value)
    await ask("Debugger.resume")
  }
  await new Promise((resolve) => {
    socket.onopen = resolve
  })
  await ask("Debugger.enable")
  await ask("Runtime.runIfWaitingForDebugger")
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve))
  return { positions, code }
}
