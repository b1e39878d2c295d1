import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineStep, defineWorkflow } from "../../src/index.ts"
import { live, openEngine } from "./engine.ts"

const text = { input: Schema.String, output: Schema.String }
const charge = defineStep("charge", { ...text, run: (order) => Effect.succeed(`charged for ${order}`) })
const other = defineStep("charge", { ...text, run: (order) => Effect.succeed(`charged elsewhere for ${order}`) })
const child = defineWorkflow("child", { ...text, run: (order) => Effect.succeed(order) })
const otherChild = defineWorkflow("child", { ...text, run: (order) => Effect.succeed(`another ${order}`) })
const sell = defineWorkflow("sell", {
  ...text,
  run: Effect.fn(function* (order: string) {
    for (let time = 0; time < 3; time++) yield* charge(order)
    yield* child.child(order)
    return yield* charge(order)
  })
})

describe("a host that has other definitions under the names of those that a workflow calls", () => {
  const warnings = (steps: ReadonlyArray<typeof charge>, children: ReadonlyArray<typeof child>) =>
    Effect.gen(function* () {
      const engine = yield* openEngine({ workflows: [sell, ...children], steps })
      yield* engine.client.start(sell, { runId: "r", input: "o" })
      const output = yield* engine.client.wait(sell, "r")
      return { lines: engine.logged.filter((line) => line.startsWith("Warn")), output }
    })

  live("runs those, and warns of each once a run", () =>
    Effect.gen(function* () {
      const { lines, output } = yield* warnings([other], [otherChild])
      expect(output).toBe("charged elsewhere for o")
      expect(lines.map((line) => line.split(". ")[0])).toEqual([
        "Warn the workflow asks for step charge, and this host has another definition of that name, whose code runs in its place",
        "Warn the workflow asks for child run child, and this host has another definition of that name, whose code runs in its place"
      ])
    })
  )

  live("and of nothing where they are the same", () =>
    Effect.gen(function* () {
      const { lines } = yield* warnings([charge], [child])
      expect(lines).toEqual([])
    })
  )
})
