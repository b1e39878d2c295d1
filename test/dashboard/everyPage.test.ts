import { readdirSync, readFileSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import type { Browser, Locator, Page } from "playwright-core"
import { afterAll, beforeAll, expect, it } from "vitest"
import {
  type NamedPageName,
  namedPageNames,
  type PageName,
  pageNames,
  type RunTabName,
  runTabNames
} from "../../dashboard/shell/pageNames.ts"
import { dashboardPages, serveApi } from "../../src/http.ts"
import { defineSchedule } from "../../src/index.ts"
import { readTimeline } from "../../src/inspection.ts"
import { onEachTarget, type TestTarget } from "../cli/eachTarget.ts"
import { holding, job, release } from "../limits/parts.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { eventually } from "../streams/engine.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { buildDashboard } from "./buildDashboard.ts"
import { chromiumBrowser, openBrowser, openPage, type WatchedPage } from "./chromium.ts"
import { definitions } from "./openDashboard.ts"
import { counter, fulfilOrder, invoice, parent, transfer, writeBook } from "./workflows.ts"

/** What is to be read on each page: a page without a line here is one that nobody looks at, and a type error. */
const onPage: Readonly<Record<PageName, (page: Page) => Locator>> = {
  runs: (page) => page.getByRole("link", { name: /running book/ }),
  workflows: (page) => page.getByRole("link", { name: /fulfilOrder/ }).first(),
  start: (page) => page.getByRole("heading", { name: "Start a run" }),
  schedules: (page) => page.getByText("30 2 * * * (Europe/Berlin)"),
  limits: (page) => page.locator(".card").getByRole("link", { name: "held-1" }),
  "dead-letters": (page) => page.getByText(/runs? looked at, the newest first/)
}

const onNamedPage: Readonly<Record<NamedPageName, readonly [name: string, shows: (page: Page) => Locator]>> = {
  runs: ["book", (page) => page.getByRole("heading", { name: "book", exact: true })],
  workflows: ["parent", (page) => page.getByRole("heading", { name: "parent", exact: true })],
  start: ["counter", (page) => page.getByRole("button", { name: "Start counter" })]
}

const onTab: Readonly<Record<RunTabName, readonly [run: string, shows: (page: Page) => Locator]>> = {
  overview: ["tries-again", (page) => page.getByText(/the bank is closed/).first()],
  waterfall: ["book", (page) => page.locator(".waterfall").getByText("writeChapter").first()],
  messages: ["book", (page) => page.getByRole("listitem").getByText("writeChapter").first()],
  published: ["book", (page) => page.getByText("The end.").first()],
  family: ["parent", (page) => page.getByRole("treeitem", { name: /parent-waits/ })]
}

/** A host, a server of tables and a browser share the machine, and that with other tests: a list of many workflows is hundreds of requests to the table. */
const patienceMs = 180_000

/** Of all acts that a run can be asked for, whatever its state: they are components, which no test runner for Node reads. */
const actLabels = (): ReadonlyArray<string> => {
  const files = readdirSync("dashboard/acts", { recursive: true, encoding: "utf8" }).filter((name) =>
    /Act\.tsx$/.test(name)
  )
  return files.flatMap((name) => {
    const [, label] = /^ {2}label: "(.+)",$/m.exec(readFileSync(`dashboard/acts/${name}`, "utf8")) ?? []
    if (label === undefined) throw new Error(`dashboard/acts/${name} has no label`)
    return [label]
  })
}

const nightly = defineSchedule("nightly", {
  workflow: counter,
  input: 0,
  cron: "30 2 * * *",
  timeZone: "Europe/Berlin",
  overlap: "skip"
})

const order = {
  id: "o-1",
  customer: { name: "Ada Lovelace", email: "ada@example.org" },
  speed: "standard",
  items: [{ sku: "tea", quantity: 1 }]
} as const

describeWithServers("every page of the dashboard in a browser", [chromiumBrowser], (endpointOf) => {
  let browser: Browser
  let folder = ""
  beforeAll(async () => {
    folder = await buildDashboard()
    browser = await openBrowser(await endpointOf(chromiumBrowser), temporaryFolder("chromium"))
  }, 120_000)
  afterAll(() => browser?.close(), 30_000)

  onEachTarget("every page", (newTarget) => {
    const scope = Scope.makeUnsafe()
    const run = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) =>
      Effect.runPromise(Effect.provideService(effect, Scope.Scope, scope))
    let target: TestTarget
    let url = ""
    let watched: WatchedPage
    let page: Page
    /** What buttons on the pages of runs offer to do, and what was done. */
    const offered = new Set<string>()
    const done = new Set<string>()
    const client = () => target.engine.client
    const stands = (runId: string) =>
      Effect.map(client().get(runId), ({ generation, status }) => `${status} ${generation}`)
    const isSoon = (runId: string, how: string) =>
      run(
        eventually(
          `${runId} is ${how}`,
          Effect.map(stands(runId), (now) => now === how),
          patienceMs
        )
      )
    const waits = (runId: string, kind: string) =>
      eventually(
        `${runId} waits for ${kind}`,
        Effect.map(client().get(runId), ({ waitingFor }) => waitingFor.some((one) => one.kind === kind)),
        patienceMs
      )
    const go = (hash: string) => page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
    /** Presses a button of a run's page, and answers the question behind it. */
    const act = async (
      runId: string,
      label: string,
      deed: string,
      fields: Readonly<Record<string, string>> = {}
    ): Promise<void> => {
      await go(`#/runs/${encodeURIComponent(runId)}`)
      await page.getByRole("heading", { name: runId, exact: true }).waitFor()
      const button = page.locator(".actions").getByRole("button", { name: label })
      await button.waitFor()
      for (const text of await page.locator(".actions").getByRole("button").allTextContents()) offered.add(text.trim())
      await button.click()
      const dialog = page.getByRole("dialog")
      for (const [name, value] of Object.entries(fields)) await dialog.getByLabel(new RegExp(`^${name}`)).fill(value)
      await dialog.getByRole("button", { name: deed, exact: true }).click()
      if (label === "Update…") {
        await dialog.getByRole("heading", { name: "Its answer" }).waitFor()
        await page.keyboard.press("Escape")
      }
      await dialog.waitFor({ state: "detached" })
      done.add(label)
    }

    beforeAll(async () => {
      const workflows = [...definitions.workflows, holding]
      target = await run(newTarget({ workflows, steps: definitions.steps, schedules: [nightly] }))
      const limits = { requestTimeoutMs: patienceMs }
      const served = serveApi({ port: 0, ...definitions, workflows, limits, pages: dashboardPages({ folder }) })
      url = (await run(Effect.provideContext(served, target.engine.services))).url
      const started = Effect.gen(function* () {
        yield* client().start(fulfilOrder, { runId: "ships", input: fulfilInput() })
        yield* client().start(invoice, { runId: "asks", input: "invoice-7" })
        yield* client().start(transfer, { runId: "tries-again", input: "transfer-3" })
        yield* client().start(writeBook, { runId: "book", input: { chapters: 1, fails: false } })
        yield* client().start(parent, { runId: "parent", input: null })
        yield* client().start(holding, { runId: "held-1", input: job("held-1") })
        for (const runId of ["c-1", "c-2", "c-3"]) yield* client().start(counter, { runId, input: 1 })
        yield* waits("book", "signal")
        yield* waits("ships", "signal")
        yield* waits("asks", "callback")
        yield* waits("parent", "child")
        // Of two that ask in one moment either may be the first: the second one comes once the first has the place.
        yield* waits("held-1", "signal")
        yield* client().start(holding, { runId: "held-2", input: job("held-2") })
        yield* waits("held-2", "limit")
        for (const runId of ["c-1", "c-2", "c-3"]) yield* waits(runId, "signal")
      })
      await run(started)
      watched = await openPage(browser, `${url}/dashboard/`)
      page = watched.page
      page.setDefaultTimeout(patienceMs - 10_000)
    }, 180_000)

    afterAll(async () => {
      await page?.close()
      await Effect.runPromise(Scope.close(scope, Exit.void))
    }, 60_000)

    it.each(pageNames)("shows %s", { timeout: patienceMs }, async (name) => {
      await go(`#/${name}`)
      await onPage[name](page).waitFor()
      // Nothing sticks out of what is around it.
      const wide =
        "[...document.querySelectorAll('main, .card')].filter((one) => one.scrollWidth > one.clientWidth).length"
      expect(await page.evaluate(wide)).toBe(0)
    })

    it.each(namedPageNames)("shows one of %s", { timeout: patienceMs }, async (name) => {
      const [one, shows] = onNamedPage[name]
      await go(`#/${name}/${one}`)
      await shows(page).waitFor()
    })

    it.each(runTabNames)("shows a run's %s", { timeout: patienceMs }, async (name) => {
      const [runId, shows] = onTab[name]
      await go(`#/runs/${runId}/${name}`)
      await shows(page).waitFor()
    })

    it("starts a run by the form, and deletes it once it has ended", { timeout: 120_000 }, async () => {
      await go("#/start/counter")
      await page.getByLabel("Input", { exact: true }).fill("0")
      await page.getByLabel(/Run id/).fill("from the form")
      await page.getByLabel(/^Tags/).fill("from=form, page=start")
      await page.getByLabel(/^Begin at/).fill("2020-01-01T00:00")
      await page.getByRole("button", { name: "Start counter" }).click()
      await page.locator(".run-title .status-succeeded").waitFor()
      await page.locator("section[aria-labelledby=facts]").getByText("page=start", { exact: true }).waitFor()
      expect(await run(client().get("from the form"))).toMatchObject({ tags: { from: "form", page: "start" } })
      await act("from the form", "Delete…", "Delete the run")
      const gone = Effect.map(Effect.exit(client().get("from the form")), Exit.isFailure)
      await run(eventually("it is gone", gone, patienceMs))
    })

    it("does with a run whatever its page offers", { timeout: 240_000 }, async () => {
      await act("c-1", "Pause…", "Pause the run", { Reason: "looking at it" })
      await isSoon("c-1", "paused 0")
      await act("c-1", "Resume…", "Resume the run")
      await isSoon("c-1", "running 0")
      await act("c-1", "Cancel…", "Cancel the run", { Reason: "no longer wanted" })
      await isSoon("c-1", "cancelled 0")
      await act("c-1", "Retry…", "Retry the run")
      await isSoon("c-1", "running 1")
      await act("c-1", "Terminate…", "Terminate the run")
      await isSoon("c-1", "terminated 1")
      await act("c-2", "Signal…", "Send", { Signal: "tick", Payload: "5" })
      await isSoon("c-2", "succeeded 0")
      await act("c-2", "Fork…", "Fork the run", { Message: "1", "Id of the new run": "c-2b" })
      await isSoon("c-2b", "running 0")
      await act("c-2", "Reset…", "Reset the run", { Message: "1" })
      // The signal came later than that message: it is handed over once more.
      await isSoon("c-2", "succeeded 1")
      const address = '{"street":"12 St James Square","town":"London"}'
      await act("ships", "Update…", "Send", { Input: address })
      await act("asks", "Answer callback…", "Complete it", { Token: await run(tokenOf()), Payload: '{"cents":1200}' })
      await isSoon("asks", "succeeded 0")
      const labels = new Set([...actLabels(), ...offered])
      expect([...labels].filter((label) => !done.has(label))).toEqual([])
    })

    it("cancels several runs from the list", { timeout: 120_000 }, async () => {
      await go("#/runs?workflow=counter&status=running")
      await page.getByRole("link", { name: /running c-3/ }).waitFor()
      await page.getByRole("button", { name: "Select…" }).click()
      await page.getByRole("button", { name: /^Select all/ }).click()
      await page.getByRole("toolbar", { name: "Selected runs" }).getByRole("button", { name: "Cancel…" }).click()
      await page
        .getByRole("dialog")
        .getByRole("button", { name: /^Cancel the run/ })
        .click()
      await isSoon("c-3", "cancelled 0")
    })

    it("does with a schedule whatever its card offers", { timeout: 120_000 }, async () => {
      await go("#/schedules")
      const card = page.locator(".card").filter({ hasText: "nightly" })
      const press = (name: string) => card.getByRole("button", { name }).click()
      const told = new Set<string>()
      const look = async () => {
        for (const text of await card.getByRole("button").allTextContents()) told.add(text.trim())
      }
      const answer = async (deed: string, fields: Readonly<Record<string, string>> = {}) => {
        const dialog = page.getByRole("dialog")
        for (const [name, value] of Object.entries(fields)) await dialog.getByLabel(new RegExp(name)).fill(value)
        await dialog.getByRole("button", { name: deed }).click()
        await dialog.waitFor({ state: "detached" })
      }
      await look()
      await press("Pause")
      await answer("Pause", { Note: "stocktaking" })
      await card.getByText(/: stocktaking/).waitFor()
      await look()
      await press("Resume")
      await card.getByText("active").waitFor()
      await press("Backfill")
      await answer("Start them", { From: "2026-03-01T12:00", Until: "2026-03-02T12:00" })
      const hasStarted = Effect.map(client().schedules.get("nightly"), ({ started }) => started === 1)
      await run(eventually("one has run", hasStarted, patienceMs))
      await press("Trigger now")
      await page.getByRole("heading", { name: /^nightly\/now-/ }).waitFor()
      await page.goBack()
      await press("Remove")
      await answer("Remove")
      await page.getByText("There are no schedules").waitFor()
      const left = [...told].filter((text) => !/^(Pause|Resume|Backfill|Trigger now|Remove)…?$/.test(text))
      expect(left).toEqual([])
    })

    it("tells of a place that was given back", { timeout: 120_000 }, async () => {
      await run(client().signal("held-1", release, null))
      await go("#/limits")
      await page.locator(".card").getByRole("link", { name: "held-2" }).waitFor()
      await run(client().signal("held-2", release, null))
      await run(client().wait(holding, "held-2"))
    })

    it("has asked no other host for anything, and nothing has gone wrong", () => {
      expect(watched.foreign).toEqual([])
      // The page of a run that has no row yet, or none any more, is answered with 404.
      expect(watched.errors.filter((text) => !/status of 404/.test(text))).toEqual([])
    })

    const fulfilInput = () => ({ ...order, card: Redacted.make("4242 4242 4242 4242") })

    const tokenOf = () =>
      Effect.map(
        Effect.provideContext(readTimeline("asks", { workflows: [invoice], values: "stored" }), target.engine.services),
        ({ commands }) => String(commands.find(({ name }) => name === "askToken")?.input?.json).split(" ")[1] ?? ""
      )
  })
})
