import { fork, spawn } from "node:child_process"
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import type { ToWorker, WorkerOptions } from "../../src/cli/dev/workerOptions.ts"
import { eventually } from "../streams/engine.ts"
import { temporaryFolder } from "../temporaryFolder.ts"

const root = join(import.meta.dirname, "..", "..")

/** A folder as a user has one: this package and Effect among its packages, and files of its own. */
export const project = (files: { readonly [name: string]: string }): string => {
  const folder = temporaryFolder("project")
  mkdirSync(join(folder, "node_modules"))
  symlinkSync(root, join(folder, "node_modules", "dynactor"))
  symlinkSync(join(root, "node_modules", "effect"), join(folder, "node_modules", "effect"))
  write(folder, { "package.json": '{ "name": "project", "type": "module" }', ...files })
  return folder
}

export const write = (folder: string, files: { readonly [name: string]: string }): void => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

export interface DevServer {
  readonly url: string
  /** What it has told so far: events with `--json`. */
  readonly events: () => ReadonlyArray<any>
  readonly error: () => string
  /** The first event that is so; those before `since` do not count. */
  readonly heard: (what: string, test: (event: any) => boolean, since?: number) => Effect.Effect<any>
  /** As Ctrl-C does; answers with the exit code. */
  readonly stop: Effect.Effect<number | null>
}

/** `dynactor dev --json` as a process, until the scope closes. */
export const devServer = Effect.fnUntraced(function* (folder: string, ...args: ReadonlyArray<string>) {
  let out = ""
  let error = ""
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      spawn(
        process.execPath,
        ["--conditions=source", join(root, "src", "cli", "main.ts"), "dev", "--json", "--port", "0", ...args],
        { cwd: folder, env: { PATH: process.env.PATH, HOME: folder, TMPDIR: process.env.TMPDIR }, stdio: "pipe" }
      )
    ),
    (opened) => Effect.promise(() => stopped(opened))
  )
  child.stdout.on("data", (chunk) => {
    out += chunk
  })
  child.stderr.on("data", (chunk) => {
    error += chunk
  })
  const events = () =>
    out
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  const heard = (what: string, test: (event: any) => boolean, since = 0) =>
    eventually(
      what,
      Effect.sync(() => events().slice(since).find(test)),
      20_000
    ).pipe(Effect.tapDefect(() => Effect.sync(() => console.error(out, error))))
  const ready = yield* heard("the dev server is ready", ({ event }) => event === "ready")
  return {
    url: ready.url as string,
    events,
    error: () => error,
    heard,
    stop: Effect.promise(() => stopped(child))
  } satisfies DevServer
})

/** The process of the dev server that works, in the hands of the test: as somebody at a terminal has it. */
export const devWorker = Effect.fnUntraced(function* (folder: string) {
  let out = ""
  const messages: Array<any> = []
  mkdirSync(join(folder, ".dynactor"))
  const options: WorkerOptions = {
    entry: join(folder, "src", "workflows.ts"),
    filename: join(folder, ".dynactor", "dev.db"),
    logFile: join(folder, ".dynactor", "dev.log"),
    port: 0,
    keepOld: false,
    canAsk: true
  }
  const child = yield* Effect.acquireRelease(
    Effect.sync(() =>
      fork(join(root, "src", "cli", "main.ts"), ["dev-worker", JSON.stringify(options), "--json"], {
        cwd: folder,
        execArgv: ["--conditions=source"],
        stdio: ["ignore", "pipe", "inherit", "ipc"]
      })
    ),
    (opened) => Effect.promise(() => stopped(opened))
  )
  const ended = new Promise<number | null>((done) => void child.on("exit", done))
  child.stdout?.on("data", (chunk) => {
    out += chunk
  })
  child.on("message", (message) => messages.push(message))
  const events = (): ReadonlyArray<any> =>
    out
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  const find = (what: string, all: () => ReadonlyArray<any>, test: (one: any) => boolean) =>
    eventually(
      what,
      Effect.sync(() => all().find(test)),
      20_000
    ) as Effect.Effect<any>
  return {
    events,
    heard: (what: string, test: (event: any) => boolean, since = 0) => find(what, () => events().slice(since), test),
    told: (what: string, test: (message: any) => boolean) => find(what, () => messages, test),
    send: (message: ToWorker) => void child.send(message),
    ended: Effect.promise(() => ended)
  }
})

const stopped = (child: ReturnType<typeof spawn>): Promise<number | null> =>
  new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done(child.exitCode)
    child.on("exit", done)
    child.kill("SIGINT")
  })
