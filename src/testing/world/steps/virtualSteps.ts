import * as Effect from "effect/Effect"
import type { StepCommand } from "../../../actor/history/command.ts"
import type { Payload } from "../../../actor/values/payload.ts"
import type { StepMarks } from "../../../store/beside/stepMarks.ts"

interface Execution {
  readonly runId: string
  readonly command: StepCommand
  readonly attempt: number
  readonly goOn?: unknown
}

/** No host gives one turn so long. */
const mostInlineAttempts = 5_000

export const assertNotForEver = (step: string, attempt: number): void => {
  if (attempt <= mostInlineAttempts) return
  throw new RangeError(
    `step ${step} is inline and has failed ${mostInlineAttempts} times in one turn: give its policy fewer attempts`
  )
}

/** What the steps of a virtual world have told, and whether they have begun. */
export class VirtualSteps {
  /** For the runtime's own step that keeps others from being begun. */
  readonly marks: StepMarks["Service"]
  private readonly details = new Map<string, Payload>()

  /** `takeBack`: what was to be executed is not. Answers whether there was something. */
  constructor(takeBack: (isIt: (one: Execution) => boolean) => boolean) {
    this.marks = {
      read: () => Effect.succeed(undefined),
      write: (runId, stepKey, { at, version }) =>
        Effect.sync(() => {
          const isUnbegun = takeBack(
            ({ attempt, command, goOn, runId: of }) =>
              of === runId && command.key === stepKey && attempt === 1 && goOn === undefined
          )
          return isUnbegun ? undefined : { version, token: "begun", attempt: 1, at }
        })
    }
  }

  /** What an execution finds of those before it, and what it tells. */
  of(runId: string, stepKey: string) {
    const id = `${runId} ${stepKey}`
    return {
      lastDetails: this.details.get(id),
      onDetails: (details: Payload): void => void this.details.set(id, details)
    }
  }
}
