import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { addressOf } from "../../../src/actor/history/generation.ts"
import { defineSignal, defineWorkflow, Run } from "../../../src/index.ts"
import { live } from "../../streams/engine.ts"
import { onEachStore } from "../eachStore.ts"

const said = defineSignal("said", Schema.String)

const child = defineWorkflow("child", {
  input: Schema.String,
  output: Schema.String,
  run: Effect.fn(function* (name) {
    const { parentRunId } = yield* Run
    yield* said.send(parentRunId ?? "", `from ${name}`)
    return name
  })
})

const parent = defineWorkflow("parent", {
  input: Schema.String,
  output: Schema.String,
  run: (name) => child.child(name)
})

onEachStore("the child of a run that was started again", (newStore) => {
  live("tells it of its end behind what it has sent it", () =>
    Effect.gen(function* () {
      const { client, table } = yield* (yield* newStore)({ workflows: [child, parent] })
      yield* client.start(parent, { runId: "p", input: "one" })
      expect(yield* client.wait(parent, "p")).toBe("one")
      yield* client.start(parent, { runId: "p", input: "two", policy: "afterFinish" })
      expect(yield* client.wait(parent, "p")).toBe("two")
      for (const address of ["p", addressOf("p", 1)]) {
        const { messages } = yield* table.readRun(address)
        const signal = messages.find(({ kind }) => kind === "signal")
        const end = messages.find(({ kind }) => kind === "child")
        const key = signal?.kind === "signal" ? `signal/said/${signal.id}` : "none"
        expect(end).toMatchObject({ previous: [key] })
      }
    })
  )
})
