import { Client, defineLimit, defineStep, defineWorkflow } from "dynactor"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { difference, type Units } from "./difference.ts"

const N = Schema.Struct({ n: Schema.Number })

const ten = defineLimit("ten", { concurrency: 10 })
const often = defineLimit("often", { rate: "10000/minute" })

const step = (name: string, limit?: typeof ten | typeof often) =>
  defineStep(name, {
    input: N,
    output: N,
    run: (input) => Effect.succeed(input),
    ...(limit === undefined ? {} : { limit: { limit, key: () => name } })
  })

const unlimitedStep = step("unlimitedStep")
const limitedStep = step("limitedStep", ten)
const ratedStep = step("ratedStep", often)

const calls = (name: string, one: typeof unlimitedStep) =>
  defineWorkflow(name, {
    input: N,
    output: Schema.Number,
    run: Effect.fnUntraced(function* ({ n }: { readonly n: number }) {
      for (let i = 0; i < n; i++) yield* one({ n: i })
      return n
    })
  })

const [plainCalls, limitedCalls, ratedCalls] = [
  calls("plainCalls", unlimitedStep),
  calls("limitedCalls", limitedStep),
  calls("ratedCalls", ratedStep)
]

const run = (name: string, limit?: typeof ten) =>
  defineWorkflow(name, {
    input: N,
    output: Schema.Number,
    ...(limit === undefined ? {} : { limits: [{ limit, key: () => "runs" }] }),
    run: ({ n }: { readonly n: number }) => Effect.as(Effect.sleep("300 millis"), n)
  })

const [plainRun, limitedRun] = [run("plainRun"), run("limitedRun", ten)]

export const limited = {
  workflows: [plainCalls, limitedCalls, ratedCalls, plainRun, limitedRun],
  steps: [unlimitedStep, limitedStep, ratedStep]
}

type Spent = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<Units, E, R>

/** What places cost beside what is done with them. */
export const limitFigures = (
  spent: Spent,
  figure: <E, R>(name: string, measured: Effect.Effect<Units, E, R>) => Effect.Effect<Units, E, R>
) =>
  Effect.gen(function* () {
    const client = yield* Client
    let runs = 0
    const execute = (workflow: typeof plainRun, n: number) =>
      client.execute(workflow, { runId: `limited-${runs++}`, input: { n } })
    const perCall = (workflow: typeof plainCalls) =>
      Effect.gen(function* () {
        yield* execute(workflow, 1)
        const few = yield* spent(execute(workflow, 2))
        return difference(yield* spent(execute(workflow, 22)), few, 20)
      })
    const perRun = (workflow: typeof plainRun) =>
      Effect.gen(function* () {
        yield* execute(workflow, 1)
        const all = yield* spent(Effect.forEach(Array.from({ length: 10 }), () => execute(workflow, 1)))
        return difference(all, { write: 0, read: 0 }, 10)
      })
    const plainStep = yield* perCall(plainCalls)
    const ofStep = (workflow: typeof plainCalls) =>
      Effect.map(perCall(workflow), (units) => difference(units, plainStep))
    const placeOfStep = yield* figure("placeOfStep", ofStep(limitedCalls))
    const ratedCall = yield* figure("ratedCall", ofStep(ratedCalls))
    const plain = yield* perRun(plainRun)
    const placeOfRun = yield* figure(
      "placeOfRun",
      Effect.map(perRun(limitedRun), (units) => difference(units, plain))
    )
    return { placeOfStep, ratedCall, placeOfRun }
  })
