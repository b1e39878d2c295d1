import { isSameMark, type StepMark, StepMarks } from "../../src/store/beside/stepMarks.ts"
import type { Life } from "../world/machine.ts"
import type { World } from "../world/world.ts"

export interface StepMarksObserver {
  /** In place of `before`. */
  readonly marked: (runId: string, stepKey: string, mark: StepMark, before: StepMark | undefined, by: Life) => void
}

/** Conditional writes of one item, strongly read. */
export class SimulatedStepMarks {
  private readonly world: World
  private readonly marks = new Map<string, StepMark>()
  observer: StepMarksObserver | undefined

  constructor(world: World) {
    this.world = world
  }

  of(runId: string, stepKey: string): StepMark | undefined {
    return this.marks.get(`${runId} ${stepKey}`)
  }

  service(life: Life): StepMarks["Service"] {
    const { world } = this
    return StepMarks.of({
      read: (runId, stepKey) => world.call(life, "StepMarks.read", () => this.of(runId, stepKey)),
      write: (runId, stepKey, mark) => world.call(life, "StepMarks.write", () => this.write(runId, stepKey, mark, life))
    })
  }

  /** Answers what is there instead. */
  write(runId: string, stepKey: string, mark: StepMark, life: Life): StepMark | undefined {
    const there = this.of(runId, stepKey)
    if ((there?.version ?? 0) !== mark.version - 1)
      return there === undefined || isSameMark(there, mark) ? undefined : there
    this.marks.set(`${runId} ${stepKey}`, mark)
    this.observer?.marked(runId, stepKey, mark, there, life)
    return undefined
  }
}
