import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import type { AxeResults } from "axe-core"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, it } from "vitest"
import { dashboardPages, newApiKey } from "../../src/http.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { buildDashboard } from "./buildDashboard.ts"
import { chromiumBrowser, openBrowser, openPage, type WatchedPage } from "./chromium.ts"
import { openDashboard, openGuarded } from "./openDashboard.ts"
import { seedLong } from "./seed.ts"
import { approved } from "./workflows.ts"

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/** The most that one generation of a run may have. */
const longest = 25_000
const heading = (name: string) => ({ name, exact: true })

describeWithServers("the dashboard in a browser", [chromiumBrowser], (endpointOf) => {
  const scope = Scope.makeUnsafe()
  const run = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) =>
    Effect.runPromise(Effect.provideService(effect, Scope.Scope, scope))
  let browser: Browser
  let pages: ReturnType<typeof dashboardPages>
  let served: Effect.Success<ReturnType<typeof openDashboard>>
  const opened: Array<WatchedPage> = []
  const open = async (hash: string, options: Parameters<typeof openPage>[2] = {}): Promise<Page> => {
    const watched = await openPage(browser, `${served.url}/dashboard/${hash}`, options)
    opened.push(watched)
    return watched.page
  }

  beforeAll(async () => {
    const folder = await buildDashboard()
    const filename = join(temporaryFolder("dashboard-runs"), "runs.db")
    pages = dashboardPages({ folder })
    served = await run(openDashboard(filename, { pages }))
    await run(seedLong(served.engine, "long", longest - 10))
    browser = await openBrowser(await endpointOf(chromiumBrowser), temporaryFolder("chromium"))
  }, 180_000)

  afterAll(async () => {
    await browser?.close()
    await Effect.runPromise(Scope.close(scope, Exit.void))
  }, 120_000)

  it("lists runs with their status and counts, and tells news without being loaded again", async () => {
    const page = await open("#/runs")
    await page.getByRole("link", { name: /^parked parked changing/ }).waitFor()
    await page.getByRole("link", { name: /running \d/ }).waitFor()
    await run(served.engine.client.signal("waits for approval", approved, { by: "Ada" }))
    await run(served.engine.client.cancel("parent-waits"))
    await page.getByRole("link", { name: /cancelled parent-waits/ }).waitFor()
    expect(await page.evaluate("performance.getEntriesByType('navigation').length")).toBe(1)
    await page
      .getByRole("link", { name: /^failed/ })
      .first()
      .click()
    await page.getByRole("link", { name: /declined\/4711/ }).waitFor()
    expect(await page.getByRole("link", { name: /^running sleeps/ }).count()).toBe(0)
  })

  it("finds runs by how their ids begin and by when they were started, and keeps that in the link", async () => {
    const page = await open("#/runs")
    await page.getByRole("link", { name: /running sleeps/ }).waitFor()
    await page.getByText("More filters").click()
    await page.getByLabel("Run id begins with").fill("sle")
    await page.getByRole("link", { name: /parked parked changing/ }).waitFor({ state: "detached" })
    await page.getByRole("link", { name: /running sleeps/ }).waitFor()
    await page.getByLabel("Started before").fill("2020-01-01T00:00")
    await page.getByLabel("Started before").blur()
    await page.getByRole("link", { name: /running sleeps/ }).waitFor({ state: "detached" })
    expect(page.url()).toContain("prefix=sle&until=2020-01-01T00%3A00")
    await page.getByLabel("Started before").fill("")
    await page.getByLabel("Started before").blur()
    await page.getByLabel("Started since").fill("2020-01-01T00:00")
    await page.getByLabel("Started since").blur()
    await page.getByRole("link", { name: /running sleeps/ }).waitFor()
  })

  it("says what a run waits for, until when, and why", async () => {
    const page = await open("#/runs/sleeps")
    await page.getByRole("heading", heading("What it waits for now")).waitFor()
    await page.getByText(/ d \d+ h left/).waitFor()
    await page.goto(`${served.url}/dashboard/#/runs/tries-again`)
    await page
      .getByText(/the bank is closed/)
      .first()
      .waitFor()
    await page.goto(`${served.url}/dashboard/#/runs/waits-for-payment`)
    await page
      .getByText(/callback/)
      .first()
      .waitFor()
  })

  it("shows a mismatch of code and history side by side", async () => {
    const page = await open("#/runs/parked")
    const before = page.getByRole("region", { name: "History" })
    await before
      .getByText(/oldStep/)
      .first()
      .waitFor()
    await page
      .getByRole("region", { name: "Code", exact: true })
      .getByText(/newStep/)
      .first()
      .waitFor()
  })

  it("shows an error with the chain of its causes, and no secret", async () => {
    const page = await open("#/runs/failed-book")
    await page.getByText("no space left on device").first().waitFor()
    await page.getByText("ENOSPC: write").first().waitFor()
    await page.goto(`${served.url}/dashboard/#/runs/sleeps`)
    await page.getByText('"<redacted>"').waitFor()
    expect(await page.content()).not.toContain("4242 4242")
    // What a run has published and ended with comes with its secrets, unless it is asked for without.
    const asked: Array<string> = []
    page.on("request", (request) => asked.push(request.url()))
    await page.goto(`${served.url}/dashboard/#/runs/book/published`)
    await page.getByText("The end.").first().waitFor()
    const published = asked.filter((url) => /\/runs\/book(\/(states|streams)\/[^/?]+)?(\?|$)/.test(new URL(url).href))
    expect(published.some((url) => url.includes("/streams/"))).toBe(true)
    expect(published.filter((url) => !url.includes("secrets=hide"))).toEqual([])
  })

  it("is walked by keyboard alone", async () => {
    const page = await open("#/runs")
    const focused = () => page.evaluate("document.activeElement?.textContent?.trim() ?? ''")
    await page.getByRole("link", { name: /counted/ }).waitFor()
    await page.keyboard.press("Tab")
    expect(await focused()).toBe("Skip to content")
    await page.keyboard.press("Enter")
    expect(await page.evaluate("document.activeElement?.id")).toBe("main")
    // Behind the filters, the list is one stop, and arrows go on from there.
    await page.keyboard.press("/")
    expect(await page.evaluate("document.activeElement?.getAttribute('type')")).toBe("search")
    await page.keyboard.press("Tab")
    expect(await page.evaluate("document.activeElement?.getAttribute('placeholder')")).toMatch(/^tag/)
    await page.keyboard.press("Tab")
    expect(await focused()).toBe("More filters")
    await page.keyboard.press("Tab")
    const first = await focused()
    await page.keyboard.press("ArrowDown")
    await expect.poll(focused).not.toBe(first)
    await page.keyboard.press("End")
    await expect.poll(focused).toMatch(/changing/)
    await page.keyboard.press("Enter")
    await page.getByRole("heading", heading("parked")).waitFor()
    expect(await page.evaluate("document.activeElement?.id")).toBe("main")
    await page.keyboard.press("3")
    await page.getByRole("tab", { name: /Messages/, selected: true }).waitFor()
    await page.getByRole("tab", { selected: true }).focus()
    await page.keyboard.press("ArrowLeft")
    await page.getByRole("tab", { name: "Waterfall", selected: true }).waitFor()
    await page.keyboard.press("?")
    const help = page.getByRole("dialog", { name: "Keyboard shortcuts" })
    await help.getByText("cancel it (asks first)").waitFor()
    await page.keyboard.press("Escape")
    await help.waitFor({ state: "detached" })
    await page.keyboard.press("5")
    const item = page.getByRole("treeitem")
    await item.first().focus()
    await page.keyboard.press("b")
    await page.getByRole("heading", heading("Runs")).waitFor()
  })

  it("asks before it cancels, and does so only then", async () => {
    const page = await open("#/runs/meter")
    await page.getByRole("button", { name: "Cancel…" }).click()
    const question = page.getByRole("dialog", { name: "Cancel this run?" })
    await question.getByText("This cannot be undone.").waitFor()
    await question.getByRole("button", { name: "Leave it running" }).click()
    await question.waitFor({ state: "detached" })
    expect((await run(served.engine.client.get("meter"))).status).toBe("running")
    await page.getByRole("button", { name: "Cancel…" }).click()
    await question.getByLabel(/Reason/).fill("no longer needed")
    await question.getByRole("button", { name: "Cancel the run" }).click()
    await page.locator(".run-title .status-cancelled").waitFor()
  })

  it("starts a run by a form from the schema of the input, and says what is wrong with one", async () => {
    const page = await open("#/start/writeBook")
    await page.getByLabel("chapters").fill("many")
    await page.getByRole("button", { name: "Start writeBook" }).click()
    await page.getByRole("alert").getByText("InputInvalid").waitFor()
    await page.getByLabel("chapters").fill("1")
    await page.getByLabel(/Run id/).fill("written here")
    await page.getByRole("button", { name: "Start writeBook" }).click()
    await page.getByRole("heading", heading("written here")).waitFor()
    await page.getByRole("tab", { name: "State and output" }).click()
    await page.getByText("The end.").waitFor()
  })

  it("starts a run like another one, but for its secrets, which are asked for", async () => {
    const page = await open("#/runs/cancelled")
    await page.getByRole("link", { name: "Start another like it…" }).click()
    await expect.poll(() => page.getByLabel("email").inputValue()).toBe("ada@example.org")
    expect(await page.getByLabel("card").inputValue()).toBe("")
    expect(await page.getByLabel("card").getAttribute("type")).toBe("password")
    await page.getByRole("radio", { name: "JSON" }).check()
    const json = await page.getByLabel("Input", { exact: true }).inputValue()
    expect([json.includes("Ada Lovelace"), json.includes("redacted")]).toEqual([true, false])
  })

  it(`scrolls through ${longest - 10} messages, of which few are in the page, each telling its place`, async () => {
    const page = await open("#/runs/long/messages")
    const row = page.getByRole("listitem")
    await row.first().waitFor()
    const size = String(longest - 10)
    expect(await row.first().getAttribute("aria-setsize")).toBe(size)
    await row.first().getByRole("button").focus()
    await page.keyboard.press("End")
    const last = page.locator(`[aria-posinset="${size}"]`)
    await last.getByText("weigh").waitFor()
    expect(await last.getAttribute("aria-setsize")).toBe(size)
    expect(await row.count()).toBeLessThan(100)
    await page.keyboard.press("Enter")
    await last.getByText("Answers").waitFor()
    await expect.poll(() => page.evaluate("document.activeElement?.getAttribute('aria-expanded')")).toBe("true")
  })

  it("names the runs whose step became a dead letter", async () => {
    const page = await open("#/dead-letters")
    await page.getByRole("link", heading("dies")).waitFor()
    await page.getByText("transfer", { exact: false }).first().waitFor()
    expect(await page.locator(".cards li").count()).toBe(1)
    await page.getByLabel(/Of runs that are/).selectOption("succeeded")
    await page.getByText(/None among the \d+ runs/).waitFor()
  })

  it("looks for dead letters again while their page is seen, and not at each change", async () => {
    const page = await open("#/start")
    await page.clock.install()
    let asked = 0
    page.on("request", (request) => {
      if (new URL(request.url()).pathname.endsWith("/dead-letters")) asked++
    })
    const now = () => page.evaluate<number>("Date.now()")
    const from = await now()
    await page.evaluate(`location.hash = "#/dead-letters"`)
    await page.getByRole("link", heading("dies")).waitFor()
    // The list of runs has news by the clock, every fifteen seconds.
    await page.clock.runFor(100_000)
    await expect.poll(() => asked, { timeout: 30_000 }).toBeGreaterThan(1)
    expect(asked).toBeLessThanOrEqual(1 + ((await now()) - from) / 30_000)
  })

  it("moves nothing that is there as what is asked for comes", async () => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    await page.addInitScript(`
      globalThis.shift = 0
      new PerformanceObserver((list) => {
        for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) globalThis.shift += value
      }).observe({ type: "layout-shift", buffered: true })
    `)
    for (const [hash, ready] of [
      ["#/runs", /^running sleeps/],
      ["#/runs/sleeps/messages", /chargeCard/]
    ] as const) {
      await page.goto(`${served.url}/dashboard/${hash}`)
      await page.reload()
      await page
        .locator("[data-row]")
        .filter({ hasText: ready.source.replace(/^\^running /, "") })
        .first()
        .waitFor()
      // What is called good is less than 0.1: this is half of it.
      expect({ hash, shift: await page.evaluate("shift") }).toEqual({ hash, shift: expect.closeTo(0, 1) })
    }
  })

  it("asks for a key where the API does, keeps it for this tab, and forgets it when it is told to", async () => {
    const { key, hash } = newApiKey()
    const guarded = await run(openGuarded(served.engine, { keys: [{ name: "ops", hash }] }, pages))
    const { page } = await openPage(browser, `${guarded.url}/dashboard/#/runs`)
    const question = page.getByRole("dialog", { name: "This server asks for a key" })
    await question.getByLabel("Key or token").fill("no such key, and long enough to be one")
    await question.getByRole("button", { name: "Use this key" }).click()
    await question.getByText(/did not take the key/).waitFor()
    await question.getByLabel("Key or token").fill(key)
    await question.getByRole("button", { name: "Use this key" }).click()
    await page.getByRole("link", { name: /counted/ }).waitFor()
    expect(
      await page.evaluate("[sessionStorage.getItem('dynactor.key'), JSON.stringify(localStorage), document.cookie]")
    ).toEqual([key, expect.not.stringContaining(key), ""])
    expect(page.url()).not.toContain(key)
    await page.getByRole("button", { name: "Forget the key" }).click()
    await question.waitFor()
    expect(await page.evaluate("sessionStorage.getItem('dynactor.key')")).toBe(null)
  })

  it("draws what runs of a workflow did, and says what the picture is made of", async () => {
    const page = await open("#/workflows/fulfilOrder")
    await page.getByText(/Made of what the last \d+ runs of it did/).waitFor()
    await page
      .getByRole("img", { name: "What runs of fulfilOrder did" })
      .getByText("chargeCard", { exact: true })
      .waitFor()
  })

  const looks = [
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["on a phone", { viewport: { width: 360, height: 740 }, hasTouch: true }]
  ] as const

  it.each(looks)(
    "has no barrier that axe knows: %s",
    async (_, options) => {
      // The looker-on is let in; what it looks at is under the policy in all other tests.
      const page = await open("#/runs", { ...options, bypassCSP: true })
      await page.evaluate(axe)
      for (const [hash, ready] of [
        ["#/runs", "cancelled"],
        ["#/runs/sleeps", "What it waits for now"],
        ["#/runs/parked", "The code does"],
        ["#/runs/failed-book/waterfall", "writeChapter"],
        ["#/runs/sleeps/messages", "chargeCard"],
        ["#/runs/book/published", "The end."],
        ["#/runs/parent/family", "parent-ends"],
        ["#/workflows/fulfilOrder", "Made of"],
        ["#/workflows", "What runs can be told"],
        ["#/dead-letters", "runs looked at"],
        ["#/schedules", "There are no schedules"],
        ["#/limits", "There are no limits"],
        ["#/start/fulfilOrder", "speed"]
      ] as const) {
        await page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
        await page.getByText(ready).first().waitFor()
        const { violations } = await page.evaluate<AxeResults>("axe.run()")
        const found = violations.map(({ id, nodes }) => `${hash} ${id}: ${nodes.map(({ html }) => html).join("\n")}`)
        expect(found).toEqual([])
        const tooWide = await page.evaluate(
          "[document.documentElement, document.querySelector('main')].some((one) => one.scrollWidth > one.clientWidth)"
        )
        expect({ hash, tooWide }).toEqual({ hash, tooWide: false })
      }
    },
    60_000
  )

  it("refuses to run a script that is not its own", async () => {
    const page = await open("#/runs")
    const refused = await page.evaluate(`new Promise((resolve) => {
      addEventListener("securitypolicyviolation", ({ effectiveDirective }) => resolve(effectiveDirective))
      const script = document.createElement("script")
      script.textContent = "globalThis.isBad = true"
      document.head.append(script)
    })`)
    expect(refused).toBe("script-src-elem")
    expect(await page.evaluate("'isBad' in globalThis")).toBe(false)
    opened.pop()
  })

  it("has asked no other host for anything, and nothing has gone wrong on any page before", () => {
    expect(opened.flatMap(({ foreign }) => foreign)).toEqual([])
    // That an input was refused, which one test asks for, a browser reports as well.
    const errors = opened.flatMap(({ errors }) => errors).filter((text) => !/status of 4(00|22)/.test(text))
    expect(errors).toEqual([])
  })
})
