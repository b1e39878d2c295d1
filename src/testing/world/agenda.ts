import type { Message } from "../../actor/history/message.ts"
import type { StepRetry } from "../../store/reading/waitingFor.ts"
import type { PendingStep } from "./steps/stepWork.ts"

/** What is to happen by itself. */
export type Pending = { readonly runId: string; readonly readyAt: number; readonly number: number } & (
  | { readonly kind: "message"; readonly message: Message }
  | PendingStep
)

/** Without its number, which the agenda gives. */
export type NewPending = Pending extends infer P ? (P extends Pending ? Omit<P, "number"> : never) : never

/** What is to happen in a world, of all its runs. */
export class Agenda {
  private all: Array<Pending> = []
  private numbered = 0

  add(pending: NewPending): void {
    this.all.push({ ...pending, number: this.numbered++ } as Pending)
  }

  /** What happens next, by time; `isStill`: not yet. */
  next(isStill: (one: Pending) => boolean): Pending | undefined {
    let next: Pending | undefined
    for (const one of this.all) {
      if (isStill(one)) continue
      if (next === undefined || one.readyAt < next.readyAt) next = one
    }
    return next
  }

  /** It happens. */
  take(pending: Pending): void {
    this.all = this.all.filter((one) => one !== pending)
  }

  /** It is not to happen. Answers whether it was to. */
  takeBack(isIt: (one: Pending) => boolean): boolean {
    const before = this.all.length
    this.all = this.all.filter((one) => !isIt(one))
    return this.all.length < before
  }

  has(isIt: (one: Pending) => boolean): boolean {
    return this.all.some(isIt)
  }

  /** A run's steps that have failed and are tried again. */
  retriesOf(runId: string): ReadonlyArray<StepRetry> {
    return this.all.flatMap((one) => {
      if (one.kind !== "step" || one.runId !== runId || one.attempt === 1) return []
      const { attempt, command, lastError, readyAt: notBefore } = one
      return [{ key: command.key, attempt, lastError, notBefore }]
    })
  }

  /** The dues of the timers that a run waits for. */
  timersOf(runId: string): ReadonlyArray<number> {
    return this.all.flatMap((one) =>
      one.runId === runId && one.kind === "message" && one.message.kind === "timer" ? [one.message.due] : []
    )
  }
}
