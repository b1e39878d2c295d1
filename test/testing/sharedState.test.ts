import { defineStep, defineWorkflow, type Run } from "dynactor"
import { checkWorkflow, WorkflowCheckFailed } from "dynactor/testing"
import {
  Cache,
  Config,
  Deferred,
  Effect,
  FiberSet,
  Latch,
  PubSub,
  Queue,
  RcRef,
  Request,
  RequestResolver,
  Schema,
  Scope,
  Semaphore,
  SubscriptionRef,
  SynchronizedRef
} from "effect"
import { describe, expect, it } from "vitest"

// What a module holds is every run's. In a replay, or with other runs beside, it is not what it was.

const echo = defineStep("echo", { input: Schema.Int, output: Schema.Int, run: async (input: number) => input })

/** Nobody's run made it: what is asked for when it is used comes from whoever uses it. */
const make = <A, E, R>(effect: Effect.Effect<A, E, R>): A => Effect.runSync(effect as Effect.Effect<A, E>)

const scoped = <A, E>(effect: Effect.Effect<A, E, Scope.Scope | Run>): A =>
  make(Scope.provide(effect as Effect.Effect<A, E, Scope.Scope>, Scope.makeUnsafe()))

class GetNumber extends Request.TaggedClass("GetNumber")<{ readonly number: number }, number> {}

const bodies: Record<string, () => (input: number) => Effect.Effect<unknown, any, any>> = {
  Config: () => () => Config.String("HOME").pipe(Config.withDefault("none")),
  Semaphore: () => {
    const semaphore = Semaphore.makeUnsafe(1)
    return (input) => semaphore.withPermits(1)(echo(input))
  },
  "Semaphore around a sleep": () => {
    const semaphore = Semaphore.makeUnsafe(1)
    return (input) => Effect.as(semaphore.withPermits(1)(Effect.sleep("1 minute")), input)
  },
  Queue: () => {
    const queue = make(Queue.unbounded<number>())
    return (input) => Effect.andThen(Queue.offer(queue, input), Effect.andThen(echo(input), Queue.take(queue)))
  },
  "Queue that is waited at": () => {
    const queue = make(Queue.unbounded<number>())
    const put = (input: number) => Effect.andThen(echo(input), Queue.offer(queue, input))
    return (input) => Effect.all([Queue.take(queue), put(input)], { concurrency: "unbounded" })
  },
  Deferred: () => {
    const deferred = Deferred.makeUnsafe<number>()
    const set = (input: number) => Effect.andThen(echo(input), Deferred.succeed(deferred, input))
    return (input) => Effect.all([Deferred.await(deferred), set(input)], { concurrency: "unbounded" })
  },
  PubSub: () => {
    const pubsub = make(PubSub.unbounded<number>())
    return (input) =>
      Effect.gen(function* () {
        const subscription = yield* PubSub.subscribe(pubsub)
        yield* PubSub.publish(pubsub, yield* echo(input))
        yield* echo(input)
        return yield* PubSub.takeAll(subscription)
      })
  },
  Latch: () => {
    const latch = Latch.makeUnsafe(false)
    const open = (input: number) => Effect.andThen(echo(input), latch.open)
    return (input) => Effect.all([Effect.andThen(latch.await, latch.close), open(input)], { concurrency: "unbounded" })
  },
  "Effect.cached": () => {
    const cached = make(Effect.cached(Effect.suspend(() => echo(7))))
    return () => cached
  },
  Cache: () => {
    const cache = make(Cache.make({ capacity: 10, lookup: (input: number) => echo(input) as Effect.Effect<number> }))
    return (input) => Cache.get(cache, input)
  },
  RcRef: () => {
    const ref = scoped(RcRef.make({ acquire: echo(3) as Effect.Effect<number> }))
    return () => RcRef.get(ref)
  },
  FiberSet: () => {
    const set = scoped(FiberSet.make<number>())
    return (input) => Effect.andThen(FiberSet.run(set, echo(input)), FiberSet.awaitEmpty(set))
  },
  SubscriptionRef: () => {
    const ref = make(SubscriptionRef.make(0))
    return () =>
      Effect.andThen(
        SubscriptionRef.updateAndGet(ref, (count) => count + 1),
        echo
      )
  },
  SynchronizedRef: () => {
    const ref = make(SynchronizedRef.make(0))
    return (input) => SynchronizedRef.updateAndGetEffect(ref, () => echo(input))
  },
  "a delayed RequestResolver": () => {
    const resolver = RequestResolver.fromFunction<GetNumber>(({ request }) => request.number).pipe(
      RequestResolver.setDelay("1 second")
    )
    return (input) => Effect.request(new GetNumber({ number: input }), resolver)
  }
}

describe("what runs share is found", () => {
  it.each(Object.entries(bodies))("%s of a module", async (_, makeBody) => {
    const run = makeBody()
    const workflow = defineWorkflow("shares", {
      input: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 5 })),
      output: Schema.Any,
      run: (input) => Effect.scoped(Effect.orDie(run(input))) as Effect.Effect<unknown, never, Run>
    })
    const failure = await checkWorkflow(workflow, { schedules: 200 }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(WorkflowCheckFailed)
    expect(["nondeterminism", "parked"]).toContain((failure as WorkflowCheckFailed).kind)
    expect((failure as Error).message).not.toContain("promise")
  })
})
