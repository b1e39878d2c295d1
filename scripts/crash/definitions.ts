import { randomUUID } from "node:crypto"
import { compensateWith, defineSignal, defineStep, defineWorkflow } from "dynactor"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** One execution of a step's code, as the code itself writes it down before it does anything else. */
export interface Execution {
  readonly runId: string
  /** Run id and command key: the same for every execution of one command. */
  readonly key: string
  readonly step: string
  readonly attempt: number
  /** Names this execution; a step's output carries it, so that a run's outcome tells which executions it has seen. */
  readonly execution: string
  readonly n: number
  readonly at: number
}

export type Record = (execution: Execution) => void

const Input = Schema.Struct({ seed: Schema.Number, size: Schema.Number })
export type Input = typeof Input.Type

const Done = Schema.Struct({ value: Schema.Number, execution: Schema.String })
type Done = typeof Done.Type

const Output = Schema.Struct({ value: Schema.Number, executions: Schema.Array(Schema.String) })

export class Broken extends Schema.TaggedError<Broken>()("Broken", { message: Schema.String, n: Schema.Number }) {}

export const go = defineSignal("go", Schema.Number)

/** Executions that each step may need without any crash. */
export const attemptsOf: { readonly [step: string]: number } = { work: 1, inlineWork: 1, flaky: 3, undo: 1 }

const sum = (all: ReadonlyArray<Done>) => ({
  value: all.reduce((total, { value }) => total + value, 0),
  executions: all.map(({ execution }) => execution)
})

