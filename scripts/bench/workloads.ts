import { Client } from "dynactor"
import * as Effect from "effect/Effect"
import { fanOut, go, sequential, sleeper } from "./definitions.ts"
import { measured, percentile, rounded } from "./measured.ts"

let counter = 0
const nextId = (name: string) => `${name}-${process.pid}-${counter++}`

const check = (got: { readonly sum: number }, want: number) =>
  got.sum === want ? Effect.void : Effect.die(new Error(`wrong result: ${got.sum}, not ${want}`))

const runSequential = Effect.fnUntraced(function* (name: string, n: number) {
  const client = yield* Client
  const id = nextId(name)
  yield* Effect.flatMap(client.execute(sequential, { runId: id, input: { id, n } }), (got) =>
    check(got, (n * (n + 1)) / 2)
  )
  return id
})

const timed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const from = performance.now()
    return Effect.map(effect, (value) => ({ value, ms: performance.now() - from }))
  })

const pool = <E, R>(n: number, concurrency: number, job: Effect.Effect<unknown, E, R>) =>
  timed(Effect.forEach(Array.from({ length: n }), () => Effect.map(timed(job), ({ ms }) => ms), { concurrency }))

export const warmUp = pool(50, 10, runSequential("warm", 3))

/** W1: 500 runs of three steps, 50 at a time. */
export const w1 = Effect.gen(function* () {
  const { value, ms } = yield* pool(500, 50, runSequential("w1", 3))
  const bodies = measured.count("w1-")
  if (bodies % 1500 !== 0) return yield* Effect.die(new Error(`w1: ${bodies} step bodies ran, not 1500`))
  return {
    w1RunsPerSecond: rounded(500 / (ms / 1000), 0),
    w1P50Ms: rounded(percentile(value, 0.5)),
    w1P99Ms: rounded(percentile(value, 0.99))
  }
})

/** W2: 20 runs of 100 parallel steps, 4 at a time. */
export const w2 = Effect.gen(function* () {
  const client = yield* Client
  const job = Effect.suspend(() => {
    const id = nextId("w2")
    return Effect.flatMap(client.execute(fanOut, { runId: id, input: { id, n: 100 } }), (got) => check(got, 4950))
  })
  const { ms } = yield* pool(20, 4, job)
  const bodies = measured.count("w2-")
  if (bodies % 2000 !== 0) return yield* Effect.die(new Error(`w2: ${bodies} step bodies ran, not 2000`))
  return { w2StepsPerSecond: rounded(2000 / (ms / 1000), 0) }
})

/** W3: one run of 1,000 steps, one after the other. Growth: mean of the last hundred over that of the first. */
export const w3 = Effect.gen(function* () {
  const { value: id, ms } = yield* timed(runSequential("w3", 1000))
  const times = measured.times(id)
  const mean = (from: number, to: number) => ((times[to] ?? 0) - (times[from] ?? 0)) / (to - from)
  return { w3Seconds: rounded(ms / 1000, 3), w3Growth: rounded(mean(900, 999) / mean(0, 100)) }
})

/** W4: 200 runs at once: step, sleep of a second, step, signal. Lag: the time between the two steps beyond the second. */
export const w4 = Effect.gen(function* () {
  const client = yield* Client
  const sleepMs = 1000
  const job = Effect.gen(function* () {
    const id = nextId("w4")
    const armed = measured.whenArmed(id)
    yield* client.start(sleeper, { runId: id, input: { id, n: sleepMs } })
    yield* Effect.promise(() => armed)
    yield* client.signal(id, go, { sum: 7 })
    yield* Effect.flatMap(client.wait(sleeper, id), (got) => check(got, 7))
    return measured.between(id) - sleepMs
  })
  const lags = yield* Effect.forEach(Array.from({ length: 200 }), () => job, { concurrency: "unbounded" })
  const early = lags.filter((lag) => lag < -1).length
  if (early > 0) return yield* Effect.die(new Error(`w4: ${early} timers fired early`))
  return { w4LagP50Ms: rounded(percentile(lags, 0.5)), w4LagP99Ms: rounded(percentile(lags, 0.99)) }
})

/** One three-step run at a time. */
export const solo = Effect.gen(function* () {
  const { value } = yield* pool(20, 1, runSequential("solo", 3))
  return { soloP50Ms: rounded(percentile(value, 0.5)) }
})

export const first = runSequential("first", 3)
