import {
  Cause,
  Deferred,
  Effect,
  Exit,
  Fiber,
  FiberHandle,
  FiberMap,
  FiberSet,
  Latch,
  Option,
  PartitionedSemaphore,
  Pool,
  PubSub,
  Queue,
  RcMap,
  RcRef,
  Semaphore
} from "effect"
import { gen, later, type Programs, Trace } from "./program.ts"

/** What fibers wait at for each other. */
export const waiting: Programs = {
  Deferred: {
    "is waited for, and set once": gen(function* () {
      const deferred = yield* Deferred.make<string, string>()
      const waiters = yield* Effect.forEach([1, 2], () => Effect.forkChild(Deferred.await(deferred)))
      yield* Effect.sleep(5)
      const set = [yield* Deferred.succeed(deferred, "set"), yield* Deferred.succeed(deferred, "again")]
      return [set, yield* Fiber.joinAll(waiters), yield* Deferred.isDone(deferred)]
    }),
    "fails, dies and is interrupted": gen(function* () {
      const failed = yield* Deferred.make<string, string>()
      yield* Deferred.fail(failed, "no")
      const into = yield* Deferred.make<string, string>()
      yield* Deferred.into(later("into", 5), into)
      const interrupted = yield* Deferred.make<string>()
      yield* Deferred.interrupt(interrupted)
      const exit = yield* Effect.exit(Deferred.await(interrupted))
      return [
        yield* Effect.flip(Deferred.await(failed)),
        yield* Deferred.await(into),
        Exit.isFailure(exit) && Cause.hasInterrupts(exit.cause)
      ]
    })
  },
  Latch: {
    "holds back until it is open": gen(function* () {
      const trace = new Trace()
      const latch = yield* Latch.make()
      yield* Effect.forEach([1, 2, 3], (n) => Effect.forkChild(latch.whenOpen(trace.add(n))))
      yield* Effect.sleep(5)
      yield* trace.add("open")
      yield* latch.open
      yield* latch.await
      yield* Effect.yieldNow
      return trace.marks
    }),
    "release lets through who waits, and stays closed": gen(function* () {
      const trace = new Trace()
      const latch = yield* Latch.make()
      yield* Effect.forkChild(Effect.andThen(latch.await, trace.add("first")), { startImmediately: true })
      yield* latch.release
      yield* Effect.sleep(1)
      yield* Effect.forkChild(Effect.andThen(latch.await, trace.add("second")), { startImmediately: true })
      yield* Effect.sleep(1)
      return trace.marks
    })
  },
  Semaphore: {
    "two at a time, in order": gen(function* () {
      const trace = new Trace()
      const semaphore = yield* Semaphore.make(2)
      const work = (n: number) => semaphore.withPermit(Effect.andThen(trace.add(`+${n}`), trace.addAfter(`-${n}`, 10)))
      yield* Effect.forEach([1, 2, 3, 4, 5], work, { concurrency: "unbounded" })
      return trace.marks
    }),
    "gives permits back on interruption": gen(function* () {
      const semaphore = yield* Semaphore.make(1)
      yield* Effect.timeoutOption(semaphore.withPermit(Effect.never), 5)
      const waiting = Effect.timeoutOption(semaphore.withPermits(1)(later("in", 5)), 50)
      return [Option.getOrNull(yield* waiting), yield* semaphore.withPermitsIfAvailable(1)(Effect.succeed(1))]
    }),
    resizes: gen(function* () {
      const trace = new Trace()
      const semaphore = yield* Semaphore.make(1)
      const all = yield* Effect.forkChild(
        Effect.forEach([1, 2, 3], (n) => semaphore.withPermit(trace.addAfter(n, 10)), { concurrency: "unbounded" }),
        { startImmediately: true }
      )
      yield* Effect.sleep(5)
      yield* semaphore.resize(3)
      yield* Fiber.join(all)
      return trace.marks
    })
  },
  PartitionedSemaphore: {
    "is fair between keys": gen(function* () {
      const trace = new Trace()
      const semaphore = yield* PartitionedSemaphore.make<string>({ permits: 1 })
      const work = (key: string, n: number) => semaphore.withPermits(key, 1)(trace.addAfter(`${key}${n}`, 10))
      yield* Effect.all([work("a", 1), work("a", 2), work("a", 3), work("b", 1)], { concurrency: "unbounded" })
      return trace.marks
    })
  },
  Queue: {
    "takers wait, and are served in order": gen(function* () {
      const queue = yield* Queue.unbounded<number>()
      const takers = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(Queue.take(queue)))
      yield* Effect.sleep(5)
      yield* Queue.offerAll(queue, [10, 20, 30])
      return yield* Fiber.joinAll(takers)
    }),
    "a bounded one holds its senders back": gen(function* () {
      const trace = new Trace()
      const queue = yield* Queue.bounded<number>(1)
      const send = Effect.forEach([1, 2, 3], (n) => Effect.andThen(Queue.offer(queue, n), trace.add(`sent ${n}`)))
      yield* Effect.forkChild(send)
      for (let n = 0; n < 3; n++) {
        yield* Effect.sleep(10)
        yield* trace.add(yield* Queue.take(queue))
      }
      return trace.marks
    }),
    "sliding and dropping": gen(function* () {
      const [sliding, dropping] = [yield* Queue.sliding<number>(2), yield* Queue.dropping<number>(2)]
      yield* Queue.offerAll(sliding, [1, 2, 3])
      const left = yield* Queue.offerAll(dropping, [1, 2, 3])
      return [yield* Queue.takeAll(sliding), yield* Queue.takeAll(dropping), left]
    }),
    "ends, fails and shuts down": gen(function* () {
      const queue = yield* Queue.unbounded<number, string | Cause.Done>()
      yield* Queue.offer(queue, 1)
      yield* Queue.end(queue)
      const collected = yield* Queue.collect(queue)
      const failing = yield* Queue.unbounded<number, string>()
      yield* Queue.fail(failing, "no")
      const shut = yield* Queue.unbounded<number>()
      yield* Queue.shutdown(shut)
      return [collected, yield* Effect.flip(Queue.take(failing)), yield* Queue.offer(shut, 1)]
    }),
    "takeN, takeBetween and poll": gen(function* () {
      const queue = yield* Queue.unbounded<number>()
      yield* Effect.forkChild(
        Effect.forEach([1, 2, 3, 4], (n) => Effect.andThen(Effect.sleep(5), Queue.offer(queue, n)))
      )
      const three = yield* Queue.takeN(queue, 3)
      return [three, yield* Queue.takeBetween(queue, 1, 5), Option.isNone(yield* Queue.poll(queue))]
    })
  },
  PubSub: {
    "everybody has everything": gen(function* () {
      const pubsub = yield* PubSub.unbounded<number>()
      const read = Effect.scoped(
        Effect.flatMap(PubSub.subscribe(pubsub), (subscription) =>
          Effect.forEach([1, 2, 3], () => PubSub.take(subscription))
        )
      )
      const readers = yield* Effect.forEach([1, 2], () => Effect.forkChild(read, { startImmediately: true }))
      yield* Effect.sleep(1)
      yield* PubSub.publish(pubsub, 1)
      yield* PubSub.publishAll(pubsub, [2, 3])
      return yield* Fiber.joinAll(readers)
    }),
    "a bounded one waits for its slowest reader": gen(function* () {
      const trace = new Trace()
      const pubsub = yield* PubSub.bounded<number>(1)
      const subscription = yield* PubSub.subscribe(pubsub)
      yield* Effect.forkChild(
        Effect.forEach([1, 2, 3], (n) => Effect.andThen(PubSub.publish(pubsub, n), trace.add(`sent ${n}`)))
      )
      for (let n = 0; n < 3; n++) {
        yield* Effect.sleep(10)
        yield* trace.add(yield* PubSub.take(subscription))
      }
      return trace.marks
    }),
    "sliding, dropping and replay": gen(function* () {
      const sliding = yield* PubSub.sliding<number>({ capacity: 2, replay: 2 })
      yield* PubSub.publishAll(sliding, [1, 2, 3])
      const late = yield* PubSub.subscribe(sliding)
      const dropping = yield* PubSub.dropping<number>(2)
      const subscription = yield* PubSub.subscribe(dropping)
      yield* PubSub.publishAll(dropping, [1, 2, 3])
      return [yield* PubSub.takeAll(late), yield* PubSub.takeAll(subscription)]
    })
  },
  Pool: {
    "lends what it has, and waits": gen(function* () {
      const trace = new Trace()
      let made = 0
      const acquire = Effect.acquireRelease(
        Effect.sync(() => ++made),
        (n) => trace.add(`closed ${n}`)
      )
      yield* Effect.scoped(
        Effect.gen(function* () {
          const pool = yield* Pool.make({ acquire, size: 2 })
          const use = (n: number) =>
            Effect.scoped(Effect.flatMap(Pool.get(pool), (item) => trace.addAfter(`${n} has ${item}`, 10)))
          yield* Effect.forEach([1, 2, 3, 4], use, { concurrency: "unbounded" })
        })
      )
      return trace.marks
    }),
    "with a time to live": gen(function* () {
      let made = 0
      const acquire = Effect.sync(() => ++made)
      const pool = yield* Pool.makeWithTTL({ acquire, min: 0, max: 2, timeToLive: 100 })
      const first = yield* Effect.scoped(Pool.get(pool))
      yield* Effect.sleep(1_000)
      return [first, yield* Effect.scoped(Pool.get(pool))]
    })
  },
  RcRef: {
    "is acquired once while somebody has it": gen(function* () {
      const trace = new Trace()
      const acquire = Effect.acquireRelease(Effect.as(trace.addAfter("acquired", 5), "it"), () => trace.add("released"))
      const ref = yield* RcRef.make({ acquire })
      const use = Effect.scoped(Effect.tap(RcRef.get(ref), () => Effect.sleep(10)))
      const both = yield* Effect.all([use, use], { concurrency: "unbounded" })
      yield* use
      return [both, trace.marks]
    }),
    "is kept for an idle time": gen(function* () {
      const trace = new Trace()
      const acquire = Effect.acquireRelease(trace.add("acquired"), () => trace.add("released"))
      const ref = yield* RcRef.make({ acquire, idleTimeToLive: 100 })
      yield* Effect.scoped(RcRef.get(ref))
      yield* Effect.sleep(50)
      yield* Effect.scoped(RcRef.get(ref))
      yield* Effect.sleep(200)
      return trace.marks
    })
  },
  RcMap: {
    "one for each key": gen(function* () {
      const trace = new Trace()
      const lookup = (key: string) =>
        Effect.acquireRelease(Effect.as(trace.add(`+${key}`), key), () => trace.add(`-${key}`))
      const map = yield* RcMap.make({ lookup })
      const use = (key: string, ms: number) => Effect.scoped(Effect.andThen(RcMap.get(map, key), Effect.sleep(ms)))
      yield* Effect.all([use("a", 10), use("b", 20), use("a", 30)], { concurrency: "unbounded" })
      yield* use("a", 1)
      return trace.marks
    })
  },
  FiberHandle: {
    "the new one replaces the old one": gen(function* () {
      const trace = new Trace()
      const handle = yield* FiberHandle.make()
      yield* FiberHandle.run(
        handle,
        Effect.onInterrupt(trace.addAfter("old", 20), () => trace.add("replaced"))
      )
      yield* Effect.sleep(5)
      yield* FiberHandle.run(handle, trace.addAfter("new", 10))
      yield* FiberHandle.awaitEmpty(handle)
      return trace.marks
    })
  },
  FiberMap: {
    "one for each key, all at the end": gen(function* () {
      const trace = new Trace()
      const map = yield* FiberMap.make<string>()
      yield* FiberMap.run(map, "a", trace.addAfter("a", 20))
      yield* FiberMap.run(map, "b", trace.addAfter("b", 10))
      yield* FiberMap.run(map, "a", trace.addAfter("a again", 15))
      yield* FiberMap.awaitEmpty(map)
      return [trace.marks, yield* FiberMap.size(map)]
    })
  },
  FiberSet: {
    "join fails with the first that fails": gen(function* () {
      const set = yield* FiberSet.make<unknown, string>()
      yield* FiberSet.run(set, Effect.sleep(20))
      yield* FiberSet.run(set, Effect.andThen(Effect.sleep(10), Effect.fail("no")))
      const first = yield* Effect.flip(FiberSet.join(set))
      yield* FiberSet.awaitEmpty(set)
      return first
    }),
    "closes with its scope": gen(function* () {
      const trace = new Trace()
      yield* Effect.scoped(
        Effect.gen(function* () {
          const set = yield* FiberSet.make()
          yield* FiberSet.run(
            set,
            Effect.onInterrupt(Effect.never, () => trace.add("interrupted"))
          )
          yield* Effect.sleep(5)
        })
      )
      return trace.marks
    })
  }
}
