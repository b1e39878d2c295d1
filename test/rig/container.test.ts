import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import type { FunctionDescription } from "./container.ts"
import { Functions } from "./functions.ts"

const code = `
let count = 0
setInterval(() => { ticks++ }, 5).unref()
let ticks = 0
export const echo = async (event) => ({ event, count: ++count, pid: process.pid, ticks })
export const environment = async () => process.env
export const left = async (_, context) => context.getRemainingTimeInMillis()
export const fails = async () => { throw new TypeError("no") }
export const hangs = () => new Promise(() => setInterval(() => undefined, 1_000))
export const exits = async () => process.exit(3)
export const grows = async () => { const all = []; for (;;) all.push(new Array(1e6).fill(Math.random())) }
export const held = async ({ ms }) => new Promise((resolve) => setTimeout(() => resolve(process.pid), ms))
`

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe("functions in processes of their own", () => {
  let folder: string
  let functions: Functions
  let keys = 0
  const logs: Array<string> = []
  let startsCold = (_: string) => false

  const describeFunction = (exportName: string, fields: Partial<FunctionDescription> = {}): FunctionDescription => ({
    name: exportName,
    arn: `arn:${exportName}`,
    file: join(folder, "index.mjs"),
    exportName,
    environment: { TABLE: "runs" },
    memoryMb: 128,
    timeoutMs: 10_000,
    ...fields
  })

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "dynactor-functions-"))
    writeFileSync(join(folder, "index.mjs"), code)
    const described = ["echo", "environment", "left", "fails", "exits", "grows", "held", "missing"].map((name) =>
      describeFunction(name)
    )
    functions = new Functions({
      functions: [...described, describeFunction("hangs", { timeoutMs: 300 })],
      endpoint: "http://127.0.0.1:1",
      region: "us-east-1",
      startsCold: (name) => startsCold(name),
      credentialsFor: () => `key${++keys}`,
      onLog: (_, text) => void logs.push(text)
    })
  })

  afterAll(() => {
    functions.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const payload = async (name: string, event: unknown = {}): Promise<any> => {
    const answer = await functions.invoke(name, event)
    if (!("payload" in answer)) throw new Error(`${answer.errorType}: ${answer.errorMessage}`)
    return answer.payload
  }

  it("an environment that is warm is used again, and stands still in between", async () => {
    const first = await payload("echo", { a: 1 })
    const state = () => functions.counts("echo").coldStarts
    expect(first).toMatchObject({ event: { a: 1 }, count: 1 })
    expect(await payload("echo")).toMatchObject({ count: 2, pid: first.pid })
    expect(state()).toBe(1)
  })

  it("a cold start of everything is one: the next event meets a new process", async () => {
    const { pid } = await payload("echo")
    functions.coldStartEverything()
    const next = await payload("echo")
    expect(next.pid).not.toBe(pid)
    expect(next.count).toBe(1)
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false))
  })

  it("with every start cold, no event meets a process that another had", async () => {
    startsCold = (name) => name === "echo"
    try {
      const counts = [await payload("echo"), await payload("echo"), await payload("echo")].map(({ count }) => count)
      expect(counts).toEqual([1, 1, 1])
    } finally {
      startsCold = () => false
    }
    expect(await payload("echo")).toMatchObject({ count: 2 })
  })

  it("events at the same time go to several environments, and wait beyond their bound", async () => {
    const pids = await Promise.all([1, 2, 3].map(() => payload("held", { ms: 50 })))
    expect(new Set(pids).size).toBe(2)
    expect(functions.counts("held").coldStarts).toBe(2)
  })

  it("has its template's variables, Lambda's own, and none of this process", async () => {
    const environment = await payload("environment")
    expect(environment).toMatchObject({
      TABLE: "runs",
      AWS_REGION: "us-east-1",
      AWS_LAMBDA_FUNCTION_NAME: "environment",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "128",
      AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:1"
    })
    expect(environment.HOME).toBeUndefined()
    expect(environment.NODE_OPTIONS).toBeUndefined()
  })

  it("knows how much time is left", async () => {
    const leftMs = await payload("left")
    expect(leftMs).toBeGreaterThan(5_000)
    expect(leftMs).toBeLessThanOrEqual(10_000)
  })

  it("is killed at its timeout", async () => {
    expect(await functions.invoke("hangs", {})).toEqual({
      errorType: "Sandbox.Timedout",
      errorMessage: "task timed out after 0.3 seconds"
    })
  })

  it.each([
    ["fails", "TypeError"],
    ["exits", "Runtime.ExitError"],
    ["grows", "Runtime.ExitError"],
    ["missing", "Error"]
  ])("one that %s answers with %s, and another environment takes the next event", async (name, errorType) => {
    expect(await functions.invoke(name, {})).toMatchObject({ errorType })
    expect(await functions.invoke(name, {})).toMatchObject({ errorType })
    expect(functions.counts(name)).toMatchObject({ invocations: 2, failures: 2 })
  })

  it("takes no event of more than 6 MB", async () => {
    expect(await functions.invoke("echo", { text: "x".repeat(6 * 1024 * 1024) })).toMatchObject({
      errorType: "RequestTooLargeException"
    })
  })

  it("can be killed in the middle of its work", async () => {
    const answer = functions.invoke("held", { ms: 60_000 })
    const busy = await vi.waitFor(() => {
      const [container] = functions.busy()
      if (container === undefined) throw new Error("nobody is at work")
      return container
    })
    expect(functions.containerOf(busy.accessKeyId)).toBe(busy)
    busy.kill()
    expect(await answer).toMatchObject({ errorType: "Runtime.ExitError" })
  })
})
