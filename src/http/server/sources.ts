import type { ApiError, ErrorTag } from "../definition/apiError.ts"
import { apiError } from "./apiErrors.ts"

export interface SourcesOptions {
  /**
   * Names under which the server is reached, without port: others are refused, as a page of another site could make its own name stand for this
   * machine. Default: `localhost` and the loopback addresses where there is no authentication, and any where there is.
   */
  readonly hosts?: ReadonlyArray<string>
  /**
   * Sites whose pages may use the API from a browser, such as `https://shop.example`. Default: none but the server's own. Pages of others can neither
   * read what it answers nor have anything done.
   */
  readonly origins?: ReadonlyArray<string>
}

export const loopbackHosts = ["localhost", "127.0.0.1", "[::1]"]

/** Whether a request may come from where it comes from. `hosts` undefined: any. */
export const refuseSource = (
  request: Request,
  hosts: ReadonlyArray<string> | undefined,
  origins: ReadonlyArray<string>
): ApiError<"HostRefused"> | ApiError<"OriginRefused"> | undefined => {
  const host = request.headers.get("host") ?? new URL(request.url).host
  if (hosts !== undefined && !hosts.includes(host.toLowerCase().replace(/:\d+$/, "")))
    return refuse(
      "HostRefused",
      `this server is ${hosts.join(", ")}, and not ${JSON.stringify(host)}: ask for it by such a name, or add this one to its hosts`
    )
  if (request.method === "GET" || request.method === "HEAD") return undefined
  const origin = request.headers.get("origin")
  const isForeign =
    origin === null
      ? request.headers.get("sec-fetch-site") === "cross-site"
      : !origins.includes(origin) && !isSameOrigin(origin, host)
  if (!isForeign) return undefined
  return refuse(
    "OriginRefused",
    `pages of ${origin ?? "another site"} may do nothing here: add the site to the origins of this server, if it is yours`
  )
}

const isSameOrigin = (origin: string, host: string): boolean =>
  origin === `http://${host}` || origin === `https://${host}`

const refuse = <Tag extends ErrorTag>(tag: Tag, message: string) => apiError(tag, message)

/** What tells a browser that a page of another site may. */
export const corsHeaders = (request: Request, origins: ReadonlyArray<string>): Readonly<Record<string, string>> => {
  const origin = request.headers.get("origin")
  if (origins.length === 0) return {}
  if (origin === null || !origins.includes(origin)) return { vary: "Origin" }
  return {
    vary: "Origin",
    "access-control-allow-origin": origin,
    "access-control-expose-headers": "Retry-After"
  }
}

export const preflightHeaders: Readonly<Record<string, string>> = {
  "access-control-allow-methods": "GET, POST",
  "access-control-allow-headers": "Authorization, Content-Type, Last-Event-ID",
  "access-control-max-age": "600"
}
