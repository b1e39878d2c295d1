import type * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { ScheduleDefinition } from "../../src/actor/calls/schedules/defineSchedule.ts"
import type { AnyStep, AnyWorkflow } from "../../src/actor/definitions/definition.ts"
import type { Life, Machine, MachineOptions } from "./machine.ts"
import type { World } from "./world.ts"

/** What turns runs and works on steps in a schedule: processes, or functions. */
export interface Fleet {
  /** So far: faults happen to them. */
  readonly machines: ReadonlyArray<Machine>
  readonly start: () => void
  /** Hosts runs in a process that does something else as well. */
  readonly host?: (life: Life) => void
  /** Whoever starts next has the code that is there now. */
  readonly deploy: () => void
  /** Nobody is there until `release`. */
  readonly hold: () => void
  readonly release: () => void
  /** The faults have stopped: whoever is well goes on with what it has in memory, or all begin anew. */
  readonly calm: (goesOn: boolean) => void
}

/** What a process runs. */
export interface Code {
  readonly workflows: ReadonlyArray<AnyWorkflow>
  readonly steps: ReadonlyArray<AnyStep>
  readonly schedules: ReadonlyArray<ScheduleDefinition>
  /** For the steps. */
  readonly context: Context.Context<never>
}

export interface FleetOptions<Ports> {
  readonly world: World
  readonly onLog: MachineOptions["onLog"]
  /** Asked for once a life. */
  readonly codeOf: (life: Life) => Code
  readonly portsOf: (life: Life) => Effect.Effect<Context.Context<Ports>, never, Scope.Scope>
  readonly warmRuns: number
  /** Messages that a process has in hand. */
  readonly stepConcurrency: number
  /** Something is lost for good, and the sweeper's to find. */
  readonly isLossy: boolean
  readonly sweepIntervalMs: number
  /** What is deleted by its age, and how often that is looked for. */
  readonly retention: { readonly retention?: number; readonly purgeInterval?: number }
}

/** How long the step queue keeps a message, as its readers are told. */
export const queueRetentionMs = 150_000

/** How long a step is hidden at a time. */
export const visibilityMs = 10_000

/** Operations of a turn. */
export const budget = 100_000

/** Where nothing is lost, wake-ups do without the sweeper. */
export const quietMs = (isLossy: boolean): number => (isLossy ? 60_000 : 86_400_000)
