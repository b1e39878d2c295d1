import type { AnyWorkflow } from "./definitions/definition.ts"
import type { CommandRecord } from "./history/command.ts"
import type { EmittedRecord } from "./history/output/emitted.ts"
import type { Registered } from "./port/steps/namesakes.ts"
import type { OutputTarget } from "./runtime/bodyOutput.ts"

export interface ActorOptions {
  readonly workflow: AnyWorkflow
  readonly runId: string
  /** Operations that one message may set off before the run is parked. Default 1,000,000. */
  readonly budget?: number
  /** Where what the body says is to go. Default: log lines and counts to nobody, and its console is that of the process. */
  readonly output?: OutputTarget | undefined
  /** What the host has under the names that the body calls: where that is another definition, the run's log says so. Default: it does not. */
  readonly registered?: Registered | undefined
  /** Where this run was stuck before, in this process and by the same code ({@link Actor.point}). Default: nowhere. */
  readonly stuckAt?: string | undefined
  /** What the head says of emitted values, where its history is going to be replayed. */
  readonly emitted?: ReadonlyArray<EmittedRecord> | undefined
}

/** What an actor is waiting for, for people. */
export interface Waiting {
  readonly commands: ReadonlyArray<CommandRecord>
  /** As `channelText` writes them. */
  readonly signals: ReadonlyArray<string>
  /** Names of those that it takes. */
  readonly updates: ReadonlyArray<string>
  /** A sleep without end. */
  readonly endless: boolean
}
