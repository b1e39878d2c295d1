import { compensateWith, defineStep, defineWorkflow } from "dynactor"
import { checkWorkflow, WorkflowCheckFailed } from "dynactor/testing"
import { Effect, Schema } from "effect"
import { describe, expect, it } from "vitest"

const step = (name: string) =>
  defineStep(name, { input: Schema.String, output: Schema.String, run: async (text: string) => text })

const [reserve, release, label, peel, pay] = [
  step("reserve"),
  step("release"),
  step("label"),
  step("peel"),
  step("pay")
]

const named = (name: string, run: () => Effect.Effect<unknown, never, any>) =>
  defineWorkflow(name, { input: Schema.Void, output: Schema.Void, run: () => Effect.asVoid(run()) })

const bothUndone = { reserve: "release", label: "peel" } as const
const oneUndoesBoth = { reserve: "release", label: "release" } as const

const failureOf = async (check: Promise<unknown>): Promise<WorkflowCheckFailed> => {
  const error = await check.then(
    () => new Error("nothing was found"),
    (reason: unknown) => reason
  )
  if (error instanceof WorkflowCheckFailed) return error
  throw error
}

describe("the option compensations", () => {
  it("has nothing against a loop whose rounds are undone in reverse", async () => {
    const packing = named("packing", () =>
      Effect.forEach(["a", "b"], (item) =>
        Effect.andThen(
          reserve(item).pipe(compensateWith(release)),
          Effect.andThen(label(item).pipe(compensateWith(peel)), pay(item))
        )
      )
    )
    const report = await checkWorkflow(packing, { compensations: bothUndone, schedules: 300 })
    expect(report.outcomes.cancelled).toBeGreaterThan(5)
  })

  it("finds a loop whose rounds are undone in the order in which they were taken", async () => {
    const packing = named("packing", () =>
      Effect.andThen(Effect.uninterruptible(Effect.andThen(reserve("a"), label("a"))), Effect.sleep("1 day")).pipe(
        Effect.onInterrupt(() => Effect.andThen(release("a"), peel("a")))
      )
    )
    const { kind, message } = await failureOf(checkWorkflow(packing, { compensations: bothUndone }))
    expect(kind).toBe("compensation")
    expect(message).toMatch(/label#0 succeeded after reserve#0, and its compensation peel came after release/)
  })

  it("has nothing against a step that undoes two others, each by a call", async () => {
    const both = named("both", () =>
      Effect.andThen(
        reserve("a").pipe(compensateWith(release)),
        Effect.andThen(label("a").pipe(compensateWith(release)), pay("a"))
      )
    )
    await checkWorkflow(both, { compensations: oneUndoesBoth, schedules: 300 })
  })

  it("finds the one of two that is forgotten, though the other is undone by the same step", async () => {
    const forgetful = named("forgetful", () =>
      Effect.andThen(
        reserve("a").pipe(compensateWith(release)),
        Effect.andThen(Effect.uninterruptible(label("a")), pay("a"))
      )
    )
    const { message } = await failureOf(checkWorkflow(forgetful, { compensations: oneUndoesBoth }))
    expect(message).toContain("reserve#0, label#0 succeeded and had to be undone; release was asked for 1 time only.")
    expect(message).toContain("If one call of release undoes all of them, name it for the first of them only.")
  })

  it("has nothing against what is undone in the course of things, before the next is done", async () => {
    const trying = named("trying", () =>
      Effect.andThen(
        Effect.uninterruptible(Effect.andThen(reserve("a"), release("a"))),
        Effect.andThen(label("a").pipe(compensateWith(peel)), pay("a"))
      )
    )
    await checkWorkflow(trying, { compensations: bothUndone, schedules: 300 })
  })
})
