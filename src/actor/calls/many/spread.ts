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

/** A child run under way, and the places of its items among all. Items that do not fit their schema are in none. */
interface Part {
  readonly handle: Handle
  readonly places: ReadonlyArray<number>
  readonly refused: ReadonlyArray<ItemFailed<never>>
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
  private readonly found = new Map<number, Page<Out, Err>>()
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
    const untouched = (first: number) =>
      Effect.sync(() => this.placesFrom(first).map((index) => ({ _tag: "NotStarted", index }) as const))
    return this.firsts.map((first) => this.found.get(first) ?? untouched(first))
  }

  readonly child = (first: number): Effect.Effect<void, never, Run> =>
    Effect.suspend(() => {
      if (this.tally.isOver) return Effect.void
      return Effect.flatMap(this.start(this.placesFrom(first)), (part) => {
        const { handle } = part
        this.underWay.add(handle)
        return handle.awaitOrFail.pipe(
          Effect.onInterrupt(() => Effect.andThen(handle.cancel, Effect.exit(handle.await))),
          Effect.matchEffect({
            onSuccess: (result) => this.ended(first, part, this.told(part, result)),
            onFailure: (error) => this.ended(first, part, this.lost(part, error))
          })
        )
      })
    })

  private placesFrom(first: number): ReadonlyArray<number> {
    return Array.from({ length: Math.min(this.batch, this.items.length - first) }, (_, at) => first + at)
  }

  private start(places: ReadonlyArray<number>): Effect.Effect<Part, never, Run> {
    return this.startWith(places, []).pipe(
      Effect.catchDefect((defect) =>
        // Its input does not fit: each item is looked at only then.
        isA(ChildFailed, defect) && defect.runId === "" ? this.startWithFit(places) : Effect.die(defect)
      )
    )
  }

  private startWithFit(places: ReadonlyArray<number>): Effect.Effect<Part, never, Run> {
    const { step } = this
    const fit: Array<number> = []
    const refused: Array<ItemFailed<never>> = []
    for (const index of places) {
      const encoded = step.input().encode(this.items[index])
      if (Result.isSuccess(encoded)) fit.push(index)
      else refused.push({ _tag: "Failed", index, error: misfit(step, encoded.failure) })
    }
    return this.startWith(fit, refused)
  }

  private startWith(places: ReadonlyArray<number>, refused: Part["refused"]): Effect.Effect<Part, never, Run> {
    const { concurrency, count, needed, percent } = this.tally.limits
    const { failed, succeeded } = this.tally
    const mayFail = Math.min(count, percent) - failed - refused.length
    const batch = {
      items: places.map((place) => this.items[place]),
      concurrency: concurrency >= this.batch ? null : concurrency,
      mayFail: Number.isFinite(mayFail) ? Math.max(0, mayFail) : null,
      needed: needed === undefined ? null : needed - succeeded
    }
    return Effect.map(eachWorkflowOf(this.step).start(batch), (handle) => ({ handle, places, refused }))
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
  private lost({ places }: Part, { cause, message }: ChildFailed): PartEnd<Out, Err> {
    const { stepName: step } = this.step
    const more = cause === undefined ? {} : { cause }
    const error = new StepFailed({ message, step, reason: "defect", attempts: 0, ...more })
    const failures = places.map((index) => ({ _tag: "Failed", index, error }) as const)
    const { length } = places
    return { started: length, succeeded: 0, failed: length, failures, outcomes: Effect.succeed(failures) }
  }

  private ended(first: number, { handle, refused }: Part, end: PartEnd<Out, Err>): Effect.Effect<void, never, Run> {
    const { tally } = this
    this.underWay.delete(handle)
    this.found.set(
      first,
      refused.length === 0
        ? end.outcomes
        : Effect.map(end.outcomes, (found) => [...refused, ...found].sort((a, b) => a.index - b.index))
    )
    this.failures.push(...[...refused, ...end.failures].slice(0, Math.max(0, mostFailures - this.failures.length)))
    tally.started += end.started + refused.length
    tally.succeeded += end.succeeded
    tally.failed += end.failed + refused.length
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

const misfit = ({ stepName: step }: AnyStep, why: string): StepFailed =>
  new StepFailed({
    message: `input of step ${step} does not fit its schema: ${why}`,
    step,
    reason: "invalidInput",
    attempts: 0
  })

/** The inputs of all that are asked for at once are encoded in one go. */
const mostAtOnce = 64
