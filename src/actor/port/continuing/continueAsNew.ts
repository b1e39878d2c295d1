import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { AnyWorkflow, ContinueOptions } from "../../definitions/definition.ts"
import { ContinueFailed } from "../../errors.ts"
import type { Next } from "../../history/continuation.ts"
import type { Places } from "../limits/places.ts"
import type { PortOptions } from "../portOptions.ts"

export const continueAsNew = (
  options: PortOptions,
  places: Places,
  workflow: AnyWorkflow | undefined,
  input: unknown,
  { dropCompensations = false }: ContinueOptions
): Effect.Effect<never> => {
  const target = workflow ?? options.workflow
  const { workflowName, version } = target
  const encoded = target.input().encode(input)
  if (Result.isFailure(encoded)) {
    const message = `the input of the next generation does not fit the input schema of workflow ${workflowName}: ${encoded.failure}`
    return Effect.die(new ContinueFailed({ message, workflow: workflowName, reason: "invalidInput" }))
  }
  const { compensations } = options.continuing
  if (compensations > 0 && !dropCompensations) {
    const message =
      `${compensations === 1 ? "1 compensation is" : `${compensations} compensations are`} registered, and the next generation could not undo what ` +
      "this one has done: end what is to be undone before, in a child run, or let it stand by { dropCompensations: true }"
    return Effect.die(new ContinueFailed({ message, workflow: workflowName, reason: "compensations" }))
  }
  const { fingerprint, payload } = encoded.success
  const next: Next = { workflow: workflowName, definitionVersion: version, fingerprint, input: payload }
  places.noteNext(next, target, input)
  return options.continuing.ask(next)
}
