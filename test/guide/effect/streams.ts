// biome-ignore-all lint/suspicious/useIterableCallbackReturn: Sink.forEach is no method of an array
import { Channel, Clock, Effect, Fiber, Pull, Queue, Schedule, Sink, Stream, Take } from "effect"
import { gen, later, type Programs, Trace } from "./program.ts"

const ticks = (times: number) =>
  Stream.take(
    Stream.map(Stream.zipWithIndex(Stream.tick(10)), ([, index]) => index),
    times
  )

export const streams: Programs = {
  Stream: {
    "map, filter, flatMap and fold": gen(function* () {
      const stream = Stream.range(1, 10).pipe(
        Stream.filter((n) => n % 2 === 0),
        Stream.flatMap((n) => Stream.make(n, -n))
      )
      return [yield* Stream.runCollect(stream), yield* Stream.runSum(stream), yield* Stream.runCount(stream)]
    }),
    "mapEffect, in order and not": gen(function* () {
      const work = (n: number) => later(n, 40 - n * 10)
      const source = Stream.make(1, 2, 3)
      return [
        yield* Stream.runCollect(Stream.mapEffect(source, work, { concurrency: 3 })),
        yield* Stream.runCollect(Stream.mapEffect(source, work, { concurrency: 3, unordered: true }))
      ]
    }),
    "tick, schedule and throttle": gen(function* () {
      const before = yield* Clock.currentTimeMillis
      const collected = yield* Stream.runCollect(ticks(4))
      const scheduled = yield* Stream.runCollect(Stream.schedule(Stream.make("a", "b"), Schedule.spaced(10)))
      const throttled = Stream.throttle(Stream.range(1, 4), { cost: (chunk) => chunk.length, units: 1, duration: 10 })
      return [
        collected,
        scheduled,
        yield* Stream.runCollect(Stream.rechunk(throttled, 1)),
        (yield* Clock.currentTimeMillis) - before
      ]
    }),
    "debounce and groupedWithin": gen(function* () {
      const bursts = Stream.concat(Stream.make(1, 2), Stream.fromEffect(later(3, 50)))
      return [
        yield* Stream.runCollect(Stream.debounce(bursts, 20)),
        yield* Stream.runCollect(Stream.groupedWithin(ticks(5), 2, 25))
      ]
    }),
    "merge, interleave and zip": gen(function* () {
      const slow = Stream.mapEffect(Stream.make("a", "b"), (mark) => later(mark, 15))
      const fast = Stream.mapEffect(Stream.make(1, 2, 3), (n) => later(n, 10))
      return [
        yield* Stream.runCollect(Stream.merge(slow, fast)),
        yield* Stream.runCollect(Stream.interleave(slow, fast)),
        yield* Stream.runCollect(Stream.zip(slow, fast)),
        yield* Stream.runCollect(Stream.zipLatest(slow, fast))
      ]
    }),
    "buffer, broadcast and share": gen(function* () {
      const trace = new Trace()
      const source = Stream.tap(ticks(3), trace.add)
      const buffered = yield* Stream.runCollect(
        Stream.mapEffect(Stream.buffer(source, { capacity: 2 }), (n) => later(n, 25))
      )
      return [buffered, trace.marks]
    }),
    groupByKey: gen(function* () {
      const grouped = Stream.range(1, 6).pipe(
        Stream.groupByKey((n) => n % 2),
        Stream.flatMap(
          ([key, group]) => Stream.fromEffect(Effect.map(Stream.runCollect(group), (all) => [key, all] as const)),
          { concurrency: "unbounded" }
        )
      )
      return (yield* Stream.runCollect(grouped)).toSorted(([a], [b]) => a - b)
    }),
    "takeUntil, timeout and interruptWhen": gen(function* () {
      return [
        yield* Stream.runCollect(Stream.takeUntil(ticks(9), (n) => n === 2)),
        yield* Stream.runCollect(Stream.timeout(Stream.concat(Stream.make(1), Stream.never), 20)),
        yield* Stream.runCollect(Stream.interruptWhen(ticks(9), Effect.sleep(25)))
      ]
    }),
    "retry, catchCause and ensuring": gen(function* () {
      const trace = new Trace()
      let tries = 0
      const failing = Stream.concat(
        Stream.make(1),
        Stream.suspend(() => (++tries < 3 ? Stream.fail("no") : Stream.make(2)))
      )
      const retried = Stream.retry(failing, Schedule.spaced(10)).pipe(Stream.ensuring(trace.add("closed")))
      return [
        yield* Stream.runCollect(retried),
        yield* Stream.runCollect(Stream.catchCause(Stream.fail(1), () => Stream.make("caught"))),
        trace.marks
      ]
    }),
    "switchMap and flatMap side by side": gen(function* () {
      const inner = (n: number) => Stream.mapEffect(Stream.make(`${n}a`, `${n}b`), (mark) => later(mark, 15))
      return [
        yield* Stream.runCollect(Stream.switchMap(Stream.take(ticks(9), 3), inner)),
        yield* Stream.runCollect(Stream.flatMap(Stream.make(1, 2), inner, { concurrency: 2 }))
      ]
    }),
    "toQueue, fromQueue and runIntoQueue": gen(function* () {
      const queue = yield* Stream.toQueue(ticks(3), { capacity: 1 })
      yield* Effect.sleep(100)
      return yield* Stream.runCollect(Stream.fromQueue(queue))
    }),
    "paginate, unfold and iterate": gen(function* () {
      const pages = Stream.unfold(1, (n) =>
        Effect.map(Effect.sleep(5), () => (n > 3 ? undefined : ([n, n + 1] as const)))
      )
      return [
        yield* Stream.runCollect(pages),
        yield* Stream.runCollect(
          Stream.take(
            Stream.iterate(1, (n) => n * 2),
            5
          )
        )
      ]
    }),
    aggregateWithin: gen(function* () {
      const summed = Stream.aggregateWithin(ticks(6), Sink.take<number>(2), Schedule.spaced(100))
      return yield* Stream.runCollect(summed)
    })
  },
  Sink: {
    "reduce, take and leftovers": gen(function* () {
      const source = Stream.range(1, 6)
      return [
        yield* Stream.run(source, Sink.sum),
        yield* Stream.run(source, Sink.take(2)),
        yield* Stream.run(
          source,
          Sink.reduce(
            () => "",
            (text, n: number) => text + n
          )
        ),
        yield* Stream.run(
          source,
          Sink.flatMap(Sink.take<number>(2), (two) => Sink.map(Sink.collect<number>(), (rest) => [two, rest]))
        )
      ]
    }),
    "with effects": gen(function* () {
      const trace = new Trace()
      yield* Stream.run(
        Stream.make(1, 2),
        Sink.forEach((n: number) => trace.addAfter(n, 5))
      )
      return trace.marks
    })
  },
  Channel: {
    "concat, map and fold": gen(function* () {
      const channel = Channel.fromIterable([1, 2]).pipe(
        Channel.concat(Channel.fromIterable([3])),
        Channel.map((n) => n * 2)
      )
      return [
        yield* Channel.runCollect(channel),
        yield* Channel.runFold(
          channel,
          () => 0,
          (sum, n) => sum + n
        )
      ]
    }),
    "mapEffect and merge": gen(function* () {
      const slow = (marks: ReadonlyArray<string>, ms: number) =>
        Channel.mapEffect(Channel.fromIterable(marks), (mark) => later(mark, ms))
      return yield* Channel.runCollect(Channel.merge(slow(["a", "b"], 15), slow(["x", "y"], 10)))
    })
  },
  "Pull and Take": {
    "one chunk at a time": gen(function* () {
      const pull = yield* Stream.toPull(Stream.make(1, 2))
      const first = yield* pull
      const second = yield* Pull.catchDone(
        Effect.map(pull, () => "more"),
        () => Effect.succeed("done")
      )
      return [first, second]
    }),
    "a queue of takes": gen(function* () {
      const queue = yield* Queue.unbounded<Take.Take<number>>()
      yield* Queue.offer(queue, [1])
      const fiber = yield* Effect.forkChild(Effect.flatMap(Queue.take(queue), Take.toPull))
      return yield* Fiber.join(fiber)
    })
  }
}
