import { Client, defineStep, defineWorkflow } from "dynactor"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { difference, type Units } from "./difference.ts"
import { waiting } from "./starts.ts"

type Spent = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<Units, E, R>

const N = Schema.Struct({ n: Schema.Number })
const code = { isRight: false }

const kept = defineStep("kept", { input: N, output: N, inline: true, run: (input) => Effect.succeed(input) })

const failing = defineStep("failing", {
  input: N,
  output: N,
  error: Schema.String,
  inline: true,
  retry: { attempts: 1 },
  run: (input) => (code.isRight ? Effect.succeed(input) : Effect.fail("not yet"))
})

/** Fails by its last step, behind so many others, until that is put right: those are kept then. */
const mended = defineWorkflow("mended", {
  input: N,
  output: Schema.Number,
  error: Schema.String,
  run: Effect.fnUntraced(function* ({ n }: { readonly n: number }) {
    for (let i = 0; i < n; i++) yield* kept({ n: i })
    return (yield* failing({ n })).n
  })
})

export const mending = { workflows: [mended], steps: [kept, failing] } as const

const eachOf = 10

/** One of ten, each to its end. */
const perRepair = (how: "retry" | "reset" | "fork", n: number, spent: Spent) =>
  Effect.gen(function* () {
    const client = yield* Client
    const runIds = Array.from({ length: eachOf }, (_, i) => `${how}-${n}-${i}`)
    code.isRight = false
    yield* Effect.forEach(runIds, (runId) => Effect.exit(client.execute(mended, { runId, input: { n } })))
    code.isRight = true
    const repairOf = (runId: string) => {
      if (how === "retry") return client.retry(mended, runId)
      if (how === "reset") return client.reset(mended, runId, { at: n + 1 })
      return client.fork(mended, runId, { at: n + 1, runId: `${runId}-fork` })
    }
    const all = yield* spent(Effect.forEach(runIds, (runId) => Effect.orDie(repairOf(runId)), { discard: true }))
    for (const runId of runIds) {
      const { status } = yield* client.get(how === "fork" ? `${runId}-fork` : runId)
      if (status !== "succeeded") throw new Error(`${how} of ${runId}: its status is ${status}`)
    }
    return difference(all, { write: 0, read: 0 }, eachOf)
  })

/** One of ten that wait for a signal. */
const perDecision = (name: string, spent: Spent, decide: (runId: string) => Effect.Effect<unknown, unknown, Client>) =>
  Effect.gen(function* () {
    const client = yield* Client
    const runIds = Array.from({ length: eachOf }, (_, i) => `${name}-${i}`)
    yield* Effect.forEach(runIds, (runId) => client.start(waiting, { runId, input: { n: 0 } }))
    const all = yield* spent(Effect.forEach(runIds, (runId) => Effect.orDie(decide(runId)), { discard: true }))
    return { ...difference(all, { write: 0, read: 0 }, eachOf), read: 0 }
  })

const until = (runId: string, status: "paused" | "running" | "terminated") =>
  Effect.gen(function* () {
    const client = yield* Client
    yield* Effect.repeat(client.get(runId), { until: (run) => run.status === status })
  })

const pauseAndResume = (runId: string) =>
  Effect.gen(function* () {
    const client = yield* Client
    yield* client.pause(runId)
    yield* until(runId, "paused")
    yield* client.resume(runId)
    yield* until(runId, "running")
  })

const terminate = (runId: string) =>
  Effect.flatMap(Client, (client) => Effect.andThen(client.terminate(runId), until(runId, "terminated")))

/** Of runs that have failed by their first step, inline, and end by it. */
export const repairFigures = (
  spent: Spent,
  figure: <E, R>(name: string, measured: Effect.Effect<Units, E, R>) => Effect.Effect<Units, E, R>
) =>
  Effect.gen(function* () {
    const pause = yield* figure("pause", perDecision("pause", spent, pauseAndResume))
    const ofTerminate = yield* figure("terminate", perDecision("terminate", spent, terminate))
    const retry = yield* figure("retry", perRepair("retry", 0, spent))
    const reset = yield* figure("reset", perRepair("reset", 0, spent))
    const fork = yield* figure("fork", perRepair("fork", 0, spent))
    const keptMessage = yield* figure(
      "keptMessage",
      Effect.map(Effect.all([perRepair("retry", 24, spent), perRepair("retry", 4, spent)]), ([many, few]) =>
        difference(many, few, 20)
      )
    )
    return { pause, terminate: ofTerminate, retry, reset, fork, keptMessage }
  })
