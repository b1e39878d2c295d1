import type * as Context from "effect/Context"
import type { AnyStep } from "../../../actor/definitions/definition.ts"
import type { StepCommand } from "../../../actor/history/command.ts"
import type { StartMessage } from "../../../actor/history/message.ts"
import type { Payload } from "../../../actor/values/payload.ts"
import type { Awaits } from "../../surroundings/awaits.ts"
import type { VirtualOutput } from "../output/virtualOutput.ts"
import type { StandIn, Transact } from "../standIns.ts"

/** One execution that is asked for. */
export interface StepCall {
  readonly command: StepCommand
  readonly step: AnyStep
  readonly runId: string
  /** Of its run. */
  readonly start: StartMessage | undefined
  readonly attempt: number
  /** Names the call in a plan, the same in every schedule: its key, after the run id of a child run. */
  readonly place: string
  /** Epoch milliseconds of virtual time. */
  readonly now: number
  /** How often this very execution was begun before, because its worker died. */
  readonly redelivered: number
  /** The attempts before that took effect and counted as failed. */
  readonly unheard?: ReadonlyArray<number>
  /** Told where its code has begun async calls that changed the world after its answer. */
  readonly onStray: (place: string) => void
  /** Where it emits to. */
  readonly output: VirtualOutput
  /** What executions before it have told by their heartbeats. */
  readonly lastDetails: Payload | undefined
  /** Told what this one has told last. */
  readonly onDetails: (details: Payload) => void
  /** Its worker dies, and the attempt is not to be made again. */
  readonly isCutShort?: boolean
  /** Of code that acts upon the world. Undefined: it goes through. */
  readonly awaits?: Awaits | undefined
  /** Where its code is stopped, its worker dies. */
  readonly diesWhereStopped?: boolean
  /** Its code has looked at the number of its attempt. */
  readonly onAttemptRead?: (() => void) | undefined
}

export interface StepWorkers {
  readonly standIns: Readonly<Record<string, StandIn>>
  readonly world: unknown
  /** Takes what steps with `transaction` write. Default: nobody does, and all of it is taken. */
  readonly transact?: Transact | undefined
  /** For steps whose own code runs, and for code that answers with an Effect. */
  readonly services: Context.Context<never>
  /** Those of another process, which has none of what a dead one held. */
  readonly renewServices?: (() => Context.Context<never> | Promise<Context.Context<never>>) | undefined
  /** What is executed again draws what it drew before. Default: other numbers. */
  readonly isLuckRepeated?: boolean
  /** Delays between attempts are as long as the policy has them, without jitter. Default: they are drawn. */
  readonly hasWholeDelays?: boolean
  /** Code may be stopped at its awaits. Default: it is run through. */
  readonly isStoppable?: boolean
  /** It is noted what steps leave in the world. Default: it is not. */
  readonly isLookedAt?: boolean
  /** It is found out where steps are on their way, with something done and something left to do. Default: it is not. */
  readonly isMapped?: boolean
}
