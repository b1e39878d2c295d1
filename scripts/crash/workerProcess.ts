import { type ChildProcess, spawn } from "node:child_process"
import { fileURLToPath } from "node:url"

const script = fileURLToPath(new URL("worker.ts", import.meta.url))

/** A worker that has reported ready. Rejects if it ends before, or takes longer than `readyMs`. */
export const startWorker = (options: {
  readonly filename: string
  readonly ledger: string
  readonly maxReceives: number
  readonly readyMs: number
}): Promise<ChildProcess> =>
  new Promise((resolve, reject) => {
    const args = ["--conditions=source", script, options.filename, options.ledger, String(options.maxReceives)]
    const worker = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] })
    const timer = setTimeout(() => {
      worker.kill("SIGKILL")
      reject(new Error(`the worker was not ready within ${options.readyMs} ms`))
    }, options.readyMs)
    const ended = (code: number | null, signal: string | null) => {
      clearTimeout(timer)
      reject(new Error(`the worker ended by itself before it was ready (${code ?? signal})`))
    }
    worker.once("exit", ended)
    worker.stdout?.once("data", () => {
      clearTimeout(timer)
      worker.off("exit", ended)
      resolve(worker)
    })
  })

/** Kills it as a power cut would. Rejects if it had ended by itself: that is a finding. */
export const killWorker = (worker: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    if (worker.exitCode !== null || worker.signalCode !== null) {
      reject(new Error(`the worker ended by itself (${worker.exitCode ?? worker.signalCode})`))
      return
    }
    worker.once("exit", (code, signal) =>
      signal === "SIGKILL" ? resolve() : reject(new Error(`the worker ended by itself (${code ?? signal})`))
    )
    worker.kill("SIGKILL")
  })
