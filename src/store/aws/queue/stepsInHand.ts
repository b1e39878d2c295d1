import type { StepRetry } from "../../reading/waitingFor.ts"
import type { Delivery } from "../../stepQueue.ts"

/** Steps that this process has received and not given back: each until its visibility ends, and others may have it. */
export class StepsInHand {
  private readonly runs = new Map<string, Map<string, { readonly step: StepRetry; readonly until: number }>>()

  take({ message }: Delivery, until: number): void {
    if (message.kind !== "step") return
    const { attempt, key, lastError, notBefore, runId } = message
    const ofRun = this.runs.get(runId) ?? new Map()
    // The run of which a step was taken last is the last to be forgotten.
    this.runs.delete(runId)
    this.runs.set(runId, ofRun.set(key, { step: { key, attempt, lastError, notBefore, worker }, until }))
    const [oldest] = this.runs.keys()
    if (this.runs.size > mostRuns && oldest !== undefined) this.runs.delete(oldest)
  }

  drop({ message }: Delivery): void {
    if (message.kind !== "step") return
    const ofRun = this.runs.get(message.runId)
    const inHand = ofRun?.get(message.key)
    // In its place there may be a later attempt by now.
    if (ofRun === undefined || inHand === undefined || inHand.step.attempt > message.attempt) return
    ofRun.delete(message.key)
    if (ofRun.size === 0) this.runs.delete(message.runId)
  }

  of(runId: string, now: number): ReadonlyArray<readonly [key: string, step: StepRetry]> {
    return [...(this.runs.get(runId) ?? [])].flatMap(([key, { step, until }]) => (until > now ? [[key, step]] : []))
  }
}

const worker = String(process.pid)

/** More than a process works on at a time: what falls out was lost on its way. */
const mostRuns = 10_000
