import { setTimeout as sleep } from "node:timers/promises"
import { defineStep, defineWorkflow, type StepContext } from "dynactor"
import { type CheckOptions, checkWorkflow, TestRuntime, WorkflowCheckFailed } from "dynactor/testing"
import { Context, Effect, Schema, Semaphore } from "effect"
import { describe, expect, it } from "vitest"

// Steps that are stopped on their way: their worker dies there, nobody hears of what they did, or others have their turn.

const Deposit = Schema.Struct({ account: Schema.String, cents: Schema.Int })
type Deposit = typeof Deposit.Type

const deposit = defineStep("deposit", { input: Deposit, output: Schema.Void, run: async () => {} })

const one = defineWorkflow("one", { input: Deposit, output: Schema.Void, run: (input) => deposit(input) })

const two = defineWorkflow("two", {
  input: Schema.Void,
  output: Schema.Void,
  run: () =>
    Effect.all([deposit({ account: "a", cents: 3 }), deposit({ account: "a", cents: 2 })], {
      concurrency: "unbounded",
      discard: true
    })
})

class Bank {
  readonly done = new Set<string>()
  readonly cents = new Map<string, number>()
  readonly entries: Array<{ readonly number: number; readonly text: string }> = []

  async isDone(key: string) {
    return this.done.has(key)
  }
  async markDone(key: string) {
    this.done.add(key)
  }
  async read(account: string) {
    return this.cents.get(account) ?? 0
  }
  async write(account: string, cents: number) {
    this.cents.set(account, cents)
  }
  /** In one go, as a transaction of the store. */
  async add(account: string, cents: number) {
    this.cents.set(account, (this.cents.get(account) ?? 0) + cents)
  }
  async addOnce(key: string, account: string, cents: number) {
    if (this.done.has(key)) return
    this.done.add(key)
    await this.add(account, cents)
  }
  async note(text: string) {
    this.entries.push({ number: this.entries.length + 1, text })
  }
}

type Code = (input: Deposit, context: StepContext, bank: Bank) => unknown

const options = (code: Code, more: Partial<Omit<CheckOptions<any, any, any, Bank, never>, "reload">> = {}) => ({
  schedules: 200,
  world: () => new Bank(),
  steps: { deposit: code },
  ...more
})

const failureOf = async (check: () => Promise<unknown>): Promise<WorkflowCheckFailed> => {
  const error = await check().catch((reason: unknown) => reason)
  if (error instanceof WorkflowCheckFailed) return error
  throw error instanceof Error ? error : new Error("nothing was found")
}

const marksItselfLast: Code = async ({ account, cents }, { idempotencyKey }, bank) => {
  if (await bank.isDone(idempotencyKey)) return
  await bank.add(account, cents)
  await bank.markDone(idempotencyKey)
}

const addsOnce: Code = ({ account, cents }, { idempotencyKey }, bank) => bank.addOnce(idempotencyKey, account, cents)

