import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Client, clientLayer, defineSignal, defineStep, defineWorkflow, NonDeterminismError } from "dynactor"
import { hostLayer } from "dynactor/host"
import { sqliteStore } from "dynactor/sqlite"
import {
  exportHistory,
  HistoryDiverged,
  HistoryUnreadable,
  readHistory,
  replayAll,
  replayHistory,
  TestRuntime,
  writeHistory
} from "dynactor/testing"
import { Effect, Layer, Schema } from "effect"
import { afterEach, describe, expect, it } from "vitest"

const text = { input: Schema.String, output: Schema.String, run: async (input: string) => input.toUpperCase() }
const first = defineStep("first", text)
const second = defineStep("second", text)
const third = defineStep("third", text)
const go = defineSignal("go", Schema.Int)

const make = (body: (input: string) => Effect.Effect<string, never, any>, version = "1") =>
  defineWorkflow("letters", { input: Schema.String, output: Schema.String, version, run: body })

const recorded = make(
  Effect.fn(function* (input: string) {
    const a = yield* first(input)
    yield* go.receive
    return yield* second(a)
  })
)

/** Recorded while it waits for the signal, and at its end. */
const record = async () => {
  const runtime = new TestRuntime({ steps: { first, second } })
  const run = await runtime.start(recorded, { input: "abc", runId: "letters/1" })
  const waiting = run.recordHistory()
  await run.signal(go, 1)
  return { waiting, ended: run.recordHistory() }
}

const directories: Array<string> = []
const directory = (): string => {
  const made = mkdtempSync(join(tmpdir(), "dynactor-histories-"))
  directories.push(made)
  return made
}
afterEach(() => {
  for (const made of directories.splice(0)) rmSync(made, { recursive: true })
})

const divergence = (replay: () => unknown): HistoryDiverged => {
  try {
    replay()
  } catch (error) {
    if (error instanceof HistoryDiverged) return error
    throw error
  }
  throw new Error("it did not diverge")
}

describe("replayHistory", () => {
  it("finds nothing wrong with the code that made it", async () => {
    const { waiting, ended } = await record()
    expect(replayHistory(recorded, waiting)).toMatchObject({ messages: 2, outcome: "open" })
    expect(replayHistory(recorded, ended)).toMatchObject({ messages: 4, outcome: "same" })
  })

  it("names the command that the code no longer issues, and what it does instead", async () => {
    const { ended } = await record()
    const changed = make(
      Effect.fn(function* (input: string) {
        const a = yield* first(input)
        yield* go.receive
        return yield* third(a)
      })
    )
    const error = divergence(() => replayHistory(changed, ended))
    expect(error.reason).toBeInstanceOf(NonDeterminismError)
    expect(error.reason).toMatchObject({ command: "step second#0" })
    expect(error.message.replace(/ \S+history/, " history")).toMatch(
      new RegExp(
        "^history of run letters/1, workflow letters, after 3 of 4 messages \\(start, step/first#0, signal/go/1\\): " +
          "its history has step second#0, which this code does not ask for at this point; " +
          'it waits for step third#0 with "ABC", at history.test.ts:79:\\d+\\. ' +
          "A run under way must meet what it met before\\. .+: docs/guide/changing-code.md$"
      )
    )
  })

  it("tells a changed input, and a command that history does not have", async () => {
    const { waiting, ended } = await record()
    const otherInput = make((input) => first(`${input}!`))
    expect(divergence(() => replayHistory(otherInput, ended)).message).toMatch(
      /step first#0 had another input before \(fingerprint \S+\); now it is asked for with "abc!", defined at \S+history.test.ts:\d+:\d+ \(fingerprint \S+\)\. A run/
    )
    const more = make((input) =>
      Effect.andThen(
        Effect.all([first(input), third(input)], { concurrency: 2 }),
        Effect.andThen(go.receive, Effect.succeed("x"))
      )
    )
    expect(divergence(() => replayHistory(more, waiting)).message).toMatch(
      /this code asks for step third#0 with "abc", defined at \S+, which its history does not have at this point\. A run under way/
    )
  })

  it("lets pass what breaks no run: an end that is another, or comes later", async () => {
    const { ended } = await record()
    const otherEnd = make((input) =>
      Effect.flatMap(first(input), (a) => Effect.andThen(go.receive, Effect.as(second(a), "other")))
    )
    expect(replayHistory(otherEnd, ended).outcome).toBe("different")
    const longer = make((input) =>
      Effect.flatMap(first(input), (a) =>
        Effect.andThen(
          go.receive,
          Effect.flatMap(second(a), (b) => third(b))
        )
      )
    )
    expect(replayHistory(longer, ended).outcome).toBe("different")
  })

  it("says what the code does instead, be it of another kind", async () => {
    const { ended } = await record()
    const later = make((input) => Effect.andThen(Effect.sleep("1 hour"), first(input)))
    expect(divergence(() => replayHistory(later, ended)).message).toMatch(
      /has step first#0, which this code does not ask for at this point; it waits for a sleep of 1 hour \(timer 3600000ms#0\)/
    )
    const dying = make(() => Effect.die(new Error("no letters")))
    expect(divergence(() => replayHistory(dying, ended)).message).toMatch(
      /; it ends there: died of Error: no letters\. A run/
    )
  })

  it("refuses what is no history, and what is no workflow", async () => {
    const { ended } = await record()
    expect(() => replayHistory(recorded, {} as never)).toThrow(HistoryUnreadable)
    expect(() => replayHistory(recorded, { ...ended, messages: [null] } as never)).toThrow(/\["messages"\]\[0\]/)
    expect(() => replayHistory(ended as never, recorded as never)).toThrow(/first argument is no workflow/)
  })

  it("refuses a workflow of another name or version", async () => {
    const { ended } = await record()
    expect(divergence(() => replayHistory(make(Effect.succeed, "2"), ended)).message).toMatch(/given is letters@2/)
  })
})

