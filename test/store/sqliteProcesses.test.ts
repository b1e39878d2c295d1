import { type ChildProcess, spawn } from "node:child_process"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { afterEach, expect, it } from "vitest"
import { messageKey } from "../../src/actor/history/message.ts"
import { historyOf } from "../../src/client/describe.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { openDatabase } from "../../src/store/sqlite/file/database.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { StepQueue } from "../../src/store/stepQueue.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { newRunId, stepRequest } from "./samples.ts"

// Several processes on one file.

const children: Array<ChildProcess> = []
afterEach(async () => {
  for (const child of children.splice(0)) {
    const ended = new Promise((resolve) => child.once("exit", resolve))
    if (child.kill("SIGKILL")) await ended
  }
})

const startWriter = (filename: string, runId: string) =>
  Effect.callback<void>((resume) => {
    const script = fileURLToPath(new URL("sqliteWriter.ts", import.meta.url))
    const args = ["--conditions=source", script, filename, runId]
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] })
    children.push(child)
    let said = ""
    child.stderr?.on("data", (data) => {
      said += data
    })
    child.stdout?.once("data", () => resume(Effect.void))
    child.once("exit", (code) => resume(Effect.die(new Error(`the writer ended with ${code}: ${said}`))))
  })

it("a read of a run is of one moment: what its head has adopted is with it, while another process commits", async () => {
  const filename = join(temporaryFolder("processes"), "runs.db")
  const runId = newRunId()
  const test = Effect.gen(function* () {
    const table = yield* RunTable
    yield* startWriter(filename, runId)
    const versions = new Set<number>()
    // Some hundred commits fall between the statements of so many reads, where nothing holds them together.
    for (let turns = 0; versions.size < 200; turns++) {
      const { head, messages, segments } = yield* table.readRun(runId)
      if (head === undefined) throw new Error("no head")
      versions.add(head.version)
      const order = [...segments.flat(), ...head.tail]
      expect(segments).toHaveLength(head.segments)
      expect(order).toHaveLength(head.adopted)
      expect(messages.map(messageKey).sort()).toEqual(order.sort())
      // And as a client sees it: every message has its place.
      if (turns % 10 === 0) for (const { position } of yield* historyOf(runId)) expect(position).toBeDefined()
    }
  })
  await Effect.runPromise(Effect.provide(test, sqliteStore({ filename })))
})

it("claims of a process in another container wait for their visibility: its id says nothing here", async () => {
  const filename = join(temporaryFolder("processes"), "runs.db")
  const claim = Effect.gen(function* () {
    const queue = yield* StepQueue
    yield* queue.send([stepRequest("r", "a#0")])
    yield* queue.receive({ limit: 1, waitMs: 0, visibilityMs: 600_000 })
    const { raw } = openDatabase(filename)
    const [{ owner }] = raw.prepare("select owner from queue").all() as [{ owner: string }]
    raw.close()
    return owner
  })
  const own = await Effect.runPromise(Effect.provide(claim, sqliteStore({ filename })))
  const [, random = "", namespace = ""] = own.split(":")
  const claimedBy = async (owner: string) => {
    const { raw } = openDatabase(filename)
    raw.prepare("update queue set owner = ?, visible_at = ?").run(owner, Date.now() + 600_000)
    raw.close()
    const receive = Effect.flatMap(StepQueue, (queue) => queue.receive({ limit: 1, waitMs: 0, visibilityMs: 1_000 }))
    return (await Effect.runPromise(Effect.provide(receive, sqliteStore({ filename })))).length
  }
  // The first process of its container, as this one may be; and one of ours that is no more.
  expect(await claimedBy(`${process.pid}:${random}:1`)).toBe(0)
  expect(await claimedBy(`${process.pid}:${random}:${namespace}`)).toBe(1)
})
