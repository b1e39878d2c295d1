import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ScheduleDefinition } from "../../actor/calls/schedules/defineSchedule.ts"
import { encodeInput } from "../../actor/calls/schedules/encodeInput.ts"
import { LookInput, LookOutput, scheduleLook } from "../../actor/calls/schedules/scheduleParts.ts"
import type { AnyStep } from "../../actor/definitions/definition.ts"
import { makeStep } from "../../actor/definitions/step.ts"

/**
 * What time it is, and the input for a time where a definition of this host makes it. As an outcome it is in the history: a deployment may change
 * how inputs are made, and replays have the one that was.
 */
export const lookStep = (schedules: ReadonlyMap<string, ScheduleDefinition>): AnyStep =>
  makeStep(scheduleLook.stepName, {
    input: LookInput,
    output: LookOutput,
    inline: true,
    run: (look) => lookAt(schedules, look)
  }) as AnyStep

/** The same, for who has no registry of steps. */
export const lookAt = (
  schedules: ReadonlyMap<string, ScheduleDefinition>,
  { schedule, scheduledAt, wantsInput }: typeof LookInput.Type
): Effect.Effect<typeof LookOutput.Type> =>
  Effect.map(Clock.currentTimeMillis, (now) =>
    wantsInput ? { now, ...inputOf(schedules.get(schedule), schedule, scheduledAt) } : { now, input: null, why: null }
  )

const inputOf = (definition: ScheduleDefinition | undefined, schedule: string, at: number) => {
  if (definition?.inputAt === undefined) {
    const why = "its input is made by code, and the host that turned it was not given its definition (schedules)"
    return { input: null, why }
  }
  try {
    const scheduledAt = new Date(at)
    const made = definition.inputAt({ scheduledAt, schedule })
    return { input: encodeInput(`schedule ${schedule}`, definition.workflow, made), why: null }
  } catch (error) {
    // What user code throws may be anything.
    const why = error instanceof Error ? error.message : String(error)
    return { input: null, why: why.slice(0, mostWhy).toWellFormed() }
  }
}

const mostWhy = 200
