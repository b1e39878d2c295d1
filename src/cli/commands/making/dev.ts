import { fork } from "node:child_process"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Prompt from "effect/cli/Prompt"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import { canImportFresh } from "../../dev/freshImport.ts"
import { FileWatch } from "../../dev/watchFiles.ts"
import type { FromWorker, ReloadChoice, ToWorker, WorkerOptions } from "../../dev/workerOptions.ts"
import { notFound, wrongUse } from "../../framework/commandFailed.ts"
import { Output, printWarning } from "../../framework/output.ts"
import { hasColours, Screen } from "../../framework/screen.ts"
import { readConfigFile } from "../../targets/configFile.ts"
import { defineCommand } from "../defineCommand.ts"

export const dev = defineCommand("dev", {
  summary: "Run an entry on this machine, with a dashboard, and load it anew with each change",
  description:
    "Runs the workflows and steps of an entry on a SQLite file, with the HTTP API and the dashboard on one port. Prints a line for each turn of a run, and errors in full. When a file of the entry changes, the runs under way are replayed against the new code first: if it does not come to the history of some of them, it says of how many and where. Then, with --keep-old, the code before goes on with those, and the new code takes all others; without it you are asked, and where there is no terminal the code before goes on with all. Ctrl-C ends it; what runs goes on the next time.",
  json: "each event on a line, as in .dynactor/dev.log",
  examples: [
    ["dev", "The entry that dynactor.json names, or src/workflows.ts"],
    ["dev src/workflows.ts --port 8080 --keep-old", "Never ask: runs keep the code that they fit"],
    ["dev --inspect", "With a debugger: breakpoints in workflows and steps"]
  ],
  input: {
    entry: Argument.String("entry").pipe(
      Argument.withDescription("The module that exports workflows and steps"),
      Argument.optional
    ),
    port: Flag.Int("port").pipe(
      Flag.withDescription("Default: 4747; 0 is any that is free"),
      Flag.filter(
        (port) => port >= 0 && port <= 65_535,
        (port) => `--port ${port}: a number from 0 to 65535`
      ),
      Flag.withDefault(4747)
    ),
    file: Flag.String("file").pipe(
      Flag.withMetavar("PATH"),
      Flag.withDescription("Where the runs are kept. Default: .dynactor/dev.db"),
      Flag.optional
    ),
    keepOld: Flag.Boolean("keep-old").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("Runs that new code does not fit go on with the code before, without a question")
    ),
    inspect: Flag.Boolean("inspect").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("Open a port for a debugger, as node --inspect")
    )
  },
  run: Effect.fnUntraced(function* (given) {
    const screen = yield* Screen
    const output = yield* Output
    const { directory } = screen
    if (!canImportFresh())
      return yield* wrongUse(
        `this Node (${process.version}) cannot load changed code anew in a process that runs.`,
        "take Node 22.15 or later"
      )
    const config = yield* readConfigFile(directory)
    const entry = yield* entryOf(Option.getOrUndefined(given.entry), directory, config)
    const home = join(directory, ".dynactor")
    const file = Option.getOrUndefined(given.file)
    const filename = file === undefined ? (configuredFile(config) ?? join(home, "dev.db")) : resolve(directory, file)
    for (const folder of [home, dirname(filename)]) mkdirSync(folder, { recursive: true })
    // Nothing in it is for a repository.
    if (!existsSync(join(home, ".gitignore"))) writeFileSync(join(home, ".gitignore"), "*\n")
    const canAsk = screen.isInputTerminal && screen.isOutTerminal && !output.isJson
    const options: WorkerOptions = {
      entry,
      filename,
      ...(file === undefined ? {} : { fileFlag: file }),
      logFile: join(home, "dev.log"),
      port: given.port,
      keepOld: given.keepOld,
      canAsk
    }
    screen.endWellOnInterrupt()
    yield* supervise(options, given.inspect, output.isJson)
  })
})

const entryOf = Effect.fnUntraced(function* (
  given: string | undefined,
  directory: string,
  config: { readonly entry?: string; readonly folder: string } | undefined
) {
  if (given !== undefined) {
    const file = resolve(directory, given)
    return existsSync(file)
      ? file
      : yield* notFound(
          `there is no entry ${file}.`,
          "name the module that exports your workflows: dynactor dev src/workflows.ts; `dynactor init` makes one"
        )
  }
  const candidates = [
    ...(config?.entry === undefined ? [] : [resolve(config.folder, config.entry)]),
    ...["src/workflows.ts", "workflows.ts", "src/workflows.js", "workflows.js"].map((name) => join(directory, name))
  ]
  const found = candidates.find((file) => existsSync(file))
  if (found !== undefined) return found
  return yield* wrongUse(
    "nothing says which workflows to run: there is no src/workflows.ts here.",
    "dynactor dev path/to/entry.ts, or dynactor init for a new project"
  )
})

