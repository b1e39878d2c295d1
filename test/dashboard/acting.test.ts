import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import type { AxeResults } from "axe-core"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { Browser, Page } from "playwright-core"
import { afterAll, beforeAll, expect, it } from "vitest"
import { dashboardPages } from "../../src/http.ts"
import { readTimeline } from "../../src/inspection.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { buildDashboard } from "./buildDashboard.ts"
import { chromiumBrowser, openBrowser, openPage, type WatchedPage } from "./chromium.ts"
import { openDashboard } from "./openDashboard.ts"
import { counter, invoice, spread, tick } from "./workflows.ts"

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

describeWithServers("acting on runs in a browser", [chromiumBrowser], (endpointOf) => {
  const scope = Scope.makeUnsafe()
  const run = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) =>
    Effect.runPromise(Effect.provideService(effect, Scope.Scope, scope))
  let browser: Browser
  let served: Effect.Success<ReturnType<typeof openDashboard>>
  const opened: Array<WatchedPage> = []
  const open = async (hash: string): Promise<Page> => {
    const watched = await openPage(browser, `${served.url}/dashboard/${hash}`)
    opened.push(watched)
    return watched.page
  }
  /** As whoever was handed it by the step. */
  const tokenOf = Effect.fn(function* (runId: string) {
    const { commands } = yield* Effect.provideContext(
      readTimeline(runId, { workflows: [invoice], values: "stored" }),
      served.engine.context
    )
    const input = commands.find(({ name }) => name === "askToken")?.input?.json
    return String(input).split(" ")[1] ?? ""
  })
  const start = (runId: string, count = 1) => served.engine.client.start(counter, { runId, input: count })

  beforeAll(async () => {
    const folder = await buildDashboard()
    const pages = dashboardPages({ folder })
    served = await run(openDashboard(join(temporaryFolder("dashboard-acting"), "runs.db"), { pages }))
    await run(served.engine.client.start(invoice, { runId: "asks-again", input: "invoice-8" }))
    browser = await openBrowser(await endpointOf(chromiumBrowser), temporaryFolder("chromium"))
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await Effect.runPromise(Scope.close(scope, Exit.void))
  }, 120_000)

  it("selects several runs by keyboard alone, and cancels them after a question", async () => {
    for (const runId of ["many-1", "many-2", "many-3"]) await run(start(runId))
    const page = await open("#/runs?workflow=counter&status=running&id=many-")
    await page.getByRole("link", { name: /many-3/ }).waitFor()
    await page.keyboard.press("v")
    const bar = page.getByRole("toolbar", { name: "Selected runs" })
    expect(await bar.getByRole("button", { name: "Cancel…" }).isDisabled()).toBe(true)
    await page.locator('[data-row="0"]').focus()
    await page.keyboard.press("Space")
    await bar.getByText("1 selected").waitFor()
    await page.keyboard.press("ArrowDown")
    await expect.poll(() => page.evaluate("document.activeElement?.dataset.row")).toBe("1")
    await page.keyboard.press("Space")
    await bar.getByText("2 selected").waitFor()
    await bar.getByRole("button", { name: "Cancel…" }).focus()
    await page.keyboard.press("Enter")
    const question = page.getByRole("dialog", { name: "Cancel 2 runs?" })
    // And what cannot be undone begins with the way out.
    await expect.poll(() => page.evaluate("document.activeElement?.getAttribute('aria-label')")).toBe("Close")
    await question.getByText("This cannot be undone.").waitFor()
    await page.keyboard.press("Escape")
    // Gone from the page, and not only shut: who could press a key between the two is no human.
    await page.locator("dialog").waitFor({ state: "detached" })
    expect((await run(served.engine.client.list({ workflow: "counter", status: "running" }))).runs).toHaveLength(3)
    await page.keyboard.press("Enter")
    await question.getByLabel(/Reason/).fill("enough of them")
    await page.keyboard.press("Enter")
    await question.waitFor({ state: "detached" })
    await bar.getByText("0 selected").waitFor()
    const left = Effect.map(served.engine.client.list({ workflow: "counter", status: "running" }), ({ runs }) =>
      runs.map(({ runId }) => runId)
    )
    await page.getByRole("checkbox").nth(1).waitFor({ state: "detached" })
    expect(await page.getByRole("checkbox").count()).toBe(1)
    expect(await run(left)).toEqual(["many-1"])
  })

  it("sends a signal to all that fit, tells of each that it could not be sent to, and tries those again", async () => {
    for (const runId of ["told-1", "told-2", "told-3"]) await run(start(runId))
    const page = await open("#/runs?workflow=counter&status=running&id=told-")
    await page.getByRole("link", { name: /told-3/ }).waitFor()
    await page.getByRole("button", { name: "Select…" }).click()
    await page.getByRole("button", { name: "Select all 3" }).click()
    // Between the look and the act, one of them ends.
    await run(served.engine.client.signal("told-2", tick, 1))
    await run(served.engine.client.wait(counter, "told-2"))
    await page.getByRole("button", { name: "Signal…" }).click()
    const dialog = page.getByRole("dialog", { name: "Send a signal to 3 runs" })
    await dialog.getByLabel("Signal", { exact: true }).fill("tick")
    await dialog.getByLabel("Payload").fill("5")
    await dialog.getByRole("button", { name: "Send" }).click()
    await dialog.getByText("2 of 3 done, 1 failed").waitFor()
    await dialog
      .getByRole("listitem")
      .getByText(/told-2/)
      .waitFor()
    await dialog.getByRole("button", { name: "Try 1 again" }).click()
    await dialog.getByText("0 of 1 done, 1 failed").waitFor()
    await dialog.getByRole("button", { name: "Leave it" }).click()
    await page.getByText("1 selected").waitFor()
    const outputs = ["told-1", "told-3"].map((runId) => served.engine.client.wait(counter, runId))
    expect(await run(Effect.all(outputs))).toEqual([5, 5])
  })

  it("retries cancelled runs from the list, and forks and resets a run from a message by its number", async () => {
    const { client } = served.engine
    for (const runId of ["again-1", "again-2"]) {
      await run(start(runId))
      await run(client.cancel(runId))
      await run(Effect.exit(client.wait(counter, runId)))
    }
    const page = await open("#/runs?workflow=counter&status=cancelled&id=again-")
    await page.getByRole("link", { name: /again-2/ }).waitFor()
    await page.getByRole("button", { name: "Select…" }).click()
    await page.getByRole("button", { name: "Select all 2" }).click()
    const bar = page.getByRole("toolbar", { name: "Selected runs" })
    // From which message, is of one run alone.
    expect(await bar.getByRole("button", { name: "Reset…" }).count()).toBe(0)
    await bar.getByRole("button", { name: "Retry…" }).click()
    const retry = page.getByRole("dialog", { name: "Retry 2 runs?" })
    await retry.getByLabel("Reason").fill("cancelled too early")
    await retry.getByRole("button", { name: "Retry the runs" }).click()
    await retry.waitFor({ state: "detached" })
    const stands = (runId: string) =>
      run(Effect.map(client.get(runId), ({ generation, status }) => [status, generation]))
    for (const runId of ["again-1", "again-2"]) {
      await expect.poll(() => stands(runId)).toEqual(["running", 1])
      await run(client.signal(runId, tick, 7))
      expect(await run(client.wait(counter, runId))).toBe(7)
    }
    const one = await open("#/runs/again-1")
    await one.getByRole("button", { name: "Fork…" }).click()
    const fork = one.getByRole("dialog", { name: "Fork this run" })
    await fork.getByLabel("Id of the new run").fill("again-3")
    await fork.getByLabel("Message").fill("one")
    expect(await fork.getByRole("button", { name: "Fork the run" }).isDisabled()).toBe(true)
    await fork.getByLabel("Message").fill("1")
    await fork.getByRole("button", { name: "Fork the run" }).click()
    await fork.waitFor({ state: "detached" })
    await expect.poll(() => stands("again-3")).toEqual(["running", 0])
    await one.getByRole("button", { name: "Reset…" }).click()
    const reset = one.getByRole("dialog", { name: "Reset this run?" })
    await reset.getByLabel("Message").fill("99")
    await reset.getByRole("button", { name: "Reset the run" }).click()
    await reset.getByRole("alert").getByText("RepairRefused").waitFor()
    await reset.getByLabel("Message").fill("1")
    await reset.getByRole("button", { name: "Reset the run" }).click()
    await reset.waitFor({ state: "detached" })
    // The signal came later than that message: it is handed over once more.
    await expect.poll(() => stands("again-1")).toEqual(["succeeded", 2])
  })

  it("sends an update by its dialog, and shows its answer there", async () => {
    const page = await open("#/runs/sleeps")
    await page.getByRole("button", { name: "Update…" }).waitFor()
    await page.keyboard.press("u")
    const dialog = page.getByRole("dialog", { name: "Send an update" })
    // It is there to be written in: the first key is for its first field.
    await expect.poll(() => page.evaluate("document.activeElement?.tagName")).toBe("INPUT")
    await expect.poll(() => dialog.getByLabel("Update", { exact: true }).inputValue()).toBe("changeAddress")
    await dialog.getByLabel("Input").fill('{"street":')
    expect(await dialog.getByRole("button", { name: "Send" }).isDisabled()).toBe(true)
    await dialog.getByLabel("Input").fill('{"street":"12 St James Square"}')
    await dialog.getByRole("button", { name: "Send" }).click()
    await dialog.getByRole("alert").getByText("UpdateInvalid").waitFor()
    await dialog.getByLabel("Input").fill('{"street":"12 St James Square","town":"London"}')
    await dialog.getByRole("button", { name: "Send" }).click()
    await dialog.getByRole("heading", { name: "Its answer" }).waitFor()
    await dialog.getByText("surcharge").waitFor()
    expect(await dialog.getByRole("button", { name: "Send" }).isDisabled()).toBe(true)
    await page.keyboard.press("Escape")
    await dialog.waitFor({ state: "detached" })
  })

  it("answers a callback by its token alone, and says what is wrong with another", async () => {
    const page = await open("#/runs/waits-for-payment")
    await page.getByRole("button", { name: "Answer callback…" }).waitFor()
    await page.keyboard.press("a")
    const dialog = page.getByRole("dialog", { name: "Answer a callback" })
    await dialog.getByText("one answer").waitFor()
    await dialog.getByLabel(/Token/).fill("no token at all")
    await dialog.getByLabel("Payload").fill('{"cents":1200}')
    await dialog.getByRole("button", { name: "Complete it" }).click()
    await dialog.getByRole("alert").getByText("CallbackForged").waitFor()
    const token = await run(tokenOf("waits-for-payment"))
    // As it is mostly handed out: with the address around it.
    await dialog.getByLabel(/Token/).fill(`https://api.example.org/callbacks/${encodeURIComponent(token)}`)
    await dialog.getByRole("button", { name: "Complete it" }).click()
    await dialog.waitFor({ state: "detached" })
    await page.locator(".run-title .status-succeeded").waitFor()
    expect(await run(served.engine.client.wait(invoice, "waits-for-payment"))).toBe(1200)
  })

  it.each([
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["on a phone", { viewport: { width: 360, height: 740 }, hasTouch: true }]
  ] as const)(
    "has no barrier that axe knows, in dialogs and among selected runs: %s",
    async (_, options) => {
      const { page } = await openPage(browser, `${served.url}/dashboard/#/runs`, { ...options, bypassCSP: true })
      await page.evaluate(axe)
      const look = async (what: string) => {
        const { violations } = await page.evaluate<AxeResults>("axe.run()")
        const found = violations.map(({ id, nodes }) => `${what} ${id}: ${nodes.map(({ html }) => html).join("\n")}`)
        expect(found).toEqual([])
        const isTooWide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        expect({ what, tooWide: await page.evaluate(isTooWide) }).toEqual({ what, tooWide: false })
      }
      await page.getByRole("button", { name: "Select…" }).click()
      await page.getByRole("button", { name: /Select all/ }).click()
      await look("selected runs")
      for (const name of ["Signal…", "Cancel…"]) {
        const bar = page.getByRole("toolbar", { name: "Selected runs" })
        await bar.getByRole("button", { name }).click()
        await page.getByRole("dialog").waitFor()
        await look(`${name} of many`)
        await page.keyboard.press("Escape")
        await page.locator("dialog").waitFor({ state: "detached" })
      }
      for (const [run, button] of [
        ["sleeps", "Update…"],
        ["asks-again", "Answer callback…"]
      ] as const) {
        await page.evaluate(`location.hash = "#/runs/${run}"`)
        await page.getByRole("button", { name: button }).click()
        await page.getByRole("dialog").waitFor()
        await look(button)
        await page.keyboard.press("Escape")
        await page.locator("dialog").waitFor({ state: "detached" })
      }
      await page.close()
    },
    60_000
  )

  it("draws twelve hundred steps that one message has led to, five hundred at a time", async () => {
    await run(served.engine.client.execute(spread, { runId: "wide", input: 1_200 }))
    const page = await open("#/runs/wide/waterfall")
    const answers: Array<number> = []
    page.on("response", (response) => {
      if (!response.url().includes("/timeline")) return
      void response.json().then(
        ({ commands }: { readonly commands: ReadonlyArray<unknown> }) => answers.push(commands.length),
        // The page was closed by then.
        () => undefined
      )
    })
    const row = page.locator(".waterfall").getByRole("listitem")
    await row.first().getByRole("button").focus()
    const size = () => row.first().getAttribute("aria-setsize")
    expect(Number(await size())).toBe(500)
    for (const most of ["1000", "1200"]) {
      await page.keyboard.press("End")
      await expect.poll(size, { timeout: 15_000 }).toBe(most)
    }
    await page.keyboard.press("End")
    await page.locator('[aria-posinset="1200"]').waitFor()
    await expect.poll(() => answers.length).toBeGreaterThan(2)
    expect(Math.max(...answers)).toBeLessThanOrEqual(500)
  })

  it.each([
    ["hears of a change in the list, and of one of the run that it shows, without asking by the clock", "the clock"],
    ["asks by the clock where the server tells of nothing", "events"]
  ])("%s", async (_, without) => {
    const { page, errors } = await openPage(browser, "about:blank")
    if (without === "events")
      await page.route("**/events", (route) =>
        route.fulfill({ status: 501, json: { error: "EventsUnavailable", message: "it is a function" } })
      )
    // All that looks by the clock does so after one of these times.
    else
      await page.addInitScript(`{
        const original = globalThis.setTimeout
        globalThis.setTimeout = (act, ms, ...rest) => [2_500, 15_000, 30_000].includes(ms) ? 0 : original(act, ms, ...rest)
      }`)
    const name = `heard without ${without}`
    const told = page.waitForResponse((response) => response.url().endsWith("/events"))
    await page.goto(`${served.url}/dashboard/#/runs?workflow=counter`)
    expect((await told).status()).toBe(without === "events" ? 501 : 200)
    await page.getByRole("heading", { name: "Runs" }).waitFor()
    await run(start(name))
    await page.getByRole("link", { name: new RegExp(`running ${name}`) }).click()
    await page.locator(".run-title .status-running").waitFor()
    await run(served.engine.client.signal(name, tick, 1))
    await page.locator(".run-title .status-succeeded").waitFor()
    expect(errors.filter((text) => !/status of 501/.test(text))).toEqual([])
    await page.close()
  })

  it("has asked no other host for anything, and nothing has gone wrong but what was meant to", () => {
    expect(opened.flatMap(({ foreign }) => foreign)).toEqual([])
    expect(opened.flatMap(({ errors }) => errors).filter((text) => !/status of 4(00|03|09)/.test(text))).toEqual([])
  })
})
