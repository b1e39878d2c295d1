import { mkdir, readFile, writeFile } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { exportRun } from "../../../inspection/history/exportRun.ts"
import { importRun } from "../../../inspection/history/importRun.ts"
import { CommandFailed, notFound, wrongUse } from "../../framework/commandFailed.ts"
import { exitCodes } from "../../framework/exitCodes.ts"
import { printNote, printResult } from "../../framework/output.ts"
import { Screen } from "../../framework/screen.ts"
import { Target } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"
import { forEachRun } from "../many/forEachRun.ts"
import { selectionFlags, selectRuns } from "../many/selection.ts"

/** JSON: the exported run, with `--output` `{ file, runId, messages }`; with `--folder` that of `forEachRun`. */
export const exportCommand = defineTargetCommand("export", {
  summary: "Write runs to files",
  description:
    "Writes a run with all its generations, messages and values as JSON: replay and replayHistory take it, and import puts it into another store. Several, or those that filters find, go into a folder, a file each, whatever their state: a folder of them is what replayAll takes in the tests of the next deployment. Values are as they are stored, secrets among them. Output streams are not in it.",
  examples: [
    ["export rental-17 --output rental-17.json", "To a file"],
    ["export rental-17 | jq .order", "To a pipe"],
    ["export --workflow rentBike --status running --most 100 --folder test/histories", "A hundred of those under way"]
  ],
  input: {
    ...selectionFlags,
    output: Flag.String("output").pipe(
      Flag.withAlias("o"),
      Flag.withMetavar("PATH"),
      Flag.withDescription("Of one run: the file; it must not be there. Default: standard output"),
      Flag.optional
    ),
    folder: Flag.String("folder").pipe(
      Flag.withMetavar("PATH"),
      Flag.withDescription(
        "Of several: where their files go. It is made if it is not there; files that are there are left as they are"
      ),
      Flag.optional
    )
  },
  run: Effect.fnUntraced(function* ({ output, folder, ...selection }) {
    const { directory } = yield* Screen
    const [only] = selection.runIds
    if (Option.isNone(folder)) {
      if (only === undefined || only === "-" || selection.runIds.length > 1 || selection.dryRun)
        return yield* wrongUse("several runs go into a folder.", "say --folder <path>, or name one run")
      return yield* exportOne(
        only,
        Option.map(output, (path) => resolve(directory, path))
      )
    }
    if (Option.isSome(output)) return yield* wrongUse("--output is of one run, and --folder of several.")
    const target = resolve(directory, folder.value)
    yield* forEachRun(yield* selectRuns(selection, "any"), selection, {
      done: "wrote",
      each: (runId) => writeRun(runId, join(target, fileNameOf(runId)))
    })
    yield* tellSecrets
  })
})

const exportOne = Effect.fnUntraced(function* (runId: string, file: Option.Option<string>) {
  if (Option.isSome(file)) {
    const messages = yield* writeRun(runId, file.value)
    yield* printResult({ file: file.value, runId, messages }, () => `${runId}: ${messages} messages in ${file.value}`)
    return yield* tellSecrets
  }
  const { withStore } = yield* Target
  const run = yield* withStore(exportRun(runId))
  yield* printResult(run, () => JSON.stringify(run, null, 2))
})

const tellSecrets = printNote((style) => style.dim("Values are in it as they are stored: mind what is secret."))

/** Answers with how many messages it has. */
const writeRun = Effect.fnUntraced(function* (runId: string, file: string) {
  const { withStore } = yield* Target
  const run = yield* withStore(exportRun(runId))
  yield* Effect.tryPromise({
    // What it holds may be secret: for nobody else of this machine.
    try: async () => {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, `${JSON.stringify(run, null, 2)}\n`, { flag: "wx", mode: 0o600 })
    },
    catch: (error) => unwritable(file, error)
  })
  return run.messages.length + run.earlier.reduce((sum, one) => sum + one.messages.length, 0)
})

/** An id may hold what no name of a file may. */
const fileNameOf = (runId: string): string => `${encodeURIComponent(runId).replaceAll("*", "%2A")}.json`

const unwritable = (file: string, error: unknown): CommandFailed => {
  const isThere = (error as { readonly code?: unknown }).code === "EEXIST"
  const why = isThere ? "there is a file of this name, and it is left as it is" : String((error as Error).message)
  return new CommandFailed({
    kind: "FileNotWritten",
    exitCode: isThere ? exitCodes.conflict : exitCodes.wrongUse,
    message: `${file} was not written: ${why}.`,
    ...(isThere ? { todo: "give another --output, or move that file away" } : {})
  })
}

/** JSON: `{ runId, workflow, status, generations, messages }`. */
export const importCommand = defineTargetCommand("import", {
  summary: "Put an exported run into a store",
  description:
    "Puts a run that was written by export into a store in which its id is free, to be looked at, replayed and waited for. What it has asked for is not asked for again: its steps and timers are under way where it comes from. A file that was changed is refused.",
  examples: [["import rental-17.json --file local.db", "Into a file, to look at it here"]],
  mayMakeFile: true,
  input: { path: Argument.String("path").pipe(Argument.withDescription("The file; - for standard input")) },
  run: Effect.fnUntraced(function* ({ path }) {
    const { description, withStore } = yield* Target
    const put = yield* withStore(importRun(yield* readRunFile(path)))
    yield* printResult(
      put,
      (style) =>
        `${style.bold(put.runId)} of ${put.workflow}, ${put.status}: ${put.messages} messages are in ${description}`
    )
  })
})

/** A file of JSON. */
export const readRunFile = Effect.fnUntraced(function* (path: string) {
  const { directory, readInput } = yield* Screen
  const file = path === "-" ? "standard input" : resolve(directory, path)
  const text = yield* Effect.tryPromise({
    try: () => (path === "-" ? readInput() : readFile(file, "utf8")),
    catch: (error) => notFound(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`)
  })
  return yield* Effect.try({
    try: () => JSON.parse(text) as unknown,
    catch: (error) => wrongUse(`${file} is no JSON: ${error instanceof Error ? error.message : String(error)}.`)
  })
})
