import { defineStep, defineWorkflow } from "dynactor"
import { type CheckOptions, checkWorkflow, flaky, outcomes, TestRuntime, WorkflowCheckFailed } from "dynactor/testing"
import { Effect, Random, Schema } from "effect"
import { describe, expect, it } from "vitest"
import { SeededNumbers } from "../../src/testing/draws/seededNumbers.ts"

class Refused extends Schema.TaggedError<Refused>()("Refused", { message: Schema.String }) {}

const retry = { attempts: 2 }
const charge = defineStep("charge", {
  input: Schema.Void,
  output: Schema.String,
  error: Refused,
  retry,
  run: async () => "receipt"
})
const sell = defineWorkflow("sell", {
  input: Schema.Void,
  output: Schema.String,
  error: Refused,
  run: () => charge()
})
/** Whoever has paid before has paid. */
const lenient = defineWorkflow("lenient", {
  input: Schema.Void,
  output: Schema.String,
  run: () => Effect.orElseSucceed(charge(), () => "receipt")
})

interface World {
  readonly charges: Set<string>
}
const world = (): World => ({ charges: new Set() })
type Code = (input: unknown, context: { readonly idempotencyKey: string }, world: World) => unknown
const options = (code: Code): CheckOptions<void, string, Refused, World, never> => ({
  world,
  steps: { charge: code }
})

const reasonOf = async (check: () => Promise<unknown>): Promise<Error> => {
  const error = await check().catch((reason: unknown) => reason)
  if (error instanceof Error) return error
  throw new Error("nothing was found")
}

