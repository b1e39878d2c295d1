import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { live, openEngine, tempFile } from "../streams/engine.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { bin, cli, cliJson } from "./commandLine.ts"
import { onEachTarget } from "./eachTarget.ts"
import { order, steps, workflows } from "./workflows.ts"

const entry = ["--entry", join(import.meta.dirname, "workflows.ts")]

onEachTarget("start, get, wait and list", (newTarget) => {
  const opened = newTarget({ workflows, steps })

  live("start a run, wait for it, show and list it", () =>
    Effect.gen(function* () {
      const { flags, environment } = yield* opened
      const on = (...args: ReadonlyArray<string>) => cli([...args, ...flags], { environment })
      const started = yield* on("start", "order", "--id", "o-1", "--input", '{"id":"a","amount":4}')
      expect(started).toEqual({ code: 0, out: "o-1\n", error: "" })
      expect(yield* on("wait", "o-1")).toEqual({ code: 0, out: "8\n", error: "" })
      const shown = yield* on("get", "o-1")
      expect(shown.code).toBe(0)
      expect(shown.out).toMatch(/^run\s+o-1\nworkflow\s+order, version 1\nstatus\s+succeeded\n/)
      expect(shown.out).toMatch(/\n\noutput\n {2}8\n$/)
      const listed = yield* Effect.repeat(on("list", "--workflow", "order", "--status", "succeeded"), {
        until: ({ out }) => out.includes("o-1")
      })
      expect(listed.out).toMatch(/^status\s+started\s+workflow\s+run\nsucceeded\s+\S+ \S+ .* ago\s+order\s+o-1\n$/)
    })
  )

  live("say the same as JSON, and nothing else", () =>
    Effect.gen(function* () {
      const { flags, environment } = yield* opened
      const on = (...args: ReadonlyArray<string>) => cliJson([...args, ...flags], { environment })
      const start = ["start", "order", "--id", "o-1", "--input", '{"id":"a","amount":4}']
      expect(yield* on(...start)).toEqual({ code: 0, error: "", json: { runId: "o-1", isNew: true, generation: 0 } })
      expect(yield* on(...start)).toEqual({ code: 0, error: "", json: { runId: "o-1", isNew: false, generation: 0 } })
      const waited = yield* on("wait", "o-1")
      expect(waited).toMatchObject({
        code: 0,
        error: "",
        json: { runId: "o-1", workflow: "order", status: "succeeded", outcome: "succeeded", result: 8, waitingFor: [] }
      })
      expect((yield* on("get", "o-1")).json).toEqual(waited.json)
      const listed = yield* Effect.repeat(on("list"), { until: ({ json }) => json.runs.length > 0 })
      expect(listed.json).toMatchObject({ runs: [{ runId: "o-1", workflow: "order", status: "succeeded" }] })
      const missing = yield* on("get", "nobody")
      expect(missing).toMatchObject({ code: 3, json: { error: "RunNotFound", message: "there is no run nobody" } })
      const other = yield* on("start", "order", "--id", "o-1", "--input", '{"id":"b","amount":4}')
      expect(other).toMatchObject({ code: 5, json: { error: "RunConflict" } })
      const again = ["start", "order", "--id", "o-1", "--input", '{"id":"b","amount":5}', "--request-id", "once"]
      expect(yield* on(...again, "--policy", "reject")).toMatchObject({ code: 5, json: { error: "RunExists" } })
      const replaced = yield* on(...again, "--policy", "replace", "--delay", "10 millis", "--wait")
      expect(replaced).toMatchObject({ code: 0, json: { runId: "o-1", generation: 1, result: 10 } })
      expect(yield* on(...again, "--policy", "replace")).toMatchObject({ json: { isNew: false, requestId: "once" } })
      const changed = [...again.slice(0, 5), '{"id":"b","amount":6}', ...again.slice(6), "--policy", "replace"]
      const todo = expect.stringContaining("another --request-id")
      expect(yield* on(...changed)).toMatchObject({ code: 5, json: { error: "RunConflict", todo } })
      const debounced = [...again.slice(0, 6), "--policy", "debounce"]
      // It has ended by now: what comes begins when nothing has come for so long.
      expect(yield* on(...debounced, "--delay", "10 millis", "--max-delay", "1 second", "--wait")).toMatchObject({
        code: 0
      })
      expect(yield* on(...debounced)).toMatchObject({ code: 2, json: { error: "StartInvalid" } })
      const short = yield* on(...debounced, "--delay", "1 second", "--max-delay", "10 millis")
      expect(short).toMatchObject({ code: 2, json: { todo: expect.stringContaining("--max-delay") } })
      expect(yield* on(...again.slice(0, 6), "--policy", "replace", "--at", "soon")).toMatchObject({
        code: 2,
        json: { error: "WrongUse" }
      })
    })
  )

  live("tell a run that has failed by the exit code, and its error on standard output", () =>
    Effect.gen(function* () {
      const { flags, environment } = yield* opened
      const args = ["start", "order", "--id", "o-2", "--wait", "--input", "-", ...flags]
      const waited = yield* cli(args, { environment, input: '{"id":"a","amount":400}' })
      expect(waited).toMatchObject({ code: 1, error: "run o-2\nrun o-2 has failed with the error above\n" })
      expect(JSON.parse(waited.out)).toEqual({ _tag: "TooMuch", most: 100 })
    })
  )

  live("check an input by the entry, where there is one", () =>
    Effect.gen(function* () {
      const { flags, environment } = yield* opened
      const file = join(temporaryFolder("input"), "order.json")
      writeFileSync(file, '{"id":"a"}')
      const refused = yield* cliJson(["start", "order", "--input", `@${file}`, ...entry, ...flags], { environment })
      expect(refused).toMatchObject({ code: 2, json: { error: "WrongUse" } })
      expect(refused.json.message).toContain("amount")
      const unknown = yield* cliJson(["start", "ordr", ...entry, ...flags], { environment })
      expect(unknown.json).toEqual({
        error: "WrongUse",
        message: "the entry has no workflow ordr; it has order, patient, asking.",
        todo: "name one of these, in the place that --help shows; or name the entry that has it by --entry",
        help: "docs/guide/errors.md#wronguse"
      })
    })
  )

  live("wait no longer than they are told to, and say what the run waits for", () =>
    Effect.gen(function* () {
      const { flags, environment } = yield* opened
      const on = (...args: ReadonlyArray<string>) => cli([...args, ...flags], { environment })
      yield* on("start", "patient", "--id", "p-1", "--input", "1")
      yield* Effect.repeat(on("get", "p-1"), { until: ({ out }) => out.includes("signal approved") })
      const waited = yield* on("wait", "p-1", "--timeout", "50ms")
      expect(waited).toMatchObject({ code: 6, out: "" })
      expect(waited.error).toMatch(
        /^error: run p-1 has not ended in that time: it is running, and waits for .*signal approved/
      )
    })
  )

  live("are the same as a process", () =>
    Effect.gen(function* () {
      const { flags, environment } = yield* opened
      const on = (...args: ReadonlyArray<string>) => Effect.promise(() => bin([...args, ...flags], { environment }))
      const input = '{"id":"a","amount":4}'
      expect(yield* on("start", "order", "--id", "o-1", "--wait", "--input", input)).toMatchObject({
        code: 0,
        out: "8\n",
        error: "run o-1\n"
      })
      expect(yield* on("get", "nobody", "--json")).toMatchObject({ code: 3 })
    })
  )
})

