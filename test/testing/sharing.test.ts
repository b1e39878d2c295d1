import { defineStep, defineWorkflow, Run, type StepContext } from "dynactor"
import { type CheckOptions, checkWorkflow, WorkflowCheckFailed } from "dynactor/testing"
import { Effect, Schema } from "effect"
import { describe, expect, it } from "vitest"

// Two runs that have nothing to do with each other, in one world.

const Order = Schema.Struct({ id: Schema.String, customer: Schema.String })
type Order = typeof Order.Type

const pay = defineStep("pay", { input: Order, output: Schema.String, run: async () => "" })
const pack = defineWorkflow("pack", { input: Order, output: Schema.Void, run: () => Effect.void })

const sell = defineWorkflow("sell", { input: Order, output: Schema.String, run: (order) => pay(order) })

class Shop {
  readonly payments = new Map<string, Order>()
  readonly tables = new Set<string>()
  left = 10
  first: string | undefined

  async payOnce(key: string, order: Order) {
    if (!this.payments.has(key)) this.payments.set(key, order)
    return this.payments.get(key)?.id ?? ""
  }
  async take() {
    this.left--
  }
}

type Code = (order: Order, context: StepContext, shop: Shop) => Promise<string>

const check = (code: Code, more: Partial<Omit<CheckOptions<any, any, any, Shop, never>, "reload">> = {}) =>
  checkWorkflow(sell, { schedules: 200, world: () => new Shop(), steps: { pay: code }, ...more })

const failureOf = async (run: () => Promise<unknown>): Promise<WorkflowCheckFailed> => {
  const error = await run().catch((reason: unknown) => reason)
  if (error instanceof WorkflowCheckFailed) return error
  throw error instanceof Error ? error : new Error("nothing was found")
}

describe("two runs in one world", () => {
  const packing = (runId: string | ((order: Order, own: string) => string) | undefined, fallsBack = false) =>
    defineWorkflow("packing", {
      input: Order,
      output: Schema.Void,
      run: Effect.fn(function* (order: Order) {
        const { runId: own } = yield* Run
        const id = typeof runId === "function" ? runId(order, own) : runId
        const child = pack.child(order, id === undefined ? {} : { runId: id })
        yield* fallsBack ? Effect.exit(child) : child
      })
    })

  it("are found to start child runs of one id", async () => {
    const { kind, message } = await failureOf(() => checkWorkflow(packing("packing"), { schedules: 200 }))
    expect(kind).toBe("sharing")
    expect(message).toContain("packing: two runs start child runs of one id")
    expect(message).toContain("start pack#0: run id packing belongs to another run.")
    expect(message).toMatch(
      /Alone, the (first|second \(\[another\]\)) succeeds; beside the other, it dies: ChildFailed/
    )
  })

  it.each([
    ["of their own names", undefined, false],
    ["named after the input", ({ id }: Order) => `pack-${id}`, false],
    ["named after the run", (_: Order, own: string) => `pack-${own}`, false],
    ["of one id, where a run does without if there is one", "packing", true]
  ] as const)("may start child runs %s", async (_, runId, fallsBack) => {
    const report = await checkWorkflow(packing(runId, fallsBack), { schedules: 200 })
    expect(report.schedules).toBe(200)
  })

  it("are found to have one key", async () => {
    const codes: ReadonlyArray<Code> = [
      (order, _, shop) => shop.payOnce("payment", order),
      async (order, _, shop) => {
        await shop.payOnce("payment", order)
        return "paid"
      }
    ]
    for (const code of codes) {
      const { kind, message, plan } = await failureOf(() => check(code))
      expect(kind).toBe("sharing")
      expect(plan).toEqual([expect.stringMatching(/^company in the same world/)])
      expect(message).toContain("sell: a step takes another run's work for its own")
      await check(code, { alone: true })
    }
  })

  it("are found to write one record, each what it has read before", async () => {
    const code: Code = async (order, { idempotencyKey }, shop) => {
      if (shop.payments.has(idempotencyKey)) return ""
      const left = await Promise.resolve(shop.left)
      shop.payments.set(idempotencyKey, order)
      shop.left = left - 1
      return ""
    }
    const { kind, message } = await failureOf(() => check(code))
    expect(kind).toBe("interleaving")
    expect(message).toMatch(/there ran: pay#0 of run another\./)
  })

  it.each([
    [
      "the keys of their calls",
      (order: Order, { idempotencyKey }: StepContext, shop: Shop): Promise<string> =>
        shop.payOnce(idempotencyKey, order)
    ],
    [
      "keys of what they were given",
      (order: Order, _: StepContext, shop: Shop): Promise<string> => shop.payOnce(order.id, order)
    ],
    [
      "a record that the store changes in one go",
      async (order: Order, { idempotencyKey }: StepContext, shop: Shop): Promise<string> => {
        if (!shop.payments.has(idempotencyKey)) {
          shop.payments.set(idempotencyKey, order)
          shop.left--
        }
        return ""
      }
    ],
    [
      "what is there for all of them",
      async (order: Order, { idempotencyKey }: StepContext, shop: Shop): Promise<string> => {
        shop.tables.add("payments")
        return shop.payOnce(idempotencyKey, order)
      }
    ],
    [
      "what the first one gets, and the other is told",
      async (order: Order, _: StepContext, shop: Shop): Promise<string> => {
        shop.first ??= order.id
        return shop.first === order.id ? "won" : "lost"
      }
    ]
  ] as const)("may have %s", async (_, code) => {
    const report = await check(code)
    expect(report.faultsByKind.company).toBeGreaterThan(3)
  })

  it("are not what properties are asked about", async () => {
    const code: Code = (order, { idempotencyKey }, shop) => shop.payOnce(idempotencyKey, order)
    const report = await check(code, { always: (run) => run.world.payments.size <= 1 })
    expect(report.faultsByKind.company).toBeGreaterThan(3)
  })
})
