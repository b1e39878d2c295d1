import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { defineState, defineStream, defineUpdate, defineWorkflow } from "../../src/index.ts"

/** An entry whose values have secrets in them. */

export const password = "correct horse battery staple"

const Login = Schema.Struct({ user: Schema.String, password: Schema.Redacted(Schema.String) })

class Refused extends Schema.TaggedError<Refused>()("Refused", { tried: Schema.Redacted(Schema.String) }) {}

const session = defineState("session", Login)
const logins = defineStream("logins", Login)

/** Refuses eve. */
export const enter = defineWorkflow("enter", {
  input: Schema.String,
  output: Login,
  error: Refused,
  run: Effect.fn(function* (user) {
    const login = { user, password: Redacted.make(password) }
    yield* session.set(login)
    yield* logins.emit(login)
    if (user === "eve") return yield* new Refused({ tried: login.password })
    return login
  })
})

const renew = defineUpdate("renew", { input: Schema.String, output: Login, error: Refused })

/** Gives out logins for as long as it is asked; none to eve. */
export const desk = defineWorkflow("desk", {
  input: Schema.Null,
  output: Schema.Null,
  run: Effect.fn(function* () {
    const secret = Redacted.make(password)
    yield* renew.handle((user) =>
      user === "eve" ? Effect.fail(new Refused({ tried: secret })) : Effect.succeed({ user, password: secret })
    )
    return yield* Effect.never
  })
})

export const updates = [renew]
export const workflows = [enter, desk]
export const states = [session]
export const streams = [logins]
