/**
 * The executions of queued steps that are under way in this process, so that one that nobody waits for any more is stopped. An attempt may be there
 * twice: its message came again while the first receiver was taken for dead.
 */
export class StepsUnderWay {
  private readonly byRun = new Map<string, Map<() => void, string>>()

  /** `stop` ends the execution, and may be called more than once. Answers with what is to be called when it has ended. */
  begin(runId: string, stepKey: string, stop: () => void): () => void {
    const ofRun = this.byRun.get(runId) ?? new Map<() => void, string>()
    this.byRun.set(runId, ofRun.set(stop, stepKey))
    return () => {
      ofRun.delete(stop)
      if (ofRun.size === 0 && this.byRun.get(runId) === ofRun) this.byRun.delete(runId)
    }
  }

  hasUnwanted(runId: string, isWanted: (stepKey: string) => boolean): boolean {
    const ofRun = this.byRun.get(runId)
    return ofRun !== undefined && [...ofRun.values()].some((stepKey) => !isWanted(stepKey))
  }

  /** Only for what stands in a head: a turn that loses its race has stopped nothing. */
  stopUnwanted(runId: string, isWanted: (stepKey: string) => boolean): void {
    const ofRun = this.byRun.get(runId)
    if (ofRun === undefined) return
    for (const [stop, stepKey] of [...ofRun]) if (!isWanted(stepKey)) stop()
  }
}
