import { readFile, writeFile } from "node:fs/promises"
import { resolve } from "node:path"
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
import { runIdArgument } from "../runs/arguments.ts"

/** JSON: the exported run, or with `--output` `{ file, runId, messages }`. */
export const exportCommand = defineTargetCommand("export", {
  summary: "Write a run to a file",
  description:
    "Writes a run with all its generations, messages and values as JSON: replay and replayHistory take it, and import puts it into another store. Values are as they are stored, secrets among them. Output streams are not in it.",
  examples: [
    ["export rental-17 --output rental-17.json", "To a file"],
    ["export rental-17 | jq .order", "To a pipe"]
  ],
  input: {
    runId: runIdArgument,
    output: Flag.String("output").pipe(
      Flag.withAlias("o"),
      Flag.withMetavar("PATH"),
      Flag.withDescription("The file; it must not be there. Default: standard output"),
      Flag.optional
    )
  },
  run: Effect.fnUntraced(function* ({ runId, output }) {
    const { withStore } = yield* Target
    const { directory } = yield* Screen
    const run = yield* withStore(exportRun(runId))
    const json = JSON.stringify(run, null, 2)
    if (Option.isNone(output)) return yield* printResult(run, () => json)
    const file = resolve(directory, output.value)
    yield* Effect.tryPromise({
      // What it holds may be secret: for nobody else of this machine.
      try: () => writeFile(file, `${json}\n`, { flag: "wx", mode: 0o600 }),
      catch: (error) => unwritable(file, error)
    })
    const messages = run.messages.length + run.earlier.reduce((sum, one) => sum + one.messages.length, 0)
    yield* printResult({ file, runId, messages }, () => `${runId}: ${messages} messages in ${file}`)
    yield* printNote((style) => style.dim("Its values are in it as they are stored: mind what is secret."))
  })
})

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
