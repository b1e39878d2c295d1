import * as Effect from "effect/Effect"
import { isLimiter } from "../../src/actor/calls/limits/limitNames.ts"
import { runIdOf } from "../../src/actor/history/generation.ts"
import { endOf } from "../../src/actor/history/head.ts"
import type { Client } from "../../src/client/client.ts"
import type { Disturbance } from "../workload/features/limits.ts"
import { askedTo } from "../workload/model.ts"
import type { Act, ActOn } from "./act.ts"

/** Somebody cancels, terminates or pauses a child run that holds a place or waits for one, or the run itself where it has none, or what gives the places, if anything does. */
export const disturb = ({ do: what, forMs, nth, to }: Disturbance, { runId, table }: ActOn): Act => {
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
  // One that was deleted since had ended.
  const hasEnded = (id: string) =>
    table.graves.of(id) !== undefined ||
    [...table.runIds()].some((address) => {
      const head = runIdOf(address) === id ? table.head(address) : undefined
      const end = head === undefined ? undefined : endOf(head)
      return end !== undefined && end.tag !== "continued"
    })
  return {
    what: `${what} a ${to} of ${runId}`,
    ask: (client) => {
      const id = choose()
      return id === undefined ? Effect.void : asked(client, id, what, forMs)
    },
    judge: () => (error) => {
      if (chosen === undefined) return false
      // It is asked for all the same, and the run takes it when it is tried again.
      if (error === "RunParked") return table.rowOfRun(chosen, "cancel") !== undefined
      if (error === "RunNotFound") return table.row(chosen, "start") === undefined
      return error === "RunFinished" && hasEnded(chosen)
    }
  }
}

/** Whoever has lost the answer asks for the same again, and what is paused goes on in any case. */
const asked = (client: Client["Service"], runId: string, what: Disturbance["do"], forMs: number) => {
  switch (what) {
    case "cancel":
      return client.cancel(runId, { reason: askedTo })
    case "terminate":
      return client.terminate(runId)
    case "pause":
      return client
        .pause(runId, { id: "disturbed" })
        .pipe(Effect.andThen(Effect.sleep(forMs)), Effect.andThen(client.resume(runId, { id: "disturbed" })))
  }
}
