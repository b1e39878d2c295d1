import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import type { ScheduleDefinition } from "../../actor/calls/schedules/defineSchedule.ts"
import type { RunNotFound } from "../../actor/errors.ts"
import type { PayloadAltered, PayloadMissing, StoreRefused, StoreUnavailable } from "../../store/errors.ts"
import { ensureAgain, ensureSchedule } from "../../store/schedules/ensureSchedule.ts"
import { SentBefore } from "../../store/sending/sentBefore.ts"

/** What came of making sure of one. `notYet`: it is to be tried again. `cannotBe`: it has been said why. */
type Outcome = "there" | "notYet" | "cannotBe"

/**
 * At the start of a host. `isDone`: all are there, or it has been said why one is not. Otherwise it is to be tried again. `there`: names of those that are there. One of those named in
 * `again` that has ended, or was removed, begins anew. What is wrong with one is no matter to the others.
 */
export const ensureSchedules = Effect.fnUntraced(function* (
  schedules: ReadonlyArray<ScheduleDefinition>,
  again: ReadonlySet<string> = noNames
) {
  const outcomes = yield* Effect.forEach(
    schedules,
    (schedule) =>
      Effect.catchCause(ensureOne(schedule, again.has(schedule.scheduleName)), (cause) =>
        failed(schedule.scheduleName, cause)
      ),
    { concurrency: 8 }
  )
  return {
    isDone: !outcomes.includes("notYet"),
    there: schedules.flatMap(({ scheduleName }, index) => (outcomes[index] === "there" ? scheduleName : []))
  }
})

const noNames: ReadonlySet<string> = new Set()

const ensureOne = Effect.fnUntraced(function* (schedule: ScheduleDefinition, again: boolean) {
  const name = schedule.scheduleName
  const ensured = yield* again ? ensureAgain(schedule, new SentBefore()) : ensureSchedule(schedule)
  if (ensured === "created") yield* Effect.logInfo(`schedule ${name} is new`)
  if (ensured === "changed") yield* Effect.logInfo(`schedule ${name} is changed`)
  if (ensured === "again") yield* Effect.logInfo(`schedule ${name} begins anew`)
  if (ensured === "ended")
    yield* Effect.logWarning(
      `schedule ${name} has ended or was removed, and stays so: make it again by client.schedules.ensure(schedule, { again: true }), or give it another name`
    )
  if (ensured !== "taken") return "there" satisfies Outcome as Outcome
  yield* Effect.logError(`schedule ${name} cannot be: a run of another workflow has the id schedule/${name}`)
  return "cannotBe" satisfies Outcome as Outcome
})

type Failure = StoreUnavailable | StoreRefused | PayloadMissing | PayloadAltered | RunNotFound

const failed = Effect.fnUntraced(function* (name: string, cause: Cause.Cause<Failure>) {
  if (Cause.hasInterrupts(cause)) return yield* Effect.interrupt
  const error = Cause.squash(cause)
  const why = error instanceof Error ? error.message : String(error)
  if (isForNow(error)) {
    yield* Effect.logWarning(`schedule ${name} is not made sure of yet: ${why}`)
    return "notYet" satisfies Outcome as Outcome
  }
  yield* Effect.logError(`schedule ${name} cannot be: ${why}`)
  return "cannotBe" satisfies Outcome as Outcome
})

/** The store is away, or a person is to put it right. */
const isForNow = (error: unknown): boolean => {
  const { _tag, mend } = error as Partial<StoreRefused>
  return (_tag as string) === "StoreUnavailable" || (_tag === "StoreRefused" && mend !== undefined)
}