/** Steps answer with three times what they are given, so that a step left out or put in twice shows in the outcome. */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a list of definitions, each a few lines, that share one record
export const makeDefinitions = (record: Record) => {
  const once = (step: string, n: number, context: { runId: string; idempotencyKey: string; attempt: number }): Done => {
    const execution = randomUUID()
    const { runId, idempotencyKey: key, attempt } = context
    record({ runId, key, step, attempt, execution, n, at: Date.now() })
    return { value: n * 3, execution }
  }

  const work = defineStep("work", {
    input: Schema.Struct({ n: Schema.Number, ms: Schema.Number }),
    output: Done,
    retry: { attempts: 1 },
    run: ({ n, ms }, context) => Effect.delay(Effect.succeed(once("work", n, context)), ms)
  })
  const inlineWork = defineStep("inlineWork", {
    input: Schema.Number,
    output: Done,
    retry: { attempts: 1 },
    inline: true,
    run: (n, context) => Effect.sync(() => once("inlineWork", n, context))
  })
  /** Fails `failures` times: a defect at first, a typed error the last time. */
  const flaky = defineStep("flaky", {
    input: Schema.Struct({ n: Schema.Number, failures: Schema.Number }),
    output: Done,
    error: Broken,
    retry: { attempts: 3, initial: 10, factor: 2 },
    run: ({ n, failures }, context) =>
      Effect.suspend(() => {
        const done = once("flaky", n, context)
        if (context.attempt > failures) return Effect.succeed(done)
        return context.attempt < 3 ? Effect.die(new Error("flaky")) : Effect.fail(new Broken({ message: "broken", n }))
      })
  })
  const undo = defineStep("undo", {
    input: Schema.Number,
    output: Done,
    retry: { attempts: 1 },
    run: (n, context) => Effect.sync(() => once("undo", n, context))
  })

  const sequential = defineWorkflow("sequential", {
    input: Input,
    output: Output,
    run: Effect.fn(function* ({ seed, size }) {
      const all: Array<Done> = []
      for (let i = 0; i < size; i++) all.push(yield* work({ n: seed + i, ms: (seed + i) % 20 }))
      return sum(all)
    })
  })
  const parallel = defineWorkflow("parallel", {
    input: Input,
    output: Output,
    run: Effect.fn(function* ({ seed, size }) {
      const wide = Array.from({ length: size * 3 }, (_, i) => work({ n: seed + i, ms: (seed * i) % 30 }))
      const all = yield* Effect.all(wide, { concurrency: "unbounded" })
      return sum([...all, yield* work({ n: seed, ms: 0 })])
    })
  })
  const retrying = defineWorkflow("retrying", {
    input: Input,
    output: Output,
    run: Effect.fn(function* ({ seed, size }) {
      const all: Array<Done> = []
      for (let i = 0; i < size; i++) {
        const broken = ({ n }: Broken) => Effect.succeed({ value: -n, execution: "" })
        all.push(yield* Effect.catchTag(flaky({ n: seed + i, failures: (seed + i) % 4 }), "Broken", broken))
      }
      return sum(all)
    })
  })
  const inlining = defineWorkflow("inlining", {
    input: Input,
    output: Output,
    run: Effect.fn(function* ({ seed, size }) {
      const all: Array<Done> = []
      for (let i = 0; i < size; i++) {
        all.push(yield* inlineWork(seed + i))
        if (i % 2 === 1) all.push(yield* work({ n: seed, ms: 5 }))
      }
      return sum(all)
    })
  })
  const sleeping = defineWorkflow("sleeping", {
    input: Input,
    output: Output,
    run: Effect.fn(function* ({ seed, size }) {
      const all: Array<Done> = []
      for (let i = 0; i < size; i++) {
        yield* Effect.sleep(1 + ((seed * (i + 1)) % 200))
        // The longer of two sleeps is never waited for, and its timer is cleared.
        yield* Effect.timeoutOption(Effect.sleep("1 hour"), 1 + (seed % 30))
        all.push(yield* work({ n: seed + i, ms: 0 }))
      }
      return sum(all)
    })
  })
  const compensating = defineWorkflow("compensating", {
    input: Input,
    output: Output,
    error: Broken,
    run: Effect.fn(function* ({ seed, size }) {
      for (let i = 0; i < size; i++) yield* work({ n: i, ms: seed % 10 }).pipe(compensateWith(() => undo(i)))
      return yield* new Broken({ message: "compensated", n: seed })
    })
  })
  /** Cancelled from outside, at any moment. */
  const cancelled = defineWorkflow("cancelled", {
    input: Input,
    output: Output,
    run: Effect.fn(function* ({ seed, size }) {
      for (let i = 0; i < size; i++) yield* work({ n: i, ms: seed % 40 }).pipe(compensateWith(() => undo(i)))
      yield* Effect.sleep("Infinity")
      return sum([])
    })
  })
  const signalled = defineWorkflow("signalled", {
    input: Input,
    output: Output,
    run: Effect.fn(function* ({ seed, size }) {
      const all: Array<Done> = []
      for (let i = 0; i < size; i++) {
        const n = yield* go.receive
        all.push(yield* work({ n: seed + n, ms: 0 }))
      }
      return sum(all)
    })
  })
  const parent = defineWorkflow("parent", {
    input: Input,
    output: Output,
    run: Effect.fn(function* (input) {
      const failed = Effect.catchTag(compensating.child(input), "Broken", ({ n }) =>
        Effect.succeed({ value: n, executions: [] })
      )
      const children = [sequential.child(input), parallel.child(input), sleeping.child(input), failed]
      const all = yield* Effect.all(children, { concurrency: "unbounded" })
      const own = yield* work({ n: input.seed, ms: 0 })
      return {
        value: all.reduce((total, { value }) => total + value, own.value),
        executions: [...all.flatMap(({ executions }) => executions), own.execution]
      }
    })
  })
  const workflows = { sequential, parallel, retrying, inlining, sleeping, compensating, cancelled, signalled, parent }
  return { workflows, steps: [work, inlineWork, flaky, undo] as const }
}

export type Kind = keyof ReturnType<typeof makeDefinitions>["workflows"]

/** What a run must come to, from its input alone. */
export type Expected =
  | { readonly tag: "succeeded"; readonly value: number }
  | { readonly tag: "failed"; readonly n: number }
  | { readonly tag: "cancelled" }

const range = (length: number) => Array.from({ length }, (_, i) => i)
const total = (numbers: ReadonlyArray<number>) => numbers.reduce((a, b) => a + b, 0)

export const expectedOf = (kind: Kind, { seed, size }: Input): Expected => {
  const counted = total(range(size).map((i) => (seed + i) * 3))
  const wide = total(range(size * 3).map((i) => (seed + i) * 3)) + seed * 3
  switch (kind) {
    case "sequential":
    case "sleeping":
    case "signalled":
      return { tag: "succeeded", value: counted }
    case "parallel":
      return { tag: "succeeded", value: wide }
    case "retrying":
      return { tag: "succeeded", value: total(range(size).map((i) => ((seed + i) % 4 === 3 ? -1 : 3) * (seed + i))) }
    case "inlining":
      return { tag: "succeeded", value: counted + Math.floor(size / 2) * seed * 3 }
    case "compensating":
      return { tag: "failed", n: seed }
    case "cancelled":
      return { tag: "cancelled" }
    case "parent":
      return { tag: "succeeded", value: counted + wide + counted + seed + seed * 3 }
  }
}
