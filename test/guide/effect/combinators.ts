import {
  Cause,
  Clock,
  Context,
  Effect,
  ExecutionPlan,
  Exit,
  Fiber,
  Layer,
  Option,
  Result,
  Schedule,
  Scope
} from "effect"
import { gen, later, type Programs, Trace } from "./program.ts"

const elapsed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const before = yield* Clock.currentTimeMillis
    const result = yield* Effect.exit(effect)
    return [Exit.isSuccess(result) ? result.value : "failed", (yield* Clock.currentTimeMillis) - before] as const
  })

class Down extends Error {
  readonly _tag = "Down"
}

/** Fails so many times, then answers. */
const flaky = (times: number) => {
  let left = times
  return Effect.suspend(() => (left-- > 0 ? Effect.fail(new Down("down")) : Effect.succeed(times)))
}

export const combinators: Programs = {
  Effect: {
    "gen, map, flatMap, tap and zip": gen(function* () {
      const trace = new Trace()
      const sum = yield* Effect.succeed(1).pipe(
        Effect.map((one) => one + 1),
        Effect.tap(trace.add),
        Effect.flatMap((two) => Effect.succeed(two * 2)),
        Effect.zip(Effect.succeed("z"))
      )
      return [sum, trace.marks]
    }),
    "all, one after another": gen(function* () {
      const trace = new Trace()
      return [yield* elapsed(Effect.all([trace.addAfter("a", 20), trace.addAfter("b", 10)])), trace.marks]
    }),
    "all, unbounded": gen(function* () {
      const trace = new Trace()
      const all = Effect.all([trace.addAfter("a", 20), trace.addAfter("b", 10)], { concurrency: "unbounded" })
      return [yield* elapsed(all), trace.marks]
    }),
    "forEach with a bound": gen(function* () {
      const trace = new Trace()
      const each = Effect.forEach([30, 10, 20, 5, 40], (ms) => trace.addAfter(ms, ms), { concurrency: 2 })
      return [yield* elapsed(each), trace.marks]
    }),
    "all, of which one fails": gen(function* () {
      const trace = new Trace()
      const slow = Effect.onInterrupt(trace.addAfter("slow", 50), () => trace.add("interrupted"))
      const all = Effect.all([slow, Effect.andThen(Effect.sleep(10), Effect.fail("no"))], { concurrency: "unbounded" })
      return [yield* Effect.exit(all), yield* elapsed(Effect.void), trace.marks]
    }),
    "validate and partition": gen(function* () {
      const odd = (n: number) => (n % 2 === 0 ? Effect.fail(n) : later(n, n))
      return [yield* Effect.partition([1, 2, 3, 4], odd), yield* Effect.exit(Effect.validate([1, 2, 3], odd))]
    }),
    "race, raceFirst and raceAll": gen(function* () {
      const failing = Effect.andThen(Effect.sleep(1), Effect.fail("lost"))
      return [
        yield* elapsed(Effect.race(failing, later("slow", 20))),
        yield* elapsed(Effect.raceFirst(failing, later("slow", 20))),
        yield* elapsed(Effect.raceAll([later("c", 30), later("a", 10), later("b", 20)]))
      ]
    }),
    "timers of one time fire in the order in which they were set": gen(function* () {
      const trace = new Trace()
      yield* Effect.forEach([1, 2, 3, 4, 5, 6], (n) => trace.addAfter(n, 10), { concurrency: "unbounded" })
      return trace.marks
    }),
    "timeout, timeoutOption and timeoutOrElse": gen(function* () {
      return [
        yield* elapsed(Effect.timeout(later("in time", 10), 20)),
        yield* elapsed(Effect.timeout(later("late", 30), 20)),
        yield* Effect.timeoutOption(later("late", 30), 20),
        yield* Effect.timeoutOrElse(later("late", 30), { duration: 20, orElse: () => Effect.succeed("else") })
      ]
    }),
    "retry at once, by times and by a schedule": gen(function* () {
      return [
        yield* elapsed(Effect.retry(flaky(3), { times: 3 })),
        yield* elapsed(Effect.retry(flaky(3), { times: 2 })),
        yield* elapsed(Effect.retry(flaky(3), Schedule.exponential(10))),
        yield* elapsed(Effect.retryOrElse(flaky(3), Schedule.recurs(1), () => Effect.succeed("gave up"))),
        yield* elapsed(Effect.eventually(flaky(5)))
      ]
    }),
    "repeat, schedule and forever": gen(function* () {
      const trace = new Trace()
      const tick = Effect.tap(
        Effect.map(Clock.currentTimeMillis, () => "tick"),
        trace.add
      )
      const repeated = yield* elapsed(Effect.repeat(tick, Schedule.spaced(10).pipe(Schedule.upTo({ times: 3 }))))
      const scheduled = yield* elapsed(Effect.schedule(tick, Schedule.recurs(2)))
      const endless = yield* elapsed(Effect.timeoutOption(Effect.forever(Effect.andThen(Effect.sleep(7), tick)), 30))
      return [repeated, scheduled, endless, trace.marks.length]
    }),
    "delay and timed": gen(function* () {
      const [duration, value] = yield* Effect.timed(Effect.delay(Effect.succeed(1), 25))
      return [Number(duration) || String(duration), value]
    }),
    "catch, catchTag, catchDefect and orElseSucceed": gen(function* () {
      return [
        yield* Effect.catchTag(Effect.fail({ _tag: "A" as const }), "A", () => Effect.succeed("tag")),
        yield* Effect.catchDefect(Effect.die("defect"), (defect) => Effect.succeed(defect)),
        yield* Effect.orElseSucceed(Effect.fail("x"), () => "else"),
        yield* Effect.flip(Effect.fail("flipped")),
        yield* Effect.catchCause(Effect.interrupt, (cause) => Effect.succeed(Cause.hasInterrupts(cause)))
      ]
    }),
    "ensuring, onExit, onError and onInterrupt": gen(function* () {
      const trace = new Trace()
      const tried = Effect.fail("no").pipe(
        Effect.onError(() => trace.add("error")),
        Effect.onExit((exit) => trace.add(exit._tag)),
        Effect.ensuring(trace.addAfter("ensured", 5))
      )
      yield* Effect.exit(tried)
      yield* Effect.timeoutOption(
        Effect.onInterrupt(Effect.never, () => trace.add("interrupt")),
        5
      )
      return trace.marks
    }),
    "acquireUseRelease and addFinalizer, last one first": gen(function* () {
      const trace = new Trace()
      const used = Effect.acquireUseRelease(
        trace.add("acquire"),
        () => trace.addAfter("use", 5),
        () => trace.add("release")
      )
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* Effect.addFinalizer(() => trace.addAfter("first", 5))
          yield* Effect.addFinalizer((exit) => trace.add(exit._tag))
          yield* used
        })
      )
      return trace.marks
    }),
    "uninterruptible and its mask": gen(function* () {
      const trace = new Trace()
      const fiber = yield* Effect.forkChild(Effect.uninterruptible(trace.addAfter("done", 20)), {
        startImmediately: true
      })
      const interrupted = yield* elapsed(Fiber.interrupt(fiber))
      const masked = Effect.uninterruptibleMask((restore) =>
        Effect.andThen(restore(Effect.sleep(50)), trace.add("never")).pipe(Effect.ensuring(trace.add("masked")))
      )
      yield* Effect.timeoutOption(masked, 10)
      return [interrupted, trace.marks]
    }),
    "cached, cachedWithTTL and cachedInvalidateWithTTL": gen(function* () {
      let calls = 0
      const call = Effect.suspend(() => later(++calls, 5))
      const once = yield* Effect.cached(call)
      const all = yield* Effect.all([once, once, once], { concurrency: "unbounded" })
      const forAWhile = yield* Effect.cachedWithTTL(call, 20)
      const first = [yield* forAWhile, yield* forAWhile]
      yield* Effect.sleep(30)
      const [invalidated, invalidate] = yield* Effect.cachedInvalidateWithTTL(call, 1_000)
      const second = [yield* forAWhile, yield* invalidated]
      yield* invalidate
      return [all, first, second, yield* invalidated]
    }),
    "callback that its own fibers resume": gen(function* () {
      let resume: (effect: Effect.Effect<string>) => void = () => {}
      const waiting = yield* Effect.forkChild(
        Effect.callback<string>((go) => {
          resume = go
        }),
        { startImmediately: true }
      )
      yield* Effect.sleep(5)
      resume(Effect.succeed("resumed"))
      return yield* Fiber.join(waiting)
    }),
    "match, filterOrFail, option, result and ignore": gen(function* () {
      return [
        yield* Effect.match(Effect.fail(1), { onFailure: (n) => n + 1, onSuccess: () => 0 }),
        yield* Effect.exit(
          Effect.filterOrFail(
            Effect.succeed(1),
            (n) => n > 1,
            () => "small"
          )
        ),
        Option.isNone(yield* Effect.option(Effect.fail(1))),
        Result.isFailure(yield* Effect.result(Effect.fail(1))),
        yield* Effect.ignore(Effect.fail(1))
      ]
    }),
    "reduce, replicateEffect, findFirst and whileLoop": gen(function* () {
      let count = 0
      yield* Effect.whileLoop({ while: () => count < 100, body: () => Effect.void, step: () => void count++ })
      return [
        count,
        yield* Effect.reduce(
          [1, 2, 3],
          () => 0,
          (sum, n) => Effect.succeed(sum + n)
        ),
        yield* Effect.replicateEffect(Effect.succeed(1), 3),
        Option.getOrNull(yield* Effect.findFirst([1, 2, 3], (n) => Effect.succeed(n > 1)))
      ]
    }),
    "50,000 operations without a pause": gen(function* () {
      let sum = 0
      for (let n = 0; n < 50_000; n++) sum += yield* Effect.succeed(n)
      return sum
    }),
    "yieldNow gives way to others": gen(function* () {
      const trace = new Trace()
      const twice = (name: string) =>
        Effect.andThen(trace.add(`${name}1`), Effect.andThen(Effect.yieldNow, trace.add(`${name}2`)))
      yield* Effect.all([twice("a"), twice("b"), twice("c")], { concurrency: "unbounded" })
      return trace.marks
    }),
    "withSpan, annotateCurrentSpan and withLogSpan": gen(function* () {
      const inner = Effect.as(Effect.ignore(Effect.annotateCurrentSpan("key", 1)), "spanned")
      return yield* inner.pipe(Effect.withSpan("inner"), Effect.withLogSpan("log"), Effect.withSpan("outer"))
    })
  },
  Fiber: {
    "fork, join, await and poll": gen(function* () {
      const good = yield* Effect.forkChild(later("good", 10))
      const bad = yield* Effect.forkChild(Effect.andThen(Effect.sleep(5), Effect.fail("bad")))
      return [yield* Fiber.await(bad), good.pollUnsafe() === undefined, yield* Fiber.join(good), good.pollUnsafe()]
    }),
    "interrupt waits for finalizers": gen(function* () {
      const trace = new Trace()
      const fiber = yield* Effect.forkChild(Effect.ensuring(Effect.never, trace.addAfter("closed", 10)), {
        startImmediately: true
      })
      return [yield* elapsed(Fiber.interrupt(fiber)), trace.marks]
    }),
    "joinAll and interruptAll": gen(function* () {
      const fibers = yield* Effect.forEach([3, 1, 2], (n) => Effect.forkChild(later(n, n)))
      const joined = yield* Fiber.joinAll(fibers)
      const endless = yield* Effect.forEach([1, 2], () => Effect.forkChild(Effect.never))
      yield* Fiber.interruptAll(endless)
      return [joined, endless.map((fiber) => fiber.pollUnsafe()?._tag)]
    }),
    "children end with their parent": gen(function* () {
      const trace = new Trace()
      const parent = Effect.andThen(
        Effect.forkChild(
          Effect.onInterrupt(Effect.never, () => trace.add("child")),
          { startImmediately: true }
        ),
        Effect.sleep(5)
      )
      yield* Fiber.join(yield* Effect.forkChild(parent))
      yield* trace.add("parent")
      return trace.marks
    }),
    "forkScoped and forkIn": gen(function* () {
      const trace = new Trace()
      const scope = yield* Scope.make()
      yield* Effect.forkIn(
        Effect.onInterrupt(Effect.never, () => trace.add("in")),
        scope,
        { startImmediately: true }
      )
      yield* Effect.scoped(
        Effect.andThen(
          Effect.forkScoped(
            Effect.onInterrupt(Effect.never, () => trace.add("scoped")),
            { startImmediately: true }
          ),
          Effect.sleep(5)
        )
      )
      yield* Scope.close(scope, Exit.void)
      return trace.marks
    }),
    awaitAllChildren: gen(function* () {
      const trace = new Trace()
      yield* Effect.awaitAllChildren(
        Effect.andThen(Effect.forkChild(trace.addAfter("slow", 20)), Effect.forkChild(trace.addAfter("fast", 10)))
      )
      return trace.marks
    })
  },
  Schedule: {
    "exponential, fibonacci and fixed": gen(function* () {
      const spent = (schedule: Schedule.Schedule<unknown>) =>
        elapsed(Effect.as(Effect.repeat(Effect.sleep(3), Schedule.upTo(schedule, { times: 4 })), 0))
      return [
        yield* spent(Schedule.exponential(10)),
        yield* spent(Schedule.fibonacci(10)),
        yield* spent(Schedule.fixed(10)),
        yield* spent(Schedule.windowed(10)),
        yield* spent(Schedule.spaced(10))
      ]
    }),
    "concat, during and addDelay": gen(function* () {
      const trace = new Trace()
      const tick = trace.add("tick")
      const schedules = [
        Schedule.concat(Schedule.recurs(2), Schedule.spaced(10).pipe(Schedule.upTo({ times: 2 }))),
        Schedule.spaced(10).pipe(Schedule.upTo({ duration: 45 })),
        Schedule.addDelay(Schedule.recurs(2), () => Effect.succeed(15))
      ]
      const all = []
      for (const schedule of schedules) all.push((yield* elapsed(Effect.repeat(tick, schedule)))[1], trace.marks.length)
      return all
    }),
    "jittered stays within its bounds": gen(function* () {
      const [, ms] = yield* elapsed(
        Effect.repeat(Effect.void, Schedule.jittered(Schedule.spaced(100)).pipe(Schedule.upTo({ times: 2 })))
      )
      return ms >= 160 && ms <= 240
    }),
    "cron waits for its time": gen(function* () {
      yield* Effect.repeat(Effect.void, Schedule.cron("* * * * * *").pipe(Schedule.upTo({ times: 1 })))
      return (yield* Clock.currentTimeMillis) % 1_000 === 0
    }),
    "what it counts": gen(function* () {
      return yield* Effect.repeat(Effect.succeed("in"), Schedule.recurs(3))
    })
  },
  Scope: {
    "closes last one first, with its exit": gen(function* () {
      const trace = new Trace()
      const scope = yield* Scope.make()
      yield* Scope.addFinalizer(scope, trace.add("first"))
      yield* Scope.addFinalizerExit(scope, (exit) => trace.addAfter(exit._tag, 5))
      const child = yield* Scope.fork(scope)
      yield* Scope.addFinalizer(child, trace.add("child"))
      yield* Scope.close(scope, Exit.fail("no"))
      return trace.marks
    }),
    "in parallel": gen(function* () {
      const trace = new Trace()
      const scope = yield* Scope.make("parallel")
      yield* Scope.addFinalizer(scope, trace.addAfter("slow", 20))
      yield* Scope.addFinalizer(scope, trace.addAfter("fast", 10))
      return [yield* elapsed(Scope.close(scope, Exit.void)), trace.marks]
    }),
    "of the run is there": gen(function* () {
      const trace = new Trace()
      yield* Effect.acquireRelease(trace.add("acquired"), () => Effect.void)
      return trace.marks
    })
  },
  Layer: {
    "is built once, in order, and closed": gen(function* () {
      const trace = new Trace()
      class Left extends Context.Service<Left, string>()("guide/Left") {}
      class Right extends Context.Service<Right, string>()("guide/Right") {}
      const acquire = (name: string) =>
        Effect.acquireRelease(Effect.as(trace.addAfter(name, 5), name), () => trace.add(`-${name}`))
      const left = Layer.effect(Left, acquire("left"))
      const right = Layer.effect(
        Right,
        Effect.andThen(Left, (value) => acquire(`${value}, right`))
      ).pipe(Layer.provide(left))
      const both = Effect.all([Left, Right])
      return [yield* Effect.provide(both, Layer.merge(left, right)), trace.marks]
    }),
    "fresh, mergeAll and catchCause": gen(function* () {
      class Value extends Context.Service<Value, number>()("guide/Value") {}
      const failing = Layer.effect(Value, Effect.fail("no"))
      const caught = Layer.catchCause(failing, () => Layer.succeed(Value, 7))
      return yield* Effect.provide(Value, Layer.fresh(caught))
    })
  },
  ExecutionPlan: {
    "goes on to the next step": gen(function* () {
      class Model extends Context.Service<Model, string>()("guide/Model") {}
      const plan = ExecutionPlan.make(
        { provide: Layer.succeed(Model, "small"), attempts: 2, schedule: Schedule.spaced(10) },
        { provide: Layer.succeed(Model, "large") }
      )
      const ask = Effect.flatMap(Model, (model) =>
        model === "small" ? Effect.fail("too hard") : Effect.succeed(model)
      )
      return yield* elapsed(Effect.withExecutionPlan(ask, plan))
    })
  }
}
