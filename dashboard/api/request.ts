import { apiKey, isKeyWanted } from "./key.ts"
import { liveness } from "./liveness.ts"

/** What the API answers beside an answer: its tag and what it says. `status` 0: there was no answer. */
export class ApiError extends Error {
  readonly status: number
  readonly tag: string
  constructor(status: number, tag: string, message: string) {
    super(message)
    this.status = status
    this.tag = tag
  }

  /** This server does not have that route, as it is older, or leaves it out. */
  get isMissingRoute(): boolean {
    return (this.status === 404 && this.tag === "RouteUnknown") || this.status === 405 || this.status === 501
  }
}

export interface RequestOptions {
  readonly method?: "GET" | "POST"
  readonly body?: unknown
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly signal?: AbortSignal
}

/** The API is the neighbour of this page's folder. */
export const apiAddress = (path: ReadonlyArray<string>, query: RequestOptions["query"] = {}): string => {
  const address = new URL(`../${path.map(encodeURIComponent).join("/")}`, new URL(".", location.href))
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== "") address.searchParams.set(name, String(value))
  }
  return address.href
}

export const credentials = (): Record<string, string> =>
  apiKey.value === "" ? {} : { authorization: `Bearer ${apiKey.value}` }

export const ask = async <A>(path: ReadonlyArray<string>, options: RequestOptions = {}): Promise<A> => {
  const { method = "GET", body, query, signal } = options
  const response = await fetch(apiAddress(path, query), {
    method,
    headers: { accept: "application/json", ...credentials(), ...(body === undefined ? {} : jsonType) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal })
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error
    liveness.value = "lost"
    throw new ApiError(0, "Unreachable", "The server does not answer. Is it still running?")
  })
  if (liveness.value === "lost") liveness.value = "live"
  const text = await response.text()
  const told = parse(text)
  if (response.ok) return told as A
  if (response.status === 401) isKeyWanted.value = true
  const { error, _tag, message } = (told ?? {}) as Record<string, unknown>
  // Of a gateway before the API, which says no more than that.
  if (response.status === 403 && error === undefined && _tag === undefined) {
    throw new ApiError(
      403,
      "Forbidden",
      "Your key or token is known, and does not allow this: a scope or a right is missing."
    )
  }
  throw new ApiError(
    response.status,
    String(error ?? _tag ?? (response.status === 404 ? "RouteUnknown" : `HTTP ${response.status}`)),
    String(message ?? `The server answered with ${response.status} and no word why.`)
  )
}

const jsonType = { "content-type": "application/json" }

const parse = (text: string): unknown => {
  try {
    return text === "" ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
