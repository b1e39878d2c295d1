import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { reviewRuns } from "../../../review/reviewRuns.ts"
import { isOutlived, reviewText } from "../../../review/reviewText.ts"
import { endWith } from "../../framework/commandFailed.ts"
import { exitCodes } from "../../framework/exitCodes.ts"
import { printResult } from "../../framework/output.ts"
import { Target } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"

/** JSON: a `RunsReview`, with `--patch` also `isOutlived`. */
export const check = defineTargetCommand("check", {
  summary: "Say whether the runs under way fit this code",
  description:
    "Replays every run under way with the code of --entry and changes nothing: which runs it would go on with, and which way they go at its patches. Exit code 1 if one would be parked: for CI, before a deployment.",
  examples: [
    ["check --stack Prod --entry src/workflows.ts", "Would this code go on with what is under way?"],
    ["check --entry src/workflows.ts --patch newPrices", "Can this patch be deprecated, or removed?"]
  ],
  input: {
    patch: Flag.String("patch").pipe(
      Flag.withMetavar("ID"),
      Flag.withDescription("Exit code 1 unless this patch can be deprecated, or its deprecatePatch removed"),
      Flag.optional
    )
  },
  run: Effect.fnUntraced(function* ({ patch }) {
    const target = yield* Target
    const { steps, workflows } = yield* target.code
    const review = yield* target.withStore(reviewRuns(workflows, { steps }))
    const outlived = Option.map(patch, (id) => isOutlived(review, id))
    const json = Option.isSome(outlived) ? { ...review, isOutlived: outlived.value } : review
    yield* printResult(json, () =>
      [
        reviewText(review),
        ...(Option.isSome(outlived)
          ? [
              `patch ${Option.getOrElse(patch, () => "")}: ${outlived.value ? "safe to deprecate, or, where it is deprecated everywhere, to remove" : "not yet"}`
            ]
          : [])
      ].join("\n")
    )
    const isFine = Option.getOrElse(outlived, () => review.unfit.length === 0)
    if (!isFine) return yield* endWith(exitCodes.failed)
  })
})
