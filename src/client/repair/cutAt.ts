import type { AnyWorkflow } from "../../actor/definitions/definition.ts"
import { adoptedKey, readEntry } from "../../actor/history/entry.ts"
import type { Head } from "../../actor/history/head.ts"
import type { Message } from "../../actor/history/message.ts"
import { RepairRefused } from "../errors.ts"
import { failurePointOf } from "./failurePoint.ts"
import type { RetryOptions } from "./repairOptions.ts"

/** A run's history with payloads in hand. */
export interface History {
  readonly runId: string
  readonly address: string
  readonly head: Head
  readonly order: ReadonlyArray<string>
  readonly messages: ReadonlyMap<string, Message>
}

export interface CutAt {
  readonly at: number
  /** Successes that came behind it are taken over. */
  readonly takesOver: boolean
}

/** Where a retry cuts, unless it is told. */
export const retryAt = (
  workflow: AnyWorkflow,
  history: History,
  { at, compensated }: Pick<RetryOptions, "compensated"> & { readonly at?: number }
): CutAt | RepairRefused => {
  const { head, order, runId } = history
  const { status } = head
  const refused = (reason: RepairRefused["reason"], message: string, keys: ReadonlyArray<string> = []) =>
    new RepairRefused({ runId, reason, message, keys })
  if (status === "succeeded")
    return refused("status", `run ${runId} has succeeded: there is nothing to retry. Reset it to a message, or fork it`)
  if (status !== "failed" && status !== "cancelled" && status !== "terminated")
    return refused("status", `run ${runId} has not ended, its status is ${status}: ${notEnded(status)}`)
  if (at !== undefined) return { at, takesOver: false }
  if (status === "terminated") {
    const end = order.findIndex((entry) => adoptedKey(entry) === "terminate")
    return { at: end < 0 ? order.length : end, takesOver: true }
  }
  const point = failurePointOf(workflow, history.address, order, history.messages)
  const found = status === "cancelled" ? cancelledBy(history) : failedBy(history, point)
  if (found instanceof RepairRefused) return found
  if (point.compensations.length === 0 || compensated === "keep") return { at: found, takesOver: true }
  if (compensated === "rerun")
    return { at: Math.max(begunBy(history) + 1, Math.min(found, point.compensatedFrom ?? found)), takesOver: false }
  const steps = point.compensations.join(", ")
  return refused(
    "compensated",
    `run ${runId} has compensated what it had done (${steps}): say compensated: "rerun" to do that once more, or "keep" if it stands all the same`,
    point.compensations
  )
}

const notEnded = (status: Head["status"]): string =>
  status === "paused"
    ? "resume it, or reset it to a message"
    : status === "parked"
      ? "it goes on by itself once the cause is gone; or reset it to a message"
      : "reset it to a message, or fork it"

const cancelledBy = ({ messages, order, runId }: History): number | RepairRefused => {
  const found = order.findIndex((entry) => {
    const kind = messages.get(adoptedKey(entry))?.kind
    return (kind === "cancel" || kind === "restart") && !readEntry(entry).isSetAside
  })
  return found < 0 ? notFound(runId, "nothing in its history has cancelled it") : found
}

/** A run begins by its start: what its body comes to at once comes again. */
const begunBy = ({ order }: History): number => order.findIndex((entry) => adoptedKey(entry) === "start")

const failedBy = (
  history: History,
  { endedBy, handedOut, why }: ReturnType<typeof failurePointOf>
): number | RepairRefused => {
  const { messages, order, runId } = history
  if (handedOut !== undefined && handedOut > begunBy(history)) return handedOut
  if (why !== undefined) return notFound(runId, `today's code does not come to where it ended: ${why}`)
  if (endedBy === undefined) return notFound(runId, "today's code comes to the end of its history without failing")
  const row = messages.get(adoptedKey(order[endedBy] as string))
  if (row !== undefined && "outcome" in row && row.outcome.tag !== "succeeded") return endedBy
  if (row?.kind === "timer")
    return notFound(runId, `it failed when timer ${row.key} was due (message ${endedBy}), which it would again`)
  // Its own code has failed by what it was handed: that is kept, for code that was put right.
  return endedBy + 1
}

const notFound = (runId: string, why: string): RepairRefused =>
  new RepairRefused({
    runId,
    reason: "notFound",
    keys: [],
    message: `where run ${runId} is to go on from cannot be told, as ${why}: say at which message, with at`
  })
