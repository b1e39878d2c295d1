import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { forEachStep } from "../../../src/actor/calls/many/forEachStep.ts"
import type { ForEachStepOptions } from "../../../src/actor/calls/many/manyOptions.ts"
import type { ManyResult } from "../../../src/actor/calls/many/manyResult.ts"
import type { Declined, Feature } from "../feature.ts"
import type { StepName } from "../programs.ts"

interface Args {
  readonly step: StepName
  readonly items: number
  readonly concurrency: 1 | 2 | "unbounded"
  readonly tolerate: { readonly count?: number; readonly percent?: number } | null
  readonly minSuccessful: number | null
  readonly batch: number | null
}

/** `forEachStep` over some items, in one run and in child runs. */
export const many: Feature<Args> = {
  name: "many",
  args: fc.record({
    step: fc.constantFrom<StepName>("reserve", "charge", "lookUp"),
    items: fc.integer({ min: 1, max: 5 }),
    concurrency: fc.constantFrom<Args["concurrency"]>("unbounded", 2, 1),
    tolerate: fc.option(
      fc.constantFrom<NonNullable<Args["tolerate"]>>(
        { count: 0 },
        { count: 1 },
        { percent: 20 },
        { count: 2, percent: 50 }
      ),
      { freq: 3 }
    ),
    minSuccessful: fc.option(fc.integer({ min: 1, max: 3 }), { freq: 2 }),
    batch: fc.option(fc.integer({ min: 1, max: 3 }), { freq: 2 })
  }),
  call: (args, value, { stepOf, trace }) => {
    const { batch, concurrency, minSuccessful, tolerate } = args
    const options: ForEachStepOptions = {
      concurrency,
      ...(tolerate === null ? {} : { tolerate }),
      ...(minSuccessful === null ? {} : { minSuccessful }),
      ...(batch === null ? {} : { batch })
    }
    const items = Array.from({ length: args.items }, (_, index) => ({ site: 5, value: value * 10 + index }))
    for (const input of items) trace.asked.push({ step: args.step, input })
    // It asks for more with each answer, until it is through: what is asleep beside it may be put off for as long.
    const underWay = (underWayOf.get(trace) ?? 0) + 1
    underWayOf.set(trace, underWay)
    trace.askedAt = Number.POSITIVE_INFINITY
    const through = Effect.map(Clock.currentTimeMillis, (now) => {
      const left = (underWayOf.get(trace) ?? 1) - 1
      underWayOf.set(trace, left)
      if (left === 0) trace.askedAt = now
    })
    const all = Effect.flatMap(forEachStep(items, stepOf(args.step), options), (result) =>
      Effect.map(result.outcomes, (outcomes) => {
        trace.miscounted ??= wrongWith(result, outcomes.map(({ _tag }) => _tag[0]).join(""), args)
        return result.succeeded * 100 + result.failed
      })
    )
    return Effect.ensuring(all, through)
  }
}

/** Calls of `forEachStep` that are not through. */
const underWayOf = new WeakMap<object, number>()

/** What is wrong with the result, by what is told of each item: S, F, C or N. */
const wrongWith = (
  { _tag, cancelled, failed, reason, started, succeeded, total }: ManyResult<number, Declined>,
  letters: string,
  { items, minSuccessful, tolerate }: Args
): string | undefined => {
  const count = (letter: string) => letters.split(letter).length - 1
  const [ok, bad] = [count("S"), count("F")]
  const is = `${_tag} by ${reason}, ${letters}`
  if (letters.length !== items || total !== items) return `${letters.length} outcomes of ${items} items`
  if (succeeded !== ok || failed !== bad || cancelled !== count("C") || started !== items - count("N"))
    return `${is}: told are ${started} started, ${succeeded} succeeded, ${failed} failed, ${cancelled} cancelled`
  const most = Math.min(tolerate?.count ?? items, Math.floor(((tolerate?.percent ?? 100) * items) / 100))
  const isExceeded = bad > most
  const isMet = ok >= (minSuccessful ?? items)
  // What could not be interrupted is counted after the end, too.
  if (reason !== "minSuccessful" && isExceeded !== reason.startsWith("tolerated"))
    return `${is}, and ${bad} of ${most} that may fail have failed`
  if (reason === "minSuccessful" && (minSuccessful === null || !isMet))
    return `${is}, and ${minSuccessful} were asked for`
  if (reason === "completed" && ok + bad < items) return `${is}, and not all were tried`
  const isAsked = tolerate !== null || minSuccessful !== null
  const isEnough = !reason.startsWith("tolerated") && ok >= (minSuccessful ?? 0) && (bad === 0 || isAsked)
  if ((_tag !== "NotEnough") !== isEnough) return `${is}, by ${JSON.stringify({ tolerate, minSuccessful })}`
  if ((_tag === "AllSucceeded") !== (isEnough && ok === items)) return `${is} of ${items}`
  return undefined
}
