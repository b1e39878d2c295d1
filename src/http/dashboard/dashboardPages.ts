import { type DashboardOptions, serveDashboard } from "./dashboard.ts"

/**
 * The dashboard as `pages` of `serveApi` and `makeWebHandler`: beside the API, under one port.
 *
 * @example
 * yield* serveApi({ workflows: [fulfilOrder], pages: dashboardPages() })
 * // http://127.0.0.1:3000/dashboard/
 */
export const dashboardPages = (options: DashboardOptions = {}): ((request: Request) => Response | undefined) => {
  const serve = serveDashboard(options)
  const { prefix = "/dashboard/" } = options
  return (request) => {
    const { pathname } = new URL(request.url)
    // Who opens the server's root in a browser wants to see something.
    const isRoot = `${pathname}dashboard/` === prefix && request.headers.get("accept")?.includes("text/html") === true
    const found = serve({
      method: request.method,
      path: isRoot ? prefix.slice(0, -1) : pathname,
      headers: Object.fromEntries(request.headers)
    })
    if (found === undefined) return undefined
    const { status, headers, body } = found
    return new Response(body.byteLength === 0 ? null : body, { status, headers })
  }
}
