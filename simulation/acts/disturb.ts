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
  /** Where it was when it was asked last, if it went on then. */
  let wentOnIn: string | undefined
  const look = (id: string) => {
    const newest = table.newest(id)
    wentOnIn = isTerminal(table.head(newest)?.status ?? "running") ? undefined : newest
  }
  /** As it was asked, or since: another start of it, or a retry, may begin while its end is told. */
  const hasEnded = (id: string) => {
    const newest = table.newest(id)
    return newest !== wentOnIn || isTerminal(table.head(newest)?.status ?? "running")
  }
  return {
    what: `${what} a ${to} of ${runId}`,
    ask: (client) => {
      const id = choose()
      return id === undefined ? Effect.void : asked({ client, cancels, id, forMs, look: () => look(id) }, what)
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

interface Asked {
  readonly client: Client["Service"]
  readonly cancels: AskedCancels
  readonly id: string
  readonly forMs: number
  /** Whether it goes on as it is asked. */
  readonly look: () => void
}

/** Whoever has lost the answer asks for the same again, and what is paused goes on in any case. */
const asked = ({ cancels, client, forMs, id: runId, look }: Asked, what: Disturbance["do"]) => {
  const looked = Effect.sync(look)
  const cancelled = Effect.andThen(
    looked,
    Effect.suspend(() => cancels.cancel(client, runId))
  )
  switch (what) {
    case "cancel":
      return cancelled
    case "cancelTwice":
      return Effect.ignore(cancelled).pipe(Effect.andThen(Effect.sleep(forMs)), Effect.andThen(cancelled))
    case "terminate":
      return Effect.andThen(looked, client.terminate(runId))
    case "pause":
      return Effect.andThen(looked, client.pause(runId, { id: "disturbed" })).pipe(
        Effect.andThen(Effect.sleep(forMs)),
        Effect.andThen(client.resume(runId, { id: "disturbed" }))
      )
  }
}
