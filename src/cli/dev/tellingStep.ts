import * as Effect from "effect/Effect"
import type { AnyStep, StepContext } from "../../actor/definitions/definition.ts"
import { errorText } from "./errorText.ts"

/** What an attempt at a step has failed with, until its host has told that it did. */
export class StepErrors {
  private readonly texts = new Map<string, string>()

  note(step: string, { attempt, runId }: { readonly attempt: number; readonly runId: string }, error: unknown): void {
    this.texts.set(nameOf(step, runId, attempt), errorText(error))
  }

  take(step: unknown, runId: unknown, attempt: unknown): string | undefined {
    const name = nameOf(step, runId, attempt)
    const text = this.texts.get(name)
    this.texts.delete(name)
    return text
  }
}

const nameOf = (...parts: ReadonlyArray<unknown>): string => JSON.stringify(parts)

/**
 * A step that notes what it fails with, in full: stack, causes and fields. The log of a host does not tell them, as there may be secrets in it; here
 * the log is the developer's own terminal.
 */
export const tellingStep = (step: AnyStep | undefined, errors: StepErrors): AnyStep | undefined => {
  if (step === undefined) return undefined
  const execute = (input: unknown, context: StepContext<any>) => {
    const failed = (error: unknown) => errors.note(step.stepName, context, error)
    const result = step.execute(input, context)
    if (Effect.isEffect(result))
      return Effect.tapCause(result as Effect.Effect<unknown, unknown>, (cause) =>
        Effect.sync(() => {
          for (const reason of cause.reasons) {
            if (reason._tag === "Fail") failed(reason.error)
            else if (reason._tag === "Die") failed(reason.defect)
          }
        })
      )
    return Promise.resolve(result as PromiseLike<unknown>).catch((error: unknown) => {
      failed(error)
      throw error
    })
  }
  return Object.create(step, { execute: { value: execute, enumerable: true } }) as AnyStep
}
