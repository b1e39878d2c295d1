import { fork } from "node:child_process"
import * as path from "node:path"

export type WorkerMessage =
  | { readonly kind: "begins"; readonly schedule: number }
  | {
      readonly kind: "caught"
      readonly schedule: number
      readonly invariant: string
      readonly message: string
      /** Seed and index of the plan. */
      readonly at: string
    }
  | { readonly kind: "survived" }

/** What became of a bug. */
export type Verdict =
  | { readonly caught: true; readonly schedules: number; readonly invariant: string; readonly message: string }
  | { readonly caught: false; readonly schedules: number }

export interface TrialOptions {
  readonly folder: string
  readonly schedules: number
  readonly seed: number
  /** What schedules stand on, by the name of its option; undefined: simulated services. */
  readonly ground: string | undefined
}

/** A schedule takes some 10 ms: one that takes this long computes for ever, and a run of it never ends (L2). */
const scheduleLimitMs = 30_000

/** Runs schedules of a scratch copy in a process of its own. Rejects if the copy does not even load. */
export const tryBug = ({ folder, schedules, seed, ground }: TrialOptions): Promise<Verdict> =>
  new Promise((resolve, reject) => {
    const worker = fork(
      path.join(import.meta.dirname, "worker.ts"),
      [folder, String(schedules), String(seed), ground ?? ""],
      {
        execArgv: ["--conditions=source", "--max-old-space-size=1024"],
        stdio: ["ignore", "ignore", "pipe", "ipc"]
      }
    )
    let said = ""
    let begun = 0
    let limit: NodeJS.Timeout | undefined
    const end = (verdict: Verdict) => {
      clearTimeout(limit)
      worker.kill("SIGKILL")
      resolve(verdict)
    }
    const watch = () => {
      clearTimeout(limit)
      limit = setTimeout(() => {
        const message = `a schedule does not end within ${scheduleLimitMs / 1_000} seconds: it computes for ever`
        end({ caught: true, schedules: Math.max(begun, 1), invariant: "L2", message })
      }, scheduleLimitMs)
    }
    worker.stderr?.on("data", (text) => {
      said = (said + text).slice(-2_000)
    })
    worker.on("message", (message: WorkerMessage) => {
      if (message.kind === "begins") {
        begun = message.schedule
        return watch()
      }
      if (message.kind === "survived") return end({ caught: false, schedules })
      const { invariant, schedule } = message
      end({ caught: true, schedules: schedule, invariant, message: `${message.message} (${message.at})` })
    })
    worker.on("exit", (code, signal) => {
      clearTimeout(limit)
      if (begun === 0) return reject(new Error(`the copy does not run: ${said || `exit ${code}`}`))
      const message = `the process ended with ${code ?? signal}: ${said.slice(-300)}`
      resolve({ caught: true, schedules: begun, invariant: "world", message })
    })
  })