describe("a step that takes effect once, but fails when it is executed again", () => {
  const once =
    (again: () => unknown): Code =>
    async (_, { idempotencyKey }, { charges }) => {
      if (charges.has(idempotencyKey)) return again()
      charges.add(idempotencyKey)
      return "receipt"
    }
  const duplicate = once(() => {
    throw new Error("duplicate key")
  })
  const refusing = once(() => {
    throw new Refused({ message: "paid already" })
  })

  it.each([
    ["of a defect", duplicate, /charge#0 succeeds with "receipt"; executed again, it dies: .*duplicate key/],
    ["with an error that it declares", refusing, /executed again, it fails with .*paid already/]
  ] as const)("%s", async (_, code, says) => {
    const error = await reasonOf(() => checkWorkflow(sell, options(code)))
    if (!(error instanceof WorkflowCheckFailed)) throw error
    expect(error.kind).toBe("doubleEffect")
    expect(error.plan).toEqual(["crash charge#0/1"])
    expect(error.message).toMatch(says)
    expect(error.message).toContain('The run without that:  succeeds with "receipt"')
  })

  it("is found where the run goes on all the same, and ends with something else", async () => {
    const handing = defineWorkflow("handing", {
      input: Schema.Void,
      output: Schema.Boolean,
      run: () => Effect.isSuccess(charge())
    })
    expect(await reasonOf(() => checkWorkflow(handing, options(refusing) as never))).toMatchObject({
      kind: "doubleEffect"
    })
  })

  it("is none of the run's business if it makes nothing of it", async () => {
    const report = await checkWorkflow(lenient, { ...options(refusing), schedules: 200 } as never)
    expect(report.outcomes.succeeded).toBeGreaterThan(100)
  })

  it("is not taken for one that is out of order now and then, or that makes up what it answers", async () => {
    // Of no schedule's own numbers, as a real service's mood is; but the same in every run of this test.
    const mood = new SeededNumbers(1)
    const kept: Code = (_, { idempotencyKey }, { charges }) => void charges.add(idempotencyKey)
    const codes: ReadonlyArray<Code> = [
      async (...call) => {
        kept(...call)
        if (Math.random() < 0.5) throw new Refused({ message: "not today" })
        return "receipt"
      },
      async (...call) => {
        kept(...call)
        if (mood.chance(0.5)) throw new Refused({ message: "not today" })
        return "receipt"
      },
      // One of these limits is between what the first execution draws and what the second does.
      ...[0.1, 0.3, 0.5, 0.7, 0.9].map(
        (limit): Code =>
          (...call) =>
            Effect.flatMap(Random.next, (number) => {
              kept(...call)
              return number < limit ? Effect.fail(new Refused({ message: "not today" })) : Effect.succeed("receipt")
            })
      ),
      async (...call) => {
        kept(...call)
        return crypto.randomUUID()
      }
    ]
    for (const [index, code] of codes.entries()) {
      const report = await checkWorkflow(sell, { ...options(code), schedules: 200 })
      // The first draws from what no seed holds, and how often it is killed is chance.
      expect(report.faultsByKind.crash).toBeGreaterThan(index === 0 ? 0 : 5)
    }
  })
})

it("code among the outcomes of a stand-in is tried twice as well", async () => {
  const count = (_: unknown, __: unknown, world: { total: number }) => {
    world.total++
    return "receipt"
  }
  const steps = { charge: outcomes(count, new Refused({ message: "no" })) }
  const error = await reasonOf(() => checkWorkflow(sell, { world: () => ({ total: 0 }), steps }))
  expect(error).toMatchObject({ kind: "doubleEffect" })
})

describe("slips in the code that stands in for a step", () => {
  it("that never works", async () => {
    const slip: Code = async (_, { idempotencyKey }, world) => (world.charges as any).sett(idempotencyKey)
    const thrown = /steps\.charge: in no schedule .* it throws TypeError: .*sett is not a function\. .*flaky\(1\)/
    for (const code of [slip, (...call: Parameters<Code>) => Effect.promise(async () => slip(...call))]) {
      const error = await reasonOf(() => checkWorkflow(sell, { ...options(code), schedules: 20 }))
      expect(error).toBeInstanceOf(TypeError)
      expect(error.message).toMatch(thrown)
    }
    await checkWorkflow(sell, { schedules: 20, steps: { charge: flaky(1) } })
  })

  it("that works now and then, or always fails with what its step declares, is none", async () => {
    let calls = 0
    const moody = () => {
      if (calls++ % 2 === 0) throw new Error("not yet")
      return "receipt"
    }
    const refusing = async () => {
      throw new Refused({ message: "no" })
    }
    for (const charge of [moody, refusing]) await checkWorkflow(sell, { schedules: 20, steps: { charge } })
  })

  it("that never answers, whatever its step's own timeout", { timeout: 30_000 }, async () => {
    const patient = defineStep("patient", {
      input: Schema.Void,
      output: Schema.Void,
      timeout: "1 hour",
      run: async () => {}
    })
    const waits = defineWorkflow("waits", { input: Schema.Void, output: Schema.Void, run: () => patient() })
    const steps = { patient: () => new Promise<void>(() => {}) }
    const says = /step patient: its code has not answered for 5 seconds of real time/
    await Promise.all([
      expect(checkWorkflow(waits, { steps })).rejects.toThrow(says),
      expect(new TestRuntime({ steps }).start(waits, { input: undefined })).rejects.toThrow(says)
    ])
  })
})

describe("worlds in which nothing can be seen to differ", () => {
  class Bank {
    #cents = 0
    charge() {
      this.#cents += 100
    }
    get cents() {
      return this.#cents
    }
  }
  class Silent {
    log() {}
  }

  it("are one and the same for all schedules", async () => {
    const shared = world()
    const code: Code = async () => "receipt"
    const error = await reasonOf(() => checkWorkflow(sell, { ...options(code), world: () => shared }))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toContain("world: the function answers with the same object again")
  })

  it.each([
    ["a member", (bank: Bank) => ({ bank, log: new Silent() }), "at bank, a Bank"],
    ["further down", (bank: Bank) => ({ banks: new Map([["first", { all: [bank] }]]) }), "at banks.first.all.0, a Bank"]
  ] as const)("keep it in private fields: %s", async (_, worldOf, says) => {
    const banks = new WeakMap<object, Bank>()
    const made = {
      world: () => {
        const bank = new Bank()
        const world: object = worldOf(bank)
        banks.set(world, bank)
        return world
      },
      steps: {
        charge: async (_: unknown, __: unknown, world: object) => {
          banks.get(world)?.charge()
          return "receipt"
        }
      }
    }
    const error = await reasonOf(() => checkWorkflow(sell, made))
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toContain(`of the world, ${says}, nothing can be compared`)
    const found = await reasonOf(() =>
      checkWorkflow(sell, { ...made, effects: (world: object) => banks.get(world)?.cents })
    )
    expect(found).toMatchObject({ kind: "doubleEffect" })
  })

  it("are not those that hold a service which has nothing to keep, or many bytes", { timeout: 20_000 }, async () => {
    const code: Code = async () => "receipt"
    const disk = new Uint8Array(1_000_000)
    const made = () => ({ ...world(), log: new Silent(), disk })
    await checkWorkflow(sell, { ...options(code), world: made, schedules: 200 })
  })
})
