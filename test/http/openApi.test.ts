import { readFileSync } from "node:fs"
import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import { routes } from "../../src/http/definition/routes.ts"
import { errorStatuses } from "../../src/http/errors.ts"
import { openApiDocument } from "../../src/http.ts"
import { openEngine } from "../streams/engine.ts"
import { served } from "./served.ts"

const document = JSON.parse(JSON.stringify(openApiDocument()))

describe("the OpenAPI document", () => {
  it("is the one of docs/openapi.json: else npm run openapi", () => {
    expect(JSON.parse(readFileSync("docs/openapi.json", "utf8"))).toEqual(document)
  })

  it("has every route, with a summary, and no reference that leads nowhere", () => {
    for (const { method, path } of Object.values(routes)) {
      const operation = document.paths[path.replaceAll(/:(\w+)/g, "{$1}")]?.[method.toLowerCase()]
      expect(operation, `${method} ${path}`).toMatchObject({
        summary: expect.any(String),
        operationId: expect.any(String)
      })
    }
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)]
    expect(references.length).toBeGreaterThan(0)
    const known = Object.keys(document.components.schemas)
    expect(references.map(([, name]) => name).filter((name) => !known.includes(name ?? ""))).toEqual([])
  })

  it("says of numbers in queries that they are some", () => {
    const { parameters } = document.paths["/runs"].get
    expect(parameters.find(({ name }: { readonly name: string }) => name === "limit").schema.type).toBe("integer")
  })

  it.live("is served, with the paths that the server has", () =>
    Effect.gen(function* () {
      const { ask, url } = yield* served(yield* openEngine({}), { workflows: [], basePath: "/api/v1" })
      expect(url).toMatch(/\/api\/v1$/)
      const { body, status } = yield* ask("GET", "/openapi.json")
      expect(status).toBe(200)
      expect(body).toEqual({ ...document, servers: [{ url: "/api/v1" }] })
      expect((yield* ask("GET", "/counts")).status).toBe(200)
      const outside = yield* Effect.promise(() => fetch(url.replace("/api/v1", "/counts")))
      expect(outside.status).toBe(404)
    })
  )
})

describe("the guide", () => {
  const page = readFileSync("docs/guide/http.md", "utf8")

  it("says of every error with which status it comes, and what to do", () => {
    const rows = [...page.matchAll(/^\| (\d{3}) \| `(\w+)` \| (.+) \|$/gm)]
    const told = Object.fromEntries(rows.map(([, status, tag]) => [tag, Number(status)]))
    expect(told).toEqual({ ...errorStatuses, UpdateRejected: 422 })
    for (const [, , tag, text = ""] of rows) expect(text.split(" | "), tag).toHaveLength(2)
  })

  it("has every route", () => {
    const missing = Object.values(routes).filter(({ method, path }) => {
      const written = path.replaceAll(/:(\w+)/g, "{$1}")
      return !page.includes(`\`${method} ${written}`)
    })
    expect(missing).toEqual([])
  })
})
