import * as Effect from "effect/Effect"
import { isSameMark, type StepMark, StepMarks } from "../../beside/stepMarks.ts"
import { type Item, numberOf, textOf } from "../table/attributes.ts"
import type { DynamoTable } from "../table/dynamoTable.ts"
import { addressPartition, stepMarkKey, stepMarksPartition } from "../table/keys.ts"
import { payloadAttributes, readPayload } from "../table/payloadAttributes.ts"

/**
 * Items of a partition beside the run's, so that no read of the run comes to them. `v` version, `k` token, `a` attempt, `t` time, `x` expired, `d` there are
 * details, which are in `j`, `z`, or `h` and `n`.
 */
export const makeDynamoStepMarks = ({
  table,
  tenant
}: {
  readonly table: DynamoTable
  readonly tenant: string
}): StepMarks["Service"] => {
  const partitionOf = (address: string) => stepMarksPartition(addressPartition(tenant, address))
  return StepMarks.of({
    read: (address, stepKey) =>
      Effect.map(table.get("StepMarks.read", partitionOf(address), stepMarkKey(stepKey)), (item) =>
        item === undefined ? undefined : readMark(item)
      ),
    write: (address, stepKey, mark) => {
      const item = markItem(partitionOf(address), stepMarkKey(stepKey), mark)
      const condition = mark.version === 1 ? "absent" : { attribute: "v", equals: mark.version - 1 }
      return Effect.gen(function* () {
        const put = yield* table.putIf("StepMarks.write", item, condition)
        if (put._tag === "Written") return undefined
        // A server that does not say what is there is asked. Marks are not deleted.
        const existing = put.existing ?? (yield* table.get("StepMarks.write", item.pk as string, item.sk as string))
        const there = existing === undefined ? mark : readMark(existing)
        // The SDK asks again where an answer was lost, and the second request meets what the first has written.
        return isSameMark(there, mark) ? undefined : there
      })
    }
  })
}

const markItem = (pk: string, sk: string, { at, attempt, details, expired, token, version }: StepMark): Item => {
  const rest = { pk, sk, v: version, k: token, a: attempt, t: at, ...(expired === true ? { x: 1 } : {}) }
  return details === undefined ? rest : { ...rest, d: 1, ...payloadAttributes(details, rest) }
}

export const readMark = (item: Item): StepMark => ({
  version: numberOf(item, "v"),
  token: textOf(item, "k"),
  attempt: numberOf(item, "a"),
  at: numberOf(item, "t"),
  ...("d" in item ? { details: readPayload(item) } : {}),
  ...("x" in item ? { expired: true as const } : {})
})
