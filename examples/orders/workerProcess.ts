import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, openSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { Effect, Schema } from "effect"
import type { WorkerSettings } from "./worker.ts"

export interface WorkerProcess {
  readonly pid: number
  /** Ends it in the middle of whatever it does. Returns when the process is no more. */
  readonly kill: Effect.Effect<void>
  /** Lets it finish what it has in hand. */
  readonly stop: Effect.Effect<void>
  /** Fails if the process ends without having been asked to. */
  readonly watch: Effect.Effect<never, WorkerFailed>
}

export class WorkerFailed extends Schema.TaggedError<WorkerFailed>()("WorkerFailed", { message: Schema.String }) {}

/** Starts a worker and waits until it works. At the end of the scope it is stopped, if it still is there. */
export const startWorker = (settings: WorkerSettings, logFile: string) =>
  Effect.acquireRelease(launch(settings, logFile), (worker) => worker.stop)

const launch = (settings: WorkerSettings, logFile: string) =>
  Effect.callback<WorkerProcess, WorkerFailed>((resume) => {
    const log = openSync(logFile, "a")
    const script = fileURLToPath(new URL("worker.ts", import.meta.url))
    const child = spawn(process.execPath, [...process.execArgv, script, JSON.stringify(settings)], {
      stdio: ["ignore", log, log, "ipc"]
    })
    closeSync(log)
    child.once("message", () => resume(Effect.succeed(makeWorker(child, logFile))))
    child.once("error", (error) => resume(Effect.fail(new WorkerFailed({ message: error.message }))))
    child.once("exit", () => resume(Effect.fail(failure(child, logFile))))
  })

const makeWorker = (child: ChildProcess, logFile: string): WorkerProcess => {
  let asked = false
  const end = (signal: NodeJS.Signals) =>
    Effect.callback<void>((resume) => {
      asked = true
      if (hasEnded(child)) return resume(Effect.void)
      child.once("exit", () => resume(Effect.void))
      child.kill(signal)
    })
  return {
    pid: child.pid as number,
    kill: end("SIGKILL"),
    stop: Effect.timeoutOrElse(end("SIGTERM"), { duration: "15 seconds", orElse: () => end("SIGKILL") }),
    watch: Effect.callback<never, WorkerFailed>((resume) => {
      const ended = () => {
        if (!asked) resume(Effect.fail(failure(child, logFile)))
      }
      if (hasEnded(child)) ended()
      else child.once("exit", ended)
    })
  }
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

const failure = (child: ChildProcess, logFile: string): WorkerFailed => {
  const lines = readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-20).join("\n")
  const how = child.signalCode ?? `exit code ${child.exitCode}`
  const log = lines === "" ? "" : `; the end of its log:\n${lines}`
  return new WorkerFailed({ message: `worker ${child.pid} ended with ${how}${log}` })
}
