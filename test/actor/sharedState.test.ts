import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Option from "effect/Option"
import * as PubSub from "effect/PubSub"
import * as Queue from "effect/Queue"
import * as Semaphore from "effect/Semaphore"
import { describe, expect, it } from "vitest"
import { Actor } from "../../src/actor/actor.ts"
import type { AnyWorkflow } from "../../src/actor/definitions/definition.ts"
import { advance } from "../../src/actor/turn.ts"
import { Bench } from "./bench.ts"
import { echo, workflowOf } from "./definitions.ts"

// What a module holds and waits on is every run's. A run that another one lets go on has no history for that.

const start = {
  kind: "start",
  at: 1_000,
  workflow: "tested",
  definitionVersion: "1",
  fingerprint: "",
  input: { json: "null" }
} as const
const cancel = { kind: "cancel", at: 2_000, reason: null } as const

/** Two live runs of one host, none of them rebuilt. */
const run = (workflow: AnyWorkflow, runId: string) => {
  const actor = new Actor({ workflow, runId })
  return { actor, first: advance(actor, [start]) }
}

/** With something that has a name beside, so that it is not stuck. */
const waitingBeside = (wait: Effect.Effect<unknown>) =>
  workflowOf(Effect.all([Effect.sleep("1 day"), wait], { concurrency: "unbounded" }) as never)

const shared: Record<string, () => { readonly wait: Effect.Effect<unknown>; readonly letGo: Effect.Effect<unknown> }> =
  {
    Deferred: () => {
      const deferred = Deferred.makeUnsafe<number>()
      return { wait: Deferred.await(deferred), letGo: Deferred.succeed(deferred, 1) }
    },
    Latch: () => {
      const latch = Latch.makeUnsafe(false)
      return { wait: latch.await, letGo: latch.open }
    },
    Semaphore: () => {
      const semaphore = Semaphore.makeUnsafe(1)
      semaphore.take(1).pipe(Effect.runSync)
      return { wait: semaphore.take(1), letGo: semaphore.release(1) }
    },
    "cached effect": () => {
      const deferred = Deferred.makeUnsafe<number>()
      const cached = Effect.runSync(Effect.cached(Deferred.await(deferred)))
      return { wait: cached, letGo: Deferred.succeed(deferred, 1) }
    }
  }

describe("a run that another run lets go on", () => {
  it.each(Object.entries(shared))("by a %s of a module is parked with that, and executes nothing", (_, make) => {
    const { wait, letGo } = make()
    const seen: Array<string> = []
    const goesOn = Effect.andThen(
      wait,
      Effect.sync(() => seen.push("went on"))
    )
    const waiter = run(waitingBeside(goesOn), "waiter")
    expect(waiter.first.parked).toBeUndefined()
    const other = run(workflowOf(Effect.as(letGo, null)), "other")
    expect(other.first.outcome?.tag).toBe("succeeded")
    const turn = advance(waiter.actor, [cancel])
    expect(turn.parked).toMatchObject({ violation: "shared" })
    expect(turn.parked?.message).toContain("run other let this run go on")
    expect(turn.parked?.message).toContain("Semaphore, Queue, Deferred")
    expect(turn.parked?.message).not.toContain("promise")
    expect(seen).toEqual([])
  })

  it("and is told apart from one that a copy of itself lets go on", () => {
    const latch = Latch.makeUnsafe(false)
    const body = Effect.all([Effect.andThen(echo(1), latch.open), latch.await], { concurrency: "unbounded" })
    const workflow = workflowOf(Effect.as(body, null))
    const { actor } = run(workflow, "run-1")
    const again = new Bench(workflow, { runId: "run-1" })
    expect(again.start().parked).toBeUndefined()
    expect(() => again.step("echo#0")).not.toThrow(/promise/)
    expect(advance(actor, [cancel]).parked?.message).toContain("another copy of it")
  })
})

describe("an object that was made outside of all runs", () => {
  const made = Effect.runFork(Queue.unbounded<number>()).pollUnsafe()
  it.each<[string, Queue.Queue<number>]>([
    ["runSync", Effect.runSync(Queue.unbounded<number>())],
    ["runFork", Exit.getSuccess(made as Exit.Exit<Queue.Queue<number>>).pipe(Option.getOrThrow)]
  ])("by %s is named, and neither promises nor timers are", (_, queue) => {
    const taken = Effect.gen(function* () {
      yield* Effect.forkChild(Queue.take(queue))
      yield* Effect.yieldNow
      yield* Queue.offer(queue, 1)
    })
    const { parked } = new Bench(workflowOf(Effect.as(taken, null))).start()
    expect(parked).toMatchObject({ violation: "shared" })
    expect(parked?.message).toContain("an object that was made outside of it")
  })

  it("and waits for ever is named among what a stuck run may wait for", () => {
    const queue = Effect.runSync(Queue.unbounded<number>())
    const { parked } = new Bench(workflowOf(Queue.take(queue))).start()
    expect(parked).toMatchObject({ violation: "stuck" })
    expect(parked?.message).toContain("a Semaphore, Queue or Deferred of a module")
  })

  it("but one that is made inside of the body is the run's own", () => {
    const body = Effect.gen(function* () {
      const [queue, pubsub] = [yield* Queue.unbounded<number>(), yield* PubSub.unbounded<number>()]
      const latch = yield* Latch.make()
      const waiting = yield* Effect.forkChild(Effect.andThen(latch.await, Queue.take(queue)))
      const subscription = yield* PubSub.subscribe(pubsub)
      yield* PubSub.publish(pubsub, yield* echo(1))
      yield* Queue.offer(queue, yield* PubSub.take(subscription))
      yield* latch.open
      return yield* Fiber.join(waiting)
    })
    const bench = new Bench(workflowOf(Effect.scoped(body)))
    bench.start()
    expect(bench.step("echo#0", 3).parked).toBeUndefined()
    expect(bench.outcome).toEqual({ tag: "succeeded", value: 3 })
  })
})
