import { defineStep, defineWorkflow, type StepContext } from "dynactor"
import { Effect, Schema } from "effect"

// Broken on purpose: the harness's report on it stands in docs/testing.md.

const TopUp = Schema.Struct({ card: Schema.String, cents: Schema.Int })
type TopUp = typeof TopUp.Type

/** The accounts of gift cards, in a store of their own. */
export class Accounts {
  readonly balances = new Map<string, number>()
  readonly done = new Set<string>()

  async isDone(key: string): Promise<boolean> {
    return this.done.has(key)
  }

  async add(card: string, cents: number): Promise<void> {
    this.balances.set(card, (this.balances.get(card) ?? 0) + cents)
  }

  async markDone(key: string): Promise<void> {
    this.done.add(key)
  }
}

/** Looks at its idempotency key, and marks itself done last: whoever dies before that, adds the money once more. */
export const add = async (topUp: TopUp, { idempotencyKey }: StepContext, accounts: Accounts): Promise<void> => {
  if (await accounts.isDone(idempotencyKey)) return
  await accounts.add(topUp.card, topUp.cents)
  await accounts.markDone(idempotencyKey)
}

const accounts = new Accounts()

const addMoney = defineStep("addMoney", {
  input: TopUp,
  output: Schema.Void,
  run: (topUp, context) => add(topUp, context, accounts)
})

export const topUpCard = defineWorkflow("topUpCard", {
  input: TopUp,
  output: Schema.Void,
  run: Effect.fn(function* (topUp: TopUp) {
    yield* addMoney(topUp)
  })
})
