import { isLimiter } from "../actor/calls/limits/limitNames.ts"
import { refusedAwait } from "../actor/history/awaitRefusal.ts"
import { type Head, isTerminal } from "../actor/history/head.ts"
import type { ChildMessage, ParentLink, StartMessage } from "../actor/history/message.ts"
import type { Outcome } from "../actor/history/outcome.ts"
import type { Notice } from "./commits.ts"

/** The run that a notice is for, in its newest generation, as far as it is there. */
export interface Receiver {
  readonly head: Pick<Head, "workflow" | "status" | "outcome" | "parent" | "deletion"> | undefined
  /** Needed only where there is no head. */
  readonly start: StartMessage | undefined
}

/** `isOver`: the run may be started once more. */
export interface Dropped {
  readonly dropped: string
  readonly isOver?: true
}

export type Verdict =
  | "put"
  /** Its place is not there, or is another's: nothing is to be done. */
  | "drop"
  /** Nobody would receive it, and the log is to say why. */
  | Dropped
  | Answered

/** What the run is asked is known already: a row for the one who asks. */
export interface Answered {
  readonly answer: ChildMessage
  /** In place of it, where its object is not there any more: those of a run that is deleted go before its head. */
  readonly ifGone?: ChildMessage
}

/** Is anything to be known of the receiver before this notice is put? Starts and answers are put whatever is there. */
export const isJudged = ({ message: { kind } }: Notice): boolean =>
  kind === "cancel" || kind === "signal" || kind === "await"

/** Is the notice to be put? `from`: the run whose commit asks for it. */
export const judgeNotice = (from: string, notice: Notice, { head, start }: Receiver): Verdict => {
  const { message, runId, toChild, workflow } = notice
  const parent = (head ?? start)?.parent
  const isItsChild = parent?.runId === from && parent.key === toChild
  const isThere = head !== undefined || start !== undefined
  switch (message.kind) {
    case "cancel":
      // A run that was there before under a child's id is nobody's to cancel but its own senders'; it may be another child's.
      return isThere && isItsChild && head?.status !== "deleted" ? "put" : "drop"
    case "signal":
      if (!isThere) return { dropped: `there is no run ${runId}` }
      if (toChild !== undefined && !isItsChild) return { dropped: `run ${runId} is no child of run ${from}` }
      if (head?.status === "deleted") return { dropped: `run ${runId} was deleted` }
      if (head !== undefined && isTerminal(head.status)) return { dropped: `run ${runId} has ended`, isOver: true }
      return "put"
    case "await": {
      // Until all that it had is deleted its head says how it ended: who asks again may have asked before that.
      const isGone = head?.status === "deleted" && head.deletion?.was === undefined
      const found = isGone ? undefined : (head?.workflow ?? start?.workflow)
      const notFound = answerTo(message.waiter, refusedAwait({ reason: "notFound" }), message.at)
      if (found === undefined) return { answer: notFound }
      if (workflow !== undefined && found !== workflow)
        return {
          answer: answerTo(message.waiter, refusedAwait({ reason: "otherWorkflow", workflow: found }), message.at)
        }
      if (head?.outcome === undefined || head.outcome.tag === "continued") return "put"
      const answer = answerTo(message.waiter, head.outcome, message.at)
      return head.status === "deleted" ? { answer, ifGone: notFound } : { answer }
    }
    default:
      return "put"
  }
}

/** The row by which a parent, or a run that waits, is told an outcome. */
export const answerTo = ({ key, fingerprint, runId }: ParentLink, outcome: Outcome, at: number): ChildMessage => ({
  kind: "child",
  at,
  key,
  fingerprint,
  // A limiter is told that it is over, and not what it came to: that is none of its business, and would stay with it.
  outcome: isLimiter(runId) ? { tag: outcome.tag, payload: { json: "null" } } : outcome
})
