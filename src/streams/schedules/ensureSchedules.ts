import * as Effect from "effect/Effect"
import type { ScheduleDefinition } from "../../actor/calls/schedules/defineSchedule.ts"
import { ensureSchedule } from "../../store/schedules/ensureSchedule.ts"

/**
 * At the start of a host. True: all are there, or it has been said why one is not. Otherwise it is to be tried again. `again` begins one anew that has ended or was removed,
 * if that is wanted.
 */
export const ensureSchedules = <R = never>(
  schedules: ReadonlyArray<ScheduleDefinition>,
  again: (schedule: ScheduleDefinition) => Effect.Effect<void, { readonly message: string }, R> | undefined = () =>
    undefined
) =>
  Effect.map(
    Effect.forEach(schedules, (schedule) =>
      ensureSchedule(schedule).pipe(
        Effect.flatMap((ensured): Effect.Effect<void, { readonly message: string }, R> => {
          const name = schedule.scheduleName
          if (ensured === "created") return Effect.logInfo(`schedule ${name} is new`)
          if (ensured === "changed") return Effect.logInfo(`schedule ${name} is changed`)
          const anew = ensured === "ended" ? again(schedule) : undefined
          if (anew !== undefined) return Effect.andThen(anew, Effect.logInfo(`schedule ${name} begins anew`))
          if (ensured === "ended")
            return Effect.logWarning(
              `schedule ${name} has ended or was removed, and stays so: make it again by client.schedules.ensure(schedule, { again: true }), or give it another name`
            )
          if (ensured === "taken")
            return Effect.logError(`schedule ${name} cannot be: a run of another workflow has the id schedule/${name}`)
          return Effect.void
        }),
        Effect.as(true),
        Effect.catch(({ message }) =>
          Effect.as(Effect.logWarning(`schedule ${schedule.scheduleName} is not made sure of yet: ${message}`), false)
        )
      )
    ),
    (done) => done.every((one) => one)
  )
