import { type ChildProcess, fork } from "node:child_process"
import * as path from "node:path"
import { addReport, type ChunkReport, emptyReport } from "./report.ts"

export interface SearchOptions {
  readonly schedules: number
  readonly seed: number
  readonly processes: number
  readonly chunkLength: number
  /** What schedules stand on. */
  readonly ground: string | undefined
  /** Violations after which the search ends. */
  readonly enough: number
  /** From then on no chunk is begun. */
  readonly limitMs: number
  readonly onProgress: (total: ChunkReport) => void
}

/** All schedules of the search, a chunk at a time in each process. */
export const search = (options: SearchOptions): Promise<ChunkReport> =>
  new Promise((resolve, reject) => {
    const total = emptyReport()
    const chunks = Math.ceil(options.schedules / options.chunkLength)
    const until = performance.now() + options.limitMs
    let given = 0
    const workers = new Set<ChildProcess>()
    const give = (worker: ChildProcess) => {
      if (given >= chunks || total.violations.length >= options.enough || performance.now() >= until) {
        workers.delete(worker)
        worker.kill()
        if (workers.size === 0) resolve(total)
        return
      }
      const left = options.schedules - given * options.chunkLength
      worker.send({ seed: options.seed + given, ground: options.ground, length: Math.min(options.chunkLength, left) })
      given++
    }
    for (let i = 0; i < Math.min(options.processes, chunks); i++) {
      const worker = fork(path.join(import.meta.dirname, "worker.ts"), { execArgv: process.execArgv })
      workers.add(worker)
      worker.on("message", (report: ChunkReport) => {
        addReport(total, report)
        options.onProgress(total)
        give(worker)
      })
      worker.on("exit", (code) => {
        if (!workers.has(worker)) return
        for (const other of workers) other.kill()
        reject(new Error(`a process of the search ended with ${code}`))
      })
      give(worker)
    }
  })
