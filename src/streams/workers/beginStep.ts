import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { AnyStep } from "../../actor/definitions/definition.ts"
import { type StepMark, StepMarks } from "../../store/beside/stepMarks.ts"
import { randomToken } from "../../store/randomToken.ts"
import type { Delivery, StepRequest } from "../../store/stepQueue.ts"
import { insist } from "../fairness/backoff.ts"

/**
 * Whether an execution may begin:
 * - `Begun`: it has its mark;
 * - `Interrupted`: this attempt was begun before, and is not to be begun twice;
 * - `UnderWay`: so it was, but a moment ago: its message may have come twice, and whoever has it may be well;
 * - `TooLate`: nobody waits for it any more, since nobody had begun it in time; or a later attempt has begun.
 */
export type Beginning =
  | { readonly _tag: "Begun"; readonly mark: StepMark }
  | { readonly _tag: "Interrupted" | "UnderWay" | "TooLate" }

/**
 * Notes that an attempt begins. Of two receivers of one message the later one has the mark, so that what the earlier one tells by heartbeats is not
 * taken for the last (S26).
 */
export const beginStep = Effect.fnUntraced(function* (
  step: AnyStep,
  delivery: Delivery,
  message: StepRequest,
  claimMs: number
) {
  const marks = yield* StepMarks
  const { attempt, key, runId } = message
  const what = `step ${key} of run ${runId}`
  // A first message mostly finds nothing, and does not look first.
  let there = attempt === 1 && delivery.receives === 1 ? undefined : yield* insist(what, marks.read(runId, key))
  for (;;) {
    const at = yield* Clock.currentTimeMillis
    if (there !== undefined) {
      if (there.expired === true || there.attempt > attempt) return { _tag: "TooLate" } satisfies Beginning
      if (step.atMostOnce && there.attempt === attempt) {
        // A message comes again when the claim on it has ended, and not much sooner.
        const isYoung = at - there.at < claimMs / 2
        return { _tag: isYoung ? "UnderWay" : "Interrupted" } satisfies Beginning
      }
    }
    const details = there?.details === undefined ? {} : { details: there.details }
    // Anew each time: an earlier try may have been written, its answer lost, and another may have taken over from it since.
    const token = yield* randomToken
    const mark: StepMark = { version: (there?.version ?? 0) + 1, token, attempt, at, ...details }
    there = yield* insist(what, marks.write(runId, key, mark))
    if (there === undefined) return { _tag: "Begun", mark } satisfies Beginning
  }
})
