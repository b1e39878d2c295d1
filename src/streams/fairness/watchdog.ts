import { Worker } from "node:worker_threads"

/**
 * The last resort against workflow code that never returns in a workflow that has proven itself (see `SliceGuard`): no code of
 * this thread runs any more, so another thread ends the process and says why. Whoever supervises it starts it again, and the
 * next process meets the run guarded and parks it. Better than a host that is there and does nothing.
 */
export interface Watchdog {
  /** Around every slice. Costs two stores to shared memory. */
  readonly enter: (runId: string) => void
  readonly leave: () => void
  /** Is the other thread there? Starts it if it is not. Until then a slice that never returns is ended by nobody. */
  readonly isWatching: () => boolean
  readonly stop: () => void
}

/** Characters of a run id that are told. */
const mostTold = 256

export const startWatchdog = (limitMs: number): Watchdog => {
  const shared = new SharedArrayBuffer(8 + 2 * mostTold)
  const state = new Int32Array(shared, 0, 2)
  const id = new Uint16Array(shared, 8)
  let worker: Worker | undefined
  let isOnline = false
  const start = () => {
    worker = new Worker(watch, { eval: true, workerData: { shared, limitMs: limitMs * 5 } })
    // Without a listener the error would end the process. `exit` follows, and from then on slices are guarded again.
    worker.on("error", () => undefined)
    worker.on("exit", () => {
      isOnline = false
    })
    worker.on("online", () => {
      isOnline = true
    })
    worker.unref()
  }
  let count = 0
  return {
    enter: (runId) => {
      // By hand: an encoder is called for each slice, and takes as long as a small slice.
      const length = Math.min(runId.length, mostTold)
      for (let at = 0; at < length; at++) id[at] = runId.charCodeAt(at)
      state[1] = length
      count = (count + 1) & 0x3fffffff
      Atomics.store(state, 0, count + 1)
    },
    leave: () => {
      Atomics.store(state, 0, 0)
    },
    isWatching: () => {
      // On demand: a short-lived process needs no watchdog, and a first result should not wait for a thread to start.
      if (worker === undefined) start()
      return isOnline
    },
    stop: () => {
      void worker?.terminate()
    }
  }
}

const watch = `
const { workerData: { shared, limitMs } } = require("node:worker_threads")
const state = new Int32Array(shared, 0, 2), id = new Uint16Array(shared, 8)
let seen = 0, since = 0
setInterval(() => {
  const now = Date.now(), slice = Atomics.load(state, 0)
  if (slice === 0 || slice !== seen) { seen = slice; since = now; return }
  if (now - since < limitMs) return
  const runId = String.fromCharCode(...id.subarray(0, state[1])).toWellFormed()
  require("node:fs").writeSync(2, "dynactor: workflow code of run " + runId + " has not returned for " + (now - since) +
    " ms (an endless loop). This process ends, so that the next one can park the run.\\n")
  process.kill(process.pid, "SIGKILL")
}, Math.max(50, limitMs / 10))
`
