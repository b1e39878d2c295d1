import { createSign, generateKeyPairSync } from "node:crypto"
import { cpSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { HttpJwtAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers"
import { Code } from "aws-cdk-lib/aws-lambda"
import { afterAll, beforeAll, expect, it } from "vitest"
import { bundle } from "../../scripts/bundles/bundle.ts"
import { buildDashboard } from "../dashboard/buildDashboard.ts"
import { chromiumBrowser, openBrowser, openPage } from "../dashboard/chromium.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { type Deployed, deploy, synthesizeRig } from "./deployed.ts"
import type { Synthesized } from "./synthesize.ts"

const issuer = "https://issuer.example"
const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })

const token = (scope: string) => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url")
  const claims = { iss: issuer, aud: "runs", scope, exp: Math.floor(Date.now() / 1000) + 600 }
  const signed = `${part({ alg: "RS256" })}.${part(claims)}`
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(privateKey, "base64url")}`
}

/** Code that somebody has bundled themselves: one module with all handlers, and the dashboard's files beside it. */
const bundledFolder = async (): Promise<string> => {
  const folder = temporaryFolder("rig-dashboard")
  const entry = fileURLToPath(new URL("../streams/lambda/definitions.ts", import.meta.url))
  for (const file of ["turns", "api"] as const)
    writeFileSync(join(folder, `${file}.mjs`), (await bundle(entry, file)).text)
  writeFileSync(join(folder, "index.mjs"), 'export * from "./turns.mjs"\nexport * from "./api.mjs"\n')
  cpSync(await buildDashboard(), join(folder, "dashboard"), { recursive: true })
  return folder
}

describeWithServers("The dashboard of a deployed stack", [dynoxide, fauxqs, chromiumBrowser], (endpointOf) => {
  let synthesized: Synthesized
  let rig: Deployed
  let url = ""

  beforeAll(async () => {
    synthesized = synthesizeRig("Shown", {
      code: Code.fromAsset(await bundledFolder()),
      httpApiAuthorizer: new HttpJwtAuthorizer("Issuer", issuer, { jwtAudience: ["runs"] }),
      httpApiAuthorizationScopes: ["runs"],
      httpApiDashboard: true
    })
    const endpoints = { dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) }
    rig = await deploy(synthesized, endpoints, { issuerKeyOf: (name) => (name === issuer ? publicKey : undefined) })
    const [api] = rig.httpApis.values()
    url = api?.endpoint ?? ""
  }, 120_000)

  afterAll(async () => {
    await rig?.stop()
    synthesized?.remove()
  })

  it("gives its files to anybody, and what runs hold to those with a token alone", async () => {
    const page = await fetch(`${url}/dashboard`)
    expect([page.status, new URL(page.url).pathname]).toEqual([200, "/dashboard/index.html"])
    const html = await page.text()
    expect(html).toContain('<div id="app">')
    expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'/)
    const [, script = ""] = /src="\.\/(assets\/[^"]+\.js)"/.exec(html) ?? []
    // It comes zipped, and `fetch` reads it.
    const code = await fetch(`${url}/dashboard/${script}`, { headers: { "accept-encoding": "gzip" } })
    expect([code.status, code.headers.get("content-encoding")]).toEqual([200, "gzip"])
    expect((await code.text()).length).toBeGreaterThan(50_000)
    const etag = code.headers.get("etag") ?? ""
    const again = await fetch(`${url}/dashboard/${script}`, {
      headers: { "accept-encoding": "gzip", "if-none-match": etag }
    })
    expect([again.status, await again.text()]).toEqual([304, ""])
    expect((await fetch(`${url}/dashboard/index.html`, { method: "HEAD" })).status).toBe(200)

    expect((await fetch(`${url}/runs`)).status).toBe(401)
    const as = (scope: string) => fetch(`${url}/runs`, { headers: { authorization: `Bearer ${token(scope)}` } })
    expect((await as("other")).status).toBe(403)
    expect((await as("runs")).status).toBe(200)
  })

  it("shows runs to a browser that has been given a token", async () => {
    const headers = { authorization: `Bearer ${token("runs")}` }
    const body = JSON.stringify({ runId: "for-ada", input: "Ada" })
    const started = await fetch(`${url}/workflows/greeting/runs`, { method: "POST", headers, body })
    expect(started.status).toBe(201)
    const browser = await openBrowser(await endpointOf(chromiumBrowser), temporaryFolder("chromium"))
    try {
      const { page, foreign } = await openPage(browser, `${url}/dashboard/index.html#/runs`)
      const question = page.getByRole("dialog", { name: "This server asks for a key" })
      await question.getByLabel("Key or token").fill(token("runs"))
      await question.getByRole("button", { name: "Use this key" }).click()
      await page.getByRole("link", { name: /succeeded for-ada/ }).click()
      // What a function has room for now: what the run has cost.
      await page
        .getByText(/write and [\d.]+ read units/)
        .first()
        .waitFor()
      await page.goto(`${url}/dashboard/index.html#/start/greeting`)
      await page.getByRole("button", { name: "Start" }).waitFor()
      expect(foreign).toEqual([])
    } finally {
      await browser.close()
    }
  }, 60_000)
})
