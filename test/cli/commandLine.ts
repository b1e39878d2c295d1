import { spawn } from "node:child_process"
import { join } from "node:path"
import { stripVTControlCharacters } from "node:util"
import * as NodeChildProcessSpawner from "@effect/platform-node-shared/NodeChildProcessSpawner"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as NodePath from "@effect/platform-node-shared/NodePath"
import * as NodeStdio from "@effect/platform-node-shared/NodeStdio"
import * as NodeTerminal from "@effect/platform-node-shared/NodeTerminal"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Screen } from "../../src/cli/framework/screen.ts"
import { runCommandLine } from "../../src/cli/runCommandLine.ts"
import { temporaryFolder } from "../temporaryFolder.ts"

export interface CliOptions {
  /** Standard input. Default: a terminal's that nobody types at. */
  readonly input?: string
  readonly environment?: { readonly [name: string]: string | undefined }
  /** Default: an empty one. */
  readonly directory?: string
  /** Standard output and standard error are a terminal. Default false. */
  readonly isTerminal?: boolean
}

export interface CliResult {
  readonly code: number | null
  readonly out: string
  readonly error: string
}

const node = Layer.provideMerge(
  NodeChildProcessSpawner.layer,
  Layer.mergeAll(NodeFileSystem.layer, NodePath.layer, NodeStdio.layer, NodeTerminal.layer)
)

let empty: string | undefined

/** A folder without a `dynactor.json`, in it or above. */
const emptyFolder = (): string => {
  empty ??= temporaryFolder("cli")
  return empty
}

/** A command line in this process, as the bin runs it. */
export const cli = Effect.fnUntraced(function* (args: ReadonlyArray<string>, options: CliOptions = {}) {
  const { directory = emptyFolder(), environment = {}, input, isTerminal = false } = options
  let out = ""
  let error = ""
  const screen: Screen["Service"] = {
    out: (text) => {
      out += text
    },
    error: (text) => {
      error += text
    },
    readInput: async () => input ?? "",
    isInputTerminal: input === undefined && isTerminal,
    isOutTerminal: isTerminal,
    isErrorTerminal: isTerminal,
    columns: () => 100,
    environment,
    directory,
    endWellOnInterrupt: () => undefined,
    letOthersIn: () => undefined
  }
  const code = yield* Effect.provide(runCommandLine(args, screen), node)
  return { code, out, error } satisfies CliResult
})

/** The same with what it prints as JSON. */
export const cliJson = Effect.fnUntraced(function* (args: ReadonlyArray<string>, options: CliOptions = {}) {
  const { code, error, out } = yield* cli([...args, "--json"], options)
  return { code, error, json: JSON.parse(out) as any }
})

const root = join(import.meta.dirname, "..", "..")

export const binArgs = ["--conditions=source", join(root, "src", "cli", "main.ts")]

/** The bin as a process of its own, with pipes for input and output. `close`: how many lines of output are read before the pipe is closed. */
export const bin = (
  args: ReadonlyArray<string>,
  { directory = emptyFolder(), environment = {}, input = "" }: CliOptions = {},
  { close, signal }: { readonly close?: number; readonly signal?: NodeJS.Signals } = {}
): Promise<CliResult & { readonly signal: NodeJS.Signals | null }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...binArgs, ...args], {
      cwd: directory,
      env: { PATH: process.env.PATH, HOME: directory, TMPDIR: process.env.TMPDIR, ...environment },
      stdio: ["pipe", "pipe", "pipe"]
    })
    let out = ""
    let error = ""
    child.stdout.on("data", (chunk) => {
      out += chunk
      if (close !== undefined && out.split("\n").length > close) child.stdout.destroy()
      if (signal !== undefined) child.kill(signal)
    })
    child.stderr.on("data", (chunk) => {
      error += chunk
    })
    child.on("error", reject)
    child.on("close", (code, ended) => resolve({ code, out, error, signal: ended }))
    child.stdin.on("error", () => undefined)
    child.stdin.end(input)
  })

export const plain = stripVTControlCharacters
