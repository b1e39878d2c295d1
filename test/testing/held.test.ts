import { defineStep, defineWorkflow } from "dynactor"
import { checkWorkflow, WorkflowCheckFailed } from "dynactor/testing"
import { Effect, Schema } from "effect"
import { describe, expect, it } from "vitest"

// Taken hold of when the module is loaded: inside of a run, the globals themselves answer with the run's own.
const now = Date.now
const random = Math.random
const elapsedMs = performance.now

const noted = { input: Schema.Void, output: Schema.Void, run: async () => {} }
const pack = defineStep("pack", noted)
const onTime = defineStep("onTime", noted)
const late = defineStep("late", noted)

const branching = (body: () => Effect.Effect<boolean, never, any>) =>
  defineWorkflow("branching", {
    input: Schema.Void,
    output: Schema.Void,
    run: () => Effect.flatMap(Effect.suspend(body), (isLate) => (isLate ? late() : onTime()))
  })

const failureOf = async (body: () => Effect.Effect<boolean, never, any>, seed = 1): Promise<WorkflowCheckFailed> => {
  const error = await checkWorkflow(branching(body), { seed }).catch((reason: unknown) => reason)
  if (error instanceof WorkflowCheckFailed) return error
  throw new Error("nothing was found", { cause: error })
}

describe("a clock taken hold of, that is asked twice", () => {
  const tooLong = (clock: () => number, mostMs: number, between: Effect.Effect<void, any, any>) => () =>
    Effect.gen(function* () {
      const begun = clock()
      yield* between
      return clock() - begun > mostMs
    }) as Effect.Effect<boolean, never, any>

  const leaks: ReadonlyArray<readonly [what: string, body: () => Effect.Effect<boolean, never, any>]> = [
    ["around a step", tooLong(now, 5_000, pack())],
    ["around a step and an hour", tooLong(now, 5_000, Effect.andThen(pack(), Effect.sleep("1 hour")))],
    ["around a month", tooLong(now, 86_400_000, Effect.sleep("30 days"))],
    ["by performance.now", tooLong(elapsedMs, 5_000, pack())]
  ]

  it.each(leaks)("%s", async (_, body) => {
    const { kind, message, schedule } = await failureOf(body)
    expect(kind).toBe("nondeterminism")
    expect(message).toContain("It is enough that the wall clock shows another time.")
    expect(schedule).toBeLessThan(50)
  })
})

describe("what is seldom true of a clock or of randomness taken hold of", () => {
  const leaks: ReadonlyArray<readonly [what: string, read: () => boolean]> = [
    ["one number of five", () => Math.floor(random() * 5) === 4],
    ["a large number", () => random() > 0.95],
    ["a small number", () => random() < 0.02],
    ["a late hour", () => new Date(now()).getUTCHours() >= 22],
    ["one month of twelve", () => new Date(now()).getUTCMonth() === 11],
    ["a far future", () => now() > Date.UTC(2040, 0, 1)],
    ["the past", () => now() < Date.UTC(2020, 0, 1)],
    ["one day of the week", () => new Date(now()).getUTCDay() === 0]
  ]

  it.each(leaks)("%s", async (_, read) => {
    const { kind, schedule } = await failureOf(() => Effect.sync(read))
    expect(kind).toBe("nondeterminism")
    expect(schedule).toBeLessThan(200)
  })

  it("is found in the same schedule for the same seed, and in another for another", async () => {
    const found = async (seed: number) => (await failureOf(() => Effect.sync(() => random() < 0.02), seed)).schedule
    const schedules = [await found(1), await found(1), await found(2), await found(3), await found(4)]
    expect(schedules[0]).toBe(schedules[1])
    expect(new Set(schedules).size).toBeGreaterThan(2)
  })
})

describe("virtual time", () => {
  const startsIn = (year: number) =>
    branching(() =>
      Effect.clockWith((clock) => Effect.succeed(new Date(clock.currentTimeMillisUnsafe()).getUTCFullYear() === year))
    )

  it("begins on another date in schedules that are drawn, which the report says where it takes the date", async () => {
    const error = await checkWorkflow(startsIn(2028), { atEnd: (run) => !run.executed(late) }).catch((reason) => reason)
    expect(error).toBeInstanceOf(WorkflowCheckFailed)
    expect(error.message).toMatch(/It takes the date: this run starts on 2028-/)
    const always = await checkWorkflow(startsIn(2026), { atEnd: () => false }).catch((reason) => reason)
    expect(always.message).not.toContain("It takes the date")
  })

  it("begins when the option startAt says", async () => {
    const options = { schedules: 300, startAt: Date.UTC(2030, 5, 1) }
    await checkWorkflow(startsIn(2030), { ...options, atEnd: (run) => !run.executed(onTime) })
  })
})
