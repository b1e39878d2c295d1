import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { movedToken } from "../../../actor/history/head.ts"
import type { HeadCommit } from "../../../store/commits.ts"
import { offload, queueInlineLimitBytes } from "../../../store/payloads.ts"
import { stepRequest } from "../../commits/buildCommit.ts"
import { timersOf } from "../../commits/timersOf.ts"
import { lostAttempt, tellOutcome } from "../recoverLost.ts"
import type { Registry } from "../registry.ts"
import type { WarmRun } from "../warmRun.ts"

/**
 * The commit of a run's first turn in this store, with all that the run waits for in it: its steps and timers were sent, if ever, where it comes from. Children
 * that have ended there may not have told it.
 */
export const askAgain = Effect.fnUntraced(function* ({ actor }: WarmRun, commit: HeadCommit, registry: Registry) {
  const at = yield* Clock.currentTimeMillis
  const fences = commit.head.fences.filter(({ token }) => token !== movedToken)
  const whole: HeadCommit = { ...commit, head: { ...commit.head, fences } }
  if (actor.outcome !== undefined) return whole
  const { runId } = actor
  for (const { command } of actor.ledger.openChildren()) yield* tellOutcome(runId, command, at)
  const steps = yield* Effect.forEach(actor.ledger.openSteps(), (command) =>
    Effect.gen(function* () {
      const input = yield* offload(command.input, runId, queueInlineLimitBytes)
      const step = registry.step(command.name, runId)
      const attempt = step === undefined ? 1 : yield* lostAttempt(runId, step, command.key)
      return { ...stepRequest(actor, command, input, at, actor.start?.trace), attempt }
    })
  )
  const { timers } = timersOf(runId, actor.ledger.wanted())
  return { ...whole, steps, timers }
})
