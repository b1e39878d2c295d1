import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import * as Effect from "effect/Effect"
import { CommandFailed, notFound, wrongUse } from "../framework/commandFailed.ts"
import { exitCodes } from "../framework/exitCodes.ts"
import { type Definitions, definitionsOf } from "./definitions.ts"

/** The definitions of a module of the user's. TypeScript as Node takes it: types are stripped, nothing is compiled. */
export const loadEntry = Effect.fnUntraced(function* (entry: string, directory: string) {
  const file = resolve(directory, entry)
  if (!existsSync(file))
    return yield* notFound(
      `there is no entry ${file}.`,
      'name the module that exports your workflows, by --entry or as "entry" of dynactor.json; `dynactor init` makes one'
    )
  const module = yield* Effect.tryPromise({
    try: () => import(pathToFileURL(file).href) as Promise<{ readonly [name: string]: unknown }>,
    catch: (error) =>
      new CommandFailed({
        kind: "EntryFailed",
        exitCode: exitCodes.wrongUse,
        message: `the entry ${entry} cannot be loaded: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        ...adviceOn(error)
      })
  })
  const definitions = definitionsOf(module)
  if (typeof definitions !== "string") return definitions satisfies Definitions
  return yield* wrongUse(
    `the entry ${entry} is not as it should be: ${definitions}.`,
    "export what it is to have as lists: export const workflows = [...], steps = [...]"
  )
})

const adviceOn = (error: unknown): { readonly todo?: string } => {
  const code = (error as { readonly code?: unknown } | null)?.code
  if (code === "ERR_UNKNOWN_FILE_EXTENSION")
    return {
      todo: "this Node does not read TypeScript: take 22.18 or later, or set NODE_OPTIONS=--experimental-strip-types"
    }
  if (code === "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX")
    return { todo: "Node strips types and compiles nothing: write without enums, namespaces and parameter properties" }
  if (code === "ERR_MODULE_NOT_FOUND") return { todo: "import files with the ending that they have, ./steps.ts" }
  return {}
}
