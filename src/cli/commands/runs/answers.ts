import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { readJson } from "../../framework/jsonInput.ts"
import { printResult } from "../../framework/output.ts"
import { Screen } from "../../framework/screen.ts"
import { Target } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"
import { idempotencyFlag } from "./arguments.ts"

const tokenArgument = Argument.String("token").pipe(
  Argument.withDescription("The callback's token; - reads it from standard input, where no list of processes shows it")
)

const readToken = Effect.fnUntraced(function* (given: string) {
  if (given !== "-") return given
  const screen = yield* Screen
  return (yield* Effect.promise(() => screen.readInput())).trim()
})

const asFlag = Flag.String("as").pipe(
  Flag.withMetavar("CALLBACK"),
  Flag.withDescription(
    "Check the value by the schema of this callback. Default: of the one that the token names, where the entry exports it among its callbacks"
  ),
  Flag.optional
)

const valueFlag = (name: string, what: string) =>
  Flag.String(name).pipe(
    Flag.withMetavar("JSON"),
    Flag.withDescription(`${what}, as JSON, as @file, or - for standard input. Default: null`),
    Flag.withDefault("null")
  )

export const complete = defineTargetCommand("complete", {
  summary: "Complete a callback by its token",
  description:
    "Answers a callback with a value. Done when the answer is durable; a token works once, and is of one callback of one run: so there is no form of this for many runs, and none that only says what it would do.",
  json: "{ outcome }",
  examples: [
    [
      'complete $TOKEN --payload \'{"by":"Ada"}\'',
      "Answer; the value is checked first, where the entry has the callback"
    ]
  ],
  input: { token: tokenArgument, payload: valueFlag("payload", "The value"), as: asFlag, id: idempotencyFlag },
  run: Effect.fnUntraced(function* ({ token, payload, as, id }) {
    yield* answer("complete", token, yield* readJson("--payload", payload), as, id)
  })
})

export const fail = defineTargetCommand("fail", {
  summary: "Fail a callback by its token",
  description:
    "Answers a callback with an error: who waits for it fails with it. A token works once, and is of one callback of one run: so there is no form of this for many runs, and none that only says what it would do.",
  json: "{ outcome }",
  examples: [["fail $TOKEN --error '\"no budget\"'", "Answer with an error"]],
  input: { token: tokenArgument, error: valueFlag("error", "The error"), as: asFlag, id: idempotencyFlag },
  run: Effect.fnUntraced(function* ({ token, error, as, id }) {
    yield* answer("fail", token, yield* readJson("--error", error), as, id)
  })
})

export const heartbeat = defineTargetCommand("heartbeat", {
  summary: "Say that whoever is to answer a callback is alive",
  json: "{ outcome }",
  examples: [["heartbeat $TOKEN", "A sign of life"]],
  input: { token: tokenArgument },
  run: Effect.fnUntraced(function* ({ token }) {
    const { runs } = yield* Target
    yield* runs.heartbeat(yield* readToken(token))
    yield* told("heard")
  })
})

const answer = Effect.fnUntraced(function* (
  outcome: "complete" | "fail",
  given: string,
  value: Effect.Success<ReturnType<typeof readJson>>,
  as: Option.Option<string>,
  id: Option.Option<string>
) {
  const { runs } = yield* Target
  const token = yield* readToken(given)
  yield* runs.answer({
    token,
    outcome,
    value,
    ...(Option.isSome(as) ? { as: as.value } : {}),
    ...(Option.isSome(id) ? { id: id.value } : {})
  })
  yield* told(outcome === "complete" ? "completed" : "failed")
})

/** The token is printed nowhere. */
const told = (outcome: string) => printResult({ outcome }, () => outcome)
