import { Client, defineSchedule, defineWorkflow } from "dynactor"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

const N = Schema.Struct({ n: Schema.Number })

/** Ends in its first turn. */
export const short = defineWorkflow("short", { input: N, output: Schema.Number, run: ({ n }) => Effect.succeed(n) })

export const starting = { workflows: [short] } as const

interface Units {
  readonly write: number
  readonly read: number
}

type Spent = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<Units, E, R>

const tenth = ({ read, write }: Units): Units => ({ write: write / 10, read: read / 10 })

/** Each in the place of the one before, which has not begun. */
export const perStart = (runId: string, spent: Spent) =>
  Effect.gen(function* () {
    const client = yield* Client
    const start = (n: number) => client.start(short, { runId, input: { n }, policy: "debounce", delay: "10 minutes" })
    const isThere = (n: number) =>
      Effect.repeat(Effect.orDie(client.get(runId)), { until: ({ generation }) => generation === n })
    yield* start(0)
    yield* isThere(0)
    const all = yield* spent(
      Effect.forEach(Array.from({ length: 10 }), (_, n) => Effect.andThen(start(n), isThere(n + 1)), { discard: true })
    )
    // Looking at it costs reads alone.
    return { ...tenth(all), read: 0 }
  })

/** Ten times, a second between each two, and what a schedule costs besides when it is made. */
export const perTime = (spent: Spent) =>
  Effect.gen(function* () {
    const { schedules } = yield* Client
    const times = defineSchedule("times", { workflow: short, input: { n: 1 }, every: "1 second" })
    const untilStarted = (count: number) =>
      Effect.repeat(Effect.andThen(Effect.sleep("100 millis"), Effect.orDie(schedules.get("times"))), {
        until: ({ started }) => started >= count
      })
    yield* schedules.ensure(times)
    const { started } = yield* untilStarted(2)
    const all = yield* spent(Effect.andThen(untilStarted(started + 10), schedules.pause("times")))
    return { ...tenth(all), read: 0 }
  })
