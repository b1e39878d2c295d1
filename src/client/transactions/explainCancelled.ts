import { fromAttributes, type Item } from "../../store/aws/table/attributes.ts"
import { headKey, parseListPartition, parseRunPartition } from "../../store/aws/table/keys.ts"
import { readMessageItem } from "../../store/aws/table/messageItem.ts"
import { sameContent } from "../../store/reading/sameMessage.ts"
import { RunConflict, RunFinished, SignalConflict } from "../errors.ts"
import type { RunItems } from "./transactionClient.ts"

/** What was to be put is there, and says the same: this transaction was taken before, or something else has done its part. */
export interface IsThere {
  readonly _tag: "IsThere"
  readonly runId: string
}

/**
 * Why a transaction with items of `startItem` and `signalItem` was cancelled, from the error that the SDK has thrown (`TransactionCanceledException`): the first of
 * them that stood in the way. Undefined: none of them did, or it is another error.
 *
 * - `IsThere`: the run was started before with the same workflow and input, or the same signal was sent before.
 * - `RunConflict`: the run was started before with another workflow or input.
 * - `SignalConflict`: a signal of this name and id says something else.
 * - `RunFinished`: the run has ended, and the signal comes too late.
 *
 * @example
 * const why = explainCancelled(error, [start])
 * if (why?._tag === "IsThere") return "the order was placed before"
 */
export const explainCancelled = (
  error: unknown,
  given: ReadonlyArray<RunItems>
): IsThere | RunConflict | RunFinished | SignalConflict | undefined => {
  const items = reasonsOf(error).flatMap(({ Item: attributes }) => {
    const item = attributes === undefined ? undefined : toItem(attributes)
    return item === undefined ? [] : [item]
  })
  const explained = items.flatMap((there) => explain(there, given) ?? [])
  // One that says the same stands in nobody's way by itself.
  return explained.find(({ _tag }) => _tag !== "IsThere") ?? explained[0]
}

interface Reason {
  readonly Item?: Parameters<typeof fromAttributes>[0]
}

const reasonsOf = (error: unknown): ReadonlyArray<Reason> => {
  const { CancellationReasons: reasons } = (error ?? {}) as { readonly CancellationReasons?: unknown }
  return Array.isArray(reasons) ? reasons : []
}

/** Of another table it may be anything. */
const toItem = (attributes: NonNullable<Reason["Item"]>): Item | undefined => {
  try {
    const item = fromAttributes(attributes)
    return typeof item.pk === "string" && typeof item.sk === "string" ? item : undefined
  } catch {
    return undefined
  }
}

const explain = (there: Item, given: ReadonlyArray<RunItems>) => {
  for (const { items, runId } of given) {
    for (const item of items) {
      if (item.ConditionCheck !== undefined) {
        const { pk, sk } = item.ConditionCheck.Key
        if (pk === there.pk && sk === there.sk) return finished(runId, there)
      } else if (item.Put.Item.pk === there.pk && item.Put.Item.sk === there.sk)
        return explainRow(runId, there, item.Put.Item)
    }
  }
  return undefined
}

const finished = (runId: string, head: Item): RunFinished | undefined => {
  if (head.sk !== headKey || typeof head.gp !== "string") return undefined
  const { tenant } = parseRunPartition(head.pk as string) ?? { tenant: "" }
  const { status } = parseListPartition(tenant, head.gp)
  const ended = status === "cancelled" ? "was cancelled" : `has ${status}`
  return new RunFinished({
    runId,
    status: status as RunFinished["status"],
    message: `run ${runId} ${ended}: the signal comes too late`
  })
}

const explainRow = (runId: string, there: Item, ours: Item) => {
  const sort = there.sk as string
  const [before, wanted] = [readMessageItem(sort, there), readMessageItem(sort, ours)]
  if (before.kind === "signal" && wanted.kind === "signal") {
    const isSame = before.for === wanted.for && sameContent(before, wanted)
    if (isSame) return { _tag: "IsThere", runId } satisfies IsThere
    const { id, name } = wanted
    const message = `signal ${name} with the id ${id} was sent to run ${runId} before, and says something else`
    return new SignalConflict({ runId, signal: name, id, message })
  }
  if (before.kind === "start" && sameContent(before, wanted)) return { _tag: "IsThere", runId } satisfies IsThere
  const workflow = before.kind === "start" ? before.workflow : "?"
  const isOfSame = wanted.kind === "start" && wanted.workflow === workflow
  const what = isOfSame ? "another input" : `workflow ${workflow}`
  return new RunConflict({ runId, workflow, message: `run ${runId} was started before with ${what}` })
}
