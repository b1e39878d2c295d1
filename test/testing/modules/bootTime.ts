import { defineStep, defineWorkflow } from "dynactor"
import { Effect, HashSet, Schema } from "effect"

// What a module computes when it is loaded, for `loadTime.test.ts`. Broken on purpose.

const bootedAt = Date.now()
const booted = new Date()
const instanceId = crypto.randomUUID()
const lucky = Math.random()
const isLate = new Date().getUTCHours() % 2 === 1
const limit = Number(process.env.DYNACTOR_NO_SUCH_LIMIT ?? 5)
const isHigh = Math.random() > 0.9

const noted = defineStep("noted", { input: Schema.Json, output: Schema.Void, run: async () => {} })
const late = defineStep("late", { input: Schema.Void, output: Schema.Void, run: async () => {} })
const loud = HashSet.make(noted, late)

const workflow = (name: string, run: (input: number) => Effect.Effect<unknown, never, any>) =>
  defineWorkflow(name, {
    input: Schema.Int,
    output: Schema.String,
    run: (input) =>
      Effect.map(run(input) as Effect.Effect<unknown>, (output) => (typeof output === "string" ? output : ""))
  })

export const asNumber = workflow("asNumber", () => noted(bootedAt))
export const asDate = workflow("asDate", () => noted({ since: [booted.toISOString()] }))
export const asOutput = workflow("asOutput", () => Effect.succeed(`worker-${instanceId}/1`))
export const asKey = workflow("asKey", () => noted(1, { key: instanceId }))
export const asToken = workflow("asToken", () => noted(`token ${lucky.toString(36).slice(2)}`))
export const asBranch = workflow("asBranch", () => (isLate ? late() : noted(1)))
export const asLimit = workflow("asLimit", (count) => (count >= limit ? late() : noted(count)))
export const asChance = workflow("asChance", () => (isHigh ? late() : noted(1)))
export const asDifference = workflow("asDifference", () => noted(bootedAt + 60_000))
export const asOrder = workflow("asOrder", () => noted([...loud].map(({ stepName }) => stepName)))
export const sound = workflow("sound", () => noted(Date.now()))
