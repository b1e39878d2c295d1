import * as Effect from "effect/Effect"
import { isLimiter } from "../../src/actor/calls/limits/limitNames.ts"
import { runIdOf } from "../../src/actor/history/generation.ts"
import { isTerminal } from "../../src/actor/history/head.ts"
import type { Client } from "../../src/client/client.ts"
import type { Disturbance } from "../workload/features/limits.ts"
import type { Act, ActOn } from "./act.ts"
import type { AskedCancels } from "./askedCancels.ts"

/** Somebody cancels, terminates or pauses a child run that holds a place or waits for one, or the run itself where it has none, or what gives the places, if anything does. */
export const disturb = ({ do: what, forMs, nth, to }: Disturbance, { cancels, runId, table }: ActOn): Act => {
  let chosen: string | undefined
  const choose = () => {
    const ids = new Set(Array.from(table.runIds(), runIdOf))
    const isOne = (id: string) => (to === "limiter" ? isLimiter(id) : id.startsWith(`${runId}:seated:`))
    const some = [...ids].filter(isOne).sort()
    chosen ??=
      some[nth % Math.max(1, some.length)] ??
      (to === "seated" && table.row(runId, "start") !== undefined ? runId : undefined)
    return chosen
  }
  /** In the generation that it is in, or was in as it was deleted: an earlier start of it may have ended. */
  const hasEnded = (id: string) => isTerminal(table.head(table.newest(id))?.status ?? "running")
  return {
    what: `${what} a ${to} of ${runId}`,
    ask: (client) => {
      const id = choose()
      return id === undefined ? Effect.void : asked({ client, cancels, id, forMs }, what)
    },
    judge: () => {
      const id = choose()
      // Another start of it, or a retry, may begin while its end is told.
      const wasOver = id !== undefined && hasEnded(id)
      return (error) => {
        if (chosen === undefined) return false
        // It is asked for all the same, and the run takes it when it is tried again.
        if (error === "RunParked") return table.rowOfRun(chosen, "cancel") !== undefined
        if (error === "RunNotFound") return table.row(chosen, "start") === undefined
        return error === "RunFinished" && (wasOver || hasEnded(chosen))
      }
    }
  }
}

interface Asked {
  readonly client: Client["Service"]
  readonly cancels: AskedCancels
  readonly id: string
  readonly forMs: number
}

/** Whoever has lost the answer asks for the same again, and what is paused goes on in any case. */
const asked = ({ cancels, client, forMs, id: runId }: Asked, what: Disturbance["do"]) => {
  switch (what) {
    case "cancel":
      return cancels.cancel(client, runId)
    case "terminate":
      return client.terminate(runId)
    case "pause":
      return client
        .pause(runId, { id: "disturbed" })
        .pipe(Effect.andThen(Effect.sleep(forMs)), Effect.andThen(client.resume(runId, { id: "disturbed" })))
  }
}
