import type { Reply, WireService } from "../service.ts"
import { serviceError } from "../serviceError.ts"

/** How requests of one process reach a service, and answers that process. */
export interface Network {
  readonly ask: (service: WireService, operation: string, input: object, signal?: AbortSignal) => Promise<object>
}

/** Asks, and takes what is thrown for an answer. */
export const askNow = (service: WireService, operation: string, input: object, by: string, reply: Reply): void => {
  try {
    service.request({ operation, input, by }, reply)
  } catch (error) {
    reply.failed(error instanceof Error ? error : new Error(String(error)))
  }
}

export const aborted = (): Error => serviceError("AbortError", "Request aborted")

/** Nothing is on the way: requests come and answers go at once. */
export const directNetwork = (by: string): Network => ({
  ask: (service, operation, input, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(aborted())
      signal?.addEventListener("abort", () => reject(aborted()), { once: true })
      const isGone = () => signal?.aborted === true
      askNow(service, operation, input, by, { done: resolve, failed: reject, isGone })
    })
})
