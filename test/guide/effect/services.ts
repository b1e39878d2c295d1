import {
  Clock,
  Config,
  ConfigProvider,
  Console,
  Context,
  Cron,
  DateTime,
  Duration,
  Effect,
  Layer,
  LayerMap,
  Logger,
  ManagedRuntime,
  Metric,
  Option,
  Path,
  Random,
  Redacted,
  References,
  Result,
  Scheduler,
  Stream,
  Tracer
} from "effect"
import { gen, otherwise, type Programs, refused, Trace } from "./program.ts"

/** What a program has of the world. */
export const services: Programs = {
  Clock: {
    "goes on with time, and stands still between": gen(function* () {
      const before = yield* Clock.currentTimeMillis
      for (let n = 0; n < 1_000; n++) yield* Effect.void
      const between = yield* Clock.currentTimeMillis
      yield* Effect.sleep(25)
      return [
        between - before,
        (yield* Clock.currentTimeMillis) - before,
        Number((yield* Clock.currentTimeNanos) / 1_000_000n) - before
      ]
    }),
    "Date is of the run's time": otherwise(
      { answer: [true, true] },
      gen(function* () {
        const now = yield* Clock.currentTimeMillis
        return [Date.now() === now, Date.now() === now]
      })
    )
  },
  DateTime: {
    "now, parts and zones": gen(function* () {
      const before = yield* DateTime.now
      yield* Effect.sleep(25)
      const after = yield* DateTime.now
      const zoned = DateTime.makeZonedUnsafe(0, { timeZone: "Europe/Vienna" })
      return [Duration.toMillis(DateTime.distance(before, after)), DateTime.formatIsoZoned(zoned)]
    }),
    "the current zone is one that is given": gen(function* () {
      const zone = DateTime.layerCurrentZoneNamed("Asia/Tokyo")
      const at = DateTime.makeUnsafe(0)
      return DateTime.formatIsoZoned(yield* Effect.provide(DateTime.setZoneCurrent(at), zone))
    })
  },
  Cron: {
    "the next time of an expression": gen(function* () {
      const cron = Result.getOrThrow(Cron.parse("0 0 4 8-14 * *", "UTC"))
      return [Cron.next(cron, new Date(0)).toISOString(), Cron.match(cron, new Date("1970-01-08T04:00:00Z"))]
    })
  },
  Random: {
    "is within its bounds, and with a seed is what it always is": gen(function* () {
      const next = yield* Random.next
      const int = yield* Random.nextIntBetween(1, 7)
      const seeded = Effect.all([Random.nextIntBetween(0, 100), Random.nextIntBetween(0, 100)]).pipe(
        Random.withSeed("guide")
      )
      return [
        next >= 0 && next < 1,
        int >= 1 && int <= 7,
        yield* seeded,
        [...(yield* Random.shuffle([1, 2, 3]))].toSorted()
      ]
    }),
    "draws again what it drew": gen(function* () {
      const drawn = [yield* Random.next, Math.random()]
      yield* Effect.sleep(5)
      return drawn.every((number) => number >= 0 && number < 1)
    })
  },
  Config: {
    "reads the environment": refused(
      "Config HOME in workflow code",
      gen(function* () {
        return yield* Config.String("HOME").pipe(Config.withDefault("none"))
      })
    ),
    "with a default, whatever is there": refused(
      "Read it in a step, or pass it in the input",
      gen(function* () {
        return yield* Config.Port("PORT").pipe(Config.withDefault(80))
      })
    ),
    "reads a provider of the body's own": gen(function* () {
      const own = ConfigProvider.fromUnknown({ database: { host: "db", password: "secret" } })
      const config = Config.all({ host: Config.String("host"), password: Config.Redacted("password") }).pipe(
        Config.nested("database")
      )
      const read = yield* Effect.provide(
        Effect.suspend(() => config),
        ConfigProvider.layer(own)
      )
      return [read.host, Redacted.value(read.password)]
    })
  },
  Logger: {
    "a logger of the body's own is told afterwards": otherwise(
      { answer: [] },
      gen(function* () {
        const lines: Array<string> = []
        const logger = Logger.make(({ message }) => void lines.push(String(message)))
        yield* Effect.log("told").pipe(Effect.annotateLogs("key", "value"), Effect.provide(Logger.layer([logger])))
        return lines
      })
    ),
    "levels and annotations": gen(function* () {
      yield* Effect.logDebug("not told").pipe(Effect.provideService(References.MinimumLogLevel, "Error"))
      const annotations = yield* Effect.annotateLogs(References.CurrentLogAnnotations, { key: "value" })
      return annotations.key
    })
  },
  Console: {
    "a console of the body's own is told afterwards": otherwise(
      { answer: [] },
      gen(function* () {
        const lines: Array<unknown> = []
        const own = { ...console, log: (line: unknown) => void lines.push(line) }
        yield* Effect.provideService(Console.log("told"), Console.Console, own as never)
        return lines
      })
    )
  },
  Metric: {
    "in a registry of the body's own": gen(function* () {
      const counter = Metric.counter("guide_counter")
      const count = Effect.gen(function* () {
        yield* Metric.update(counter, 2)
        yield* Metric.update(counter, 3)
        return (yield* Metric.value(counter)).count
      })
      return yield* Effect.provideService(count, Metric.MetricRegistry, new Map())
    })
  },
  Tracer: {
    "spans are the body's own": gen(function* () {
      const trace = new Trace()
      const native = Tracer.nativeTracer
      const tracer = Tracer.make({
        span: (options) => {
          trace.marks.push(options.name)
          return native.span(options)
        }
      })
      const inner = Effect.withSpan(Effect.sleep(5), "inner")
      yield* inner.pipe(Effect.withSpan("outer"), Effect.withTracer(tracer), Effect.withTracerEnabled(true))
      return trace.marks
    })
  },
  Path: {
    "joins and resolves": gen(function* () {
      const path = yield* Effect.provide(Path.Path, Path.layer)
      return [path.join("a", "b"), path.basename("/a/b.txt"), path.extname("b.txt")]
    })
  },
  LayerMap: {
    "a layer for each key, closed when nobody has it": gen(function* () {
      const trace = new Trace()
      class Tenant extends Context.Service<Tenant, string>()("guide/Tenant") {}
      const lookup = (key: string) =>
        Layer.effect(
          Tenant,
          Effect.acquireRelease(Effect.as(trace.add(`+${key}`), key), () => trace.add(`-${key}`))
        )
      const map = yield* LayerMap.make(lookup)
      const use = (key: string) =>
        Effect.provide(
          Effect.tap(Tenant, () => Effect.sleep(5)),
          map.get(key)
        )
      return [yield* Effect.all([use("a"), use("b"), use("a")], { concurrency: "unbounded" }), trace.marks]
    })
  },
  ManagedRuntime: {
    "runs what it is given by itself": refused(
      "an effect that is run by itself (by a ManagedRuntime",
      gen(function* () {
        const runtime = ManagedRuntime.make(Layer.empty)
        return yield* Effect.promise(() => runtime.runPromise(Effect.sleep(5)))
      })
    )
  },
  "Effect.runFork and its like": {
    runFork: refused(
      "Effect.runFork inside a workflow body",
      gen(function* () {
        return yield* Effect.sync(() => Effect.runFork(Effect.sleep(5)))
      })
    ),
    runPromise: refused(
      "Effect.runPromise inside a workflow body",
      gen(function* () {
        return yield* Effect.promise(() => Effect.runPromise(Effect.succeed(1)))
      })
    ),
    "runSync, of what waits": refused(
      "Effect.runSyncExit inside a workflow body",
      gen(function* () {
        return yield* Effect.sync(() => Effect.runSyncExit(Effect.sleep(5)))
      })
    ),
    "runSync, of what does not": gen(function* () {
      return yield* Effect.sync(() => Effect.runSync(Effect.succeed(1)))
    })
  },
  "Effect.promise and its like": {
    promise: refused(
      "a promise in workflow code",
      gen(function* () {
        return yield* Effect.promise(() => Promise.resolve(1))
      })
    ),
    tryPromise: refused(
      "a promise in workflow code",
      gen(function* () {
        return yield* Effect.tryPromise(async () => 1)
      })
    ),
    "callback that the host resumes": refused(
      "a timer of the host in workflow code",
      gen(function* () {
        return yield* Effect.callback<number>((resume) => void setTimeout(() => resume(Effect.succeed(1)), 1))
      })
    ),
    fromAsyncIterable: refused(
      "a promise in workflow code",
      gen(function* () {
        const numbers = async function* () {
          yield 1
        }
        return yield* Stream.runCollect(Stream.fromAsyncIterable(numbers(), String))
      })
    )
  },
  Scheduler: {
    "one of the host's": refused(
      "or on another Scheduler",
      gen(function* () {
        const own = new Scheduler.MixedScheduler()
        return yield* Effect.provideService(
          Effect.andThen(Effect.yieldNow, Effect.succeed(1)),
          Scheduler.Scheduler,
          own
        )
      })
    )
  },
  References: {
    "the tracer is on, and spans have ids": gen(function* () {
      const ids = Effect.map(Effect.currentSpan, ({ spanId, traceId }) => ({ spanId, traceId }))
      const two = yield* Effect.all([Effect.withSpan(ids, "one"), Effect.withSpan(ids, "two")]).pipe(
        Effect.withSpan("both")
      )
      const [one, other] = two
      const isHex = two.every(({ spanId }) => /^[0-9a-f]{16}$/.test(spanId))
      return [yield* References.TracerEnabled, isHex, one.spanId === other.spanId, one.traceId === other.traceId]
    }),
    "are what the body says": gen(function* () {
      const read = Effect.all([References.TracerEnabled, References.MinimumLogLevel])
      const own = read.pipe(
        Effect.provideService(References.TracerEnabled, true),
        Effect.provideService(References.MinimumLogLevel, "Fatal")
      )
      return [yield* own, Option.isSome(yield* Effect.serviceOption(Clock.Clock as never))]
    })
  }
}
