import { Client, defineSchedule, defineSignal, defineWorkflow } from "dynactor"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { difference, type Units } from "./difference.ts"

const N = Schema.Struct({ n: Schema.Number })

/** Ends in its first turn. */
export const short = defineWorkflow("short", { input: N, output: Schema.Number, run: ({ n }) => Effect.succeed(n) })

const over = defineSignal("over", Schema.Void)

/** Waits from its first turn on. */
export const waiting = defineWorkflow("waiting", {
  input: N,
  output: Schema.Number,
  run: ({ n }) => Effect.as(over.receive, n)
})

export const starting = { workflows: [short, waiting] } as const

type Spent = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<Units, E, R>
type Figure = <E, R>(name: string, measured: Effect.Effect<Units, E, R>) => Effect.Effect<Units, E, R>

const tenth = (all: Units): Units => difference(all, { write: 0, read: 0 }, 10)

interface Following {
  readonly start: (
    client: Client["Service"],
    run: { readonly runId: string; readonly input: typeof N.Type }
  ) => Effect.Effect<unknown, unknown>
  /** It ends in its first turn; otherwise it waits from then on. */
  readonly ends?: boolean
}

/** One behind the other, each when the one before is where it stays. */
const perStart = (runId: string, { ends = false, start: startOne }: Following, spent: Spent) =>
  Effect.gen(function* () {
    const client = yield* Client
    const start = (n: number) => startOne(client, { runId, input: { n } })
    const isThere = (n: number) =>
      Effect.repeat(Effect.orDie(client.get(runId)), {
        until: (run) => run.generation === n && (ends ? run.status === "succeeded" : run.waitingFor.length > 0)
      })
    yield* start(0)
    yield* isThere(0)
    const all = yield* spent(
      Effect.forEach(Array.from({ length: 10 }), (_, n) => Effect.andThen(start(n), isThere(n + 1)), { discard: true })
    )
    // Looking at it costs reads alone.
    return { ...tenth(all), read: 0 }
  })

/** Ten times, a second between each two, and what a schedule costs besides when it is made. */
const perTime = (spent: Spent) =>
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

/** Of starts that follow one of the same id, and of those that a schedule makes. */
export const startFigures = (spent: Spent, figure: Figure) =>
  Effect.gen(function* () {
    const of = (name: string, how: Following) => figure(name, perStart(`${name}-runs`, how, spent))
    const followed = yield* of("followed", {
      start: (client, run) => client.start(short, { ...run, policy: "afterFinish" }),
      ends: true
    })
    const replaced = yield* of("replaced", {
      start: (client, run) => client.start(waiting, { ...run, policy: "replace" })
    })
    const debounced = yield* of("debounced", {
      start: (client, run) => client.start(short, { ...run, policy: "debounce", delay: "10 minutes" })
    })
    const scheduled = yield* figure("scheduled", perTime(spent))
    return { followed, replaced, debounced, scheduled }
  })
