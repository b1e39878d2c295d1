import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { expect, it } from "vitest"
import { serve } from "../../examples/guide/dashboard.ts"
import { newApiKey } from "../../src/http.ts"
import { freePort } from "../servers/processServer.ts"
import { temporaryFolder } from "../temporaryFolder.ts"

it("the example of the guide serves API and dashboard under one port, the first with a key and the other with none", async () => {
  const { key, hash } = newApiKey()
  const port = await freePort()
  const fiber = Effect.runFork(serve(join(temporaryFolder("dashboard"), "runs.db"), port, hash))
  const ask = (path: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers, redirect: "manual" }).then(
      ({ status }) => status,
      () => 0
    )
  await expect.poll(() => ask("/runs", { authorization: `Bearer ${key}` })).toBe(200)
  expect(await ask("/runs")).toBe(401)
  // In a checkout that is not built it says so, with 503; either way it asks for no key.
  expect([302, 503]).toContain(await ask("/dashboard/runs/order-1"))
  await Effect.runPromise(Fiber.interrupt(fiber))
})
