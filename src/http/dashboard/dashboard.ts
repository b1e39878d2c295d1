import { createHash } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { cachingOf, policyWith, securityHeaders, typeOf } from "./dashboardHeaders.ts"
import { packagedFolder } from "./packagedFolder.ts"
import { assertSignIn, type DashboardSignIn, tokenOriginOf } from "./signIn.ts"

export interface DashboardRequest {
  readonly method: string
  /** As it was sent, without what is behind "?". */
  readonly path: string
  /** By names in lower case. */
  readonly headers?: Readonly<Record<string, string | ReadonlyArray<string> | undefined>>
}

export interface DashboardAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Empty for `HEAD`, and where nothing has changed. */
  readonly body: Uint8Array<ArrayBuffer>
}

export interface DashboardOptions {
  /** Where it is mounted, with "/" at both ends. The API has to be the neighbour: `../` of it. Default `/dashboard/`. */
  readonly prefix?: string
  /** The built files. Default: those of this package. */
  readonly folder?: string
  /**
   * How the page is called in redirects: API Gateway has no route for a path that ends in "/", but for `index.html` it has. Default: by its
   * folder alone.
   */
  readonly page?: "" | "index.html"
  /** How people get a token for the API. Default: they enter one that they have. */
  readonly signIn?: DashboardSignIn | undefined
}

/**
 * Answers requests for the dashboard; all others are somebody else's. The files hold no data: what the pages show they ask the API for,
 * with the key that whoever looks at them has entered, so that authentication is the API's alone.
 *
 * @example
 * const dashboard = serveDashboard()
 * createServer((request, response) => {
 *   const path = new URL(request.url ?? "/", "http://localhost").pathname
 *   const found = dashboard({ method: request.method ?? "GET", path, headers: request.headers })
 *   if (found === undefined) return api(request, response)
 *   response.writeHead(found.status, found.headers).end(found.body)
 * })
 */
export const serveDashboard = (
  options: DashboardOptions = {}
): ((request: DashboardRequest) => DashboardAnswer | undefined) => {
  const { prefix = "/dashboard/", folder = packagedFolder(), page = "", signIn } = options
  if (!/^\/(.*\/)?$/.test(prefix)) {
    throw new TypeError(`dynactor: the dashboard's prefix ${JSON.stringify(prefix)}: it begins and ends with "/"`)
  }
  if (signIn !== undefined) assertSignIn(signIn)
  const files = new Map<string, StoredFile | undefined>()
  const fileOf = (name: string): StoredFile | undefined => {
    // A checkout may be built while the server runs: what was not there is looked for again.
    const found = files.get(name) ?? readStored(folder, name)
    files.set(name, found)
    return found
  }
  const serve = ({ method, path, headers = {} }: DashboardRequest): DashboardAnswer | undefined => {
    if (path === prefix.slice(0, -1) && path !== "") return redirect(prefix + page)
    if (!path.startsWith(prefix)) return undefined
    if (method !== "GET" && method !== "HEAD")
      return text(405, "The dashboard is read with GET.", { allow: "GET, HEAD" })
    const rest = path.slice(prefix.length)
    if (rest === "sign-in.json") return json(signIn ?? {}, method)
    const file = fileOf(rest === "" ? "index.html" : rest)
    if (file !== undefined) return answer(file, method, headers)
    if (fileOf("index.html") === undefined) return text(503, notBuilt)
    if (rest.startsWith("assets/"))
      return text(404, "There is no such file: it may be of another version. Load the page again.")
    // The pages are in the hash, which no server sees: a path that somebody has written by hand leads to the page of that name.
    return redirect(`${prefix}${page}#/${rest}`)
  }
  return (request) => {
    const found = serve(request)
    if (found === undefined || signIn === undefined) return found
    return { ...found, headers: { ...found.headers, "content-security-policy": policyWith(tokenOriginOf(signIn)) } }
  }
}

interface StoredFile {
  readonly body: Uint8Array<ArrayBuffer>
  readonly zipped: Uint8Array<ArrayBuffer>
  /** Of the content: the same on every server and in every function's environment. */
  readonly hash: string
  readonly headers: Readonly<Record<string, string>>
}

/** Names as the build gives them: no way out of the folder, and nothing that is not known. */
const isName = (name: string): boolean => /^(assets\/)?[\w-]+(\.[\w-]+)*$/.test(name)

const readStored = (folder: string, name: string): StoredFile | undefined => {
  const type = typeOf(name)
  const path = join(folder, name)
  if (!isName(name) || type === undefined || !existsSync(path)) return undefined
  const body = new Uint8Array(readFileSync(path))
  return {
    body,
    zipped: new Uint8Array(gzipSync(body, { level: 9 })),
    hash: createHash("sha256").update(body).digest("base64url").slice(0, 22),
    headers: { ...securityHeaders, "content-type": type, "cache-control": cachingOf(name), vary: "accept-encoding" }
  }
}

const nothing = new Uint8Array(0)

const answer = (file: StoredFile, method: string, headers: DashboardRequest["headers"] = {}): DashboardAnswer => {
  const isZipped = /\bgzip\b/.test(String(headers["accept-encoding"] ?? ""))
  // Two forms of one file are two things to a cache.
  const etag = `"${file.hash}${isZipped ? "-gzip" : ""}"`
  if (holds(String(headers["if-none-match"] ?? ""), etag)) {
    const { "content-type": _, ...kept } = file.headers
    return { status: 304, headers: { ...kept, etag }, body: nothing }
  }
  const body = isZipped ? file.zipped : file.body
  return {
    status: 200,
    headers: {
      ...file.headers,
      etag,
      ...(isZipped ? { "content-encoding": "gzip" } : {}),
      "content-length": String(body.byteLength)
    },
    body: method === "HEAD" ? nothing : body
  }
}

/** https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match: compared weakly, as a proxy may have made a tag weak. */
const holds = (tags: string, etag: string): boolean =>
  tags.trim() === "*" || tags.split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag)

const redirect = (location: string): DashboardAnswer => ({
  status: 302,
  headers: { ...securityHeaders, location, "cache-control": "no-cache", "content-length": "0" },
  body: nothing
})

const json = (value: object, method: string): DashboardAnswer => {
  const body = new TextEncoder().encode(JSON.stringify(value))
  const headers = {
    ...securityHeaders,
    "content-type": "application/json",
    "cache-control": "no-cache",
    "content-length": String(body.byteLength)
  }
  return { status: 200, headers, body: method === "HEAD" ? nothing : body }
}

const text = (status: number, message: string, more: Readonly<Record<string, string>> = {}): DashboardAnswer => ({
  status,
  headers: { ...securityHeaders, "content-type": "text/plain; charset=utf-8", "cache-control": "no-store", ...more },
  body: new TextEncoder().encode(`${message}\n`)
})

const notBuilt =
  "The dashboard is not built here. This is a checkout, and not the published package: run `npm run build:dashboard`, and load this page again."