describe("a worker that dies at an await of a step's code", () => {
  const marksItselfFirst: Code = async ({ account, cents }, { idempotencyKey }, bank) => {
    if (await bank.isDone(idempotencyKey)) return
    await bank.markDone(idempotencyKey)
    await bank.add(account, cents)
  }
  const asEffect: Code = ({ account, cents }, { idempotencyKey }, bank) =>
    Effect.gen(function* () {
      if (bank.done.has(idempotencyKey)) return
      yield* Effect.sync(() => bank.cents.set(account, (bank.cents.get(account) ?? 0) + cents))
      yield* Effect.sync(() => bank.done.add(idempotencyKey))
    })
  const ofAnEffect: Code = (...call) => Effect.promise(async () => marksItselfLast(...call))
  const inHelpers: Code = async (input, context, bank) => {
    const [known] = await Promise.all([bank.isDone(context.idempotencyKey), sleep(1)])
    if (!known) await marksItselfLast(input, context, bank)
  }

  it.each([
    ["that marks itself done last", marksItselfLast],
    ["that marks itself done first", marksItselfFirst],
    ["that is an Effect", asEffect],
    ["within an Effect", ofAnEffect],
    ["that calls others, and waits for time to pass", inHelpers]
  ] as const)("is found to matter to one %s", async (_, code) => {
    const { kind, message, plan } = await failureOf(() => checkWorkflow(one, options(code)))
    expect(kind).toBe("doubleEffect")
    expect(plan.filter((key) => !key.startsWith("value"))).toEqual([expect.stringMatching(/^halfway deposit#0\/1/)])
    expect(message).toMatch(/The worker died half-way through deposit#0, at an await of its code/)
  })

  it("says at which", async () => {
    const { message } = await failureOf(() => checkWorkflow(one, options(marksItselfLast)))
    expect(message).toMatch(/dies at an await of its code, at test\/testing\/onTheWay\.test\.ts:\d+/)
  })

  it("is none of the step's business that has all done in one go", async () => {
    const code: Code = async (input, context, bank) => {
      await bank.isDone(context.idempotencyKey)
      await addsOnce(input, context, bank)
      await bank.isDone(context.idempotencyKey)
    }
    const report = await checkWorkflow(one, options(code))
    expect(report.faultsByKind.halfway).toBeGreaterThan(10)
  })

  it("has what it asked of the world go on to its end", async () => {
    class SlowBank extends Bank {
      override async addOnce(key: string, account: string, cents: number) {
        if (this.done.has(key)) return
        this.done.add(key)
        await Promise.resolve()
        await Promise.resolve()
        await this.add(account, cents)
      }
    }
    const plain = () => {
      const bank = new Bank()
      const addOnce = async (key: string, account: string, cents: number) => {
        if (bank.done.has(key)) return
        bank.done.add(key)
        await Promise.resolve()
        await bank.add(account, cents)
      }
      return { bank: { cents: bank.cents, addOnce } }
    }
    const { addOnce } = Bank.prototype
    await checkWorkflow(one, options(addsOnce, { world: () => new SlowBank() }))
    await checkWorkflow(one, {
      schedules: 300,
      world: plain,
      effects: ({ bank }) => bank.cents,
      steps: {
        deposit: ({ account, cents }: Deposit, { idempotencyKey }, { bank }) =>
          bank.addOnce(idempotencyKey, account, cents)
      }
    })
    expect(Bank.prototype.addOnce).toBe(addOnce)
  })

  it("takes along what its process held: services are those of another one after that", async () => {
    class Lock extends Context.Service<Lock, Semaphore.Semaphore>()("test/Lock") {}
    const code: Code = ({ account, cents }, { idempotencyKey }, bank) =>
      Effect.flatMap(Lock, (lock) =>
        lock.withPermits(1)(Effect.promise(() => bank.addOnce(idempotencyKey, account, cents)))
      )
    const services = () => Context.make(Lock, Semaphore.makeUnsafe(1))
    const report = await checkWorkflow(one, options(code, { services, schedules: 200 }))
    expect(report.faultsByKind.halfway).toBeGreaterThan(5)
  })

  it("has another begin where its heartbeats have told", async () => {
    const Row = Schema.Int
    const copy = defineStep("copy", {
      input: Schema.Void,
      output: Schema.Int,
      details: Row,
      heartbeat: "1 minute",
      run: async () => 0
    })
    const copies = defineWorkflow("copies", { input: Schema.Void, output: Schema.Int, run: () => copy() })
    const seen = new Set<unknown>()
    const report = await checkWorkflow(copies, {
      schedules: 200,
      world: () => ({ rows: new Map<number, string>() }),
      steps: {
        copy: async (_: undefined, context: StepContext<number>, { rows }: { rows: Map<number, string> }) => {
          seen.add(context.lastDetails)
          for (let row = context.lastDetails ?? 0; row < 3; row++) {
            await Promise.resolve()
            rows.set(row, `row ${row}`)
            Effect.runSync(context.heartbeat(row + 1))
          }
          return rows.size
        }
      }
    } as never)
    expect(report.outcomes.succeeded).toBeGreaterThan(150)
    expect([...seen]).toEqual(expect.arrayContaining([undefined, 1, 2]))
  })
})

describe("a step that takes effect and counts as failed", () => {
  it("is found to take effect once more where its key has the attempt in it", async () => {
    const code: Code = ({ account, cents }, { attempt, idempotencyKey }, bank) =>
      bank.addOnce(`${idempotencyKey}/${attempt}`, account, cents)
    const { kind, message, plan } = await failureOf(() => checkWorkflow(one, options(code)))
    expect(kind).toBe("doubleEffect")
    expect(plan).toContain("unheard deposit#0/1")
    expect(message).toContain("nobody hears of it, and the attempt counts as failed")
    expect(message).toContain("Its code asks for context.attempt")
  })

  it("is none of its business where the key is the same for all attempts", async () => {
    const code: Code = async ({ account, cents }, { attempt, idempotencyKey }, bank) => {
      if (attempt > 10) throw new Error("tried too often")
      await bank.addOnce(idempotencyKey, account, cents)
    }
    const report = await checkWorkflow(one, options(code))
    expect(report.faultsByKind.unheard).toBeGreaterThan(5)
  })
})

describe("steps that run at the same time", () => {
  const readsAndWrites: Code = async ({ account, cents }, { idempotencyKey }, bank) => {
    if (bank.done.has(idempotencyKey)) return
    const before = await bank.read(account)
    bank.done.add(idempotencyKey)
    bank.cents.set(account, before + cents)
  }
  const asEffect: Code = ({ account, cents }, { idempotencyKey }, bank) =>
    Effect.gen(function* () {
      if (bank.done.has(idempotencyKey)) return
      const before = yield* Effect.promise(() => bank.read(account))
      bank.done.add(idempotencyKey)
      bank.cents.set(account, before + cents)
    })

  it.each([
    ["of promises", readsAndWrites],
    ["of Effects", asEffect]
  ] as const)("are found to lose what the other has written: %s", async (_, code) => {
    const { kind, message, plan } = await failureOf(() => checkWorkflow(two, options(code)))
    expect(kind).toBe("interleaving")
    expect(plan).toEqual([expect.stringMatching(/^pause deposit#\d\/1/)])
    expect(message).toMatch(/While deposit#0 waited at an await of its code.*, there ran: deposit#1\./)
    expect(message).toContain('One after the other, they leave this world:  {"done":["run/deposit#0","run/deposit#1"]')
  })

  it("are found to be told what is not so any more", async () => {
    class Taken extends Schema.TaggedError<Taken>()("Taken", { message: Schema.String }) {}
    const book = defineStep("book", { input: Schema.String, output: Schema.Void, error: Taken, run: async () => {} })
    const books = defineWorkflow("books", {
      input: Schema.Void,
      output: Schema.Int,
      run: () =>
        Effect.map(
          Effect.all([Effect.exit(book("Ada")), Effect.exit(book("Bob"))], { concurrency: "unbounded" }),
          (exits) => exits.filter(({ _tag }) => _tag === "Success").length
        )
    })
    const free = { by: undefined as string | undefined }
    const code = async (guest: string, _: StepContext, { room }: { room: typeof free }) => {
      if (room.by === guest) return
      const isFree = await Promise.resolve(room.by === undefined)
      if (!isFree) throw new Taken({ message: "taken" })
      room.by = guest
    }
    const { kind, message } = await failureOf(() =>
      checkWorkflow(books, { schedules: 300, world: () => ({ room: { ...free } }), steps: { book: code } })
    )
    expect(kind).toBe("interleaving")
    expect(message).toMatch(/waited at an await of its code/)
  })

  it("may write one list, count its rows and take turns with what is each one's own", async () => {
    const notes: Code = async ({ cents }, _, bank) => {
      if (!bank.entries.some(({ text }) => text === `${cents} begins`)) await bank.note(`${cents} begins`)
      if (!bank.entries.some(({ text }) => text === `${cents} ends`)) await bank.note(`${cents} ends`)
    }
    const atOnce = await checkWorkflow(two, options(addsOnce))
    expect(atOnce.faultsByKind.pause).toBeGreaterThan(5)
    const report = await checkWorkflow(two, options(notes))
    expect(report.faultsByKind.pause).toBeGreaterThan(5)
  })

  it("are the same schedules for the same seed", async () => {
    const [one, other] = [await failureOf(run), await failureOf(run)]
    function run() {
      return checkWorkflow(two, options(readsAndWrites, { seed: 7 }))
    }
    expect(one.message).toBe(other.message)
  })
})

it("promises are as they were when a check is through", async () => {
  const { then } = Promise.prototype
  await checkWorkflow(one, options(addsOnce, { schedules: 20 }))
  expect(Promise.prototype.then).toBe(then)
  expect(Object.getOwnPropertyDescriptor(Promise.prototype, "constructor")).toEqual({
    value: Promise,
    writable: true,
    configurable: true,
    enumerable: false
  })
})

it("a TestRuntime stops nobody on his way", async () => {
  const runtime = new TestRuntime({ world: new Bank(), steps: { deposit: marksItselfLast } })
  const run = await runtime.start(one, { input: { account: "a", cents: 5 } })
  expect(run.outcome).toEqual({ tag: "succeeded", value: undefined })
  expect(runtime.world.cents.get("a")).toBe(5)
})
