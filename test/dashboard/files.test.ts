import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync, gzipSync } from "node:zlib"
import { beforeAll, describe, expect, it } from "vitest"
import { dashboardPages, serveDashboard } from "../../src/http.ts"
import { temporaryFolder } from "../temporaryFolder.ts"
import { buildDashboard } from "./buildDashboard.ts"

/** Of all files together, zipped as they are sent. */
const budgetBytes = 150_000

let folder = ""
beforeAll(async () => {
  folder = await buildDashboard()
})

const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  serveDashboard({ folder })({ method, path, headers })
const textOf = (answer: ReturnType<typeof get>) => new TextDecoder().decode(answer?.body)
const assets = () => readdirSync(join(folder, "assets"))

describe("the built dashboard", () => {
  it(`has ${budgetBytes / 1000} kB at most, zipped, and few files`, () => {
    const files = ["index.html", ...assets().map((name) => `assets/${name}`)]
    const sizes = files.map(
      (name) => [name, gzipSync(readFileSync(join(folder, name)), { level: 9 }).byteLength] as const
    )
    const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0)
    console.info(`dashboard, gzipped: ${total} bytes (${sizes.map(([name, bytes]) => `${name} ${bytes}`).join(", ")})`)
    expect(total).toBeLessThan(budgetBytes)
    // The guide says how many.
    const stated = /is (\d+) kB on its way/.exec(readFileSync("docs/guide/dashboard.md", "utf8"))?.[1]
    expect(Math.abs(Number(stated) - total / 1000)).toBeLessThan(3)
  })

  it("holds no script and no style within its page, and names no other host", () => {
    const page = readFileSync(join(folder, "index.html"), "utf8")
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/)
    expect(page.match(/(?:src|href)="([^"]+)"/g)?.every((one) => /="\.\/assets\//.test(one))).toBe(true)
  })

  it("names its files by what is in them", () => {
    expect(assets().every((name) => /-[\w-]{8}\.(js|css|svg)$/.test(name))).toBe(true)
  })
})

describe("serving the dashboard", () => {
  it("answers with its page under a strict policy, and asks to look anew each time", () => {
    const found = get("/dashboard/")
    expect(found?.status).toBe(200)
    expect(textOf(found)).toContain('<div id="app">')
    expect(found?.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-cache",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer"
    })
    const policy = found?.headers["content-security-policy"] ?? ""
    expect(policy).toMatch(/^default-src 'none'/)
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
  })

  it("serves each file with its type, for ever, and zipped where that is understood", () => {
    for (const name of assets()) {
      const plain = get(`/dashboard/assets/${name}`)
      const zipped = get(`/dashboard/assets/${name}`, { "accept-encoding": "gzip, br" })
      expect(plain?.headers["cache-control"]).toBe("public, max-age=31536000, immutable")
      expect(plain?.headers["content-type"]).toMatch(/^(text\/javascript|text\/css|image\/svg\+xml)/)
      expect(zipped?.headers["content-encoding"]).toBe("gzip")
      expect(new Uint8Array(gunzipSync(zipped?.body ?? new Uint8Array()))).toEqual(plain?.body)
    }
  })

  it("says of what a browser has already that nothing has changed", () => {
    for (const path of ["/dashboard/", `/dashboard/assets/${assets()[0]}`]) {
      const plain = get(path)
      const zipped = get(path, { "accept-encoding": "gzip" })
      const etag = plain?.headers.etag ?? ""
      expect(etag).toMatch(/^"[\w-]{22}"$/)
      // Two forms of it are two things to a cache.
      expect(zipped?.headers.etag).not.toBe(etag)
      for (const tags of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
        const again = get(path, { "if-none-match": tags })
        expect([tags, again?.status, again?.body.byteLength]).toEqual([tags, 304, 0])
        expect(again?.headers).toMatchObject({ etag, "cache-control": plain?.headers["cache-control"] })
      }
      expect(get(path, { "if-none-match": zipped?.headers.etag ?? "" })?.status).toBe(200)
    }
    expect(get("/dashboard/")?.headers.etag).not.toBe(get(`/dashboard/assets/${assets()[0]}`)?.headers.etag)
  })

  it("answers HEAD with no body, and refuses to be written to", () => {
    const head = get("/dashboard/", {}, "HEAD")
    expect([head?.status, head?.body.byteLength]).toEqual([200, 0])
    expect(Number(head?.headers["content-length"])).toBeGreaterThan(0)
    expect(get("/dashboard/", {}, "POST")).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } })
  })

  it("leads a path that was written by hand to the page of that name", () => {
    expect(get("/dashboard")?.headers.location).toBe("/dashboard/")
    expect(get("/dashboard/runs/order-1")?.headers.location).toBe("/dashboard/#/runs/order-1")
  })

  it("leaves all other paths to others", () => {
    for (const path of ["/", "/runs", "/dashboards/", "/runs/dashboard/"]) expect(get(path)).toBeUndefined()
  })

  it("gives nothing from outside of its folder", () => {
    for (const path of [
      "../package.json",
      "%2e%2e/package.json",
      "assets/../../package.json",
      "assets/%2e%2e/index.html"
    ])
      expect(get(`/dashboard/${path}`)?.status).not.toBe(200)
    expect(get("/dashboard/assets/nothing-12345678.js")).toMatchObject({ status: 404 })
  })

  it("tells where to sign in, lets its page ask that one host, and refuses an address to which no token may go", () => {
    const signIn = {
      authorizationEndpoint: "https://id.example/authorize",
      tokenEndpoint: "https://tokens.example:8443/oauth2/token",
      clientId: "dashboard"
    }
    const serve = serveDashboard({ folder, signIn })
    const told = serve({ method: "GET", path: "/dashboard/sign-in.json" })
    expect(JSON.parse(textOf(told))).toEqual(signIn)
    const policy = serve({ method: "GET", path: "/dashboard/" })?.headers["content-security-policy"]
    expect(policy).toContain("; connect-src 'self' https://tokens.example:8443;")
    expect(JSON.parse(textOf(get("/dashboard/sign-in.json")))).toEqual({})
    for (const tokenEndpoint of ["http://tokens.example/token", "tokens.example", "javascript:alert(1)"])
      expect(() => serveDashboard({ folder, signIn: { ...signIn, tokenEndpoint } })).toThrow("an https:// address")
    expect(() => serveDashboard({ folder, signIn: { ...signIn, clientId: "" } })).toThrow("signIn.clientId")
  })

  it("works under any prefix, and refuses one that is none", () => {
    const serve = serveDashboard({ folder, prefix: "/ops/dashboard/" })
    expect(serve({ method: "GET", path: "/ops/dashboard/" })?.status).toBe(200)
    expect(serve({ method: "GET", path: "/dashboard/" })).toBeUndefined()
    expect(() => serveDashboard({ folder, prefix: "dashboard" })).toThrow(/begins and ends with "\/"/)
  })

  it("says what to do where it is not built", () => {
    const found = serveDashboard({ folder: temporaryFolder("nothing") })({ method: "GET", path: "/dashboard/" })
    expect(found?.status).toBe(503)
    expect(textOf(found)).toContain("npm run build:dashboard")
  })

  it("is pages of the API: browsers are led there from the root, programs are not", async () => {
    const pages = dashboardPages({ folder })
    const root = (accept: string) => pages(new Request("http://localhost/", { headers: { accept } }))
    expect(root("text/html")?.headers.get("location")).toBe("/dashboard/")
    expect(root("application/json")).toBeUndefined()
    expect(await pages(new Request("http://localhost/dashboard/"))?.text()).toContain('<div id="app">')
  })
})
