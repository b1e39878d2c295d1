import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import {
  continueAsNew,
  defineSchedule,
  defineSignal,
  defineState,
  defineStep,
  defineStream,
  defineUpdate,
  defineWorkflow,
  forEachStep,
  type Run,
  setTags,
  type Workflow
} from "../../src/index.ts"

// Runs that have something of everything that a store keeps.

export const go = defineSignal("go", Schema.String)
export const shown = defineState("shown", Schema.String)
export const words = defineStream("words", Schema.String, { flushEvery: 0 })
export const steps = defineStream("steps", Schema.String, { flushEvery: 0 })
export const ask = defineUpdate("ask", { input: Schema.String, output: Schema.String })

const text = { input: Schema.String, output: Schema.String }

const says = defineStep("says", {
  ...text,
  run: (word, { emit }) => Effect.as(emit(steps, `${word}!`), word)
})

/** Answers no sooner than it is let, however often it is executed. */
export const gate = { isOpen: false, begun: 0 }
const gated = defineStep("gated", {
  ...text,
  details: Schema.String,
  heartbeat: "1 minute",
  run: (word) => {
    gate.begun++
    return gate.isOpen ? Effect.succeed(`${word} done`) : Effect.never
  }
})
const once = defineStep("once", {
  ...text,
  atMostOnce: true,
  retry: { attempts: 1 },
  run: (word) => {
    gate.begun++
    return gate.isOpen ? Effect.succeed(word) : Effect.never
  }
})

const page = defineStep("page", {
  input: Schema.Int,
  output: Schema.String,
  run: async (number) => String(number % 10).repeat(3_000)
})

const Round = Schema.Struct({ round: Schema.Int, large: Schema.String })

/** Three generations, with values large and small. */
export const rounds: Workflow<"rounds", typeof Round.Type, string, never> = defineWorkflow("rounds", {
  input: Round,
  output: Schema.String,
  run: Effect.fn(function* ({ large, round }) {
    yield* ask.handle((question) => Effect.succeed(`${question}? ${round}`))
    yield* setTags({ round: String(round) })
    yield* words.emit(`round ${round}`)
    yield* shown.set(`${large} shown in ${round}`)
    yield* says(`word ${round}`)
    const word = yield* go.receive
    if (round < 2) return yield* continueAsNew(rounds, { round: round + 1, large })
    return `${large} ${word}`
  })
})

export const waits = defineWorkflow("waits", {
  ...text,
  run: (input) => Effect.map(go.receive, (word) => input + word)
})

/** A step, a timer, a child run and a signal are under way. */
export const open = defineWorkflow("open", {
  input: Schema.Struct({ sleepMs: Schema.Int }),
  output: Schema.Array(Schema.String),
  run: Effect.fn(function* ({ sleepMs }) {
    yield* words.emit("begun")
    const onlyOnce: Effect.Effect<string, never, Run> = Effect.catch(once.orFail("once"), ({ reason }) =>
      Effect.succeed(reason)
    )
    const slept = Effect.as(Effect.sleep(sleepMs), "slept")
    const done = yield* Effect.all([gated("step"), onlyOnce, slept, waits.child("child ")], { concurrency: 4 })
    yield* words.emit("done")
    return [...done, yield* go.receive]
  })
})

export const many = defineWorkflow("many", {
  input: Schema.Int,
  output: Schema.Int,
  run: Effect.fn(function* (count) {
    const items = Array.from({ length: count }, (_, n) => n)
    const all = yield* forEachStep(items, page, { concurrency: 4, batch: 5 })
    yield* go.receive
    const outcomes = yield* all.outcomes
    return outcomes.length
  })
})

export const daily = defineSchedule("daily", { workflow: waits, input: "daily ", every: "1000 days" })

export const definitions = {
  workflows: [rounds, waits, open, many],
  steps: [says, gated, once, page] as const,
  schedules: [daily]
}
