import { defineStep, defineWorkflow } from "dynactor"
import { checkWorkflow, WorkflowCheckFailed } from "dynactor/testing"
import { Config, Effect, Schema, SchemaGetter } from "effect"
import { describe, expect, it } from "vitest"

const TextOrDate = Schema.Union([Schema.String, Schema.Date])
/** What it encodes is another number when it is decoded. */
const OneMore = Schema.Number.pipe(
  Schema.decodeTo(Schema.Number, {
    decode: SchemaGetter.transform((number: number) => number + 1),
    encode: SchemaGetter.transform((number: number) => number)
  })
)

const work = { input: Schema.Void, output: Schema.Void, run: async () => {} }
const log = defineStep("log", { ...work, input: TextOrDate })
const count = defineStep("count", { ...work, input: OneMore })
const ask = defineStep("ask", { ...work, output: TextOrDate, run: async () => "x" })
const child = defineWorkflow("child", { input: TextOrDate, output: Schema.Void, run: () => Effect.void })
const only = (run: () => Effect.Effect<unknown, never, any>) =>
  defineWorkflow("only", { input: Schema.Void, output: Schema.Void, run: () => Effect.asVoid(run()) })

const errorOf = async (check: Promise<unknown>): Promise<Error> => {
  const error = await check.catch((reason: unknown) => reason)
  if (error instanceof Error) return error
  throw new Error("nothing was found")
}

describe("a schema that changes values", () => {
  it("is told where the workflow hands one over, although a run may die of a step that fails", async () => {
    const handed: ReadonlyArray<readonly [run: () => Effect.Effect<unknown, never, any>, says: string]> = [
      [() => log(new Date(0)), "StepFailed: input of step log does not fit its schema"],
      [() => count(3), "StepFailed: input of step count does not fit its schema"],
      [() => child.child(new Date(0)), "ChildFailed: input of child run child does not fit its schema"]
    ]
    for (const [run, says] of handed) {
      const error = await errorOf(checkWorkflow(only(run)))
      expect(error).toBeInstanceOf(WorkflowCheckFailed)
      expect(error).toMatchObject({ kind: "defect", schedule: 1 })
      expect(error.message).toContain(`${says}: does not survive its own encoding`)
    }
  })

  it("is told where the workflow ends with one", async () => {
    const ending = defineWorkflow("ending", { input: Schema.Void, output: OneMore, run: () => Effect.succeed(2) })
    const error = await errorOf(checkWorkflow(ending))
    expect(error).toMatchObject({ kind: "defect" })
    expect(error.message).toContain("the output of workflow ending does not fit its schema: does not survive")
  })

  it("is told where values of it would be derived", async () => {
    const given = defineWorkflow("given", { input: OneMore, output: Schema.Void, run: () => Effect.void })
    expect((await errorOf(checkWorkflow(given))).message).toMatch(
      /^no values can be derived for the input of workflow given: its schema changes values, \d+ of \d+ that were drawn: does not survive/
    )
    expect((await errorOf(checkWorkflow(only(() => ask())))).message).toMatch(
      /the output of step ask: its schema changes/
    )
    const some = defineWorkflow("some", {
      input: Schema.Union([Schema.String, Schema.BigInt, Schema.Number]),
      output: Schema.Void,
      run: () => Effect.void
    })
    await checkWorkflow(some, { schedules: 50 })
  })

  it("is told where a stand-in answers with one, or the option input has one", async () => {
    const answering = checkWorkflow(
      only(() => ask()),
      { steps: { ask: async () => new Date(0) } }
    )
    expect((await errorOf(answering)).message).toMatch(/output of step ask does not fit its schema: does not survive/)
    const given = checkWorkflow(child, { input: new Date(0) })
    expect((await errorOf(given)).message).toMatch(/input of workflow child does not fit its schema: does not survive/)
  })
})

describe("what the configuration of a host says", () => {
  it("is told by name where workflow code asks for it", async () => {
    const home = only(() => Effect.orDie(Config.String("HOME")))
    const error = await errorOf(checkWorkflow(home))
    expect(error).toMatchObject({ kind: "parked", schedule: 1 })
    expect(error.message).toContain("Config HOME in workflow code")
  })
})
