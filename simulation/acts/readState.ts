import * as Effect from "effect/Effect"
import { type StateName, states } from "../workload/features/state.ts"
import type { Act, ActOn } from "./act.ts"

/** Looks at a state. What it is told stood in a head of the run's newest generation between the question and the answer. */
export const readState = ({ state }: { readonly state: StateName }, { runId, table, world }: ActOn): Act => {
  const newest = () => table.head(table.newest(runId))
  const stored = () => JSON.stringify(newest()?.states?.find(({ name }) => name === state)?.payload)
  const version = () => `${newest()?.version} of ${table.newest(runId)}`
  return {
    what: `look at ${state} of ${runId}`,
    ask: (client) =>
      Effect.suspend(() => {
        const [before, from] = [stored(), version()]
        return Effect.tap(retried(client.state(runId, states[state])), ({ value }) => {
          // Something was committed meanwhile: either may have been read.
          if (version() !== from || before === undefined) return Effect.void
          if (before.includes("sha256") || before.includes(`\\"value\\":${value},`)) return Effect.void
          throw world.violate("S22", `${state} of ${runId} is told to be ${value}, and is ${before}`)
        })
      }),
    judge: () => {
      const [wasThere, wasSet, address] = [
        table.row(runId, "start") !== undefined,
        stored() !== undefined,
        table.newest(runId)
      ]
      return (error) =>
        (error === "RunNotFound" && !wasThere) ||
        // A generation that has begun since has set none of its own yet.
        (error === "StateNotSet" && (!wasSet || table.newest(runId) !== address))
    }
  }
}

/** An object that is away or altered for a while is asked for again. */
export const retried = <A, E extends { readonly _tag: string }>(
  asked: Effect.Effect<A, E>
): Effect.Effect<A, E | { readonly _tag: "StoreUnavailable" }> =>
  Effect.mapError(asked, (error) =>
    error._tag === "PayloadMissing" || error._tag === "PayloadAltered" ? ({ _tag: "StoreUnavailable" } as const) : error
  )
