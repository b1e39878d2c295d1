import * as Effect from "effect/Effect"
import type { RunHandle } from "../start.ts"
import type { WaitOptions } from "./soughtStart.ts"

/** Runs of which one client has asked for another start. Whoever waits for such a run with this client waits for that one. */
export class AskedStarts {
  private readonly requests = new Map<string, string>()

  noting<A extends Pick<RunHandle, "runId" | "requestId" | "isNew">, E, R>(
    start: Effect.Effect<A, E, R>
  ): Effect.Effect<A, E, R> {
    return Effect.tap(start, ({ isNew, requestId, runId }) => {
      // Another run, under an id that one which was deleted had before.
      if (requestId === undefined && isNew) this.requests.delete(runId)
      if (requestId === undefined) return Effect.void
      this.requests.delete(runId)
      for (const oldest of this.requests.keys()) {
        if (this.requests.size < mostRuns) break
        this.requests.delete(oldest)
      }
      this.requests.set(runId, requestId)
      return Effect.void
    })
  }

  optionsOf(runId: string, options: WaitOptions = {}): WaitOptions {
    const requestId = this.requests.get(runId)
    const isSaid = options.generation !== undefined || options.requestId !== undefined
    return requestId === undefined || isSaid ? options : { ...options, requestId }
  }
}

const mostRuns = 10_000

/** Which start of its run this is, for who waits for it. */
export const startedBy = ({ generation, isNew, requestId }: RunHandle): WaitOptions & { readonly isNew: boolean } => {
  if (requestId !== undefined) return { isNew: false, requestId }
  // One that has just been started can have been the first only.
  return isNew ? { isNew } : { isNew, generation }
}
