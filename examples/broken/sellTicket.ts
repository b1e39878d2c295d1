import { defineStep, defineWorkflow, type StepContext } from "dynactor"
import { Effect, Schema } from "effect"

// Broken on purpose: the harness's report on it stands in docs/testing.md.

const Sale = Schema.Struct({ buyer: Schema.String })
type Sale = typeof Sale.Type

/** One record, and every sale's. */
export class BoxOffice {
  record = { left: 100, sales: [] as ReadonlyArray<string> }

  async read(): Promise<BoxOffice["record"]> {
    return this.record
  }

  async write(record: BoxOffice["record"]): Promise<void> {
    this.record = record
  }
}

/** Each sale takes one step, and no two of them are of one run: all the same they are under way at the same time. */
export const takeOne = async (_sale: Sale, { idempotencyKey }: StepContext, office: BoxOffice): Promise<void> => {
  const { left, sales } = await office.read()
  if (sales.includes(idempotencyKey)) return
  await office.write({ left: left - 1, sales: [...sales, idempotencyKey] })
}

const office = new BoxOffice()

const takeTicket = defineStep("takeTicket", {
  input: Sale,
  output: Schema.Void,
  run: (sale, context) => takeOne(sale, context, office)
})

export const sellTicket = defineWorkflow("sellTicket", {
  input: Sale,
  output: Schema.Void,
  run: Effect.fn(function* (sale: Sale) {
    yield* takeTicket(sale)
  })
})
