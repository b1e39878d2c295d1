import { defineSignal, defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

// Runs that begin with rows of the user's, and move what is in a table of the user's.

class NotEnough extends Schema.TaggedError<NotEnough>()("NotEnough", { account: Schema.String }) {}

const Transfer = Schema.Struct({ from: Schema.String, to: Schema.String, cents: Schema.Int })

const move = defineStep("move", {
  input: Transfer,
  output: Schema.Int,
  error: NotEnough,
  retry: { nonRetryable: ["NotEnough"] },
  transaction: ({ cents, from, to }) => {
    const TableName = process.env.ACCOUNTS ?? ""
    return {
      items: [
        {
          Update: {
            TableName,
            Key: { id: from },
            UpdateExpression: "SET cents = cents - :cents",
            ConditionExpression: "cents >= :cents",
            ExpressionAttributeValues: { ":cents": cents }
          }
        },
        {
          Update: {
            TableName,
            Key: { id: to },
            UpdateExpression: "SET cents = cents + :cents",
            ExpressionAttributeValues: { ":cents": cents }
          }
        },
        {
          ConditionCheck: {
            TableName,
            Key: { id: "bank" },
            ConditionExpression: "cents = :open",
            ExpressionAttributeValues: { ":open": 1 }
          }
        }
      ],
      output: cents,
      onCancelled: () => new NotEnough({ account: from })
    }
  }
})

export const confirmed = defineSignal("confirmed", Schema.String)

/** Two confirmations: the one may come with its start, the other while it waits. */
export const payOut = defineWorkflow("payOut", {
  input: Transfer,
  output: Schema.Struct({ moved: Schema.Int, by: Schema.Array(Schema.String) }),
  error: NotEnough,
  run: Effect.fn(function* (transfer) {
    const by = [yield* confirmed.receive, yield* confirmed.receive]
    return { moved: yield* move(transfer), by }
  })
})

export const workflows = [payOut]
export const steps = [move]
export const signals = [confirmed]
