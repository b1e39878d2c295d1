import { computed, signal } from "@preact/signals"

/**
 * Where one is, from the hash of the address: `#/runs/order-1/messages?generation=2`. The hash reaches no server, so that one file is
 * all pages under any prefix, and a run id may hold whatever an id may.
 */
export interface Route {
  readonly path: ReadonlyArray<string>
  readonly query: URLSearchParams
}

const parse = (hash: string): Route => {
  const [path = "", query = ""] = hash.replace(/^#/, "").split(/\?(.*)/s)
  return { path: path.split("/").filter(Boolean).map(decode), query: new URLSearchParams(query) }
}

const decode = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

const hash = signal(location.hash)
export const route = computed(() => parse(hash.value))

/** What is one page: another tab or filter of it does not move the focus. */
export const pageKey = computed(() => route.value.path.slice(0, 2).join("/"))

export const listenToRoute = () => {
  addEventListener("hashchange", () => {
    hash.value = location.hash
  })
}

export const linkTo = (path: ReadonlyArray<string>, query: Readonly<Record<string, string | undefined>> = {}) => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined && value !== "") search.set(name, value)
  const text = search.toString()
  return `#/${path.map(encodeURIComponent).join("/")}${text === "" ? "" : `?${text}`}`
}

export const go = (link: string) => {
  location.hash = link
}

/** For what is typed into filters: the way back leads to the page before, not to each letter. */
export const replaceWith = (link: string) => {
  history.replaceState(null, "", link)
  hash.value = link
}
