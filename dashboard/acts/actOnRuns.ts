import { ApiError, ask } from "../api/request.ts"
import { errorOf } from "../api/resource.ts"
import type { RunAct } from "./runAct.ts"

export interface ActProgress {
  readonly of: number
  readonly done: ReadonlyArray<string>
  readonly failed: ReadonlyArray<{ readonly runId: string; readonly error: ApiError }>
}

export interface ActOptions {
  readonly mark: string
  readonly onProgress: (progress: ActProgress) => void
  readonly signal: AbortSignal
}

const atATime = 6
const mostTries = 6

/** Does it to each of them, so many at a time: one that fails holds up no other. Ends early, with what was done by then, if `signal` says so. */
export const actOnRuns = async (
  act: RunAct,
  runIds: ReadonlyArray<string>,
  values: Readonly<Record<string, string>>,
  { mark, onProgress, signal }: ActOptions
): Promise<ActProgress> => {
  const done: Array<string> = []
  const failed: Array<{ readonly runId: string; readonly error: ApiError }> = []
  const progress = (): ActProgress => ({ of: runIds.length, done: [...done], failed: [...failed] })
  const left = runIds.values()
  const one = async () => {
    for (const runId of left) {
      if (signal.aborted) return
      const { path, body } = act.request(runId, values, mark)
      try {
        await patiently(() => ask(path, { method: "POST", body }), signal)
        done.push(runId)
      } catch (error) {
        failed.push({ runId, error: errorOf(error) })
      }
      onProgress(progress())
    }
  }
  await Promise.all(Array.from({ length: Math.min(atATime, runIds.length) }, one))
  return progress()
}

/** A server that asks for fewer requests at a time gets them. */
const patiently = async (request: () => Promise<unknown>, signal: AbortSignal): Promise<unknown> => {
  for (let tries = 1; ; tries++) {
    try {
      return await request()
    } catch (error) {
      const isBusy = error instanceof ApiError && error.status === 429
      if (!isBusy || tries === mostTries || signal.aborted) throw error
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** tries))
    }
  }
}
