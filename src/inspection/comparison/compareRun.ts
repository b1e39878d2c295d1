import * as Effect from "effect/Effect"
import { type ParkReason, PayloadUnreadable, UnknownWorkflow } from "../../actor/errors.ts"
import { adoptedKey } from "../../actor/history/entry.ts"
import { isTerminal } from "../../actor/history/head.ts"
import { remedyFor } from "../../store/reading/remedyFor.ts"
import { type Code, type Replayed, replayRun } from "../replay/replayRun.ts"
import { readHistory, type StoredHistory } from "../replay/storedHistory.ts"
import type { Comparison } from "../shapes/comparison.ts"

/**
 * Would this code go on with the run? Replays it and changes nothing. Fails with `RunNotFound`, `StoreUnavailable` or `StoreRefused`.
 *
 * @example
 * const { verdict, divergence } = yield* compareRun("order-17", { workflows: [fulfilOrder] })
 */
export const compareRun = Effect.fnUntraced(function* (
  runId: string,
  options: Code & { readonly generation?: number }
) {
  const history = yield* readHistory(runId, options.generation)
  return comparisonOf(history, yield* replayRun(history, options))
})

/** The same of what was read and replayed. */
export const comparisonOf = (
  history: StoredHistory,
  replayed: Replayed | UnknownWorkflow | PayloadUnreadable
): Comparison => {
  const { generation, head, order, runId, start } = history
  const isUnread = replayed instanceof UnknownWorkflow || replayed instanceof PayloadUnreadable
  const reason = isUnread ? replayed : replayed.reason
  const count = isUnread ? 0 : replayed.replayed
  const isOver = head !== undefined && isTerminal(head.status)
  return {
    runId,
    generation,
    workflow: start.workflow,
    definitionVersion: start.definitionVersion,
    verdict: reason === undefined ? (isOver ? "over" : "fits") : isOver ? "over" : "diverges",
    replayed: count,
    total: order.length,
    ...(reason === undefined ? {} : { divergence: divergenceOf(reason, count, order) })
  }
}

/** Where a run and its code part, side by side. */
export const divergenceOf = (
  reason: ParkReason,
  position: number,
  order: ReadonlyArray<string>
): NonNullable<Comparison["divergence"]> => {
  const entry = order[position]
  const location = placeIn(reason.message)
  return {
    position,
    entry: entry === undefined ? null : adoptedKey(entry),
    reason: reason._tag,
    message: reason.message,
    command: reason._tag === "NonDeterminismError" ? reason.command : null,
    recorded: reason._tag === "NonDeterminismError" ? reason.recorded : null,
    now: reason._tag === "NonDeterminismError" ? reason.issued : nowOf(reason),
    ...(location === undefined ? {} : { location }),
    advice: remedyFor(reason)
  }
}

const nowOf = (reason: ParkReason): string | null => {
  switch (reason._tag) {
    case "UnknownWorkflow":
      return reason.known.length === 0 ? null : `code for ${reason.known.join(", ")}`
    case "DeterminismViolation":
      return reason.message
    default:
      return null
  }
}

/** Messages end with the place in the user's code, as far as there is one. */
const placeIn = (message: string): string | undefined => /, at ([^\s,()]+:\d+:\d+)/.exec(message)?.[1]
