#!/usr/bin/env node
import * as NodeChildProcessSpawner from "@effect/platform-node-shared/NodeChildProcessSpawner"
import * as NodeFileSystem from "@effect/platform-node-shared/NodeFileSystem"
import * as NodePath from "@effect/platform-node-shared/NodePath"
import * as NodeStdio from "@effect/platform-node-shared/NodeStdio"
import * as NodeTerminal from "@effect/platform-node-shared/NodeTerminal"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { exitCodes } from "./framework/exitCodes.ts"
import { processScreen } from "./framework/screen.ts"
import { runCommandLine } from "./runCommandLine.ts"

const node = Layer.provideMerge(
  NodeChildProcessSpawner.layer,
  Layer.mergeAll(NodeFileSystem.layer, NodePath.layer, NodeStdio.layer, NodeTerminal.layer)
)

// Node 22 says of SQLite, and of TypeScript, that they are experimental: that is no news of a command's.
process.removeAllListeners("warning")
process.on("warning", (warning) => {
  if (warning.name === "ExperimentalWarning" && /SQLite|type stripping/i.test(warning.message)) return
  process.stderr.write(`${warning.name}: ${warning.message}\n`)
})

let whenInterrupted: number = exitCodes.interrupted
const screen = processScreen(() => {
  whenInterrupted = exitCodes.done
})
const running = Effect.runFork(Effect.provide(runCommandLine(process.argv.slice(2), screen), node))

// The first Ctrl-C lets the command end as it should; who is in a hurry presses it again.
let asked = 0
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    asked++
    if (asked > 1) process.exit(exitCodes.interrupted)
    running.interruptUnsafe()
  })
}

const exit = await Effect.runPromise(Fiber.await(running))
// What a module of the user's holds open, such as a pool of connections, is no reason to go on. What was written has to be out first.
for (const stream of [process.stdout, process.stderr]) await new Promise<void>((done) => stream.write("", () => done()))
process.exit(asked > 0 ? whenInterrupted : Exit.isSuccess(exit) ? exit.value : exitCodes.interrupted)
