import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { StepFailed } from "../../src/actor/errors.ts"
import { stepFailedOutcome } from "../../src/actor/history/stepFailure.ts"
import type { Engine } from "../streams/engine.ts"

/** Tells a run what a host tells it of a step whose message has become a dead letter. */
export const makeDead = Effect.fnUntraced(function* (engine: Engine, runId: string, key: string) {
  const head = yield* engine.table.readHead(runId)
  const command = head?.open.find((one) => one.kind === "step" && one.key === key)
  if (command === undefined) return yield* Effect.die(new Error(`run ${runId} waits for no step ${key}`))
  const failure = new StepFailed({
    message: `step ${key} was taken up again and again and never answered: its worker dies, or never gets to its end`,
    step: key.replace(/#.*/, ""),
    reason: "deadLetter",
    attempts: 1
  })
  const at = yield* Clock.currentTimeMillis
  const outcome = stepFailedOutcome(failure)
  const { fingerprint } = command
  yield* engine.table.put(runId, { kind: "step", at, key, fingerprint, outcome, attempts: 1, startedAt: 0 })
})
