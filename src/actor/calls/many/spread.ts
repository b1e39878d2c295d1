import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { AnyStep, ChildHandle } from "../../definitions/definition.ts"
import type { Run } from "../../definitions/run.ts"
import { ChildFailed, StepFailed } from "../../errors.ts"
import { isA } from "../../values/defect.ts"
import { type BatchResult, eachWorkflowOf, stopEach } from "./eachWorkflow.ts"
import type { Limits } from "./manyOptions.ts"
import type { ItemFailed, ItemOutcome } from "./manyResult.ts"
import { fromKept, type KeptOutcome } from "./pageCodec.ts"
import { readKept } from "./pageStore.ts"
import { mostFailures } from "./resultOf.ts"
import { Tally } from "./tally.ts"

type Page<Out, Err> = Effect.Effect<ReadonlyArray<ItemOutcome<Out, Err>>, never, Run>
type Handle = ChildHandle<BatchResult, never>

/** A child run under way, and the places of its items among all. */
interface Part {
  readonly handle: Handle
  readonly places: ReadonlyArray<number>
}

/**
 * The items in child runs, so many to each. A child keeps to what is left of the limits when it starts; when several have used them up
 * between them, the others are asked to end with what they have.
 */
export const spread = <Out, Err>(
  items: ReadonlyArray<unknown>,
  step: AnyStep,
  limits: Limits,
  batch: number
): Effect.Effect<Spread<Out, Err>, never, Run> =>
  Effect.suspend(() => {
    const run = new Spread<Out, Err>(items, step, limits, batch)
    return Effect.as(Effect.forEach(run.firsts, run.child, { concurrency: run.atOnce, discard: true }), run)
  })

export class Spread<Out, Err> {
  readonly tally: Tally
  readonly failures: Array<ItemFailed<Err>> = []
  /** The first item of each child run. */
  readonly firsts: ReadonlyArray<number>
  /** Child runs at a time. */
  readonly atOnce: number
  private readonly items: ReadonlyArray<unknown>
  private readonly step: AnyStep
  private readonly batch: number
  private readonly found = new Map<number, Array<Page<Out, Err>>>()
  private readonly underWay = new Set<Handle>()

  constructor(items: ReadonlyArray<unknown>, step: AnyStep, limits: Limits, batch: number) {
    this.items = items
    this.step = step
    this.batch = batch
    this.tally = new Tally(limits)
    this.firsts = Array.from({ length: Math.ceil(items.length / batch) }, (_, at) => at * batch)
    this.atOnce = Math.min(mostAtOnce, Math.max(1, Math.floor(limits.concurrency / batch)))
  }

  get pages(): ReadonlyArray<Page<Out, Err>> {
    return this.firsts.map((first) =>
      Effect.map(Effect.all(this.found.get(first) ?? []), (found) => {
        const outcomes = this.placesFrom(first).map((index): ItemOutcome<Out, Err> => ({ _tag: "NotStarted", index }))
        for (const one of found.flat()) outcomes[one.index - first] = one
        return outcomes
      })
    )
  }

  readonly child = (first: number): Effect.Effect<void, never, Run> =>
    Effect.suspend(() => this.inChild(first, this.placesFrom(first)))

  private placesFrom(first: number): ReadonlyArray<number> {
    return Array.from({ length: Math.min(this.batch, this.items.length - first) }, (_, at) => first + at)
  }

  private inChild(first: number, places: ReadonlyArray<number>): Effect.Effect<void, never, Run> {
    if (this.tally.isOver || places.length === 0) return Effect.void
    return this.start(places).pipe(
      Effect.map((part) => this.end(first, part)),
      Effect.catchDefect((defect) =>
        // Its input does not fit: each item is looked at only then.
        isA(ChildFailed, defect) && defect.runId === ""
          ? Effect.succeed(this.inParts(first, places, defect))
          : Effect.die(defect)
      ),
      Effect.flatten
    )
  }

  private end(first: number, part: Part): Effect.Effect<void, never, Run> {
    const { handle } = part
    this.underWay.add(handle)
    return handle.awaitOrFail.pipe(
      Effect.onInterrupt(() => Effect.andThen(handle.cancel, Effect.exit(handle.await))),
      Effect.matchEffect({
        onSuccess: (result) => this.ended(first, this.told(part, result), handle),
        onFailure: (error) => this.ended(first, this.lost(part.places, error), handle)
      })
    )
  }

