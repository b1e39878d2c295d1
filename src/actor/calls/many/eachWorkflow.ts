import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { AnyStep, Workflow } from "../../definitions/definition.ts"
import { eachPrefix, systemPrefix } from "../../definitions/name.ts"
import type { Run } from "../../definitions/run.ts"
import { makeSignal } from "../../definitions/signal.ts"
import { makeWorkflow } from "../../definitions/workflow.ts"
import type { ItemOutcome } from "./manyResult.ts"
import { inOneRun } from "./oneRun.ts"
import { type KeptOutcome, outcomeOf, toKept } from "./pageCodec.ts"
import { type Kept, keepPage, keptOf } from "./pageStore.ts"
import { failuresIn } from "./resultOf.ts"

/** What a child run is given: some of the items, and what is left of the limits. */
export interface Batch {
  readonly items: ReadonlyArray<unknown>
  /** Null: all at once. */
  readonly concurrency: number | null
  /** Null: any number. */
  readonly mayFail: number | null
  readonly needed: number | null
}

/** What it comes to. */
export interface BatchResult {
  readonly started: number
  readonly succeeded: number
  readonly failed: number
  /** Of the first that failed, by their places among its items. */
  readonly failures: ReadonlyArray<{ readonly at: number; readonly outcome: KeptOutcome }>
  /** In several, where one would be too large. */
  readonly pages: ReadonlyArray<Kept>
}

export type EachWorkflow = Workflow<string, Batch, BatchResult, never>

/** Asks a child run to end with what it has. */
export const stopEach = makeSignal(`${systemPrefix}stop`, Schema.Null)

/**
 * The child runs of `forEachStep`: a workflow for each step, `dynactor.each.<step>`, which every host knows that knows the step.
 */
export const eachWorkflowOf = (step: AnyStep): EachWorkflow => {
  const known = workflows.get(step)
  if (known !== undefined) return known
  const made = makeEach(step)
  workflows.set(step, made)
  return made
}

const workflows = new WeakMap<AnyStep, EachWorkflow>()

/** The name of the step, if a workflow's name is that of its child runs. */
export const stepOfEach = (workflow: string): string | undefined =>
  workflow.startsWith(eachPrefix) ? workflow.slice(eachPrefix.length) : undefined

const makeEach = (step: AnyStep): EachWorkflow => {
  const count = Schema.NullOr(Schema.Int)
  return makeWorkflow(`${eachPrefix}${step.stepName}`, {
    input: Schema.Struct({
      items: Schema.Array(step.input().schema),
      concurrency: count,
      mayFail: count,
      needed: count
    }) as unknown as Schema.Codec<Batch, any, never, never>,
    output: Schema.Struct({
      started: Schema.Int,
      succeeded: Schema.Int,
      failed: Schema.Int,
      failures: Schema.Array(Schema.Struct({ at: Schema.Int, outcome: outcomeOf(step) })),
      pages: Schema.Array(keptOf(step))
    }) as unknown as Schema.Codec<BatchResult, any, never, never>,
    run: (batch) => runBatch(step, batch)
  })
}

const runBatch = (
  step: AnyStep,
  { concurrency, items, mayFail, needed }: Batch
): Effect.Effect<BatchResult, never, Run> =>
  Effect.flatMap(
    inOneRun(
      items,
      step.orFail,
      {
        total: items.length,
        concurrency: concurrency ?? Number.POSITIVE_INFINITY,
        batch: undefined,
        count: mayFail ?? Number.POSITIVE_INFINITY,
        percent: Number.POSITIVE_INFINITY,
        needed: needed ?? undefined,
        isTolerant: true
      },
      stopEach.receive
    ),
    ({ outcomes, tally }) =>
      Effect.map(keepPage(step, outcomes.map(toKept)), (pages) => ({
        started: tally.started,
        succeeded: tally.succeeded,
        failed: tally.failed,
        failures: firstFailures(outcomes),
        pages
      }))
  )

const firstFailures = (outcomes: ReadonlyArray<ItemOutcome<unknown, unknown>>): BatchResult["failures"] =>
  failuresIn(outcomes, mostTold).map((one) => ({ at: one.index, outcome: toKept(one) }))

const mostTold = 10
