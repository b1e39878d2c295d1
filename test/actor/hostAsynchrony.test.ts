import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { describe, expect, it } from "vitest"
import { DeterminismViolation } from "../../src/actor/errors.ts"
import { Bench } from "./bench.ts"
import { echo, workflowOf } from "./definitions.ts"

// What workflow code may not wait for. Each of these would go on later, at a time that no history holds.

const promise = Promise.resolve(1)
const rejection = () => Promise.reject(new Error("down"))

/** Until every microtask has run, and Node has looked for rejections that nobody handled. */
const everythingSettled = () => new Promise<void>((resume) => setImmediate(resume))

/** What the message says that it was. */
const askedFor = (name: string): string => {
  if (name.startsWith("crypto") || name === "fetch") return `${name.split(".")[0]} in workflow code`
  return /romise/.test(name) ? "a promise in workflow code" : "a timer of the host in workflow code"
}

describe("workflow code that waits for the host is parked", () => {
  it.each<[string, Effect.Effect<unknown>]>([
    ["Effect.promise", Effect.promise(() => promise)],
    ["Effect.promise of an async function", Effect.promise(async () => 1)],
    ["Effect.tryPromise", Effect.orDie(Effect.tryPromise(() => promise))],
    ["promise.then", Effect.sync(() => promise.then(() => 1))],
    ["promise.catch", Effect.sync(() => promise.catch(() => 1))],
    ["promise.finally", Effect.sync(() => promise.finally(() => 1))],
    ["Promise.all", Effect.promise(() => Promise.all([promise]))],
    ["setTimeout", Effect.callback<void>((resume) => void setTimeout(() => resume(Effect.void), 0))],
    ["setInterval", Effect.sync(() => setInterval(() => {}, 1_000))],
    ["setImmediate", Effect.sync(() => setImmediate(() => {}))],
    ["queueMicrotask", Effect.sync(() => queueMicrotask(() => {}))],
    ["fetch", Effect.sync(() => fetch("http://127.0.0.1:9"))],
    ["crypto.randomUUID", Effect.sync(() => crypto.randomUUID())],
    ["crypto.getRandomValues", Effect.sync(() => crypto.getRandomValues(new Uint8Array(1)))]
  ])("%s", (name, waiting) => {
    const bench = new Bench(workflowOf(waiting))
    const turn = bench.start()
    expect(turn.parked).toBeInstanceOf(DeterminismViolation)
    expect(turn).toMatchObject({ parked: { violation: "ambient" }, adopted: [], commands: [], outcome: undefined })
    expect(turn.parked?.message).toContain(askedFor(name))
  })

  // A rejection that nobody handles ends a Node process: one bad run must not do that to all others. Vitest fails on one.
  it.each<[string, () => unknown]>([
    ["an async function that fails", async () => Promise.reject(new Error("down"))],
    ["an async function that fetches", async () => (await fetch("http://127.0.0.1:9")).text()],
    ["an async function that sleeps", async () => await new Promise((resume) => setTimeout(resume, 1))],
    ["an async function that draws a secret", async () => crypto.randomUUID()],
    ["Promise.all of rejections", () => Promise.all([rejection()])]
  ])("and cannot bring down the process with %s", async (_, call) => {
    for (const waiting of [
      Effect.promise(async () => call()),
      Effect.tryPromise(async () => call()).pipe(Effect.orDie)
    ]) {
      expect(new Bench(workflowOf(waiting)).start().parked).toMatchObject({ violation: "ambient" })
    }
    await everythingSettled()
  })

  it("and cannot bring down the process with an async function that it does not await", async () => {
    const forgets = Effect.sync(() => {
      void (async () => {
        await new Promise((resume) => setTimeout(resume, 1))
      })()
      return null
    })
    expect(new Bench(workflowOf(forgets)).start().parked).toMatchObject({ violation: "ambient" })
    await everythingSettled()
  })

  it("even if it survives what it is given instead", () => {
    const goesOn = Effect.sync(() => {
      setTimeout(() => {}, 0).unref()
      return null
    })
    expect(new Bench(workflowOf(goesOn)).start()).toMatchObject({
      parked: { violation: "ambient" },
      outcome: undefined
    })
  })

  it("and what another fiber asks for in the same turn is not asked", () => {
    const both = Effect.all([echo(1), Effect.promise(() => promise)], { concurrency: "unbounded" })
    const turn = new Bench(workflowOf(both)).start()
    expect(turn).toMatchObject({ parked: { violation: "ambient" }, commands: [], history: { order: [], open: [] } })
  })
})

