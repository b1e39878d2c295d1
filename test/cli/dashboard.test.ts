import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { expect } from "vitest"
import { freePort } from "../servers/processServer.ts"
import { eventually, live } from "../streams/engine.ts"
import { cli } from "./commandLine.ts"
import { onEachTarget } from "./eachTarget.ts"
import { charge, order } from "./workflows.ts"

onEachTarget("dynactor dashboard", (newTarget) => {
  live("serves runs and pages to this machine, with no key and nothing deployed, until it is ended", () =>
    Effect.gen(function* () {
      const { engine, flags, environment } = yield* newTarget({ workflows: [order], steps: [charge] })
      yield* engine.client.start(order, { runId: "seen", input: { id: "seen", amount: 1 } })
      const port = yield* Effect.promise(freePort)
      const ask = (path: string) =>
        Effect.promise(() =>
          fetch(`http://127.0.0.1:${port}${path}`, { redirect: "manual" }).then(
            async (response) => ({ status: response.status, text: await response.text() }),
            () => undefined
          )
        )
      const command = yield* Effect.forkChild(cli(["dashboard", "--port", String(port), ...flags], { environment }))
      const { status, text } = yield* eventually("it answers", ask("/runs/seen"))
      expect([status, JSON.parse(text).workflow]).toEqual([200, "order"])
      // 503 in a checkout that is not built.
      expect([200, 503]).toContain((yield* ask("/dashboard/"))?.status)
      yield* Fiber.interrupt(command)
      expect(yield* ask("/runs/seen")).toBe(undefined)
    })
  )
})
