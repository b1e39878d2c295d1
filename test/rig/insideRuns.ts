import {
  callback,
  continueAsNew,
  defineCallback,
  defineState,
  defineStep,
  defineStream,
  defineUpdate,
  defineWorkflow,
  forEachStep,
  outputsOrFail,
  updatesSettled
} from "dynactor"
import { Effect, Schema } from "effect"

// What a workflow can say beyond plain steps, deployed.

export const approval = defineCallback("approval", { payload: Schema.Struct({ by: Schema.String }) })
/** The token, for whoever plays the person that it was sent to. */
export const asked = defineState("asked", Schema.Struct({ generation: Schema.Int, token: Schema.String }))
export const rename = defineUpdate("rename", { input: Schema.String, output: Schema.Int })
export const lines = defineStream("lines", Schema.String)

const measure = defineStep("measure", {
  input: Schema.String,
  output: Schema.Int,
  run: (name) => Effect.succeed(name.length)
})

const tell = defineStep("tell", {
  input: Schema.String,
  output: Schema.Void,
  run: (line, { emit }) => Effect.asVoid(emit(lines, line))
})

const Round = Schema.Struct({ generation: Schema.Int, name: Schema.String, approvedBy: Schema.Array(Schema.String) })

/** Two generations, each with a callback of its own, and updates that are taken by whichever is there. */
export const rounds = defineWorkflow("rounds", {
  input: Round,
  output: Schema.Struct({ ...Round.fields, lengths: Schema.Array(Schema.Int) }),
  run: Effect.fn(function* (round) {
    let { name } = round
    yield* rename.handle(
      Effect.fn(function* (wanted) {
        const length = yield* measure(wanted)
        name = wanted
        return length
      })
    )
    const { receive, token } = yield* callback(approval)
    yield* asked.set({ generation: round.generation, token })
    const { by } = yield* receive
    yield* tell(`${round.generation}: ${by}`)
    yield* updatesSettled
    const next = { generation: round.generation + 1, name, approvedBy: [...round.approvedBy, by] }
    if (next.generation < 2) return yield* continueAsNew(next)
    const lengths = yield* forEachStep(next.approvedBy, measure, { concurrency: 2 }).pipe(outputsOrFail, Effect.orDie)
    return { ...next, lengths }
  })
})

export const workflows = [rounds]
export const steps = [measure, tell]
export const states = [asked]
export const updates = [rename]
export const callbacks = [approval]
export const streams = [lines]
