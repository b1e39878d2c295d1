import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { compensateWith, defineSignal, defineStep, defineWorkflow, Run, randomUuid } from "../../../src/index.ts"

export class Declined extends Schema.TaggedError<Declined>()("Declined", { why: Schema.String }) {}

/** One execution of a step. */
export interface Executed {
  readonly step: string
  readonly input: string
  readonly key: string
}

export const go = defineSignal("go", Schema.String)

/** Steps that note their executions, and fail as long as they are told to. */
export const openShop = () => {
  const executed: Array<Executed> = []
  const broken = new Set<string>()
  const step = <Name extends string>(name: Name) =>
    defineStep(name, {
      input: Schema.String,
      output: Schema.String,
      error: Declined,
      retry: { attempts: 1 },
      run: (input, { idempotencyKey }) =>
        Effect.suspend(() => {
          executed.push({ step: name, input, key: idempotencyKey })
          return broken.has(name) ? Effect.fail(new Declined({ why: name })) : Effect.succeed(`${name} of ${input}`)
        })
    })
  const reserve = step("reserve")
  const charge = step("charge")
  const ship = step("ship")
  const release = step("release")
  /** Reserves, waits for a word, charges and ships. */
  const order = defineWorkflow("order", {
    input: Schema.String,
    output: Schema.Array(Schema.String),
    error: Declined,
    run: Effect.fn(function* (item) {
      const { runId } = yield* Run
      const id = yield* randomUuid
      const at = yield* Clock.currentTimeMillis
      const reserved = yield* reserve(`${item} ${id.length} ${at > 0}`)
      const word = yield* go.receive
      const charged = yield* charge(`${word} for ${runId}`)
      const shipped = yield* ship(item)
      return [reserved, charged, shipped, yield* randomUuid]
    })
  })
  /** Undoes what it has reserved. */
  const careful = defineWorkflow("careful", {
    input: Schema.String,
    output: Schema.String,
    error: Declined,
    run: Effect.fn(function* (item) {
      const reserved = yield* reserve(item).pipe(compensateWith(() => Effect.orDie(release(item))))
      return yield* charge(reserved)
    })
  })
  const of = (name: string) => executed.filter(({ step }) => step === name)
  return {
    broken,
    careful,
    charge,
    executed,
    of,
    order,
    release,
    reserve,
    ship,
    steps: [reserve, charge, ship, release] as const
  }
}
