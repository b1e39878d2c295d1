import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { inspect } from "node:util"
import * as Effect from "effect/Effect"
import { CommandFailed, notFound, wrongUse } from "../framework/commandFailed.ts"
import { exitCodes } from "../framework/exitCodes.ts"
import { Screen } from "../framework/screen.ts"
import { adviceOn } from "./adviceOn.ts"
import { type Definitions, definitionsOf } from "./definitions.ts"

/** The definitions of a module of the user's. TypeScript as Node takes it: types are stripped, nothing is compiled. */
export const loadEntry = Effect.fnUntraced(function* (entry: string, directory: string) {
  const file = resolve(directory, entry)
  if (!existsSync(file))
    return yield* notFound(
      `there is no entry ${file}.`,
      'name the module that exports your workflows, by --entry or as "entry" of dynactor.json; `dynactor init` makes one'
    )
  ;(yield* Screen).letOthersIn()
  const failed = (why: string, todo: string | undefined) =>
    new CommandFailed({
      kind: "EntryFailed",
      exitCode: exitCodes.wrongUse,
      message: `the entry ${entry} cannot be loaded: ${why}`,
      ...(todo === undefined ? {} : { todo })
    })
  const loaded = Effect.tryPromise({
    try: () => import(pathToFileURL(file).href) as Promise<{ readonly [name: string]: unknown }>,
    catch: (error) => failed(error instanceof Error ? (error.stack ?? error.message) : inspect(error), adviceOn(error))
  })
  const module = yield* Effect.raceFirst(
    loaded,
    Effect.mapError(nothingLeft, () => failed("it awaits what nothing will settle.", "look at its top-level awaits"))
  )
  const definitions = definitionsOf(module)
  if (typeof definitions !== "string") return definitions satisfies Definitions
  return yield* wrongUse(
    `the entry ${entry} is not as it should be: ${definitions}.`,
    "export what it is to have as lists: export const workflows = [...], steps = [...]"
  )
})

/** Fails when the process has nothing left to do: it would end, without a word. */
const nothingLeft = Effect.callback<never, void>((resume) => {
  const end = () => resume(Effect.fail(undefined))
  process.once("beforeExit", end)
  return Effect.sync(() => process.off("beforeExit", end))
})
