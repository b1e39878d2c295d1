import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect, it } from "vitest"
import { StoreUnavailable } from "../../src/store/errors.ts"
import { type Delivery, StepQueue } from "../../src/store/stepQueue.ts"
import { QueueLoop } from "../../src/streams/workers/queueLoop.ts"

const delivery: Delivery = { receipt: "1", receives: 1, message: { kind: "wake", runId: "r", notBefore: 0 } }

/** One message that takes five minutes, with a visibility of 40 s, and when it was asked to be hidden on. */
const worked = (renew: (time: number) => ReturnType<StepQueue["Service"]["renew"]>) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const renewals: Array<number> = []
      let ended = 0
      let received = 0
      const queue = {
        receive: () => (received++ === 0 ? Effect.succeed([delivery]) : Effect.never),
        renew: () =>
          Effect.suspend(() => {
            renewals.push(seconds)
            return renew(renewals.length)
          })
      } as unknown as StepQueue["Service"]
      let seconds = 0
      const loop = new QueueLoop<never>({
        concurrency: 4,
        visibilityMs: 40_000,
        lane: "steps",
        graceMs: 1_000,
        handle: () =>
          Effect.andThen(
            Effect.sleep("5 minutes"),
            Effect.sync(() => void ended++)
          )
      })
      const fiber = yield* Effect.forkChild(Effect.all([loop.run(), loop.renew()], { concurrency: "unbounded" })).pipe(
        Effect.provideService(StepQueue, queue)
      )
      for (; seconds < 310; seconds += 5) yield* TestClock.adjust("5 seconds")
      const isLooping = fiber.pollUnsafe() === undefined
      yield* Fiber.interrupt(fiber)
      return { ended, renewals, left: loop.size, isLooping }
    }).pipe(Effect.provide(TestClock.layer()), Effect.provide(Logger.layer([])))
  )

const away = new StoreUnavailable({ operation: "StepQueue.renew", message: "away" })

describe("a step in hand whose claim is renewed", () => {
  it("is hidden on before its visibility ends, and is through once", async () => {
    const { ended, renewals, left } = await worked(() => Effect.succeed(true))
    expect([ended, left]).toEqual([1, 0])
    const gaps = renewals.map((at, n) => at - (renewals[n - 1] ?? 0))
    for (const gap of gaps) expect(gap).toBeLessThan(40)
    expect(renewals.length).toBeGreaterThan(7)
  })

  it.each<readonly [string, (time: number) => ReturnType<StepQueue["Service"]["renew"]>]>([
    ["the queue is away", () => Effect.fail(away)],
    ["its receipt holds no message any more", () => Effect.succeed(false)],
    ["the renewal dies", () => Effect.die(new Error("a bug in the adapter"))]
  ])("goes on to its end where %s, and it is asked again and again", async (_, renew) => {
    const { ended, renewals, left, isLooping } = await worked(renew)
    expect([ended, left, isLooping]).toEqual([1, 0, true])
    // Sooner than one that was renewed: there is less time left.
    expect(renewals.length).toBeGreaterThan(20)
  })
})
