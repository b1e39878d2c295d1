import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Layer from "effect/Layer"
import { expect, it } from "vitest"
import { serveDashboard } from "../../src/http/dashboard/dashboard.ts"
import { dashboardPages } from "../../src/http/dashboard/dashboardPages.ts"
import { makeApiHandler } from "../../src/http/lambdaApi.ts"
import { makeHandlers } from "../../src/http/makeHandlers.ts"
import * as entry from "../streams/lambda/definitions.ts"
import { temporaryFolder } from "../temporaryFolder.ts"

const script = `console.log("${"long enough to be worth a gzip, ".repeat(20)}")`
const folder = temporaryFolder("dashboard-files")
mkdirSync(join(folder, "assets"))
writeFileSync(join(folder, "index.html"), '<div id="app">\u00e9</div>')
writeFileSync(join(folder, "assets/index-12345678.js"), script)

/** A page asks nobody: no client is made for it. */
const nobody = Layer.effectDiscard(
  Layer.build(
    Layer.suspend(() => {
      throw new Error("a store was opened")
    })
  )
) as never
const handler = makeApiHandler({ workflows: entry.workflows, store: nobody, pages: () => serveDashboard({ folder }) })
const pages = dashboardPages({ folder })

const asPlain = async (method: string, path: string, headers: Record<string, string>) => {
  const response = pages(new Request(`http://localhost${path}`, { method, headers }))
  if (response === undefined) throw new Error(`${path} is no page`)
  const { "content-length": _, ...given } = Object.fromEntries(response.headers)
  return { status: response.status, headers: given, body: Buffer.from(await response.arrayBuffer()) }
}

const asFunction = async (method: string, rawPath: string, headers: Record<string, string>) => {
  const answer = await handler({ rawPath, headers, requestContext: { http: { method } } })
  expect(answer.isBase64Encoded).toBe(true)
  // As an event's answer it is JSON.
  const { statusCode, headers: given, body } = JSON.parse(JSON.stringify(answer))
  return { status: statusCode, headers: given, body: Buffer.from(body, "base64") }
}

const asset = "/dashboard/assets/index-12345678.js"
const tag = serveDashboard({ folder })({ method: "GET", path: asset })?.headers.etag ?? ""

it.each<[string, string, number, Record<string, string>]>([
  ["GET", "/dashboard/", 200, {}],
  ["GET", "/dashboard/index.html", 200, { "accept-encoding": "gzip, br" }],
  ["HEAD", "/dashboard/", 200, {}],
  ["GET", asset, 200, {}],
  ["GET", asset, 200, { "accept-encoding": "gzip" }],
  ["GET", asset, 304, { "if-none-match": tag }],
  ["GET", "/dashboard", 302, {}],
  ["GET", "/dashboard/runs/a", 302, {}],
  ["GET", "/dashboard/assets/gone-12345678.js", 404, {}],
  ["POST", "/dashboard/", 405, {}]
])("a function answers %s %s as a plain process does: %i", async (method, path, status, headers) => {
  const answer = await asFunction(method, path, headers)
  expect(answer).toEqual(await asPlain(method, path, headers))
  expect(answer.status).toBe(status)
  expect(answer.headers["content-security-policy"]).toMatch(/^default-src 'none'/)
})

it("a function serves no pages unless its environment says so", async () => {
  const before = process.env.DYNACTOR_DASHBOARD
  const variables = { DYNACTOR_TABLE: "t", DYNACTOR_BUCKET: "b", AWS_REGION: "us-east-1" }
  Object.assign(process.env, variables)
  try {
    const ask = async () =>
      await makeHandlers(entry).api({ rawPath: "/dashboard", requestContext: { http: { method: "GET" } } })
    expect(JSON.parse((await ask()).body)).toMatchObject({ error: "RouteUnknown" })
    process.env.DYNACTOR_DASHBOARD = "on"
    // The page by its name: API Gateway has no route for what ends in "/".
    expect((await ask()).headers.location).toBe("/dashboard/index.html")
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name]
    if (before === undefined) delete process.env.DYNACTOR_DASHBOARD
    else process.env.DYNACTOR_DASHBOARD = before
  }
})
