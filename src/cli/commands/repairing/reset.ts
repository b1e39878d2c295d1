import * as Effect from "effect/Effect"
import { printNote, printResult } from "../../framework/output.ts"
import { confirm, yesFlag } from "../../framework/question.ts"
import { Target } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"
import { runIdArgument } from "../runs/arguments.ts"
import { atFlag, childrenFlag, cutOf, dryRunFlag, requestIdFlag, requestOf, whyFlag } from "./repairFlags.ts"
import { doneText, planText, resetQuestion } from "./repairText.ts"

export const reset = defineTargetCommand("reset", {
  summary: "Let a run go on from an earlier message",
  description:
    "A run in any state goes on from message --at, in its next generation. All behind that message is dropped as it stands, without compensation; steps that had succeeded there take effect again if the run comes to them. Asks first. Needs the code of the workflow (--entry; an HTTP API has its own).",
  json: "{ how, runId, generation, requestId?, isNew, at, dropped, taken, asked, again }",
  examples: [
    ["reset rental-17 --at 4 --entry src/workflows.ts --dry-run", "What would be kept, dropped and run again"],
    ["reset rental-17 --at 4 --entry src/workflows.ts --reason 'the address was wrong'", "Do it, after a question"]
  ],
  input: {
    run: runIdArgument,
    at: atFlag,
    children: childrenFlag,
    reason: whyFlag,
    requestId: requestIdFlag,
    dryRun: dryRunFlag,
    yes: yesFlag
  },
  run: Effect.fnUntraced(function* ({ at, dryRun, requestId, run, yes, ...given }) {
    const { runs } = yield* Target
    const options = { at, ...cutOf(given), ...requestOf(requestId) }
    if (!dryRun && !yes) {
      // What would be refused anyhow is refused before anybody is asked.
      const planned = yield* runs.repairs.reset(run, { ...options, dryRun: true })
      yield* confirm(resetQuestion(planned), false)
    }
    const repair = yield* runs.repairs.reset(run, { ...options, dryRun })
    yield* printResult(repair, (style) => (dryRun ? planText(repair, style) : repair.runId))
    yield* printNote((style) => style.dim(dryRun ? "nothing was done (--dry-run)" : doneText(repair, run)))
  })
})
