import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { providing } from "../../src/client/calls/providing.ts"

class Caller extends Context.Service<Caller, string>()("test/Caller") {}
class Own extends Context.Service<Own, string>()("test/Own") {}

const both = Effect.gen(function* () {
  return `${yield* Caller} ${yield* Own}`
})

it("an operation of a client has the client's services and those of its caller, whoever has called before", () =>
  Effect.runPromise(
    Effect.gen(function* () {
      const provide = providing(Context.make(Own, "own"))
      const as = (caller: string) => Effect.provideService(provide(both), Caller, caller)
      const twice = Effect.all([provide(both), provide(both)], { concurrency: "unbounded" })
      expect(yield* Effect.all([as("a"), as("b"), as("a")], { concurrency: "unbounded" })).toEqual([
        "a own",
        "b own",
        "a own"
      ])
      expect(yield* Effect.provideService(twice, Caller, "c")).toEqual(["c own", "c own"])
      // The client's own stand before the caller's, and the caller gets its own back.
      const after = Effect.flatMap(provide(both), (inside) => Effect.map(Own, (outside) => [inside, outside]))
      expect(yield* Effect.provide(after, Context.make(Own, "other").pipe(Context.add(Caller, "d")))).toEqual([
        "d own",
        "other"
      ])
    })
  ))