  /** Without those that are no input of the step; or, where they are too much for one value together, one half after the other. */
  private inParts(
    first: number,
    places: ReadonlyArray<number>,
    { message }: ChildFailed
  ): Effect.Effect<void, never, Run> {
    const { step } = this
    const fit: Array<number> = []
    const failures: Array<ItemFailed<never>> = []
    for (const index of places) {
      const encoded = step.input().encode(this.items[index])
      const why = Result.isFailure(encoded) ? encoded.failure : places.length === 1 ? message : undefined
      if (why === undefined) fit.push(index)
      else failures.push({ _tag: "Failed", index, error: misfit(step, why) })
    }
    if (failures.length > 0)
      return Effect.andThen(
        this.ended(first, failed(failures)),
        Effect.suspend(() => this.inChild(first, fit))
      )
    const half = fit.length >> 1
    return Effect.forEach(
      [fit.slice(0, half), fit.slice(half)],
      (some) => Effect.suspend(() => this.inChild(first, some)),
      { discard: true }
    )
  }

  private start(places: ReadonlyArray<number>): Effect.Effect<Part, never, Run> {
    const { concurrency, count, needed, percent } = this.tally.limits
    const { failed, succeeded } = this.tally
    const mayFail = Math.min(count, percent) - failed
    const batch = {
      items: places.map((place) => this.items[place]),
      concurrency: concurrency >= this.batch ? null : concurrency,
      mayFail: Number.isFinite(mayFail) ? mayFail : null,
      needed: needed === undefined ? null : needed - succeeded
    }
    return Effect.map(eachWorkflowOf(this.step).start(batch), (handle) => ({ handle, places }))
  }

  private told({ places }: Part, { failed, failures, pages, started, succeeded }: BatchResult): PartEnd<Out, Err> {
    const outcome = (kept: KeptOutcome, at: number) => fromKept<Out, Err>(kept, places[at] as number)
    return {
      started,
      succeeded,
      failed,
      failures: failures.map(({ at, outcome: kept }) => outcome(kept, at) as ItemFailed<Err>),
      outcomes: Effect.map(
        Effect.forEach(pages, (kept) => readKept(this.step, kept)),
        (all) => all.flat().map(outcome)
      )
    }
  }

  /** It died, or somebody has cancelled it: what became of its items nobody can tell any more. */
  private lost(places: ReadonlyArray<number>, { cause, message }: ChildFailed): PartEnd<Out, Err> {
    const { stepName: step } = this.step
    const more = cause === undefined ? {} : { cause }
    const error = new StepFailed({ message, step, reason: "defect", attempts: 0, ...more })
    return failed(places.map((index) => ({ _tag: "Failed", index, error }) as const))
  }

  private ended(first: number, end: PartEnd<Out, Err>, handle?: Handle): Effect.Effect<void, never, Run> {
    const { tally } = this
    if (handle !== undefined) this.underWay.delete(handle)
    this.found.set(first, [...(this.found.get(first) ?? []), end.outcomes])
    this.failures.push(...end.failures.slice(0, Math.max(0, mostFailures - this.failures.length)))
    tally.started += end.started
    tally.succeeded += end.succeeded
    tally.failed += end.failed
    const wasOver = tally.isOver
    tally.judge()
    if (wasOver || !tally.isOver) return Effect.void
    return Effect.forEach(this.underWay, (other) => other.signal(stopEach, null), { discard: true })
  }
}

interface PartEnd<Out, Err> {
  readonly started: number
  readonly succeeded: number
  readonly failed: number
  readonly failures: ReadonlyArray<ItemFailed<Err>>
  readonly outcomes: Page<Out, Err>
}

const failed = (failures: ReadonlyArray<ItemFailed<never>>): PartEnd<never, never> => ({
  started: failures.length,
  succeeded: 0,
  failed: failures.length,
  failures,
  outcomes: Effect.succeed(failures)
})

const misfit = ({ stepName: step }: AnyStep, why: string): StepFailed =>
  new StepFailed({
    message: `input of step ${step} does not fit its schema: ${why}`,
    step,
    reason: "invalidInput",
    attempts: 0
  })

/** The inputs of all that are asked for at once are encoded in one go. */
const mostAtOnce = 64
