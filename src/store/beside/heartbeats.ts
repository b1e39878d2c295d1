import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { StoreRefused, StoreUnavailable } from "../errors.ts"

/**
 * When whoever works for a run outside was last heard of. One item for each that is waited for, written over by each heartbeat; it is no
 * message, turns nothing and stands in no history. Reads are strong. Contract: `test/store/heartbeatsContract.ts`.
 */
export class Heartbeats extends Context.Service<
  Heartbeats,
  {
    /** `address` as the run table takes it, `id` of the command: `callback/<key>`. `at`: epoch milliseconds. */
    readonly beat: (address: string, id: string, at: number) => Effect.Effect<void, StoreUnavailable | StoreRefused>
    /** The last one; undefined: there was none. */
    readonly last: (address: string, id: string) => Effect.Effect<number | undefined, StoreUnavailable>
  }
>()("dynactor/Heartbeats") {}