describe("workflow code that goes on behind the run's back", () => {
  const stray = () => {
    const host: { resume?: () => void } = {}
    // What a callback of some library does: it keeps `resume` and calls it from the host's event loop. The first is the warm
    // actor's; the bench rebuilds others.
    const waiting = Effect.callback<void>((resume) => {
      host.resume ??= () => resume(Effect.void)
    })
    return { host, waiting }
  }

  it("is parked when its next message comes, while a command is open", () => {
    const { host, waiting } = stray()
    const bench = new Bench(
      workflowOf(Effect.all([echo(1), Effect.andThen(waiting, echo(2))], { concurrency: "unbounded" }))
    )
    expect(bench.start().parked).toBeUndefined()
    host.resume?.()
    const turn = bench.step("echo#0", 1)
    expect(turn).toMatchObject({ parked: { violation: "promise" }, adopted: [], commands: [] })
    expect(turn.history.order).toEqual(["start"])
  })

  it("executes no operation of the workflow outside of a turn", () => {
    const { host, waiting } = stray()
    const seen: Array<string> = []
    const body = Effect.andThen(
      waiting,
      Effect.sync(() => seen.push("went on"))
    )
    const bench = new Bench(workflowOf(Effect.all([echo(1), body], { concurrency: "unbounded" })))
    bench.start()
    host.resume?.()
    expect(seen).toEqual([])
  })

  it("is parked as stuck when nothing else is open", () => {
    const { waiting } = stray()
    expect(new Bench(workflowOf(waiting)).start().parked).toMatchObject({ violation: "stuck" })
  })
})

describe("workflow code that never gets anywhere", () => {
  it("is stuck on Effect.never", () => {
    expect(new Bench(workflowOf(Effect.never)).start().parked).toMatchObject({ violation: "stuck" })
  })

  it("is stuck when an endless sleep was all that it waited for, and is given up", () => {
    const body = Effect.gen(function* () {
      const asleep = yield* Effect.forkChild(Effect.sleep("Infinity"))
      yield* echo(1)
      yield* Fiber.interrupt(asleep)
      return yield* Effect.never
    })
    const bench = new Bench(workflowOf(body))
    expect(bench.start().parked).toBeUndefined()
    expect(bench.step("echo#0").parked).toMatchObject({ violation: "stuck" })
  })

  it("is stuck when the last thing that it waited for has come and it does not end", () => {
    const body = Effect.all([echo(1), Effect.never], { concurrency: "unbounded" })
    const bench = new Bench(workflowOf(body))
    bench.start()
    expect(bench.step("echo#0").parked).toMatchObject({ violation: "stuck" })
  })

  it("is stuck when two fibers wait for each other", () => {
    const body = Effect.gen(function* () {
      const first: { fiber?: Fiber.Fiber<unknown> } = {}
      const second = yield* Effect.forkChild(
        Effect.suspend(() => Fiber.await(first.fiber as Fiber.Fiber<unknown>)),
        { startImmediately: false }
      )
      first.fiber = yield* Effect.forkChild(Fiber.await(second))
      return yield* Fiber.join(second)
    })
    expect(new Bench(workflowOf(body)).start().parked).toMatchObject({ violation: "stuck" })
  })

  it.each<[string, Effect.Effect<unknown>]>([
    ["Effect.forever", Effect.forever(Effect.void)],
    ["Effect.forever with yields", Effect.forever(Effect.yieldNow)],
    ["Effect.forever with sleeps of zero", Effect.forever(Effect.sleep(0))],
    [
      "recursion",
      Effect.suspend(function again(): Effect.Effect<unknown> {
        return Effect.suspend(again)
      })
    ],
    [
      "two fibers that yield to each other",
      Effect.all([Effect.forever(Effect.yieldNow), Effect.forever(Effect.yieldNow)], { concurrency: 2 })
    ]
  ])("runs out of its budget in %s", (_, endless) => {
    const turn = new Bench(workflowOf(endless), { budget: 10_000 }).start()
    expect(turn).toMatchObject({ parked: { violation: "budget" }, adopted: [] })
    expect(turn.parked?.message).toContain("more than 10000 operations")
  })

  it("runs out of the budget that there is if nobody set one", () => {
    expect(new Bench(workflowOf(Effect.forever(Effect.void))).start().parked).toMatchObject({ violation: "budget" })
  })

  it("runs out of the budget that it was given, and within it does not", () => {
    const work = (operations: number) =>
      workflowOf(
        Effect.as(
          Effect.forEach(Array.from({ length: operations }), () => Effect.void),
          null
        )
      )
    const { parked } = new Bench(work(5_000), { budget: 2_000 }).start()
    expect(parked).toMatchObject({ violation: "budget" })
    // Whoever reads it looks for the workflow, and for the number to raise.
    expect(parked?.message).toContain("tested")
    expect(parked?.message).toContain("2000")
    expect(new Bench(work(5_000), { budget: 200_000 }).start().outcome?.tag).toBe("succeeded")
  })

  it("has its budget anew with every message", () => {
    const thousandOperations = Effect.forEach(Array.from({ length: 400 }), () => Effect.void, { discard: true })
    const body = Effect.forEach([1, 2, 3, 4], (n) => Effect.andThen(thousandOperations, echo(n)), { discard: true })
    const bench = new Bench(workflowOf(Effect.as(body, null)), { budget: 1_500 })
    bench.start()
    for (let i = 0; i < 4; i++) expect(bench.step(`echo#${i}`).parked).toBeUndefined()
    expect(bench.outcome?.tag).toBe("succeeded")
  })

  it("may wait for nothing but a cancellation, if it says so", () => {
    const bench = new Bench(workflowOf(Effect.sleep("Infinity")))
    expect(bench.start().parked).toBeUndefined()
    expect(bench.actor.waiting).toEqual({ commands: [], signals: [], updates: [], endless: true })
    bench.cancel("enough")
    expect(bench.outcome).toEqual({ tag: "cancelled", value: "enough" })
  })
})
