import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"
import { DeadLetters } from "../../src/inspection/shapes/deadLetters.ts"
import { findDeadLetters } from "../../src/inspection.ts"
import { onEachStore } from "../client/eachStore.ts"
import { waitsFor } from "../client/waitsFor.ts"
import { eventually } from "../streams/engine.ts"
import { makeDead } from "./makeDead.ts"

const charge = defineStep("charge", {
  input: Schema.Int,
  output: Schema.Null,
  retry: { attempts: 3, initial: "1 hour", max: "1 hour" },
  run: () => Effect.die(new Error("the bank is closed"))
})
const go = defineSignal("go", Schema.Null)

const handles = defineWorkflow("handles", {
  input: Schema.Boolean,
  output: Schema.Null,
  run: Effect.fn(function* (catches) {
    if (catches) yield* charge.orFail(1).pipe(Effect.ignore)
    else yield* charge(1)
    yield* go.receive
    return null
  })
})

onEachStore("dead letters", (newStore) => {
  it.live("are found among the runs that have failed by one, and among those that have gone on", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows: [handles], steps: [charge] })
      for (const [runId, catches] of [
        ["fails", false],
        ["goes-on", true]
      ] as const) {
        yield* engine.client.start(handles, { runId, input: catches })
        yield* eventually(
          `${runId} tries again`,
          Effect.map(engine.client.get(runId), ({ waitingFor }) =>
            waitingFor.some((one) => one.kind === "step" && one.lastError !== undefined)
          )
        )
        yield* makeDead(engine, runId, "charge#0")
      }
      yield* eventually(
        "one has failed",
        Effect.map(engine.client.get("fails"), ({ status }) => status === "failed")
      )
      yield* waitsFor(engine.client, "goes-on", "signal")
      const find = (options: Parameters<typeof findDeadLetters>[0]) =>
        eventually(
          "the listing",
          Effect.map(Effect.provideContext(findDeadLetters(options), engine.services), (found) =>
            found.looked > 0 ? found : undefined
          )
        )
      const failed = yield* find({})
      expect(failed.steps).toMatchObject([{ runId: "fails", generation: 0, workflow: "handles", key: "charge#0" }])
      expect(failed.steps[0]?.message).toMatch(/never answered/)
      expect(Schema.decodeUnknownSync(DeadLetters)(JSON.parse(JSON.stringify(failed)))).toEqual(failed)
      expect((yield* find({ status: "running", workflow: "handles" })).steps).toMatchObject([{ runId: "goes-on" }])
    })
  )
})
