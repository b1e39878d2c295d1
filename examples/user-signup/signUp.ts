import { defineSignal, defineStep, defineWorkflow, sleep } from "dynactor"
import { Effect, Schema } from "effect"

const SignUp = Schema.Struct({ email: Schema.String, name: Schema.String })
export class EmailTaken extends Schema.TaggedError<EmailTaken>()("EmailTaken", { email: Schema.String }) {}

const User = Schema.Struct({ id: Schema.String, email: Schema.String, name: Schema.String })

/** Asked twice with one key, a user is made once. */
export const createUser = defineStep("createUser", {
  input: SignUp,
  output: User,
  error: EmailTaken,
  retry: { nonRetryable: ["EmailTaken"] },
  run: async ({ email, name }, { runId }) => ({ id: `user of ${runId}`, email, name })
})

export const sendMail = defineStep("sendMail", {
  input: Schema.Struct({ to: Schema.String, template: Schema.Literals(["welcome", "followUp"]), name: Schema.String }),
  output: Schema.Null,
  run: async () => null
})

/** The account is closed: no more mails. */
export const closed = defineSignal("closed", Schema.Null)

/** Creates the user, welcomes them, and asks a week later how it goes, if they are still there. */
export const signUp = defineWorkflow("signUp", {
  input: SignUp,
  output: Schema.Struct({ user: Schema.String, wasFollowedUp: Schema.Boolean }),
  error: EmailTaken,
  run: Effect.fn(function* (person) {
    const { email, id, name } = yield* createUser(person)
    yield* sendMail({ to: email, template: "welcome", name })
    const isGone = yield* Effect.race(
      Effect.as(closed.receive, true),
      Effect.as(sleep("7 days", { name: "firstWeek" }), false)
    )
    if (!isGone) yield* sendMail({ to: email, template: "followUp", name })
    return { user: id, wasFollowedUp: !isGone }
  })
})
