import { appendFileSync } from "node:fs"
import { defineLimit, defineStep, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"

// What is held to limits, deployed: each execution writes down when it begins and ends, in a file that outlives its function.

export const Job = Schema.Struct({ file: Schema.String, name: Schema.String, account: Schema.String })
export type Job = typeof Job.Type

export const twoRuns = defineLimit("twoRuns", { concurrency: 2 })
export const twoSteps = defineLimit("twoSteps", { concurrency: 2 })
export const often = defineLimit("often", { rate: "3/2 seconds" })

const note = ({ file, name }: Job, what: string) =>
  Effect.sync(() => appendFileSync(file, `${JSON.stringify({ name, what, at: Date.now() })}\n`))

const retry = { attempts: 50, initial: "20 millis", max: "200 millis" } as const

const work = (job: Job) =>
  Effect.andThen(note(job, "begin"), Effect.andThen(Effect.sleep("40 millis"), Effect.as(note(job, "end"), job.name)))

const plain = defineStep("plain", { input: Job, output: Schema.String, retry, run: work })
const narrow = defineStep("narrow", {
  input: Job,
  output: Schema.String,
  retry,
  limit: twoSteps.by((job: Job) => job.account),
  run: work
})
const rated = defineStep("rated", {
  input: Job,
  output: Schema.String,
  retry,
  limit: often.by((job: Job) => job.account),
  run: work
})

const ofTwo = (one: typeof plain) => (job: Job) =>
  Effect.andThen(one(job), () => one({ ...job, name: `${job.name} again` }))

/** Of which two runs of an account go on at a time. */
export const limitedRun = defineWorkflow("limitedRun", {
  input: Job,
  output: Schema.String,
  limits: [twoRuns.by((job: Job) => job.account)],
  run: ofTwo(plain)
})

/** Whose steps wait for each other. */
export const limitedSteps = defineWorkflow("limitedSteps", {
  input: Job,
  output: Schema.String,
  run: (job) => narrow(job)
})

export const ratedSteps = defineWorkflow("ratedSteps", { input: Job, output: Schema.String, run: (job) => rated(job) })

export const workflows = [limitedRun, limitedSteps, ratedSteps]
export const steps = [plain, narrow, rated]
