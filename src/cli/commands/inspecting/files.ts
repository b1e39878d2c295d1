import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { basename, dirname, join, resolve } from "node:path"
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { exportRun } from "../../../inspection/history/exportRun.ts"
import { importRun } from "../../../inspection/history/importRun.ts"
import { CommandFailed, notFound, wrongUse } from "../../framework/commandFailed.ts"
import { decodeText } from "../../framework/decodeText.ts"
import { exitCodes } from "../../framework/exitCodes.ts"
import { printNote, printResult } from "../../framework/output.ts"
import { Screen } from "../../framework/screen.ts"
import { Target } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"
import { forEachRun } from "../many/forEachRun.ts"
import { selectionFlags, selectRuns } from "../many/selection.ts"

export const exportCommand = defineTargetCommand("export", {
  summary: "Write runs to files",
  description:
    "Writes a run with all its generations, messages and values as JSON: replay and replayHistory take it, and import puts it into another store. Several, or those that filters find, go into a folder, a file each, whatever their state: a folder of them is what replayAll takes in the tests of the next deployment. Values are as they are stored, secrets among them. What stands beside goes with it: output streams (on DynamoDB those that only steps emit to as far as the entry names them), answers to updates, marks of steps. A run that is to go on in another store is paused first.",
  json: "the exported run; --output: { file, runId, messages }; --folder: { runIds, done, failed }; --dry-run: { runIds, dryRun }",
  examples: [
    ["export rental-17 --output rental-17.json", "To a file"],
    ["export rental-17 | jq .order", "To a pipe"],
    ["export --workflow rentBike --status running --most 100 --folder test/histories", "A hundred of those under way"],
    ["export --status paused --folder moving --go-on", "Once more, after it was cut short: those that are missing"]
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
    ),
    goOn: Flag.Boolean("go-on").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("With --folder: runs whose files are there are left out")
    )
  },
  run: Effect.fnUntraced(function* ({ output, folder, goOn, ...selection }) {
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
    if (Option.isSome(output))
      return yield* wrongUse("--output is of one run, and --folder of several.", "give one of the two")
    const target = resolve(directory, folder.value)
    const there = goOn ? yield* filesIn(target) : []
    const { runIds, ...selected } = yield* selectRuns(selection, "any")
    const missing = runIds.filter((runId) => !there.includes(fileNameOf(runId)))
    yield* forEachRun({ ...selected, runIds: missing }, selection, {
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
  const run = yield* readRun(runId)
  yield* printResult(run, () => JSON.stringify(run, null, 2))
})

const readRun = Effect.fnUntraced(function* (runId: string) {
  const { definitions, withStore } = yield* Target
  const { streams = [] } = (yield* definitions) ?? {}
  return yield* withStore(exportRun(runId, { streams: streams.map(({ streamName }) => streamName) }))
})

/** Names of files; none where there is no such folder. */
const filesIn = (folder: string) =>
  Effect.promise(() => readdir(folder).catch(() => [])) as Effect.Effect<ReadonlyArray<string>>

const tellSecrets = printNote((style) => style.dim("Values are in it as they are stored: mind what is secret."))

/** Answers with how many messages it has. */
const writeRun = Effect.fnUntraced(function* (runId: string, file: string) {
  const run = yield* readRun(runId)
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

export const importCommand = defineTargetCommand("import", {
  summary: "Put exported runs into a store",
  description:
    "Puts runs that were written by export into a store in which their ids are free, to be looked at, replayed and waited for. What a run has asked for is not asked for again: its steps and timers are under way where it comes from. One that was paused when it was exported, or any that has not ended with --paused, goes on here once it is resumed: then steps and timers are asked for again, so it must not go on there as well. A file that was changed is refused. After an interruption the same command goes on where it was.",
  json: "{ runId, workflow, status, generations, messages, isNew } of one file, { runIds, done, failed } of several",
  examples: [
    ["import rental-17.json --file local.db", "Into a file, to look at it here"],
    ["import moving --stack bikes", "All files of a folder, such as export --folder has written"],
    ["import moving --paused --file new.db", "To go on there, when resume lets them"]
  ],
  mayMakeFile: true,
  input: {
    paths: Argument.String("path").pipe(
      Argument.withDescription("Files, or folders of them; - for standard input"),
      Argument.variadic({ min: 1 })
    ),
    paused: Flag.Boolean("paused").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("What has not ended comes in paused, and goes on in this store once it is resumed")
    )
  },
  run: Effect.fnUntraced(function* ({ paths, paused }) {
    const files = yield* filesOf(paths)
    const [only] = files.keys()
    if (files.size === 1 && only !== undefined && paths[0] === files.get(only))
      return yield* importOne(paths[0] as string, paused)
    const put = (path: string) => importFile(path, paused)
    yield* forEachRun({ runIds: [...files.keys()], areNamed: true }, everyOne, {
      done: "put",
      each: (name) => put(files.get(name) as string)
    })
  })
})

const everyOne = { dryRun: false, yes: true }

const importFile = Effect.fnUntraced(function* (path: string, paused: boolean) {
  const { withStore } = yield* Target
  return yield* withStore(importRun(yield* readRunFile(path), { paused }))
})

const importOne = Effect.fnUntraced(function* (path: string, paused: boolean) {
  const { description } = yield* Target
  const put = yield* importFile(path, paused)
  yield* printResult(put, (style) => {
    const what = `${style.bold(put.runId)} of ${put.workflow}, ${put.status}`
    return put.isNew
      ? `${what}: ${put.messages} messages are in ${description}`
      : `${what}: it was put into ${description} before`
  })
})

/** By what they are called in sentences: of files of export the ids of runs. */
const filesOf = Effect.fnUntraced(function* (paths: ReadonlyArray<string>) {
  const { directory } = yield* Screen
  const found = new Map<string, string>()
  for (const path of paths) {
    const folder = resolve(directory, path)
    const inside = path === "-" ? undefined : yield* Effect.promise(() => readdir(folder).catch(() => undefined))
    const files = inside?.filter((name) => name.endsWith(".json")).map((name) => join(path, name)) ?? [path]
    for (const file of files) found.set(found.has(nameOf(file)) ? file : nameOf(file), file)
    if (inside !== undefined && files.length === 0)
      return yield* wrongUse(
        `${folder} has no files of runs (*.json).`,
        "name a folder that export --folder has written"
      )
  }
  return found
})

const nameOf = (file: string): string => {
  const name = basename(file, ".json")
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** A file of JSON. */
export const readRunFile = Effect.fnUntraced(function* (path: string) {
  const { directory, readInput } = yield* Screen
  const file = path === "-" ? "standard input" : resolve(directory, path)
  const text = yield* Effect.tryPromise({
    try: async () => (path === "-" ? readInput() : decodeText(await readFile(file))),
    catch: (error) =>
      notFound(
        `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
        "name a file that export has written, or - for standard input"
      )
  })
  return yield* Effect.try({
    try: () => JSON.parse(text) as unknown,
    catch: (error) =>
      wrongUse(
        `${file} is no JSON: ${error instanceof Error ? error.message : String(error)}.`,
        "name a file that export has written"
      )
  })
})
