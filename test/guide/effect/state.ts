import {
  Cache,
  Duration,
  Effect,
  Exit,
  Fiber,
  Latch,
  Option,
  Ref,
  Request,
  RequestResolver,
  Resource,
  Schedule,
  ScopedCache,
  ScopedRef,
  Stream,
  SubscriptionRef,
  SynchronizedRef,
  TxChunk,
  TxDeferred,
  TxHashMap,
  TxHashSet,
  TxPriorityQueue,
  TxPubSub,
  TxQueue,
  TxReentrantLock,
  TxRef,
  TxSemaphore,
  TxSubscriptionRef
} from "effect"
import { gen, later, type Programs, Trace } from "./program.ts"

class GetName extends Request.TaggedClass("GetName")<{ readonly id: number }, string, string> {}

const namesOf = (trace: Trace) =>
  RequestResolver.make<GetName>((entries) =>
    Effect.andThen(
      trace.addAfter(`batch of ${entries.length}`, 5),
      Effect.forEach(
        entries,
        (entry) =>
          Effect.sync(() =>
            entry.completeUnsafe(entry.request.id > 9 ? Exit.fail("unknown") : Exit.succeed(`name ${entry.request.id}`))
          ),
        { discard: true }
      )
    )
  )

export const state: Programs = {
  Ref: {
    "updates and modifies": gen(function* () {
      const ref = yield* Ref.make(1)
      yield* Ref.update(ref, (n) => n + 1)
      const modified = yield* Ref.modify(ref, (n) => ["was", n * 10] as const)
      return [modified, yield* Ref.getAndSet(ref, 5), yield* Ref.get(ref)]
    }),
    "shared by fibers": gen(function* () {
      const ref = yield* Ref.make("")
      const write = (mark: string, ms: number) =>
        Effect.andThen(
          Effect.sleep(ms),
          Ref.update(ref, (text) => text + mark)
        )
      yield* Effect.all([write("a", 20), write("b", 10), write("c", 30)], { concurrency: "unbounded" })
      return yield* Ref.get(ref)
    })
  },
  SynchronizedRef: {
    "updates one after another": gen(function* () {
      const ref = yield* SynchronizedRef.make(0)
      const add = (ms: number) => SynchronizedRef.updateEffect(ref, (n) => later(n + ms, ms))
      yield* Effect.all([add(20), add(10)], { concurrency: "unbounded" })
      return yield* SynchronizedRef.get(ref)
    })
  },
  SubscriptionRef: {
    "tells of its changes": gen(function* () {
      const ref = yield* SubscriptionRef.make(0)
      const seen = yield* Effect.forkChild(Stream.runCollect(Stream.take(SubscriptionRef.changes(ref), 3)), {
        startImmediately: true
      })
      yield* Effect.sleep(5)
      yield* SubscriptionRef.set(ref, 1)
      yield* Effect.sleep(5)
      yield* SubscriptionRef.updateAndGetEffect(ref, (n) => later(n + 1, 5))
      return yield* Fiber.join(seen)
    })
  },
  ScopedRef: {
    "closes what it held": gen(function* () {
      const trace = new Trace()
      const acquire = (name: string) =>
        Effect.acquireRelease(Effect.as(trace.add(`+${name}`), name), () => trace.add(`-${name}`))
      const ref = yield* ScopedRef.fromAcquire(acquire("a"))
      yield* ScopedRef.set(ref, acquire("b"))
      return [yield* ScopedRef.get(ref), trace.marks]
    })
  },
  Resource: {
    "is refreshed by hand, and by itself": gen(function* () {
      let loads = 0
      const load = Effect.suspend(() => later(++loads, 1))
      const manual = yield* Resource.manual(load)
      yield* Resource.refresh(manual)
      const auto = yield* Resource.auto(load, Schedule.spaced(10))
      yield* Effect.sleep(25)
      return [yield* Resource.get(manual), yield* Resource.get(auto)]
    })
  },
  Cache: {
    "asks once for each key, for all that wait": gen(function* () {
      const trace = new Trace()
      const cache = yield* Cache.make({
        capacity: 10,
        lookup: (key: string) => Effect.as(trace.addAfter(key, 10), key.length)
      })
      const both = yield* Effect.all([Cache.get(cache, "abc"), Cache.get(cache, "abc"), Cache.get(cache, "x")], {
        concurrency: "unbounded"
      })
      return [both, yield* Cache.get(cache, "abc"), yield* Cache.size(cache), trace.marks]
    }),
    "forgets by capacity and by time": gen(function* () {
      const trace = new Trace()
      const cache = yield* Cache.make({
        capacity: 2,
        timeToLive: Duration.millis(50),
        lookup: (key: string) => trace.add(key)
      })
      for (const key of ["a", "b", "c", "a"]) yield* Cache.get(cache, key)
      yield* Effect.sleep(100)
      yield* Cache.get(cache, "a")
      return trace.marks
    }),
    "keeps failures, until they are invalidated": gen(function* () {
      let calls = 0
      const cache = yield* Cache.make({ capacity: 2, lookup: (key: string) => Effect.fail(`${key} ${++calls}`) })
      const twice = [yield* Effect.flip(Cache.get(cache, "a")), yield* Effect.flip(Cache.get(cache, "a"))]
      yield* Cache.invalidate(cache, "a")
      return [twice, yield* Effect.flip(Cache.get(cache, "a"))]
    })
  },
  ScopedCache: {
    "closes what it forgets": gen(function* () {
      const trace = new Trace()
      const lookup = (key: string) =>
        Effect.acquireRelease(Effect.as(trace.add(`+${key}`), key), () => trace.add(`-${key}`))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const cache = yield* ScopedCache.make({ capacity: 1, lookup })
          yield* ScopedCache.get(cache, "a")
          yield* ScopedCache.get(cache, "b")
          yield* ScopedCache.invalidate(cache, "b")
          yield* ScopedCache.get(cache, "c")
        })
      )
      return trace.marks
    })
  },
  "Request and RequestResolver": {
    "those of one moment are one batch": gen(function* () {
      const trace = new Trace()
      const resolver = namesOf(trace)
      const get = (id: number) => Effect.request(new GetName({ id }), resolver)
      const names = yield* Effect.forEach([1, 2, 3], get, { concurrency: "unbounded" })
      return [names, yield* get(4), trace.marks]
    }),
    "a delayed batch, and its size": gen(function* () {
      const trace = new Trace()
      const resolver = namesOf(trace).pipe(RequestResolver.setDelay("20 millis"), RequestResolver.batchN(2))
      const get = (id: number) => Effect.andThen(Effect.sleep(id), Effect.request(new GetName({ id }), resolver))
      return [yield* Effect.forEach([1, 2, 3], get, { concurrency: "unbounded" }), trace.marks]
    }),
    "failures are those of the request": gen(function* () {
      const resolver = namesOf(new Trace())
      const get = (id: number) => Effect.exit(Effect.request(new GetName({ id }), resolver))
      return yield* Effect.forEach([1, 10], get, { concurrency: "unbounded" })
    })
  },
  TxRef: {
    "several change at once, or none": gen(function* () {
      const [from, to] = [yield* TxRef.make(10), yield* TxRef.make(0)]
      const move = (amount: number) =>
        Effect.tx(
          Effect.gen(function* () {
            yield* TxRef.update(from, (n) => n - amount)
            if ((yield* TxRef.get(from)) < 0) return yield* Effect.fail("too little")
            return yield* TxRef.update(to, (n) => n + amount)
          })
        )
      yield* move(7)
      const failed = yield* Effect.flip(move(7))
      return [failed, yield* Effect.tx(TxRef.get(from)), yield* Effect.tx(TxRef.get(to))]
    }),
    "txRetry waits for a change": gen(function* () {
      const ref = yield* TxRef.make(0)
      const waiting = yield* Effect.forkChild(
        Effect.tx(Effect.flatMap(TxRef.get(ref), (n) => (n < 2 ? Effect.txRetry : Effect.succeed(n)))),
        { startImmediately: true }
      )
      yield* Effect.sleep(5)
      yield* Effect.tx(TxRef.set(ref, 1))
      yield* Effect.sleep(5)
      yield* Effect.tx(TxRef.set(ref, 2))
      return yield* Fiber.join(waiting)
    })
  },
  TxDeferred: {
    "is waited for": gen(function* () {
      const deferred = yield* TxDeferred.make<number>()
      const read = Effect.tx(
        Effect.flatMap(TxDeferred.poll(deferred), (found) =>
          Option.isNone(found) ? Effect.txRetry : Effect.succeed(1)
        )
      )
      const waiting = yield* Effect.forkChild(read, { startImmediately: true })
      yield* Effect.sleep(5)
      yield* Effect.tx(TxDeferred.succeed(deferred, 3))
      return yield* Fiber.join(waiting)
    })
  },
  TxQueue: {
    "holds back senders and takers": gen(function* () {
      const trace = new Trace()
      const queue = yield* TxQueue.bounded<number>(1)
      yield* Effect.forkChild(
        Effect.forEach([1, 2, 3], (n) => Effect.andThen(Effect.tx(TxQueue.offer(queue, n)), trace.add(`sent ${n}`)))
      )
      for (let n = 0; n < 3; n++) {
        yield* Effect.sleep(10)
        yield* trace.add(yield* Effect.tx(TxQueue.take(queue)))
      }
      return trace.marks
    })
  },
  TxPubSub: {
    "everybody has everything": gen(function* () {
      const pubsub = yield* TxPubSub.unbounded<number>()
      const subscription = yield* TxPubSub.subscribe(pubsub)
      yield* Effect.tx(TxPubSub.publishAll(pubsub, [1, 2]))
      return [yield* Effect.tx(TxQueue.take(subscription)), yield* Effect.tx(TxQueue.take(subscription))]
    })
  },
  TxPriorityQueue: {
    "the least comes first": gen(function* () {
      const { Order } = yield* Effect.succeed({
        Order: (a: number, b: number) => (a < b ? -1 : a > b ? 1 : 0) as -1 | 0 | 1
      })
      const queue = yield* TxPriorityQueue.fromIterable(Order, [3, 1, 2])
      return [yield* Effect.tx(TxPriorityQueue.take(queue)), yield* Effect.tx(TxPriorityQueue.takeAll(queue))]
    })
  },
  TxSemaphore: {
    "one at a time": gen(function* () {
      const trace = new Trace()
      const semaphore = yield* TxSemaphore.make(1)
      const work = (n: number) => TxSemaphore.withPermit(semaphore, trace.addAfter(n, 10))
      yield* Effect.forEach([1, 2, 3], work, { concurrency: "unbounded" })
      return trace.marks
    })
  },
  TxReentrantLock: {
    "readers together, writers alone": gen(function* () {
      const trace = new Trace()
      const lock = yield* TxReentrantLock.make()
      const read = (n: number) => TxReentrantLock.withReadLock(lock, trace.addAfter(`read ${n}`, 10))
      const write = TxReentrantLock.withWriteLock(lock, trace.addAfter("write", 10))
      yield* Effect.all([read(1), read(2), write, read(3)], { concurrency: "unbounded" })
      return trace.marks
    })
  },
  TxSubscriptionRef: {
    "changes and reads": gen(function* () {
      const ref = yield* TxSubscriptionRef.make(0)
      yield* Effect.tx(TxSubscriptionRef.update(ref, (n) => n + 5))
      return yield* Effect.tx(TxSubscriptionRef.get(ref))
    })
  },
  "TxHashMap, TxHashSet and TxChunk": {
    "change together": gen(function* () {
      const [map, set, chunk] = [
        yield* TxHashMap.make(["a", 1]),
        yield* TxHashSet.make("x"),
        yield* TxChunk.empty<number>()
      ]
      yield* Effect.tx(
        Effect.gen(function* () {
          yield* TxHashMap.set(map, "b", 2)
          yield* TxHashSet.add(set, "y")
          yield* TxChunk.append(chunk, 1)
        })
      )
      return [
        yield* Effect.tx(TxHashMap.size(map)),
        yield* Effect.tx(TxHashSet.has(set, "y")),
        yield* Effect.tx(TxChunk.size(chunk))
      ]
    })
  },
  "MutableRef and what is in memory only": {
    "lives as long as the body, and is rebuilt with it": gen(function* () {
      const latch = yield* Latch.make(true)
      const counts = new Map<string, number>()
      for (const key of ["a", "b", "a"]) {
        yield* latch.await
        yield* Effect.sleep(1)
        counts.set(key, (counts.get(key) ?? 0) + 1)
      }
      return [...counts]
    })
  }
}
