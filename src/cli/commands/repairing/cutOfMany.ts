import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { wrongUse } from "../../framework/commandFailed.ts"

export const byNumberFlag = Flag.Boolean("by-number").pipe(
  Flag.withoutNegation,
  Flag.withDefault(false),
  Flag.withDescription("Of many runs: --at is a number, and the message of that number is the same one in all of them")
)

/** The same number is another message in each run, and only whoever knows their histories can mean it: a key is the same in all. */
export const checkCutOfMany = (at: number | string | undefined, isOne: boolean, byNumber: boolean) =>
  isOne || byNumber || typeof at !== "number"
    ? Effect.void
    : Effect.fail(
        wrongUse(
          `message ${at} is another one in each of many runs.`,
          "name it by its key, --at step/charge#0 (`dynactor history` shows the keys), or say --by-number if it is the same in all"
        )
      )
