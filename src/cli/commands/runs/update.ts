import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CommandFailed, endWith } from "../../framework/commandFailed.ts"
import { exitCodes } from "../../framework/exitCodes.ts"
import { readJson } from "../../framework/jsonInput.ts"
import { printResult, printWarning, showProgress } from "../../framework/output.ts"
import type { UpdateAnswer } from "../../targets/operations.ts"
import { shownOperations } from "../../targets/target.ts"
import { defineRunsCommand } from "../many/defineRunsCommand.ts"
import { idOfMany, sharedBy } from "../many/idOfMany.ts"
import { durationFlag, idempotencyFlag, inputFlag } from "./arguments.ts"

export const update = defineRunsCommand("update", {
  summary: "Send an update to runs and print their answers",
  description:
    "Sends a request to a run that goes on and waits for its answer. The update's own error is exit code 1; no answer of one run in time is exit code 6: ask again with the same --id. To many runs by ids or by filters: then those that are running, after a question; one that refuses it, or does not answer in time, holds up no other, and is exit code 1 at the end. All of them are asked under one --id, which is told: the same again asks none twice.",
  json: "{ id, output } of one run, { id, failure } where it has refused, { runIds, done, failed, answers, id } of many; --dry-run: { runIds, dryRun }",
  examples: [
    ["update rental-17 extend --input '{\"hours\":2}' --timeout 10s", "Ask, and wait for ten seconds at most"],
    ["update extend --workflow rentBike --input '{\"hours\":2}' --dry-run", "Which runs it would be"]
  ],
  elseStatus: "running",
  last: { name: "update", description: "the update's name" },
  input: {
    input: inputFlag,
    id: idempotencyFlag,
    timeout: durationFlag("timeout", "Longest time to wait for the answer of each")
  },
  act: Effect.fnUntraced(function* ({ input, id: given, timeout }, name, isOne) {
    const runs = yield* shownOperations
    const value = yield* readJson("--input", input)
    const id = isOne ? given : yield* idOfMany(given)
    const ask = Effect.fnUntraced(function* (runId: string) {
      const answer = yield* runs.update(runId, {
        name,
        input: value,
        ...(Option.isSome(id) ? { id: id.value } : {}),
        ...(Option.isSome(timeout) ? { waitMs: timeout.value } : {})
      })
      return "isPending" in answer ? yield* notYet(runId, name, answer.id) : answer
    })
    return {
      ...sharedBy(id, isOne),
      done: `asked ${name} of`,
      question: (count) => `Send the update ${name} to ${count}?`,
      only: Effect.fnUntraced(function* (runId) {
        yield* showProgress(`run ${runId} is asked for its answer to ${name}`)
        const answer = yield* ask(runId)
        yield* showProgress(undefined)
        yield* tell(runId, name, answer)
      }),
      hasAnswers: true,
      each: (runId) =>
        Effect.flatMap(ask(runId), (answer) =>
          "failure" in answer ? Effect.fail(refused(runId, name, answer.failure)) : Effect.succeed({ runId, ...answer })
        )
    }
  })
})

type Answered = Exclude<UpdateAnswer, { readonly isPending: true }>

const tell = Effect.fnUntraced(function* (runId: string, name: string, answer: Answered) {
  const isRefused = "failure" in answer
  yield* printResult(answer, (style) => {
    const text = JSON.stringify("failure" in answer ? answer.failure : answer.output, null, 2)
    return isRefused ? style.red(text) : text
  })
  if (!isRefused) return
  yield* printWarning((style) => style.red(`run ${runId} has answered ${name} with the error above`))
  return yield* endWith(exitCodes.failed)
})

const notYet = (runId: string, name: string, id: string) =>
  new CommandFailed({
    kind: "NotYet",
    exitCode: exitCodes.notYet,
    message: `run ${runId} has not answered the update ${name} in that time.`,
    todo: `ask again with --id ${id} and the same input: it is the same update`
  })

const refused = (runId: string, name: string, failure: unknown) =>
  new CommandFailed({
    kind: "UpdateRejected",
    exitCode: exitCodes.failed,
    message: `run ${runId} has answered the update ${name} with its error ${JSON.stringify(failure)}.`
  })
