import type { Draw } from "./draw.ts"

/** What goes wrong where a machine waits for an answer. */
export const awaitFaultKinds = ["crashBefore", "crashAfter", "lostAnswer", "refused", "pause", "slow"] as const
export type AwaitFaultKind = (typeof awaitFaultKinds)[number]

/** What the services do of themselves. */
export const serviceFaultKinds = [
  "duplicateRecords",
  "delayedRecords",
  "splitShard",
  "trimmedRecords",
  "duplicateMessage",
  "delayedMessage",
  "deadLetter",
  "lostMessage",
  "lateTimer",
  "doubleTimer",
  "lostTimer",
  "missingPayload",
  "alteredPayload",
  "tornRead",
  "changedCode",
  "refusedTimer",
  "refusedMessage"
] as const
export type ServiceFaultKind = (typeof serviceFaultKinds)[number]

export type FaultKind = AwaitFaultKind | ServiceFaultKind
export const faultKinds: ReadonlyArray<FaultKind> = [...awaitFaultKinds, ...serviceFaultKinds]

/** What is gone for good: only the sweeper finds out, in its time. */
export const lossKinds: ReadonlySet<FaultKind> = new Set(["trimmedRecords", "lostTimer", "lostMessage"])

/** That each schedule has at the least. */
export const leastFaults = 10

/** One fault of a plan: `after` chances for it to happen have gone by since the one before it. */
export interface Fault {
  readonly kind: FaultKind
  readonly after: number
  /** How long, where that means something. */
  readonly forMs: number
}

/**
 * When a day without hosts begins: some wait until a child ends, so that nobody tells its parent, others for any record of the
 * stream.
 */
export const waitsForChild = ({ forMs }: Fault): boolean => forMs % 2 === 1

export interface AwaitFault extends Fault {
  readonly kind: AwaitFaultKind
}

const polls: ReadonlySet<string> = new Set([
  "ChangeFeed.poll",
  "StepQueue.receive",
  "StepQueue.receiveDead",
  "RunTable.list"
])
/** One poll in so many is a chance for a fault. */
const pollsCounted = 5

/** What is done to delete a run; of reads, those of all of it. */
const deletes = /^(RunEraser|Payloads|Commits)\.|^RunTable\.(commitHead|entomb|readRun|put)/

/** How long it takes until whoever met a fault has noticed it and reacted. */
const answerMs = 200
const longestAftermathMs = 10_000

const awaitKinds: ReadonlySet<string> = new Set(awaitFaultKinds)

/**
 * A plan of faults being carried out. Those at awaits come in their order, each `after` awaits behind the one before; those
 * of a service at the first chance from then on. So a plan with some of its faults taken away is still a plan, and shrinks.
 */
export class Faults {
  private atAwaits: ReadonlyArray<AwaitFault>
  private readonly ofServices = new Map<ServiceFaultKind, Array<{ wait: number; readonly fault: Fault }>>()
  private next = 0
  private waited = 0
  private polled = 0
  private isOn = true
  /** Once more, where runs are deleted: nothing else goes wrong there. */
  private isResumed = false
  /** So far. */
  count = 0
  readonly injected = new Map<FaultKind, number>()
  /** Await point and fault, as `point kind`. */
  readonly coverage = new Map<string, number>()

  constructor(plan: ReadonlyArray<Fault>) {
    this.atAwaits = plan.filter((fault): fault is AwaitFault => awaitKinds.has(fault.kind))
    for (const fault of plan) {
      if (awaitKinds.has(fault.kind)) continue
      const kind = fault.kind as ServiceFaultKind
      const queue = this.ofServices.get(kind) ?? []
      queue.push({ wait: fault.after, fault })
      this.ofServices.set(kind, queue)
    }
  }

  /** From here on nothing goes wrong. */
  calm(): void {
    this.isOn = false
    this.isResumed = false
  }

  /** After the calm: these go wrong, and services are as unkind as they were. What they had faults of their own for is over. */
  resume(faults: ReadonlyArray<AwaitFault>): void {
    this.isResumed = true
    this.atAwaits = faults
    this.next = 0
    this.waited = 0
  }

  get isCalm(): boolean {
    return !this.isOn && !this.isResumed
  }

  /** What services do of themselves is over. */
  get isOver(): boolean {
    return !this.isOn
  }

  /** Enough has gone wrong, or all faults at awaits have begun: those of services may never get their chance. */
  get isSpent(): boolean {
    if (this.next >= this.atAwaits.length) return true
    return this.isResumed ? false : !this.isOn || this.count >= leastFaults
  }

  /** How long the last one at an await may go on: a machine that stands still is to come back. */
  get aftermathMs(): number {
    const last = this.atAwaits[this.next - 1]
    const lasts = last === undefined || last.kind === "refused" || last.kind === "lostAnswer" ? 0 : last.forMs
    return answerMs + Math.min(lasts, longestAftermathMs)
  }

  atAwait(point: string): AwaitFault | undefined {
    // Idle hosts do little else than poll: faults are better spent on those that work.
    if (polls.has(point) && this.polled++ % pollsCounted !== 0) return undefined
    if (this.isResumed && !deletes.test(point)) return undefined
    const fault = this.atAwaits[this.next]
    if (this.isSpent || fault === undefined || this.waited++ < fault.after) return undefined
    this.next++
    this.waited = 0
    this.met(point, fault.kind)
    this.note(fault.kind)
    return fault
  }

  /** Something went wrong there: what follows from it is no violation. */
  met(point: string, what: AwaitFaultKind | "away"): void {
    const cell = `${point} ${what}`
    this.coverage.set(cell, (this.coverage.get(cell) ?? 0) + 1)
  }

  /** A service asks: is it now? Some have faults of their kind that wait for another occasion. */
  of(kind: ServiceFaultKind, isMeant: (fault: Fault) => boolean = () => true): Fault | undefined {
    const first = this.ofServices.get(kind)?.[0]
    if (!this.isOn || first === undefined || !isMeant(first.fault) || first.wait-- > 0) return undefined
    this.ofServices.get(kind)?.shift()
    this.note(kind)
    return first.fault
  }

  private note(kind: FaultKind): void {
    this.count++
    this.injected.set(kind, (this.injected.get(kind) ?? 0) + 1)
  }
}

/** How long a fault of each kind lasts, in milliseconds: short ones race, long ones outlast visibility and time-outs. */
export const drawDurationMs = (draw: Draw): number =>
  draw.chance(0.5) ? draw.below(200) : draw.chance(0.7) ? draw.below(10_000) : draw.below(90_000)
