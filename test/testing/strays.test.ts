import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { defineStep, defineWorkflow } from "dynactor"
import { type CheckOptions, checkWorkflow, WorkflowCheckFailed } from "dynactor/testing"
import { Effect, Schema } from "effect"
import { describe, expect, it } from "vitest"
import type { AnyWorkflow } from "../../src/actor/definitions/definition.ts"

const note = defineStep("note", { input: Schema.String, output: Schema.Void, run: async () => {} })
const only = (name: string, run: () => Effect.Effect<unknown, never, any>) =>
  defineWorkflow(name, { input: Schema.Void, output: Schema.Void, run: () => Effect.asVoid(run()) })
const noting = only("noting", () => note("x"))

const failureOf = async (workflow: AnyWorkflow, options: CheckOptions<any, any, any, any, any> = {}) => {
  const error = await checkWorkflow(workflow, options).catch((reason: unknown) => reason)
  if (error instanceof WorkflowCheckFailed) return error
  throw new Error("nothing was found", { cause: error })
}

const sent: Array<string> = []
const tick = async () => {}
const notify = async (what: string) => {
  await tick()
  sent.push(what)
}

describe("an async call in workflow code that is not awaited", () => {
  const file = fileURLToPath(import.meta.url)
  const calls: ReadonlyArray<readonly [what: string, call: () => unknown]> = [
    ["of an async function", () => notify("x")],
    ["of one that calls another", () => (async () => await notify("x"))()],
    ["of one that waits for the host", () => (async () => void (await readFile(file)))()],
    ["of an async generator", () => (async () => void (await (async function* () {})().next()))()]
  ]

  it.each(calls)("is found: %s", async (_, call) => {
    const { kind, message, schedule } = await failureOf(
      only("calling", () =>
        Effect.suspend(() => {
          void call()
          return note("x")
        })
      )
    )
    expect(kind).toBe("stray")
    expect(message).toContain("workflow calling: an async call goes on that nobody waits for")
    expect(message).toMatch(/The code of run run calls an async function .*, at test\/testing\/strays\.test\.ts:\d+\./)
    expect(schedule).toBeLessThan(50)
  })

  it("is found in a child run, and when it is the last thing that is done", async () => {
    const child = only("child", () => Effect.sync(() => void notify("x")))
    const parent = only("parent", () => Effect.orDie(child.child(undefined)))
    expect((await failureOf(parent)).message).toContain("The code of run run:child#0 calls an async function")
    expect((await failureOf(child)).kind).toBe("stray")
  })
})

describe("an async call in a step that is not awaited", () => {
  const world = () => ({ sent: [] as Array<string> })
  type World = ReturnType<typeof world>
  const send = async (world: World) => {
    await tick()
    await tick()
    world.sent.push("x")
  }
  const deliver = async (world: World) => {
    await new Promise((resolve) => setImmediate(resolve))
    world.sent.push("x")
  }
  const options = { world, effects: () => 0 }

  it.each([
    ["that takes some ticks", (_: string, __: unknown, world: World) => void send(world)],
    ["that takes a turn of the event loop", async (_: string, __: unknown, world: World) => void deliver(world)],
    ["of code that is an Effect", (_: string, __: unknown, world: World) => Effect.sync(() => void send(world))]
  ])("is found if it changes the world: %s", async (_, code) => {
    const { kind, message, schedule } = await failureOf(noting, { ...options, steps: { note: code } })
    expect(kind).toBe("stray")
    expect(message).toMatch(
      /Step note#0 has answered, and its code changes the world afterwards, .*, at test\/testing\/strays\.test\.ts:\d+\./
    )
    expect(schedule).toBe(1)
  })

  it("is let be where it is awaited, or changes nothing", async () => {
    const awaiting = async (_: string, __: unknown, world: World) => send(world)
    const racing = async () => {
      await Promise.race([tick(), new Promise((resolve) => setImmediate(resolve)).then(tick)])
    }
    const delivering = (_: string, __: unknown, world: World) => Effect.promise(() => deliver(world))
    for (const note of [awaiting, racing, delivering])
      await checkWorkflow(noting, { ...options, steps: { note }, schedules: 50 })
  })
})
