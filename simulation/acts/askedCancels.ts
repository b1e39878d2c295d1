import type { Client } from "../../src/client/client.ts"
import { askedTo } from "../workload/model.ts"

/** Which runs clients were asked to cancel, and how often: each try of a client counts, as it may be the one that takes effect. */
export class AskedCancels {
  private readonly tries = new Map<string, number>()

  /** By run id. */
  ask(runId: string): void {
    this.tries.set(runId, this.countOf(runId) + 1)
  }

  countOf(runId: string): number {
    return this.tries.get(runId) ?? 0
  }

  cancel(client: Client["Service"], runId: string): ReturnType<Client["Service"]["cancel"]> {
    this.ask(runId)
    return client.cancel(runId, { reason: askedTo })
  }
}
