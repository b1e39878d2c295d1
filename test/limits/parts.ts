import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { defineLimit, defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"

export const Job = Schema.Struct({ account: Schema.String, name: Schema.String, rank: Schema.Int })
export type Job = typeof Job.Type

export const release = defineSignal("release", Schema.Null)

/** How many executions of a step are under way, and the most that ever were. */
export class Gauge {
  now = 0
  most = 0
  readonly order: Array<string> = []

  within<A, E, R>(name: string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    const enter = Effect.sync(() => {
      this.order.push(name)
      this.most = Math.max(this.most, ++this.now)
    })
    const exit = Effect.sync(() => {
      this.now--
    })
    return Effect.andThen(enter, Effect.ensuring(effect, exit))
  }
}

export const two = defineLimit("two", { concurrency: 2 })
export const one = defineLimit("one", { concurrency: 1 })

/** A workflow of which two runs of an account go on at a time. `working`: what its step does. */
export const limitedWorkflow = (gauge: Gauge, working: Effect.Effect<void> = Effect.sleep("30 millis")) => {
  const work = defineStep("work", {
    input: Job,
    output: Schema.String,
    run: (job) => gauge.within(job.name, Effect.as(working, job.name))
  })
  const workflow = defineWorkflow("limited", {
    input: Job,
    output: Schema.String,
    limits: [{ limit: two, key: (job) => job.account, priority: (job) => job.rank }],
    run: (job) => work(job)
  })
  return { workflow, steps: [work] }
}

/** Holds the only place of its account until it is released. */
export const holding = defineWorkflow("holding", {
  input: Job,
  output: Schema.String,
  limits: [{ limit: one, key: (job) => job.account }],
  run: (job) => Effect.as(release.receive, job.name)
})

export const job = (name: string, account = "acct_1", rank = 0): Job => ({ account, name, rank })
