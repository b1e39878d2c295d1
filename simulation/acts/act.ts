import type * as Effect from "effect/Effect"
import type { Client } from "../../src/client/client.ts"
import type { SimulatedOutput } from "../services/simulatedOutput.ts"
import type { SimulatedReplies } from "../services/simulatedReplies.ts"
import type { SimulatedTable } from "../services/simulatedTable.ts"
import type { World } from "../world/world.ts"
import type { AskedCancels } from "./askedCancels.ts"

/** Something that a client wants done. It is asked again, with the same ids, until there is an answer. */
export interface Act {
  readonly what: string
  readonly ask: (client: Client["Service"]) => Effect.Effect<unknown, { readonly _tag: string }>
  /** Is the rejection right? Made when it is asked, and called with the answer. */
  readonly judge: () => (error: string) => boolean
  /** What is wanted once it is done. */
  readonly then?: () => void
}

/** To whom it is done, and the truth to judge answers by. */
export interface ActOn {
  readonly runId: string
  readonly table: SimulatedTable
  readonly replies: SimulatedReplies
  readonly output: SimulatedOutput
  readonly world: World
  readonly cancels: AskedCancels
  /** Has it ended, or may whoever asked have taken it for that? Made when it is asked. */
  readonly isNoOpenRun: (key: string) => (error: string) => boolean
}
