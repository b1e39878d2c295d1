import { join } from "node:path"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, it } from "vitest"
import { limiterRunId } from "../../src/actor/calls/limits/limitNames.ts"
import type { LimitState } from "../../src/actor/calls/limits/limitSpec.ts"
import { limitWorkflow } from "../../src/actor/calls/limits/limitWorkflow.ts"
import { dashboardPages } from "../../src/http.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { buildDashboard } from "./buildDashboard.ts"
import { chromiumBrowser, openBrowser, openPage, type WatchedPage } from "./chromium.ts"
import { openDashboard } from "./openDashboard.ts"
import { until } from "./openHost.ts"
import { invoice } from "./workflows.ts"

describeWithServers("limits in a browser", [chromiumBrowser], (endpointOf) => {
  const scope = Scope.makeUnsafe()
  const run = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) =>
    Effect.runPromise(Effect.provideService(effect, Scope.Scope, scope))
  let browser: Browser
  let served: Effect.Success<ReturnType<typeof openDashboard>>
  let watched: WatchedPage
  let page: Page

  beforeAll(async () => {
    const folder = await buildDashboard()
    const pages = dashboardPages({ folder })
    served = await run(openDashboard(join(temporaryFolder("dashboard-limits"), "runs.db"), { pages }))
    browser = await openBrowser(await endpointOf(chromiumBrowser), temporaryFolder("chromium"))
    watched = await openPage(browser, `${served.url}/dashboard/#/runs`)
    page = watched.page
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await Effect.runPromise(Scope.close(scope, Exit.void))
  }, 120_000)

  it("says that there are none, and shows who holds places and how many wait", async () => {
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Limits" }).click()
    await page.getByText("There are no limits").waitFor()
    const { client, context } = served.engine
    const who = (n: number, run: string) => {
      const channel = `packing/acct_1#${n}`
      return { id: `ask-${n}`, run, workflow: invoice.workflowName, since: 0, scope: "run" as const, channel }
    }
    const state: LimitState = {
      limit: "packing",
      key: "acct_1",
      spec: { concurrency: 1, rate: { count: 100, periodMs: 60_000 } },
      holders: [who(0, "waits-for-payment")],
      queue: [1, 2].map((n) => ({ ...who(n, `nobody-${n}`), priority: 0, at: Date.now() - 60_000 })),
      given: [],
      gone: [],
      total: 7
    }
    const { fingerprint, payload } = Result.getOrThrow(limitWorkflow.input().encode(state))
    const { version, workflowName } = limitWorkflow
    const start = { kind: "start", at: Date.now(), workflow: workflowName, definitionVersion: version } as const
    const table = Context.get(context, RunTable)
    await run(table.put(limiterRunId("packing/acct_1"), { ...start, fingerprint, input: payload }))
    await run(
      until(
        "two wait",
        Effect.map(client.limits.get("packing", "acct_1"), ({ queued }) => queued === 2)
      )
    )
    await page.getByRole("button", { name: "Look again" }).click()
    await page.getByRole("link", { name: "packing/acct_1" }).waitFor()
    const card = page.locator(".card")
    await card.getByText("1 at once, 100 in").waitFor()
    const facts = await card.locator(".facts").textContent()
    expect(facts).toMatch(/Held\s*1(?!\d)/)
    expect(facts).toMatch(/Waiting\s*2(?!\d)/)
    expect(facts).toMatch(/Given so far\s*7(?!\d)/)
    await card.getByRole("link", { name: "waits-for-payment" }).click()
    await page.getByRole("heading", { name: "waits-for-payment" }).waitFor()
    expect(watched.foreign).toEqual([])
    expect(watched.errors).toEqual([])
  })
})
