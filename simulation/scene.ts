import type { Message } from "../src/actor/history/message.ts"
import type { Ground } from "./ground/ground.ts"
import type { CopyInvariants } from "./invariants/copies/copyInvariants.ts"
import type { DeletionInvariants } from "./invariants/deletion/deletionInvariants.ts"
import type { Executions } from "./invariants/executions.ts"
import type { GenerationInvariants } from "./invariants/generationInvariants.ts"
import type { Invariants } from "./invariants/invariants.ts"
import type { LimitInvariants } from "./invariants/limits/limitInvariants.ts"
import type { OutputInvariants } from "./invariants/outputInvariants.ts"
import type { StartInvariants } from "./invariants/starts/startInvariants.ts"
import type { StepInvariants } from "./invariants/stepInvariants.ts"
import type { TimetableInvariants } from "./invariants/timetables/timetableInvariants.ts"
import type { Outside } from "./outside.ts"
import type { Plan } from "./plan.ts"
import type { SimulatedQueue } from "./services/simulatedQueue.ts"
import type { SimulatedStream } from "./services/simulatedStream.ts"
import type { SimulatedTable } from "./services/simulatedTable.ts"
import type { Fleet } from "./world/fleet.ts"
import type { World } from "./world/world.ts"

/** What the checks at the end of a schedule look at. */
export interface Scene {
  readonly world: World
  readonly table: SimulatedTable
  readonly stream: SimulatedStream
  readonly queue: SimulatedQueue
  readonly generations: GenerationInvariants
  readonly starts: StartInvariants
  readonly copies: CopyInvariants
  readonly invariants: Invariants
  readonly outputInvariants: OutputInvariants
  readonly limits: LimitInvariants
  readonly steps: StepInvariants
  readonly timetables: TimetableInvariants
  readonly executions: Executions
  readonly deletions: DeletionInvariants
  readonly outside: Outside
  readonly fleet: Pick<Fleet, "hold" | "release">
  readonly plan: Plan
  readonly ground: Pick<Ground, "leftoversOf"> | undefined
  /** Sweepers go on with what they have seen of runs, as after the calm: they come late to those that they have looked at in vain. */
  readonly keepsLooks: boolean
  readonly sometimes: Set<string>
  /** Puts a row, as whoever has died by now. */
  readonly leave: (runId: string, row: Message) => void
  /** How long shards may be held up by batches in dead hands; as it was when the faults stopped. */
  readonly heldUpMs: number
}
