import * as Effect from "effect/Effect"
import type { Client, WaitingFor } from "../../src/index.ts"
import { eventually } from "../streams/engine.ts"

/** The run has come to wait for something of that kind: the first that it waits for. */
export const waitsFor = (client: Client["Service"], runId: string, kind: WaitingFor["kind"]) =>
  eventually(
    `run ${runId} waits for a ${kind}`,
    Effect.map(client.get(runId), ({ waitingFor }) => waitingFor.find((one) => one.kind === kind))
  )