const configuredFile = (config: { readonly file?: string; readonly folder: string } | undefined): string | undefined =>
  config?.file === undefined ? undefined : resolve(config.folder, config.file)

type Event =
  | FromWorker
  | { readonly kind: "changed"; readonly files: ReadonlyArray<string> }
  | { readonly kind: "ended"; readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** The process that works, one after the other: the first, and another after a change if the one before has died. */
const supervise = Effect.fnUntraced(function* (options: WorkerOptions, isInspected: boolean, isJson: boolean) {
  const events = yield* Queue.unbounded<Event>()
  const watch = yield* Effect.acquireRelease(
    Effect.sync(() => new FileWatch((files) => Queue.offerUnsafe(events, { kind: "changed", files }))),
    (opened) => Effect.sync(() => opened.close())
  )
  watch.add([options.entry])
  let worker: ReturnType<typeof startWorker> | undefined
  yield* Effect.addFinalizer(() => Effect.promise(async () => worker?.stop()))
  worker = startWorker(options, isInspected, isJson, (event) => Queue.offerUnsafe(events, event))
  let asking: Fiber.Fiber<void, unknown> | undefined
  for (;;) {
    const event = yield* Queue.take(events)
    switch (event.kind) {
      case "files":
        watch.add(event.files, event.readSince)
        break
      case "changed":
        if (asking !== undefined) yield* Fiber.interrupt(asking)
        asking = undefined
        if (worker === undefined)
          worker = startWorker(options, isInspected, isJson, (one) => Queue.offerUnsafe(events, one))
        else worker.send({ kind: "reload", changed: event.files })
        break
      case "ask": {
        const sendTo = worker
        asking = yield* Effect.forkScoped(
          Effect.map(ask(event.diverging, event.live), (choice) => sendTo?.send({ kind: "choice", choice }))
        )
        break
      }
      case "ended": {
        worker = undefined
        // It has said why: a port that is taken, say.
        if (event.code === 2) return yield* wrongUse("the dev server did not start.", "see what it says above")
        if (event.code === 0) return
        const how = event.signal === null ? `exit code ${event.code}` : event.signal
        yield* printWarning((style) =>
          style.red(`the process with your code has ended (${how}); waiting for a change to start another`)
        )
      }
    }
  }
})

const ask = (diverging: number, live: number) =>
  Effect.flatMap(Screen, (screen) => {
    const those = diverging === 1 ? "the run that it does not fit" : `the ${diverging} runs that it does not fit`
    const choices: ReadonlyArray<{
      readonly title: string
      readonly value: ReloadChoice
      readonly description: string
    }> = [
      {
        title: "keep",
        value: "keep",
        description: `the code before goes on with ${those}${live > diverging ? ", the new code takes the others" : ""}`
      },
      { title: "old", value: "old", description: "the code before goes on with all, until the next change" },
      { title: "new", value: "new", description: `the new code takes all; ${those} will be parked` }
    ]
    return Effect.catchTag(
      Prompt.run(
        Prompt.Select({
          message: "Which code goes on?",
          choices,
          theme: { colors: hasColours(screen.isOutTerminal, screen.environment) }
        })
      ),
      "QuitError",
      () => Effect.succeed("old" as const)
    )
  })

const startWorker = (options: WorkerOptions, isInspected: boolean, isJson: boolean, tell: (event: Event) => void) => {
  const [, script = ""] = process.argv
  const child = fork(script, ["dev-worker", JSON.stringify(options), ...(isJson ? ["--json"] : [])], {
    execArgv: [
      ...process.execArgv.filter((flag) => !flag.startsWith("--inspect")),
      // Node 22.13 to 22.17 read TypeScript only when they are told to.
      ...(process.features.typescript ? [] : ["--experimental-strip-types"]),
      ...(isInspected ? ["--inspect"] : [])
    ],
    stdio: ["ignore", "inherit", "inherit", "ipc"]
  })
  const ended = new Promise<void>((done) => {
    child.on("exit", (code, signal) => {
      tell({ kind: "ended", code, signal })
      done()
    })
  })
  child.on("message", (message) => tell(message as FromWorker))
  child.on("error", () => undefined)
  const send = (message: ToWorker) => {
    if (child.connected) child.send(message, () => undefined)
  }
  return {
    send,
    /** Steps have a few seconds; code that does not come to an end does not keep the terminal. */
    stop: async () => {
      send({ kind: "stop" })
      const timer = setTimeout(() => child.kill("SIGKILL"), 8_000)
      await ended
      clearTimeout(timer)
    }
  }
}
