import { checkWorkflow, TestRuntime } from "dynactor/testing"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { follow, pack, packAll, percent, progress } from "../../examples/guide/state.ts"
import { changeAddress, deliver, moveTo, packed, quote, ship } from "../../examples/guide/updates.ts"
import { Client } from "../../src/index.ts"
import { eventually, live, openEngine } from "../streams/engine.ts"

const home = { street: "Side Street 2", town: "Ulm" }
const work = { street: "Main Street 1", town: "Bonn" }

describe("the page on states", () => {
  it("shows how far a run is", async () => {
    const runtime = new TestRuntime({ steps: { pack } })
    const run = await runtime.start(packAll, { input: ["tea", "rice"] })
    expect(run.state(progress)).toEqual({ packed: 2, of: 2 })
  })

  live("reads and follows it", () =>
    Effect.gen(function* () {
      const { client } = yield* openEngine({ workflows: [packAll], steps: [pack] })
      yield* client.start(packAll, { runId: "r", input: ["tea", "rice", "salt"] })
      yield* Effect.provideService(follow("r"), Client, client)
      expect(yield* Effect.provideService(percent("r"), Client, client)).toBe(100)
    })
  )
})

describe("the page on updates", () => {
  const runtime = () => new TestRuntime({ steps: { quote, ship } })

  it("changes an address until the parcel is shipped", async () => {
    const run = await runtime().start(deliver, { input: home })
    expect((await run.update(changeAddress, work)).outcome).toEqual({ tag: "succeeded", value: { surcharge: 40 } })
    const nowhere = await run.update(changeAddress, { ...work, town: "" })
    expect(nowhere.outcome).toMatchObject({ tag: "failed", error: { _tag: "NoSuchTown" } })
    await run.signal(packed, undefined)
    expect(run.outcome).toEqual({ tag: "succeeded", value: "to Bonn" })
    await expect(run.update(changeAddress, home)).rejects.toMatchObject({ _tag: "RunFinished", status: "succeeded" })
  })

  it("survives any schedule", { timeout: 60_000 }, async () => {
    const report = await checkWorkflow(deliver, {
      schedules: 300,
      steps: { quote },
      updates: { changeAddress: fc.constantFrom(work, home, { street: "", town: "" }) },
      mayDie: true
    })
    expect(report.schedules).toBe(300)
  })

  live("asks from outside, and again", () =>
    Effect.gen(function* () {
      const { client } = yield* openEngine({ workflows: [deliver], steps: [quote, ship] })
      yield* client.start(deliver, { runId: "r", input: home })
      const ask = Effect.provideService(moveTo("r", "Bonn"), Client, client)
      expect(yield* ask).toBe(40)
      yield* client.signal("r", packed, undefined)
      expect(yield* client.wait(deliver, "r")).toBe("to Bonn")
      expect(yield* ask).toBe(40)
      yield* eventually(
        "it has ended",
        Effect.map(client.get("r"), ({ status }) => status === "succeeded")
      )
    })
  )
})
