import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Message } from "../../src/actor/history/message.ts"
import type { Heartbeats } from "../../src/store/beside/heartbeats.ts"
import type { OutputChunks } from "../../src/store/beside/outputChunks.ts"
import type { Replies } from "../../src/store/beside/replies.ts"
import type { StepMarks } from "../../src/store/beside/stepMarks.ts"
import type { CallbackKeys } from "../../src/store/callbacks/callbackKeys.ts"
import type { ChangeFeed } from "../../src/store/changeFeed.ts"
import type { Payloads } from "../../src/store/payloads.ts"
import type { RunTable } from "../../src/store/runTable.ts"
import type { StepQueue } from "../../src/store/stepQueue.ts"
import type { Timers } from "../../src/store/timers.ts"
import type { Plan } from "../plan.ts"
import type { SimulatedCallbacks } from "../services/simulatedCallbacks.ts"
import type { SimulatedOutput } from "../services/simulatedOutput.ts"
import type { SimulatedPayloads } from "../services/simulatedPayloads.ts"
import type { SimulatedQueue } from "../services/simulatedQueue.ts"
import type { SimulatedReplies } from "../services/simulatedReplies.ts"
import type { SimulatedStepMarks } from "../services/simulatedStepMarks.ts"
import type { SimulatedStream } from "../services/simulatedStream.ts"
import type { SimulatedTable } from "../services/simulatedTable.ts"
import type { UserTransactions } from "../services/userTransactions.ts"
import type { Fleet, FleetOptions } from "../world/fleet.ts"
import type { Life } from "../world/machine.ts"
import type { World } from "../world/world.ts"

/** What a process asks of a store. */
export type Ports =
  | RunTable
  | ChangeFeed
  | StepQueue
  | Timers
  | Payloads
  | Replies
  | OutputChunks
  | CallbackKeys
  | Heartbeats
  | StepMarks

/** What the invariants look at. */
export interface Mirrors {
  readonly table: SimulatedTable
  readonly replies: SimulatedReplies
  readonly output: SimulatedOutput
  readonly callbacks: SimulatedCallbacks
  readonly marks: SimulatedStepMarks
}

export interface SeenByAll extends Mirrors {
  readonly payloads: SimulatedPayloads
  readonly queue: SimulatedQueue
  readonly plan: Plan
}

/** What a schedule with real adapters has under these: it tells the mirrors of all that takes effect. */
export interface Ground {
  readonly stream: SimulatedStream
  readonly queue: SimulatedQueue
  /** No service is away, or will be. */
  readonly isWhole: boolean
  /** From here on the invariants see what is written. */
  readonly open: (mirrors: SeenByAll) => void
  /** A row of somebody who has died since. */
  readonly put: (address: string, row: Message) => void
  /** Of the user's own, as a process asks for them. */
  readonly transactions: (life: Life) => UserTransactions
  /** The ports of a process, made of the real adapters. */
  readonly ports: (life: Life) => Effect.Effect<Context.Context<Ports>, never, Scope.Scope>
  /** What turns the runs, if it is no process. */
  readonly functions?: (options: FleetOptions<Ports>) => Fleet | undefined
  /** Between two looks through the table; undefined: as in schedules that have nothing real under them. */
  readonly sweepIntervalMs: number | undefined
  /** What the services themselves hold of a run that is deleted: what says so, and all else. */
  readonly leftoversOf?: (runId: string) => {
    readonly signs: ReadonlyArray<string>
    readonly others: ReadonlyArray<string>
  }
  /** The process of the clients is a host as well. */
  readonly clientsHost: boolean
  /** For how long there may be no host; undefined: longer than a stream remembers. */
  readonly outageMs: number | undefined
  /** The schedule is over. */
  readonly close: () => void
}

/** What it is that a schedule stands on. Handed in, so that nothing of it is loaded where it is not wanted. */
export interface GroundKind {
  /** Of the options that ask for it. */
  readonly flag: "wire" | "file"
  /** Of a plan, what can be done there. */
  readonly planOf: (plan: Plan) => Plan
  /** Runs are turned by functions, which keep what they have seen of them. */
  readonly hasFunctions: (plan: Plan) => boolean
  readonly make: (world: World) => Ground
}
