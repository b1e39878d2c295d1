import * as nodeModule from "node:module"
import { fileURLToPath, pathToFileURL } from "node:url"
import { loadParameter, ownRoot } from "../words/ownFrames.ts"

// Node keeps every module that it has loaded, under its URL. So each load of an entry has URLs of its own: a number behind "?", which is
// handed on from importing module to imported one, as far as the user's own files go. Packages are loaded once: Effect and this one must be
// the same for all.

export interface FreshImport {
  readonly load: (file: string) => Promise<{ readonly [name: string]: unknown }>
  /** The user's own files that any load has come to. */
  readonly files: () => ReadonlyArray<string>
}

/** False: this Node has no hooks in its own thread, and a process loads an entry once. */
export const canImportFresh = (): boolean => typeof nodeModule.registerHooks === "function"

export const freshImport = (): FreshImport => {
  const files = new Set<string>()
  let loads = 0
  if (canImportFresh())
    nodeModule.registerHooks({
      resolve: (specifier, context, next) => {
        const load = loadOf(context.parentURL)
        if (load === undefined) return next(specifier, context)
        const found = next(specifier, context)
        if (!isUsers(found.url)) return found
        files.add(fileURLToPath(found.url.replace(/[?#].*$/, "")))
        return { ...found, url: withLoad(found.url, load) }
      }
    })
  return {
    load: (file) => {
      files.add(file)
      return import(withLoad(pathToFileURL(file).href, String(++loads)))
    },
    files: () => [...files]
  }
}

const loadOf = (url: string | undefined): string | undefined =>
  url === undefined ? undefined : new RegExp(`[?&]${loadParameter}=(\\d+)`).exec(url)?.[1]

const withLoad = (url: string, load: string): string => `${url}${url.includes("?") ? "&" : "?"}${loadParameter}=${load}`

const isUsers = (url: string): boolean =>
  url.startsWith("file:") && !url.includes("/node_modules/") && !url.startsWith(ownRoot)
