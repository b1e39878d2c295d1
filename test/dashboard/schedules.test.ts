import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, it } from "vitest"
import { dashboardPages } from "../../src/http.ts"
import { defineSchedule } from "../../src/index.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { buildDashboard } from "./buildDashboard.ts"
import { chromiumBrowser, openBrowser, openPage, type WatchedPage } from "./chromium.ts"
import { openDashboard } from "./openDashboard.ts"
import { until } from "./openHost.ts"
import { counter } from "./workflows.ts"

const nightly = defineSchedule("nightly", {
  workflow: counter,
  input: 0,
  cron: "30 2 * * *",
  timeZone: "Europe/Berlin",
  overlap: "skip"
})

describeWithServers("schedules in a browser", [chromiumBrowser], (endpointOf) => {
  const scope = Scope.makeUnsafe()
  const run = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) =>
    Effect.runPromise(Effect.provideService(effect, Scope.Scope, scope))
  let browser: Browser
  let served: Effect.Success<ReturnType<typeof openDashboard>>
  let watched: WatchedPage
  let page: Page
  const schedules = () => served.engine.client.schedules
  const hasStatus = (status: string) =>
    run(
      until(
        `it is ${status}`,
        Effect.map(schedules().get("nightly"), (one) => one.status === status)
      )
    )

  beforeAll(async () => {
    const folder = await buildDashboard()
    const pages = dashboardPages({ folder })
    served = await run(openDashboard(join(temporaryFolder("dashboard-schedules"), "runs.db"), { pages }))
    browser = await openBrowser(await endpointOf(chromiumBrowser), temporaryFolder("chromium"))
    watched = await openPage(browser, `${served.url}/dashboard/#/runs`)
    page = watched.page
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await Effect.runPromise(Scope.close(scope, Exit.void))
  }, 120_000)

  it("says that there are none, and shows one as soon as it is there", async () => {
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Schedules" }).click()
    await page.getByText("There are no schedules").waitFor()
    await run(schedules().ensure(nightly))
    await page.getByRole("link", { name: "nightly" }).waitFor()
    await page.getByText("30 2 * * * (Europe/Berlin)").waitFor()
    await page.locator(".status-running").getByText("active").waitFor()
    const { next } = await run(schedules().get("nightly"))
    const shown = page.locator("section").filter({ hasText: "Next" }).locator("time")
    await expect.poll(() => shown.count()).toBe(next.length)
    expect(await shown.first().getAttribute("datetime")).toBe(next[0]?.toISOString())
  })

  it("pauses it with a note, and resumes it", async () => {
    await page.getByRole("button", { name: "Pause" }).click()
    const dialog = page.getByRole("dialog", { name: "Pause nightly" })
    await dialog.getByLabel(/Note/).fill("stocktaking")
    await dialog.getByRole("button", { name: "Pause" }).click()
    await dialog.waitFor({ state: "detached" })
    await hasStatus("paused")
    await page.getByText(/: stocktaking/).waitFor()
    await page.getByRole("button", { name: "Resume" }).click()
    await hasStatus("active")
    await page.locator(".status-running").getByText("active").waitFor()
  })

  it("backfills a range, and leads to the runs of the last times", async () => {
    await page.getByRole("button", { name: "Backfill" }).click()
    const dialog = page.getByRole("dialog", { name: "Backfill nightly" })
    await dialog.getByLabel(/From/).fill("2026-03-01T12:00")
    expect(await dialog.getByRole("button", { name: "Start them" }).isDisabled()).toBe(true)
    await dialog.getByLabel(/Until/).fill("2026-03-03T12:00")
    await dialog.getByRole("button", { name: "Start them" }).click()
    await dialog.waitFor({ state: "detached" })
    await run(
      until(
        "two have run",
        Effect.map(schedules().get("nightly"), ({ started }) => started === 2)
      )
    )
    await page.getByRole("link", { name: "succeeded" }).first().waitFor()
    const { recent } = await run(schedules().get("nightly"))
    expect(recent.map(({ scheduledAt }) => new Date(scheduledAt).toISOString())).toEqual([
      "2026-03-03T01:30:00.000Z",
      "2026-03-02T01:30:00.000Z"
    ])
  })

  it("starts a run now and goes there, and removes the schedule after a question", async () => {
    await page.getByRole("button", { name: "Trigger now" }).click()
    await page.getByRole("heading", { name: /^nightly\/now-/ }).waitFor()
    await page.goBack()
    await page.getByRole("button", { name: "Remove" }).click()
    const question = page.getByRole("dialog", { name: "Remove nightly?" })
    await question.waitFor()
    await page.keyboard.press("Escape")
    await question.waitFor({ state: "detached" })
    expect((await run(schedules().get("nightly"))).status).toBe("active")
    await page.getByRole("button", { name: "Remove" }).click()
    await question.getByRole("button", { name: "Remove" }).click()
    await hasStatus("removed")
    await page.getByText("There are no schedules").waitFor()
    expect(watched.foreign).toEqual([])
    // The page of a run that has no row yet asks until it has one.
    expect(watched.errors.filter((text) => !/status of 404/.test(text))).toEqual([])
  })
})
