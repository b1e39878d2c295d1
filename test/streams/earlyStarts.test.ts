import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineSignal } from "../../src/actor/definitions/signal.ts"
import { defineStep } from "../../src/actor/definitions/step.ts"
import { defineWorkflow } from "../../src/actor/definitions/workflow.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { eventually, live, openEngine } from "./engine.ts"

// On SQLite the first turn of a run goes ahead of its start, and is a part of the same flush.

const go = defineSignal("go", Schema.Void)

const setup = () => {
  const ran: Array<string> = []
  const bodies: Array<number> = []
  const stepOf = (name: string, inline: boolean) =>
    defineStep(name, {
      input: Schema.Number,
      output: Schema.Number,
      inline,
      run: (n) =>
        Effect.sync(() => {
          ran.push(`${name} ${n}`)
          return 2 * n
        })
    })
  const queued = stepOf("queued", false)
  const within = stepOf("within", true)
  const workflowOf = (name: string, step: typeof queued, inline: boolean) =>
    defineWorkflow(name, {
      input: Schema.Number,
      output: Schema.Number,
      run: (n) => {
        bodies.push(n)
        return inline ? Effect.tap(step(n), go.receive) : step(n)
      }
    })
  return {
    ran,
    bodies,
    plain: workflowOf("plain", queued, false),
    inline: workflowOf("inline", within, true),
    steps: [queued, within]
  }
}

describe("the first turn of a run", () => {
  live("is committed when the start is answered", () =>
    Effect.gen(function* () {
      const { bodies, inline, plain, steps } = setup()
      const { client, table } = yield* openEngine({ workflows: [plain, inline], steps })
      yield* client.start(plain, { runId: "r", input: 1 })
      expect((yield* table.readHead("r"))?.version).toBeGreaterThanOrEqual(1)
      expect(yield* client.wait(plain, "r")).toBe(2)
      expect(bodies).toEqual([1])
    })
  )

  live("takes nobody for a start of its own who comes to one that is there", () =>
    Effect.gen(function* () {
      const { inline, plain, ran, steps } = setup()
      // Nothing is in memory between turns: who starts again is told apart by the file alone.
      const { client } = yield* openEngine({ workflows: [plain, inline], steps, warmRuns: 0 })
      expect(yield* client.execute(plain, { runId: "r", input: 1 })).toBe(2)
      const again = yield* Effect.exit(client.start(plain, { runId: "r", input: 5 }))
      expect(Exit.isFailure(again)).toBe(true)
      expect(yield* client.start(plain, { runId: "r", input: 1 })).toMatchObject({ isNew: false })
      const [one, other] = yield* Effect.all(
        [
          Effect.exit(client.execute(plain, { runId: "s", input: 3 })),
          Effect.exit(client.execute(plain, { runId: "s", input: 4 }))
        ],
        { concurrency: "unbounded" }
      )
      expect([one._tag, other._tag].sort()).toEqual(["Failure", "Success"])
      expect(ran).toHaveLength(2)
    })
  )

  live("runs no inline step before its start stands", () =>
    Effect.gen(function* () {
      const filename = join(temporaryFolder("early"), "runs.db")
      const { bodies, inline, ran, steps } = setup()
      const { client } = yield* openEngine({ filename, workflows: [inline], steps, warmRuns: 0 })
      yield* client.start(inline, { runId: "r", input: 7 })
      yield* eventually(
        "its step has run",
        Effect.sync(() => ran.length > 0)
      )
      // It knows neither the run nor that the workflow has inline steps, and finds both out in a turn that goes ahead of this start.
      const second = setup()
      const other = yield* openEngine({ filename, workflows: [second.inline], steps: second.steps })
      const late = yield* Effect.flip(other.client.start(second.inline, { runId: "r", input: 8 }))
      expect(late).toMatchObject({ _tag: "RunConflict" })
      expect(second.bodies).toContain(8)
      expect(second.ran).toEqual([])
      yield* other.close
      yield* client.signal("r", go, undefined)
      expect(yield* client.wait(inline, "r")).toBe(14)
      expect(ran).toEqual(["within 7"])
      expect(bodies).not.toContain(8)
    })
  )
})
