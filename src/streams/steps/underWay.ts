export interface StepUnderWay {
  readonly key: string
  /** Messages that its run had adopted when it was asked for. */
  readonly index: number
}

/**
 * The executions of queued steps that are under way in this process, so that one that nobody waits for any more is stopped. An attempt may be there
 * twice: its message came again while the first receiver was taken for dead.
 */
export class StepsUnderWay {
  private readonly byRun = new Map<string, Map<() => void, StepUnderWay>>()

  /** `stop` ends the execution, and may be called more than once. Answers with what is to be called when it has ended. */
  begin(runId: string, step: StepUnderWay, stop: () => void): () => void {
    const ofRun = this.byRun.get(runId) ?? new Map<() => void, StepUnderWay>()
    this.byRun.set(runId, ofRun.set(stop, step))
    return () => {
      ofRun.delete(stop)
      if (ofRun.size === 0 && this.byRun.get(runId) === ofRun) this.byRun.delete(runId)
    }
  }

  hasUnwanted(runId: string, isWanted: (step: StepUnderWay) => boolean): boolean {
    const ofRun = this.byRun.get(runId)
    return ofRun !== undefined && [...ofRun.values()].some((step) => !isWanted(step))
  }

  /** Only for what stands in a head: a turn that loses its race has stopped nothing. */
  stopUnwanted(runId: string, isWanted: (step: StepUnderWay) => boolean): void {
    const ofRun = this.byRun.get(runId)
    if (ofRun === undefined) return
    for (const [stop, step] of [...ofRun]) if (!isWanted(step)) stop()
  }
}
