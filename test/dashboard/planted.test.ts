import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { Browser } from "playwright-core"
import { afterAll, beforeAll, expect, it } from "vitest"
import { dashboardPages, serveApi } from "../../src/http.ts"
import { plantedCode, plants, withoutRight } from "../inspection/planted.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { openEngine } from "../streams/engine.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { buildDashboard } from "./buildDashboard.ts"
import { chromiumBrowser, openBrowser, openPage } from "./chromium.ts"

describeWithServers("a run that is stuck, in a browser", [chromiumBrowser], (endpointOf) => {
  const scope = Scope.makeUnsafe()
  const run = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) =>
    Effect.runPromise(Effect.provideService(effect, Scope.Scope, scope))
  let browser: Browser
  let url = ""

  beforeAll(async () => {
    const pages = dashboardPages({ folder: await buildDashboard() })
    const filename = join(temporaryFolder("planted"), "runs.db")
    const engine = await run(openEngine({ ...plantedCode, filename, wrap: withoutRight }))
    for (const { plant } of plants) await run(plant(engine, engine.payloads.put))
    const served = await run(Effect.provideContext(serveApi({ ...plantedCode, pages, port: 0 }), engine.services))
    url = served.url
    browser = await openBrowser(await endpointOf(chromiumBrowser), temporaryFolder("chromium"))
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await Effect.runPromise(Scope.close(scope, Exit.void))
  }, 120_000)

  it.each(plants)("is found out about on its page: $cause", async ({ runId, says, todo }) => {
    const { errors, page } = await openPage(browser, `${url}/dashboard/#/runs`)
    // As somebody does who knows nothing but that something is wrong: from the list.
    await page.getByRole("link", { name: new RegExp(`(parked|failed) ${runId}`) }).click()
    await page.getByRole("heading", { name: "What to do" }).waitFor()
    const text = await page.locator("main").textContent()
    for (const said of [...says, ...todo]) expect(text).toMatch(said)
    expect(errors).toEqual([])
    await page.close()
  })
})
