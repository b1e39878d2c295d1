import * as Effect from "effect/Effect"
import { StepFailed } from "../../actor/errors.ts"
import { labelsOf, placeOfAddress } from "../../actor/history/generation.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import { stepFailedOutcome } from "../../actor/history/stepFailure.ts"
import type { StepRequest } from "../../store/stepQueue.ts"

/** The answer to a step that no host in reach can run. */
export const unknownStep = (name: string, known: ReadonlyArray<string>): Outcome =>
  stepFailedOutcome(
    new StepFailed({ message: unknownText(name, known), step: name, reason: "unknownStep", attempts: 0 })
  )

const unknownText = (name: string, known: ReadonlyArray<string>): string =>
  `no step ${name} is registered with this host; it knows ${known.join(", ") || "none"}`

/** Before it is looked at again, by whoever is there then: a host that knows it may come at any time. */
export const unknownPauseMs = (receives: number): number => Math.min(longestPauseMs, 500 * 2 ** receives)

const longestPauseMs = 600_000

/** What a host knows. */
interface Known {
  readonly stepNames: ReadonlyArray<string>
}

/** The names of which each host has told. */
const told = new WeakMap<Known, Set<string>>()

/** Once for each name: a deployment may bring thousands of its messages, and who has forgotten to list a step is not to wait for its failure to hear of it. */
export const tellUnknown = (
  known: Known,
  { key, name, runId }: StepRequest,
  receivesAtMost: number
): Effect.Effect<void> => {
  const names = told.get(known) ?? new Set()
  told.set(known, names)
  if (names.has(name)) return Effect.void
  names.add(name)
  const end = Number.isFinite(receivesAtMost) ? `; one that has come ${receivesAtMost} times fails its step` : ""
  const message = `${unknownText(name, known.stepNames)}: its messages go back to the queue, for a host that knows it${end}. The first was ${key} of run ${placeOfAddress(runId)}`
  return Effect.logWarning(message).pipe(Effect.annotateLogs({ ...labelsOf(runId), step: name, key }))
}
