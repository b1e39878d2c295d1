import { Client, collect, defineSignal, defineStep, defineWorkflow } from "dynactor"
import { Effect, Option, Schema } from "effect"

export const answered = defineSignal("answered", Schema.Boolean)
export const voted = defineSignal("voted", Schema.Struct({ by: Schema.String, isFor: Schema.Boolean }))
export const withdrawn = defineSignal("withdrawn", Schema.Null)

export const mailQuestion = defineStep("mailQuestion", {
  input: Schema.Struct({ question: Schema.String, to: Schema.String }),
  output: Schema.Null,
  run: async () => null
})

/** Asks one person after the other, for a day each. A late yes of the first is no yes of the second. */
export const askInTurn = defineWorkflow("askInTurn", {
  input: Schema.Array(Schema.String),
  output: Schema.NullOr(Schema.String),
  run: Effect.fn(function* (people) {
    for (const person of people) {
      yield* mailQuestion({ question: "Will you take the shift?", to: person })
      const answer = yield* Effect.timeoutOption(answered.for(person).receive, "1 day")
      if (Option.getOrElse(answer, () => false)) return person
    }
    return null
  })
})

/** Three votes, or as many as have come within two days; or the motion is withdrawn before that. */
export const vote = defineWorkflow("vote", {
  input: Schema.String,
  output: Schema.String,
  run: (motion) =>
    Effect.race(
      Effect.map(collect(voted.for(motion), { count: 3, within: "2 days" }), ({ isComplete, values }) => {
        const yes = values.filter(({ isFor }) => isFor).length
        return isComplete && yes >= 2 ? "carried" : `lost, ${yes} of ${values.length}`
      }),
      Effect.as(withdrawn.receive, "withdrawn")
    )
})

/** From outside. The first vote opens the motion; the id makes it one vote however often it is sent. */
export const onVote = Effect.fn(function* (motion: string, by: string, isFor: boolean) {
  const client = yield* Client
  yield* client.signalWithStart(vote, {
    runId: `motion-${motion}`,
    input: motion,
    signal: voted,
    payload: { by, isFor },
    for: motion,
    id: by
  })
})
