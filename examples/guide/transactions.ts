import { defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

class NotEnough extends Schema.TaggedError<NotEnough>()("NotEnough", { account: Schema.String }) {}

const Transfer = Schema.Struct({ from: Schema.String, to: Schema.String, cents: Schema.Int })

/** On DynamoDB: what it moves is moved exactly once, whatever crashes. */
export const move = defineStep("move", {
  input: Transfer,
  output: Schema.Struct({ moved: Schema.Int }),
  error: NotEnough,
  retry: { nonRetryable: ["NotEnough"] },
  transaction: ({ cents, from, to }) => ({
    items: [
      {
        Update: {
          TableName: "accounts",
          Key: { id: from },
          UpdateExpression: "SET cents = cents - :cents",
          ConditionExpression: "cents >= :cents",
          ExpressionAttributeValues: { ":cents": cents }
        }
      },
      {
        Update: {
          TableName: "accounts",
          Key: { id: to },
          UpdateExpression: "SET cents = cents + :cents",
          ExpressionAttributeValues: { ":cents": cents }
        }
      }
    ],
    output: { moved: cents },
    onCancelled: () => new NotEnough({ account: from })
  })
})

/** The same for a table of yours in the engine's SQLite file. */
export const moveInFile = defineStep("move", {
  input: Transfer,
  output: Schema.Struct({ moved: Schema.Int }),
  error: NotEnough,
  retry: { nonRetryable: ["NotEnough"] },
  transaction: ({ cents, from, to }) => ({
    statements: [
      {
        sql: "update accounts set cents = cents - ? where id = ? and cents >= ?",
        params: [cents, from, cents],
        changes: 1
      },
      { sql: "update accounts set cents = cents + ? where id = ?", params: [cents, to], changes: 1 }
    ],
    output: { moved: cents },
    onCancelled: () => new NotEnough({ account: from })
  })
})

export const payOut = defineWorkflow("payOut", {
  input: Transfer,
  output: Schema.Int,
  error: NotEnough,
  run: (transfer) => Effect.map(move(transfer), ({ moved }) => moved)
})
