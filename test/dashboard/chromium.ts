import { existsSync } from "node:fs"
import { type Browser, chromium, type Page } from "playwright-core"
import type { ServerKind } from "../servers/processServer.ts"

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
const executablePath = process.env.DYNACTOR_CHROMIUM ?? places.find((place) => existsSync(place))

/** A browser is one of the servers that some tests need: skipped by name where there is none. */
export const chromiumBrowser: ServerKind = {
  name: "Chromium",
  cannotRun: () =>
    executablePath === undefined
      ? `none of ${places.join(", ")}: install one, or name it in DYNACTOR_CHROMIUM`
      : undefined,
  start: async () => ({ name: "Chromium", endpoint: executablePath ?? "", stop: async () => undefined })
}

/** What it leaves behind goes with the folder. */
export const openBrowser = (path: string, folder: string): Promise<Browser> =>
  chromium.launch({
    executablePath: path,
    env: { ...process.env, TMPDIR: folder },
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : []
  })

export interface WatchedPage {
  readonly page: Page
  /** Errors of the console and of scripts, and what the policy has refused. */
  readonly errors: ReadonlyArray<string>
  /** Requests to another host than the one that was meant. */
  readonly foreign: ReadonlyArray<string>
}

export const openPage = async (
  browser: Browser,
  address: string,
  options: Parameters<Browser["newPage"]>[0] = {}
): Promise<WatchedPage> => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options })
  const errors: Array<string> = []
  const foreign: Array<string> = []
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text())
  })
  page.on("pageerror", (error) => errors.push(String(error)))
  page.on("request", (request) => {
    const url = new URL(request.url())
    if (url.origin !== new URL(address).origin && url.protocol !== "data:") foreign.push(url.href)
  })
  // Before the test itself is out of time: then the line is told at which it stood still.
  page.setDefaultTimeout(60_000)
  await page.goto(address)
  return { page, errors, foreign }
}
