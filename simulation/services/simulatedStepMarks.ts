import { isSameMark, type StepMark, StepMarks } from "../../src/store/beside/stepMarks.ts"
import type { Life } from "../world/machine.ts"
import type { World } from "../world/world.ts"
import { forgetRun } from "./deletion/forgetRun.ts"
import type { Graves } from "./deletion/graves.ts"

export interface StepMarksObserver {
  /** In place of `before`. */
  readonly marked: (runId: string, stepKey: string, mark: StepMark, before: StepMark | undefined, by: Life) => void
}

/** Conditional writes of one item, strongly read. */
export class SimulatedStepMarks {
  private readonly world: World
  private readonly marks = new Map<string, StepMark>()
  private readonly erased = new Map<string, StepMark>()
  /** What stands beside them of attempts, and decides nothing. */
  private readonly notes = new Set<string>()
  graves: Graves | undefined
  observer: StepMarksObserver | undefined

  constructor(world: World) {
    this.world = world
  }

  /** Also of a run that is deleted. */
  of(runId: string, stepKey: string): StepMark | undefined {
    return this.erased.get(`${runId} ${stepKey}`) ?? this.marks.get(`${runId} ${stepKey}`)
  }

  keys(): Iterable<string> {
    return this.notes.size === 0 ? this.marks.keys() : [...this.marks.keys(), ...this.notes]
  }

  noted(runId: string, key: string): void {
    this.notes.add(`${runId} ${key}`)
    this.graves?.put(runId, `mark ${runId} ${key}`, () => undefined)
  }

  erase(key: string): void {
    const mark = this.marks.get(key)
    if (mark !== undefined && !this.erased.has(key)) this.erased.set(key, mark)
    this.marks.delete(key)
    this.notes.delete(key)
    this.graves?.erased(key.split(" ", 1)[0] as string, `mark ${key}`)
  }

  forget(runId: string): void {
    forgetRun(this.erased, runId)
  }

  service(life: Life): StepMarks["Service"] {
    const { world } = this
    return StepMarks.of({
      read: (runId, stepKey) => world.call(life, "StepMarks.read", () => this.marks.get(`${runId} ${stepKey}`)),
      write: (runId, stepKey, mark) => world.call(life, "StepMarks.write", () => this.write(runId, stepKey, mark, life))
    })
  }

  /** Answers what is there instead. */
  write(runId: string, stepKey: string, mark: StepMark, life: Life): StepMark | undefined {
    const there = this.marks.get(`${runId} ${stepKey}`)
    if ((there?.version ?? 0) !== mark.version - 1)
      return there === undefined || isSameMark(there, mark) ? undefined : there
    this.marks.set(`${runId} ${stepKey}`, mark)
    const tell = () => this.observer?.marked(runId, stepKey, mark, there, life)
    if (this.graves === undefined) tell()
    else this.graves.put(runId, `mark ${runId} ${stepKey}`, tell)
    return undefined
  }
}
