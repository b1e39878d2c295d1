import { readFile } from "node:fs"
import { Effect, Fiber, FileSystem, Logger, Schema, Stream } from "effect"
import { Digest, SecureRandom } from "effect/crypto"
import { Base64, Csv } from "effect/encoding"
import { FetchHttpClient, Headers, HttpClient, UrlParams } from "effect/http"
import { KeyValueStore } from "effect/persistence"
import { Atom, AtomRegistry } from "effect/reactivity"
import { gen, otherwise, type Programs, refused, Trace } from "./program.ts"

/** Modules that reach for the world, and the corners of others in which a body is not what an Effect is outside. */
export const world: Programs = {
  "effect/crypto": {
    "random bytes": refused(
      "crypto in workflow code",
      gen(function* () {
        const random = yield* Effect.provide(SecureRandom.SecureRandom, SecureRandom.layerWebCrypto)
        return (yield* random.randomBytes(4)).length
      })
    ),
    digests: refused(
      "a promise in workflow code",
      gen(function* () {
        const digest = yield* Effect.provide(Digest.Digest, Digest.layerWebCrypto)
        return (yield* digest.digest(Digest.sha256, new Uint8Array(1))).length
      })
    )
  },
  "effect/encoding": {
    "text to text": gen(function* () {
      return [Base64.encode("text"), typeof Csv]
    })
  },
  "effect/http": {
    "headers and parameters": gen(function* () {
      return [Headers.fromInput({ A: "b" }), UrlParams.toString(UrlParams.fromInput({ a: "1", b: "2" }))]
    }),
    "a request": refused(
      "in workflow code",
      gen(function* () {
        return yield* HttpClient.get("http://127.0.0.1:9/").pipe(
          Effect.provide(FetchHttpClient.layer),
          Effect.provideService(FetchHttpClient.Fetch, ((...args: Parameters<typeof fetch>) =>
            fetch(...args)) as typeof fetch)
        )
      })
    )
  },
  "effect/persistence": {
    "a store in memory": gen(function* () {
      const store = KeyValueStore.KeyValueStore
      return yield* Effect.provide(
        Effect.gen(function* () {
          const values = yield* store
          yield* values.set("key", "value")
          return yield* values.get("key")
        }),
        KeyValueStore.layerMemory
      )
    })
  },
  "effect/reactivity": {
    "an atom": refused(
      "or on another Scheduler",
      gen(function* () {
        const registry = AtomRegistry.make()
        const count = Atom.make(1)
        registry.set(count, 2)
        return registry.get(count)
      })
    )
  },
  "FileSystem, Terminal, Stdio": {
    "of a host": refused(
      "neither ended nor waits",
      gen(function* () {
        return yield* Effect.callback<number>((resume) =>
          readFile(import.meta.filename, () => resume(Effect.succeed(1)))
        )
      })
    ),
    "that do nothing": gen(function* () {
      const files = yield* Effect.provide(
        FileSystem.FileSystem,
        FileSystem.layerNoop({ exists: () => Effect.succeed(true) })
      )
      return yield* files.exists("/")
    })
  },
  "What has no end": {
    "Effect.never": refused(
      "neither ended nor waits",
      gen(function* () {
        return yield* Effect.never
      })
    ),
    "a loop without a wait": refused(
      "more than 200000 operations",
      gen(function* () {
        return yield* Effect.forever(Effect.void)
      })
    )
  },
  "Fibers by themselves": {
    "forkDetach, while the body goes on": gen(function* () {
      const trace = new Trace()
      yield* Effect.forkDetach(trace.addAfter("detached", 10))
      yield* Effect.sleep(20)
      return trace.marks
    }),
    "abortSignal and acquireDisposable": gen(function* () {
      const trace = new Trace()
      const aborted = Effect.scoped(
        Effect.map(Effect.abortSignal, (signal) => {
          signal.addEventListener("abort", () => trace.marks.push("aborted"))
          return signal.aborted
        })
      )
      const first = yield* aborted
      yield* Effect.scoped(
        Effect.acquireDisposable(Effect.succeed({ [Symbol.dispose]: () => void trace.marks.push("disposed") }))
      )
      return [first, trace.marks]
    }),
    "an interrupted fiber says by whom, and not with a number that stays": gen(function* () {
      const fiber = yield* Effect.forkChild(Effect.never)
      yield* Fiber.interrupt(fiber)
      return (yield* Effect.exit(Fiber.join(fiber)))._tag
    })
  },
  "Spans of a body": {
    "the current span": gen(function* () {
      return yield* Effect.map(Effect.currentSpan, (span) => span.name).pipe(Effect.withSpan("span"))
    })
  },
  "Streams of the host": {
    toReadableStream: refused(
      "in workflow code",
      gen(function* () {
        const readable = Stream.toReadableStream(Stream.make(1))
        return yield* Effect.promise(() => readable.getReader().read())
      })
    ),
    "broadcast and share": gen(function* () {
      const [left, right] = yield* Stream.broadcastN(Stream.make(1, 2, 3), { n: 2, capacity: 4 })
      return yield* Effect.all(
        [Stream.runCollect(left as Stream.Stream<number>), Stream.runCollect(right as Stream.Stream<number>)],
        { concurrency: "unbounded" }
      )
    })
  },
  "Logger.batched": {
    "is told afterwards": otherwise(
      { answer: [] },
      gen(function* () {
        const batches: Array<number> = []
        yield* Effect.scoped(
          Effect.gen(function* () {
            // Its scope closes within one turn, of which the logger hears afterwards. Across turns it is a matter of how fast they follow.
            const logger = yield* Logger.batched(Logger.formatSimple, {
              window: "1 hour",
              flush: (lines) => Effect.sync(() => void batches.push(lines.length))
            })
            yield* Effect.provide(Effect.log("a"), Logger.layer([logger]))
          })
        )
        return batches
      })
    )
  },
  "Promises of Schema": {
    decodeUnknownPromise: refused(
      "a promise in workflow code",
      gen(function* () {
        return yield* Effect.promise(() => Schema.decodeUnknownPromise(Schema.String)("text"))
      })
    )
  }
}
