import { defineStep, defineWorkflow, type StepContext } from "dynactor"
import { Effect, Schema } from "effect"

// Broken on purpose: the harness's report on it stands in docs/testing.md.

const Prize = Schema.Struct({ winner: Schema.String, cents: Schema.Int })
type Prize = typeof Prize.Type

/** A bank that takes each key once. */
export class Bank {
  readonly transfers = new Map<string, Prize>()

  async transfer(key: string, prize: Prize): Promise<void> {
    if (!this.transfers.has(key)) this.transfers.set(key, prize)
  }
}

/** With the attempt in it the key is another one each time, and the bank cannot know it again. */
export const payOut = async (prize: Prize, { attempt, idempotencyKey }: StepContext, bank: Bank): Promise<void> => {
  await bank.transfer(`${idempotencyKey}-${attempt}`, prize)
}

const bank = new Bank()

const transferMoney = defineStep("transferMoney", {
  input: Prize,
  output: Schema.Void,
  run: (prize, context) => payOut(prize, context, bank)
})

const congratulate = defineStep("congratulate", { input: Prize, output: Schema.Void, run: async () => {} })

export const payOutPrize = defineWorkflow("payOutPrize", {
  input: Prize,
  output: Schema.Void,
  run: Effect.fn(function* (prize: Prize) {
    yield* transferMoney(prize)
    yield* congratulate(prize)
  })
})
