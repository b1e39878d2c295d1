import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { CommandFailed, endWith } from "../../framework/commandFailed.ts"
import { exitCodes } from "../../framework/exitCodes.ts"
import { Output, printResult, printWarning, showProgress } from "../../framework/output.ts"
import { Screen } from "../../framework/screen.ts"
import type { RunShown } from "../../targets/operations.ts"
import { shownOperations, Target } from "../../targets/target.ts"
import { resultText, waitText } from "./runText.ts"

/**
 * Waits for a run's end and prints what it ended with: the output, exit code 0, or the error, the defect, the reason, exit code 1. JSON: the run as
 * `get` has it.
 */
export const showOutcome = Effect.fnUntraced(function* (
  runId: string,
  options: { readonly timeoutMs?: number; readonly failWhenParked?: boolean; readonly requestId?: string }
) {
  const runs = yield* shownOperations
  const watching = yield* Effect.forkScoped(showWaits(runId))
  const run = yield* runs.wait(runId, options)
  yield* Fiber.interrupt(watching)
  yield* showProgress(undefined)
  if (run === undefined) {
    const now = yield* Clock.currentTimeMillis
    const { status, waitingFor } = yield* runs.get(runId)
    const waits = waitingFor.slice(0, 3).map((one) => waitText(one, now))
    return yield* new CommandFailed({
      kind: "NotYet",
      exitCode: exitCodes.notYet,
      message: `run ${runId} has not ended in that time: it is ${status}${waits.length === 0 ? "" : `, and waits for ${waits.join("; ")}`}.`,
      todo: "ask again; it goes on"
    })
  }
  yield* printResult(run, (style) => {
    const result = run.resultOmitted ?? resultText(run)
    return run.outcome === "succeeded" ? result : style.red(result)
  })
  if (run.outcome === "succeeded") return
  yield* printWarning((style) => style.red(`run ${runId} ${endText(run)}`))
  return yield* endWith(exitCodes.failed)
})

const endText = ({ outcome }: RunShown): string => {
  if (outcome === "failed") return "has failed with the error above"
  if (outcome === "terminated") return "was terminated, and nothing was compensated"
  return outcome === "cancelled" ? "was cancelled" : "died of the defect above"
}

/** On a terminal: what it waits for, as it goes on. */
const showWaits = Effect.fnUntraced(function* (runId: string) {
  const { runs } = yield* Target
  const output = yield* Output
  const screen = yield* Screen
  if (output.isJson || !screen.isErrorTerminal) return
  for (;;) {
    const now = yield* Clock.currentTimeMillis
    const run = yield* Effect.option(runs.get(runId))
    const waits = run._tag === "Some" ? run.value.waitingFor.map((one) => waitText(one, now)) : []
    yield* showProgress(`${runId} waits for ${waits.join("; ") || "its next turn"}`)
    yield* Effect.sleep("1 second")
  }
})
