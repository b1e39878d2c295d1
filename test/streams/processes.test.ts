import { type ChildProcess, spawn } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { eventually, live, openClient, openEngine, tempFile, withSql } from "./engine.ts"
import { definitions } from "./processDefinitions.ts"

const script = fileURLToPath(new URL("hostProcess.ts", import.meta.url))
const { loops, patient, sleeps, survives, ...known } = definitions()

interface HostProcess {
  readonly child: ChildProcess
  readonly said: () => string
  readonly hasEnded: () => boolean
}

const startHost = (filename: string, options: { graceMs?: number; maxReceives?: number; sweepMs?: number } = {}) =>
  Effect.acquireRelease(
    Effect.sync((): HostProcess => {
      const args = ["--conditions=source", script, filename, `${filename}.ledger`]
      const { graceMs = 5_000, maxReceives = 10, sweepMs = 0 } = options
      const stdio = ["ignore", "pipe", "pipe"] as const
      const child = spawn(process.execPath, [...args, String(graceMs), String(maxReceives), String(sweepMs)], {
        stdio: [...stdio]
      })
      let said = ""
      child.stdout?.on("data", (data) => {
        said += data
      })
      child.stderr?.on("data", (data) => {
        said += data
      })
      return { child, said: () => said, hasEnded: () => child.exitCode !== null || child.signalCode !== null }
    }),
    ({ child }) => Effect.sync(() => child.kill("SIGKILL"))
  )

const ended = (host: HostProcess) => eventually("the process ends", Effect.sync(host.hasEnded))
const ledger = (filename: string) => Effect.sync(() => readFileSync(`${filename}.ledger`, "utf8").trimEnd().split("\n"))
/** Starting a process takes seconds where others are busy; one that has ended will not begin anything. */
const begun = (filename: string, { hasEnded, said }: HostProcess) =>
  eventually(
    "the step has begun",
    Effect.map(ledger(filename), (lines) => {
      if (hasEnded()) throw new Error(`the process has ended: ${said()}`)
      return lines.includes("slow begun")
    }),
    processStartMs
  )
const processStartMs = 45_000

const setup = Effect.gen(function* () {
  const filename = yield* tempFile
  writeFileSync(`${filename}.ledger`, "")
  return { filename, client: yield* openClient(filename) }
})

describe("a step that takes its process down", () => {
  live(
    "is a dead letter after the receipts allowed, and the run is told",
    () =>
      Effect.gen(function* () {
        const { client, filename } = yield* setup
        yield* client.start(survives, { runId: "r", input: undefined })
        let processes = 0
        const answer = Effect.gen(function* () {
          for (;;) {
            const host = yield* startHost(filename, { maxReceives: 3 })
            processes++
            const over = Effect.sync(() => host.hasEnded() && ("died" as const))
            const done = Effect.map(Effect.timeoutOption(client.wait(survives, "r"), 30), (outcome) =>
              outcome._tag === "Some" ? outcome.value : undefined
            )
            const end = yield* eventually(
              "it dies or answers",
              Effect.flatMap(over, (died) => (died ? Effect.succeed(died) : done))
            )
            if (end !== "died") return end
            if (processes > 6) throw new Error("the step kills one process after another")
          }
        })
        expect(yield* answer).toBe("deadLetter 1")
        expect(yield* ledger(filename)).toEqual(["deadly begun", "deadly begun", "deadly begun"])
        expect(processes).toBe(4)
      }),
    60_000
  )
})

describe("a timer in the hands of a process that is killed", () => {
  live(
    "fires at its time in the next one",
    () =>
      Effect.gen(function* () {
        const { client, filename } = yield* setup
        const host = yield* startHost(filename)
        yield* client.start(sleeps, { runId: "r", input: 2_500 })
        yield* eventually(
          "the process has it",
          withSql(filename, (sql) => {
            const owner = sql.prepare("select owner from queue where tag like 'r/%'").get()?.owner
            return String(owner).startsWith(`${host.child.pid}:`)
          }),
          processStartMs
        )
        host.child.kill("SIGKILL")
        yield* ended(host)
        const { table, client: next } = yield* openEngine({ filename, ...known })
        // Its visibility would end in half a minute.
        expect(yield* Effect.timeout(next.wait(sleeps, "r"), 10_000)).toBe("awake")
        const { messages } = yield* table.readRun("r")
        const timer = messages.find((message) => message.kind === "timer")
        if (timer?.kind !== "timer") throw new Error("no timer row")
        expect(timer.at).toBeGreaterThanOrEqual(timer.due)
      }),
    90_000
  )
})

