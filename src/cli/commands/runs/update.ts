import * as Argument from "effect/cli/Argument"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CommandFailed, endWith } from "../../framework/commandFailed.ts"
import { exitCodes } from "../../framework/exitCodes.ts"
import { readJson } from "../../framework/jsonInput.ts"
import { printResult, printWarning, showProgress } from "../../framework/output.ts"
import { shownOperations } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"
import { durationFlag, idempotencyFlag, inputFlag, runIdArgument } from "./arguments.ts"

/** JSON: `{ id, output }`; of an update that was refused, exit code 1, `{ id, failure }`. */
export const update = defineTargetCommand("update", {
  summary: "Send an update to a run and print its answer",
  description:
    "Sends a request to a run that goes on and waits for its answer. The update's own error is exit code 1; no answer in time is exit code 6: ask again with the same --id.",
  examples: [
    ["update rental-17 extend --input '{\"hours\":2}' --timeout 10s", "Ask, and wait for ten seconds at most"]
  ],
  input: {
    runId: runIdArgument,
    name: Argument.String("update").pipe(Argument.withDescription("The update's name")),
    input: inputFlag,
    id: idempotencyFlag,
    timeout: durationFlag("timeout", "Longest time to wait")
  },
  run: Effect.fnUntraced(function* ({ runId, name, input, id, timeout }) {
    const runs = yield* shownOperations
    const value = yield* readJson("--input", input)
    yield* showProgress(`run ${runId} is asked for its answer to ${name}`)
    const answer = yield* runs.update(runId, {
      name,
      input: value,
      ...(Option.isSome(id) ? { id: id.value } : {}),
      ...(Option.isSome(timeout) ? { waitMs: timeout.value } : {})
    })
    yield* showProgress(undefined)
    if ("isPending" in answer)
      return yield* new CommandFailed({
        kind: "NotYet",
        exitCode: exitCodes.notYet,
        message: `run ${runId} has not answered the update ${name} in that time.`,
        todo: `ask again with --id ${answer.id} and the same input: it is the same update`
      })
    const isRefused = "failure" in answer
    yield* printResult(answer, (style) => {
      const text = JSON.stringify("failure" in answer ? answer.failure : answer.output, null, 2)
      return isRefused ? style.red(text) : text
    })
    if (!isRefused) return
    yield* printWarning((style) => style.red(`run ${runId} has answered ${name} with the error above`))
    return yield* endWith(exitCodes.failed)
  })
})
