import type { StepRetry } from "../../reading/waitingFor.ts"
import type { Delivery } from "../../stepQueue.ts"

export interface HeldStep {
  readonly step: StepRetry
  until: number
  /** From when on others are to be told of it. */
  noteAt: number
  /** They have been. */
  isNoted: boolean
}

/** Steps that this process has received and not given back: each until its visibility ends, and others may have it. */
export class StepsInHand {
  private readonly runs = new Map<string, Map<string, HeldStep>>()
  private readonly worker: string

  constructor(worker: string) {
    this.worker = worker
  }

  /** Received, or hidden for longer. Answers what is held; undefined for a message that is no step's. */
  take({ message }: Delivery, now: number, until: number): HeldStep | undefined {
    if (message.kind !== "step") return undefined
    const { attempt, key, lastError, notBefore, runId } = message
    const ofRun = this.runs.get(runId) ?? new Map<string, HeldStep>()
    // The run of which a step was taken last is the last to be forgotten.
    this.runs.delete(runId)
    this.runs.set(runId, ofRun)
    const [oldest] = this.runs.keys()
    if (this.runs.size > mostRuns && oldest !== undefined) this.runs.delete(oldest)
    const there = ofRun.get(key)
    if (there !== undefined && there.step.attempt === attempt) {
      there.until = until
      return there
    }
    const step = { key, attempt, lastError, notBefore, worker: this.worker }
    const held: HeldStep = { step, until, noteAt: now + shortMs, isNoted: false }
    ofRun.set(key, held)
    return held
  }

  isNoted({ message }: Delivery): boolean {
    if (message.kind !== "step") return false
    const held = this.runs.get(message.runId)?.get(message.key)
    return held?.isNoted === true && held.step.attempt === message.attempt
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

/** Most steps are through by then, and are told to nobody. */
const shortMs = 5_000

/** More than a process works on at a time: what falls out was lost on its way. */
const mostRuns = 10_000