describe("replayAll", () => {
  it("replays what stands in a directory", async () => {
    const { waiting, ended } = await record()
    const histories = directory()
    await writeHistory(histories, waiting)
    const file = await writeHistory(histories, { ...ended, runId: "letters/2" })
    expect(file).toBe(join(histories, "letters-letters_2.json"))
    expect(await readHistory(file)).toEqual({ ...ended, runId: "letters/2" })
    expect((await replayAll(histories, [recorded])).map(({ outcome }) => outcome)).toEqual(["open", "same"])
  })

  it("tells all that diverge at once", async () => {
    const { waiting, ended } = await record()
    const histories = directory()
    await writeHistory(histories, waiting)
    await expect(replayAll(histories, [make(Effect.succeed)])).rejects.toBeInstanceOf(HistoryDiverged)
    await writeHistory(histories, { ...ended, runId: "b" })
    await expect(replayAll(histories, [make(Effect.succeed)])).rejects.toThrow(
      /^2 of 2 histories diverge:\n.*\n.*first#0/
    )
    await expect(replayAll(histories, [])).rejects.toThrow(/given is nothing/)
  })

  it("does not take an empty directory, or a file that is no history, for success", async () => {
    const histories = directory()
    await expect(replayAll(histories, [recorded])).rejects.toBeInstanceOf(HistoryUnreadable)
    await expect(replayAll(join(histories, "none"), [recorded])).rejects.toBeInstanceOf(HistoryUnreadable)
    writeFileSync(join(histories, "a.json"), "{}")
    await expect(replayAll(histories, [recorded])).rejects.toThrow(/a\.json is no recorded history/)
  })
})

describe("exportHistory", () => {
  it("takes the history of a run from its store, large payloads and all", async () => {
    const large = "x".repeat(400_000)
    const program = Effect.gen(function* () {
      const client = yield* Client
      yield* client.start(recorded, { runId: "r", input: large })
      yield* client.signal("r", go, 1)
      yield* client.wait(recorded, "r")
      return yield* exportHistory("r")
    })
    const store = sqliteStore({ filename: ":memory:" })
    const app = Layer.provideMerge(
      Layer.merge(clientLayer, hostLayer({ workflows: [recorded], steps: [first, second] })),
      store
    )
    const history = await Effect.runPromise(Effect.provide(program, app))
    const again = JSON.parse(JSON.stringify(history))
    expect(replayHistory(recorded, again)).toEqual({ runId: "r", workflow: "letters", messages: 4, outcome: "same" })
    await expect(
      Effect.runPromise(Effect.provide(exportHistory("none"), sqliteStore({ filename: ":memory:" })))
    ).rejects.toThrow(/there is no run none/)
  })
})