describe("a list", () => {
  live("of many is read to its end, and a pipe that is closed early is no error", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const { client } = yield* openEngine({ filename, workflows, steps })
      yield* Effect.forEach(
        Array.from({ length: 1_200 }, (_, i) => i),
        (i) => client.start(order, { runId: `o-${i}`, input: { id: "a", amount: 1 } }),
        { concurrency: 100, discard: true }
      )
      yield* Effect.repeat(cliJson(["list", "--all", "--file", filename]), {
        until: ({ json }) => json.runs.length === 1_200
      })
      const page = yield* cliJson(["list", "--limit", "5", "--file", filename])
      expect(page.json.runs).toHaveLength(5)
      const next = yield* cliJson(["list", "-n", "5", "--cursor", page.json.cursor, "--file", filename])
      expect(next.json.runs).toHaveLength(5)
      expect(new Set([...page.json.runs, ...next.json.runs].map(({ runId }: any) => runId)).size).toBe(10)
      const cut = yield* Effect.promise(() => bin(["list", "--all", "--file", filename], {}, { close: 3 }))
      expect(cut).toMatchObject({ code: 0, error: "", signal: null })
    })
  )

  live("is by tags, time and the beginning of ids, and a cursor of another list is wrong use", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      yield* openEngine({ filename, workflows, steps })
      const on = (...args: ReadonlyArray<string>) => cliJson([...args, "--file", filename])
      const input = '{"id":"a","amount":4}'
      const started = ["start", "order", "--wait", "--input", input]
      yield* on(...started, "--id", "o-1", "--tag", "customer=c-17", "-t", "region=eu")
      yield* on(...started, "--id", "o-2", "--tag", "customer=c-17")
      yield* on(...started, "--id", "p-1")
      const listed = (...args: ReadonlyArray<string>) =>
        Effect.map(on("list", ...args), ({ json }) => json.runs.map(({ runId }: { runId: string }) => runId).toSorted())
      expect(yield* listed()).toEqual(["o-1", "o-2", "p-1"])
      expect(yield* listed("--tag", "customer=c-17")).toEqual(["o-1", "o-2"])
      expect(yield* listed("-t", "customer=c-17", "-t", "region=eu")).toEqual(["o-1"])
      expect(yield* listed("--prefix", "p-")).toEqual(["p-1"])
      expect(yield* listed("--since", "2h")).toHaveLength(3)
      expect(yield* listed("--until", "2h")).toEqual([])
      expect(yield* listed("--until", "2999-01-01", "--since", "2020-01-01T00:00:00Z")).toHaveLength(3)
      const shown = yield* cli(["list", "--tag", "region=eu", "--file", filename])
      expect(shown.out).toContain("customer=c-17 region=eu")
      expect((yield* cli(["get", "o-1", "--file", filename])).out).toContain("customer=c-17 region=eu")
      const { json } = yield* on("list", "-n", "1")
      expect(yield* on("list", "-n", "1", "--prefix", "o-", "--cursor", json.cursor)).toMatchObject({
        code: 2,
        json: { error: "CursorInvalid" }
      })
      for (const wrong of [
        ["--tag", "customer"],
        ["--tag", "a b=c"],
        ["-t", "a=b", "-t", "a=c"],
        ["--since", "yesterday"]
      ])
        expect((yield* cli(["list", ...wrong, "--file", filename])).code).toBe(2)
      expect(yield* on(...started, "--id", "o-3", "--tag", "a b=c")).toMatchObject({ code: 2 })
    })
  )
})
