import * as Result from "effect/Result"
import { StepFailed } from "../../actor/errors.ts"
import type { StepCommand } from "../../actor/history/command.ts"
import { placeOfAddress } from "../../actor/history/generation.ts"
import { isA } from "../../actor/values/defect.ts"
import { shorten } from "../reports/text.ts"
import { type Recording, rootRunId } from "../world/schedule.ts"
import type { VirtualRun } from "../world/virtualRun.ts"
import type { Judgement, Problem } from "./problem.ts"

/** A typed error that nobody hears of, since the run has died of the step that was to clean up after it. */
export const lostErrorProblem = ({ engine }: Recording, { mayDie }: Judgement): Problem | undefined => {
  if (mayDie) return undefined
  for (const run of engine.runs.values()) {
    const { exit, outcome, runId, workflow } = run
    if (outcome?.tag !== "died" || exit?._tag !== "Failure") continue
    const thrown = exit.cause.reasons.flatMap((reason) =>
      reason._tag === "Fail" ? [reason.error] : reason._tag === "Die" ? [reason.defect] : []
    )
    const failed = thrown.find((one) => isA(StepFailed, one)) as StepFailed | undefined
    // A typed error that meets a defect is one by then.
    const error = thrown.find((one) => one !== failed && Result.isSuccess(workflow.error().encode(one as never)))
    if (failed === undefined || error === undefined) continue
    const cleanUp = cleanUpOf(run, failed.step)
    if (cleanUp === undefined) continue
    const who = runId === rootRunId ? "The run" : `Child run ${placeOfAddress(runId)}`
    return {
      kind: "lostError",
      title: "a clean-up takes a typed error with it",
      explain: () => [
        `${who} had failed with ${shorten(JSON.stringify(error) ?? String(error))}, and ${cleanUp.key} was to clean up after that.`,
        "That is out of order, so the run dies of it, and whoever waits for the run is not told of the error that it declares.",
        "Have the clean-up handle its own failures: with `orFail` a step's StepFailed is an error, to be caught, noted or ignored. What has to be",
        "undone belongs to compensateWith: a run tells of both then. If it is meant to die of that, set the option mayDie."
      ]
    }
  }
  return undefined
}

/** The step of this name, asked for when nothing else was under way: what failed, had failed before. */
const cleanUpOf = (run: VirtualRun, name: string): StepCommand | undefined => {
  for (const { commands, history, inlineSteps } of run.commits.toReversed()) {
    const asked = [...inlineSteps, ...commands].find(
      (command): command is StepCommand => command.kind === "step" && command.name === name
    )
    if (asked === undefined) continue
    return history.open.every(({ key }) => key === asked.key) ? asked : undefined
  }
  return undefined
}