describe("SIGTERM to a process that closes its scope", () => {
  live(
    "lets a running step end within the grace, and the process ends by itself",
    () =>
      Effect.gen(function* () {
        const { client, filename } = yield* setup
        yield* client.start(patient, { runId: "r", input: 600 })
        const host = yield* startHost(filename, { graceMs: 10_000 })
        yield* begun(filename, host)
        host.child.kill("SIGTERM")
        yield* ended(host)
        expect(host.child.exitCode).toBe(0)
        expect(host.said()).toContain("closed")
        expect(yield* ledger(filename)).toEqual(["slow begun", "slow ended"])
        expect((yield* client.history("r")).map(({ key }) => key)).toContain("step/slow#0")
        // The step that follows was not taken up any more: the next host runs it.
        yield* openEngine({ filename, ...known })
        expect(yield* client.wait(patient, "r")).toBe(600)
        expect((yield* ledger(filename)).length).toBe(2)
      }),
    90_000
  )

  live(
    "hands back what does not end within the grace, and the next host runs it at once",
    () =>
      Effect.gen(function* () {
        const { client, filename } = yield* setup
        yield* client.start(patient, { runId: "r", input: 3_000 })
        const host = yield* startHost(filename, { graceMs: 50 })
        yield* begun(filename, host)
        host.child.kill("SIGTERM")
        yield* ended(host)
        expect(host.child.exitCode).toBe(0)
        expect({ said: host.said(), lines: yield* ledger(filename) }).toEqual({
          said: "ready\nclosed\n",
          lines: ["slow begun", "slow interrupted"]
        })
        expect((yield* client.history("r")).map(({ key }) => key)).toEqual(["start"])
        const { steps, workflows } = definitions(`${filename}.ledger`)
        yield* openEngine({ filename, steps, workflows })
        expect(yield* Effect.timeout(client.wait(patient, "r"), 10_000)).toBe(3_000)
        expect(yield* ledger(filename)).toEqual(["slow begun", "slow interrupted", "slow begun", "slow ended"])
      }),
    90_000
  )
})

describe("a loop in a workflow that has proven itself", () => {
  live(
    "ends the process once it is watched, and no process after it",
    () =>
      Effect.gen(function* () {
        const { client, filename } = yield* setup
        const behave = (prefix: string) =>
          Effect.forEach(
            Array.from({ length: 20 }, (_, n) => n),
            (n) =>
              Effect.map(client.execute(loops, { runId: `${prefix}${n}`, input: n }), (answer) =>
                expect(answer).toBe(n)
              )
          )
        const first = yield* startHost(filename)
        yield* behave("first")
        // In its first seconds a process is not watched yet, and parks what loops.
        let bad = 0
        while (!first.hasEnded()) {
          const runId = `bad${bad++}`
          yield* client.start(loops, { runId, input: -1 })
          const isParked = Effect.map(client.get(runId), ({ parked }) => parked !== undefined)
          yield* eventually(
            "it is parked, or the process ends",
            Effect.map(isParked, (parked) => parked || first.hasEnded())
          )
          if (bad > 200) throw new Error("the process goes on")
        }
        expect(first.child.signalCode).toBe("SIGKILL")
        expect(first.said()).toContain(`run bad${bad - 1} has not returned`)

        const second = yield* startHost(filename, { sweepMs: 100 })
        const parked = yield* eventually(
          "all are parked",
          Effect.map(client.list({ status: "parked" }), ({ runs }) => runs.length === bad && runs)
        )
        expect((yield* client.get(parked[0]?.runId ?? "")).parked).toMatchObject({
          _tag: "DeterminismViolation",
          violation: "budget"
        })
        yield* behave("second")
        // Each pass tries the parked runs again; a process is watched from its third second on.
        const until = Date.now() + 4_000
        const passes = () => second.said().split("swept").length
        const isWatched = Effect.sync(() => Date.now() > until && passes())
        const before = yield* eventually("it is watched", isWatched)
        const sweptAgain = Effect.sync(() => passes() > before + 1 || second.hasEnded())
        yield* eventually("it has swept again", sweptAgain, 60_000)
        expect(second.hasEnded()).toBe(false)
        yield* behave("third")
      }),
    120_000
  )
})
