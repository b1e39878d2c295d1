import * as Effect from "effect/Effect"
import { type ParkReason, PayloadUnreadable, UnknownWorkflow } from "../../actor/errors.ts"
import { adoptedKey } from "../../actor/history/entry.ts"
import { isTerminal } from "../../actor/history/head.ts"
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
    advice: adviceFor(reason)
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

export const adviceFor = (reason: ParkReason): string => {
  switch (reason._tag) {
    case "NonDeterminismError":
      return "Put back what the run met before, or let runs of before go the old way by patched(), or give the changed workflow a new version beside the old one (docs/guide/changing-code.md)."
    case "UnknownWorkflow":
      return "Register this workflow with this version again: a run stays with the version that it was started with. Old versions can stand beside new ones until their runs have ended."
    case "PayloadUnreadable":
      return /missing|altered|is in the adopted order/.test(reason.message)
        ? "Bring the object or row back as it was, from a backup of the bucket or the table: nobody can make it up."
        : "Let the schema read what it read before: new fields optional, old ones kept, a union where a form has changed."
    case "HistoryTooLong":
      if (/commands open/.test(reason.message))
        return "Bound the concurrency of what it does at once (Effect.forEach with a number, forEachStep), or split the work into child runs, and deploy: the run then goes on with its next message."
      return "Let the workflow continue as new before it comes to this (continueAsNew), or split the work into child runs. This run can be cancelled, and started anew with what is left of its work."
    case "DeterminismViolation":
      return "Move what the message names into a step, and deploy: the run then goes on with its next message."
    case "WriteRefused":
      return reason.mend === undefined
        ? "Bound its concurrency, make its values and keys smaller, or split the work into child runs, and deploy."
        : `Put right what the store lacks: ${reason.mend}. The run goes on then.`
  }
}
