import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import type { ServeApiOptions } from "../../src/http.ts"
import { defineState, defineStep, defineStream, defineWorkflow } from "../../src/index.ts"
import { openEngine } from "../streams/engine.ts"
import { served } from "./served.ts"

const Login = Schema.Struct({ user: Schema.String, password: Schema.Redacted(Schema.String) })
const session = defineState("session", Login)
const logins = defineStream("logins", Login)
const ofSteps = defineStream("ofSteps", Login)

const check = defineStep("check", {
  input: Login,
  output: Login,
  run: (login, { emit }) => Effect.as(emit(ofSteps, login), login)
})

const enter = defineWorkflow("enter", {
  input: Login,
  output: Login,
  run: Effect.fn(function* (login) {
    yield* session.set(login)
    yield* logins.emit(login)
    return yield* check(login)
  })
})

const host = { workflows: [enter], steps: [check] }
const password = "correct horse battery staple"
const open = { user: "ada", password }
const closed = { user: "ada", password: "<redacted>" }

const entered = Effect.fnUntraced(function* (options: Partial<ServeApiOptions>) {
  const { ask } = yield* served(yield* openEngine(host), { ...host, ...options })
  yield* ask("POST", "/workflows/enter/runs", { runId: "one", input: open })
  expect((yield* ask("GET", "/runs/one/wait?waitMs=20000")).body).toMatchObject({ outcome: "succeeded" })
  return (path: string) => Effect.map(ask("GET", `/runs/one${path}`), ({ body }) => body)
})

it.live(
  "what a run has published and ended with is shown to people without its secrets, and to programs as it is",
  () =>
    Effect.gen(function* () {
      const get = yield* entered({ states: [session], streams: [logins, ofSteps] })
      expect((yield* get("")).result).toEqual(open)
      expect((yield* get("/states/session")).value).toEqual(open)
      expect((yield* get("/streams/logins")).items).toMatchObject([{ value: open }])
      expect((yield* get("/states/session?secrets=hide")).value).toEqual(closed)
      for (const name of ["logins", "ofSteps"])
        expect((yield* get(`/streams/${name}?secrets=hide`)).items).toMatchObject([{ value: closed }])
      expect((yield* get("/timeline")).output).toMatchObject({ json: closed })
      expect(yield* get("?secrets=hide")).toMatchObject({ runId: "one", outcome: "succeeded" })
      for (const path of ["?secrets=hide", "/history", "/timeline", "/why", "/compare", "/tree"])
        expect(JSON.stringify(yield* get(path))).not.toContain(password)
    })
)

it.live(
  "where the server names no states and streams, the run's own code says what is secret, and else nothing is shown",
  () =>
    Effect.gen(function* () {
      const get = yield* entered({})
      expect((yield* get("/states/session?secrets=hide")).value).toEqual(closed)
      expect((yield* get("/streams/logins?secrets=hide")).items).toMatchObject([{ value: closed }])
      expect((yield* get("/streams/ofSteps?secrets=hide")).items).toMatchObject([
        { value: expect.stringMatching(/hidden/) }
      ])
    })
)
