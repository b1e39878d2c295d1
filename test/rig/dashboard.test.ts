import { createHash, createSign, generateKeyPairSync } from "node:crypto"
import { cpSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
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

const clientId = "dashboard"

/** The identity provider: it signs in whoever comes, once for each code, as the one who has begun it. */
const openProvider = async () => {
  const begun = new Map<string, URLSearchParams>()
  let refusal: string | undefined
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1")
    const parts: Array<Buffer> = []
    request.on("data", (part) => parts.push(part))
    request.on("end", () => {
      if (url.pathname === "/authorize") {
        const back = new URL(url.searchParams.get("redirect_uri") ?? "")
        const code = `code-${begun.size}`
        begun.set(code, url.searchParams)
        back.searchParams.set("state", url.searchParams.get("state") ?? "")
        if (refusal === undefined) back.searchParams.set("code", code)
        else back.searchParams.set("error_description", refusal)
        if (refusal !== undefined) back.searchParams.set("error", "access_denied")
        return response.writeHead(302, { location: back.href }).end()
      }
      const form = new URLSearchParams(Buffer.concat(parts).toString())
      const first = begun.get(form.get("code") ?? "")
      begun.delete(form.get("code") ?? "")
      const challenge = createHash("sha256")
        .update(form.get("code_verifier") ?? "")
        .digest("base64url")
      const isRight =
        first?.get("code_challenge") === challenge &&
        first.get("redirect_uri") === form.get("redirect_uri") &&
        form.get("client_id") === clientId
      response.writeHead(isRight ? 200 : 400, {
        "content-type": "application/json",
        "access-control-allow-origin": request.headers.origin ?? ""
      })
      response.end(
        JSON.stringify(isRight ? { access_token: token(first.get("scope") ?? "") } : { error: "invalid_grant" })
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    refuse: (because: string | undefined) => {
      refusal = because
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
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
  let provider: Awaited<ReturnType<typeof openProvider>>
  let url = ""

  beforeAll(async () => {
    provider = await openProvider()
    synthesized = synthesizeRig("Shown", {
      code: Code.fromAsset(await bundledFolder()),
      httpApiAuthorizer: new HttpJwtAuthorizer("Issuer", issuer, { jwtAudience: ["runs"] }),
      httpApiAuthorizationScopes: ["runs"],
      httpApiDashboard: true,
      httpApiDashboardSignIn: {
        authorizationEndpoint: `${provider.url}/authorize`,
        tokenEndpoint: `${provider.url}/token`,
        clientId,
        scopes: ["runs"]
      }
    })
    const endpoints = { dynamodb: await endpointOf(dynoxide), sqs: await endpointOf(fauxqs) }
    rig = await deploy(synthesized, endpoints, { issuerKeyOf: (name) => (name === issuer ? publicKey : undefined) })
    const [api] = rig.httpApis.values()
    url = api?.endpoint ?? ""
  }, 120_000)

  afterAll(async () => {
    await rig?.stop()
    synthesized?.remove()
    await provider?.close()
  })

  it("gives its files to anybody, and what runs hold to those with a token alone", async () => {
    const page = await fetch(`${url}/dashboard`)
    expect([page.status, new URL(page.url).pathname]).toEqual([200, "/dashboard/index.html"])
    const html = await page.text()
    expect(html).toContain('<div id="app">')
    // One host beside its own, which gives out tokens.
    expect(page.headers.get("content-security-policy")).toContain(`; connect-src 'self' ${provider.url};`)
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

  it("has people sign in at their provider, and leads them back to where they were", async () => {
    const browser = await openBrowser(await endpointOf(chromiumBrowser), temporaryFolder("chromium"))
    try {
      const { page } = await openPage(browser, `${url}/dashboard/index.html#/start/approval`)
      const question = page.getByRole("dialog", { name: "This server asks for a key" })
      await question.getByText(`at ${new URL(provider.url).host}`).waitFor()
      provider.refuse("Ada may not look")
      await question.getByRole("button", { name: "Sign in" }).click()
      await question.getByRole("alert").getByText("Ada may not look").waitFor()
      provider.refuse(undefined)
      await question.getByRole("button", { name: "Sign in" }).click()
      await page.getByRole("heading", { name: "Start a run" }).waitFor()
      await page.getByRole("button", { name: "Start" }).waitFor()
      // What was in the address is worth nothing any more, and is not there.
      expect(page.url()).toBe(`${url}/dashboard/index.html#/start/approval`)
      const kept =
        "[sessionStorage.getItem('dynactor.key').split('.').length, sessionStorage.getItem('dynactor.signIn')]"
      expect(await page.evaluate(kept)).toEqual([3, null])
      // A code that this tab has not asked for is nobody's.
      await page.evaluate("sessionStorage.clear()")
      await page.goto(`${url}/dashboard/index.html?code=code-9&state=of-somebody-else`)
      await question.getByText("it was not begun in this tab").waitFor()
      expect(await page.evaluate("sessionStorage.getItem('dynactor.key')")).toBe(null)
    } finally {
      await browser.close()
    }
  }, 60_000)
})
