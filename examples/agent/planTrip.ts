import { callback, defineCallback, defineStep, defineStream, defineWorkflow } from "dynactor"
import { Effect, Schema } from "effect"
import { Model, ModelBusy, Reply, ToolCall, Turn } from "./model.ts"

/** The model's words, as it says them. */
export const said = defineStream("said", Schema.String)

/** What the agent does with them. */
export const doings = defineStream("doings", Schema.Struct({ what: Schema.String, call: Schema.NullOr(Schema.String) }))

/** A person looks before money is spent. Nobody there for an hour is a no. */
export const approval = defineCallback("approval", {
  payload: Schema.Struct({ by: Schema.String, yes: Schema.Boolean }),
  timeout: "1 hour"
})

export class BudgetSpent extends Schema.TaggedError<BudgetSpent>()("BudgetSpent", { spentCents: Schema.Finite }) {}

/** A try that breaks off has said something already: readers are told that it does not stand. */
export const askModel = defineStep("askModel", {
  input: Schema.Array(Turn),
  output: Reply,
  error: ModelBusy,
  retry: { attempts: 5, initial: "2 seconds" },
  timeout: "2 minutes",
  run: (conversation, { emit }) =>
    Effect.flatMap(Model, (model) => model.reply(conversation, (words) => emit(said, words)))
})

export const askPerson = defineStep("askPerson", {
  input: Schema.Struct({ call: ToolCall, token: Schema.String }),
  output: Schema.Null,
  // Shows the call to whoever is on duty, with two buttons that answer with the token.
  run: async () => null
})

export const searchFlights = defineStep("searchFlights", {
  input: Schema.String,
  output: Schema.String,
  run: async (where) => `to ${where}: 9:10 for 120, 14:30 for 80`
})

/** With the key of the call, so that the airline books once whatever happens to us. */
export const bookFlight = defineStep("bookFlight", {
  input: Schema.String,
  output: Schema.String,
  run: async (flight, { idempotencyKey }) => `booked ${flight}, reference ${idempotencyKey.slice(-3)}`
})

const isApproved = Effect.fn(function* (call: ToolCall) {
  const { receive, token } = yield* callback(approval)
  yield* askPerson({ call, token })
  const { by, yes } = yield* receive.pipe(
    Effect.catchTag("CallbackTimedOut", () => Effect.succeed({ by: "nobody", yes: false }))
  )
  yield* doings.emit({ what: yes ? `${by} says yes` : `${by} says no`, call: call.id })
  return yes
})

const use = Effect.fn(function* (call: ToolCall) {
  yield* doings.emit({ what: `${call.tool} ${call.argument}`, call: call.id })
  if (call.tool === "searchFlights") return yield* searchFlights(call.argument, { key: call.id })
  return (yield* isApproved(call)) ? yield* bookFlight(call.argument, { key: call.id }) : "a person said no"
})

/**
 * The loop of an agent: ask the model, use the tools that it asks for side by side, tell it what came of them, until it asks for none or the
 * budget is spent. Each answer and each use of a tool is a step: a crash repeats none that has answered.
 */
export const planTrip = defineWorkflow("planTrip", {
  input: Schema.Struct({ task: Schema.String, budgetCents: Schema.Finite }),
  output: Schema.Struct({ answer: Schema.String, spentCents: Schema.Finite }),
  error: Schema.Union([ModelBusy, BudgetSpent]),
  run: Effect.fn(function* ({ budgetCents, task }) {
    let conversation: ReadonlyArray<Turn> = [{ role: "user", text: task }]
    let spentCents = 0
    while (spentCents < budgetCents) {
      const { calls, costCents, text } = yield* askModel(conversation)
      spentCents += costCents
      if (calls.length === 0) return { answer: text, spentCents }
      const results = yield* Effect.forEach(calls, use, { concurrency: "unbounded" })
      conversation = [
        ...conversation,
        { role: "model", text },
        ...results.map((result): Turn => ({ role: "tool", text: result }))
      ]
    }
    return yield* new BudgetSpent({ spentCents })
  })
})

export const steps = [askModel, askPerson, searchFlights, bookFlight]
