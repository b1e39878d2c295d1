import * as Effect from "effect/Effect"
import { Replies } from "../../beside/replies.ts"
import type { DynamoTable } from "../table/dynamoTable.ts"
import { repliesPartition, replyKey } from "../table/keys.ts"
import { outcomeItem, readOutcome } from "../table/messageItem.ts"

/** A partition of their own for the replies of a run: their number makes none of its turns dearer. */
export const makeDynamoReplies = ({
  table,
  tenant
}: {
  readonly table: DynamoTable
  readonly tenant: string
}): Replies["Service"] => {
  const partitionOf = (runId: string) => repliesPartition({ tenant, runId, generation: 0 })
  return Replies.of({
    put: (runId, { name, id, outcome }) =>
      Effect.asVoid(
        table.putIf(
          "Replies.put",
          { pk: partitionOf(runId), sk: replyKey(name, id), ...outcomeItem(outcome) },
          "absent"
        )
      ),
    read: (runId, name, id) =>
      Effect.map(table.get("Replies.read", partitionOf(runId), replyKey(name, id)), (item) =>
        item === undefined ? undefined : { name, id, outcome: readOutcome(item) }
      )
  })
}
