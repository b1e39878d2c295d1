export interface Route {
  readonly method: "GET" | "POST"
  readonly path: `/${string}`
}

/**
 * Method and path of all that the API answers to: what the definition is made of, and what a function of AWS Lambda, which has no room for the
 * rest of the definition, finds its way by. In the order in which they are tried where a "/" of a run id stands as it is.
 */
export const routes = {
  start: { method: "POST", path: "/workflows/:name/runs" },
  list: { method: "GET", path: "/runs" },
  state: { method: "GET", path: "/runs/:id/states/:name" },
  events: { method: "GET", path: "/runs/:id/streams/:name/events" },
  stream: { method: "GET", path: "/runs/:id/streams/:name" },
  history: { method: "GET", path: "/runs/:id/history" },
  timeline: { method: "GET", path: "/runs/:id/timeline" },
  value: { method: "GET", path: "/runs/:id/value" },
  why: { method: "GET", path: "/runs/:id/why" },
  compare: { method: "GET", path: "/runs/:id/compare" },
  cost: { method: "GET", path: "/runs/:id/cost" },
  tree: { method: "GET", path: "/runs/:id/tree" },
  generations: { method: "GET", path: "/runs/:id/generations" },
  wait: { method: "GET", path: "/runs/:id/wait" },
  get: { method: "GET", path: "/runs/:id" },
  update: { method: "POST", path: "/runs/:id/updates/:name" },
  signal: { method: "POST", path: "/runs/:id/signals/:name" },
  callback: { method: "POST", path: "/callbacks/:token" },
  complete: { method: "POST", path: "/callbacks/:token/complete" },
  fail: { method: "POST", path: "/callbacks/:token/fail" },
  heartbeat: { method: "POST", path: "/callbacks/:token/heartbeat" },
  webhook: { method: "POST", path: "/webhooks/:name" },
  cancel: { method: "POST", path: "/runs/:id/cancel" },
  terminate: { method: "POST", path: "/runs/:id/terminate" },
  pause: { method: "POST", path: "/runs/:id/pause" },
  resume: { method: "POST", path: "/runs/:id/resume" },
  retry: { method: "POST", path: "/runs/:id/retry" },
  reset: { method: "POST", path: "/runs/:id/reset" },
  fork: { method: "POST", path: "/runs/:id/fork" },
  delete: { method: "POST", path: "/runs/:id/delete" },
  many: { method: "POST", path: "/many" },
  limits: { method: "GET", path: "/limits" },
  limit: { method: "GET", path: "/limits/:id" },
  schedules: { method: "GET", path: "/schedules" },
  schedule: { method: "GET", path: "/schedules/:name" },
  ensureSchedule: { method: "POST", path: "/schedules/:name" },
  pauseSchedule: { method: "POST", path: "/schedules/:name/pause" },
  resumeSchedule: { method: "POST", path: "/schedules/:name/resume" },
  triggerSchedule: { method: "POST", path: "/schedules/:name/trigger" },
  backfillSchedule: { method: "POST", path: "/schedules/:name/backfill" },
  removeSchedule: { method: "POST", path: "/schedules/:name/remove" },
  counts: { method: "GET", path: "/counts" },
  changes: { method: "GET", path: "/events" },
  deadLetters: { method: "GET", path: "/dead-letters" },
  definitions: { method: "GET", path: "/definitions" }
} as const satisfies Readonly<Record<string, Route>>

export type RouteName = keyof typeof routes

export interface FoundRoute {
  readonly name: RouteName
  /** Decoded. */
  readonly params: Readonly<Record<string, string>>
}

const all = Object.entries(routes) as ReadonlyArray<readonly [RouteName, Route]>

/** A run id is whatever stands where one may, "/" included; nothing else has that. */
const decodedPatterns = all.map(([name, { method, path }]) => {
  const pattern = path.replaceAll(/:(\w+)/g, (_, one: string) => `(?<${one}>${one === "id" ? ".+" : "[^/]+"})`)
  return { name, pattern: new RegExp(`^${method} ${pattern}$`, "s") }
})

/** By a path that was decoded as a whole: whether a "/" was part of a run id, it does not tell. */
export const findDecoded = (method: string, path: string): FoundRoute | undefined => {
  if (method === "GET" && path === "/runs/") return { name: "list", params: {} }
  for (const { name, pattern } of decodedPatterns) {
    const match = pattern.exec(`${method} ${path}`)
    if (match !== null) return { name, params: { ...match.groups } }
  }
  return undefined
}

/** By a path as it was sent. Throws a `URIError` where that is not percent-encoded as it should be. */
export const findSent = (method: string, path: string): FoundRoute | undefined => {
  const segments = path.split("/")
  for (const [name, route] of all) {
    const params = route.method === method ? match(route.path.split("/"), segments) : undefined
    if (params !== undefined) return { name, params }
  }
  return findDecoded(method, decodeURIComponent(path))
}

const match = (template: ReadonlyArray<string>, segments: ReadonlyArray<string>) => {
  if (template.length !== segments.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, part] of template.entries()) {
    const segment = segments[index] ?? ""
    if (part.startsWith(":") && segment !== "") params[part.slice(1)] = decodeURIComponent(segment)
    else if (part !== segment) return undefined
  }
  return params
}

/** The path of a route, each parameter as one segment. */
export const pathOf = ({ name, params }: FoundRoute): string =>
  routes[name].path.replaceAll(/:(\w+)/g, (_, one: string) => encodeURIComponent(params[one] ?? ""))
