import * as Effect from "effect/Effect"
import { type StateName, states } from "../workload/features/state.ts"
import type { Act, ActOn } from "./act.ts"

/** Looks at a state. What it is told stood in a head between the question and the answer. */
export const readState = ({ state }: { readonly state: StateName }, { runId, table, world }: ActOn): Act => {
  const stored = () => JSON.stringify(table.head(runId)?.states?.find(({ name }) => name === state)?.payload)
  const version = () => table.head(runId)?.version
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
      const [wasThere, wasSet] = [table.row(runId, "start") !== undefined, stored() !== undefined]
      return (error) => (error === "RunNotFound" && !wasThere) || (error === "StateNotSet" && !wasSet)
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
