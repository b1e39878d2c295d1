/** A first workflow: a step that may fail, its compensation, a signal, a time-out. */
export const workflowsText = `import { compensateWith, defineSignal, defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

const Rental = Schema.Struct({ customer: Schema.String, bike: Schema.String })
type Rental = typeof Rental.Type

export class Declined extends Schema.TaggedError<Declined>()("Declined", { message: Schema.String }) {}

// Steps do what has an effect on the world. They are tried again until they succeed, and may run more than once: an idempotency key
// makes that harmless.
export const takeDeposit = defineStep("takeDeposit", {
  input: Rental,
  output: Schema.Struct({ depositId: Schema.String }),
  error: Declined,
  retry: { nonRetryable: ["Declined"] },
  run: async (rental, { idempotencyKey }) => ({ depositId: \`\${rental.customer}/\${idempotencyKey}\` })
})

export const returnDeposit = defineStep("returnDeposit", {
  input: Schema.Struct({ depositId: Schema.String }),
  output: Schema.Void,
  run: async () => {}
})

export const unlockBike = defineStep("unlockBike", { input: Rental, output: Schema.Void, run: async () => {} })
export const callCustomer = defineStep("callCustomer", { input: Rental, output: Schema.Void, run: async () => {} })

export const returned = defineSignal("returned", Schema.Struct({ station: Schema.String }))

// The workflow is plain Effect. It survives crashes and deployments, for days: what it has come to is on record.
export const rentBike = defineWorkflow("rentBike", {
  input: Rental,
  output: Schema.Struct({ station: Schema.String }),
  error: Declined,
  run: Effect.fn(function* (rental: Rental) {
    const deposit = yield* takeDeposit(rental).pipe(compensateWith(returnDeposit))
    yield* unlockBike(rental)
    const inTime = yield* returned.receive.pipe(Effect.timeoutOption("1 day"))
    if (inTime._tag === "None") yield* callCustomer(rental)
    const { station } = inTime._tag === "Some" ? inTime.value : yield* returned.receive
    yield* returnDeposit(deposit)
    return { station }
  })
})

// What runs, here and on AWS.
export const workflows = [rentBike]
export const steps = [takeDeposit, returnDeposit, unlockBike, callCustomer]
export const signals = [returned]
`

/** Its tests, by Node's own runner. */
export const testText = `import assert from "node:assert/strict"
import { test } from "node:test"
import { checkWorkflow, TestRuntime } from "dynactor/testing"
import { rentBike, returned } from "./workflows.ts"

test("rentBike survives a thousand schedules of crashes, retries and cancellations", async () => {
  const report = await checkWorkflow(rentBike, {
    compensations: { takeDeposit: "returnDeposit" },
    facts: {
      // The deposit is never kept when the run is over.
      kept: (run) => run.succeeded("takeDeposit") && !run.executed("returnDeposit")
    },
    atEnd: (run) => run.outcome === undefined || !run.happened("kept")
  })
  assert.equal(report.schedules, 1_000)
})

test("who is late is called after a day", async () => {
  const runtime = new TestRuntime()
  const run = await runtime.start(rentBike, { input: { customer: "Ada", bike: "b-7" } })
  await runtime.advance("23 hours")
  assert.equal(run.executed("callCustomer"), false)
  await runtime.advance("2 hours")
  assert.equal(run.executed("callCustomer"), true)
  await run.signal(returned, { station: "Harbour" })
  assert.deepEqual(run.outcome, { tag: "succeeded", value: { station: "Harbour" } })
})
`
