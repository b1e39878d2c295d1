import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { defineSignal, defineStep, defineUpdate, defineWorkflow, UpdateFailed } from "../../src/index.ts"
import { eventually, live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

class TooMuch extends Schema.TaggedError<TooMuch>()("TooMuch", { most: Schema.Int }) {}

const Parcel = Schema.Struct({ to: Schema.String, at: Schema.Date })
const pack = defineUpdate("pack", { input: Parcel, output: Parcel, error: TooMuch })
const wait = defineUpdate("wait", { input: Schema.Void, output: Schema.Void })
const unknown = defineUpdate("unknown", { input: Schema.Void, output: Schema.Void })
const note = defineSignal("note", Schema.String)
const close = defineSignal("close", Schema.Void)
const label = defineStep("label", {
  input: Schema.String,
  output: Schema.String,
  run: async (to: string) => `to ${to}`
})

/** Answers with what it was given, labelled by a step; ends when it is told to, with all that it was told. */
const packs = defineWorkflow("packs", {
  input: Schema.Void,
  output: Schema.Array(Schema.String),
  run: Effect.fn(function* () {
    const told: Array<string> = []
    yield* pack.handle(
      Effect.fn(function* ({ to, at }: typeof Parcel.Type) {
        told.push(to.slice(0, 10))
        return { to: yield* label(to), at }
      }),
      { validate: ({ to }) => (to === "refused" ? Effect.fail(new TooMuch({ most: told.length })) : Effect.void) }
    )
    yield* wait.handle(() => Effect.never)
    yield* Effect.forkChild(Effect.forever(Effect.map(note.receive, (text) => told.push(text))))
    yield* close.receive
    return told
  })
})

const parks = defineWorkflow("parks", {
  input: Schema.Void,
  output: Schema.Void,
  run: Effect.fn(function* () {
    yield* pack.handle((parcel) =>
      Effect.as(
        Effect.promise(async () => 1),
        parcel
      )
    )
    yield* close.receive
  })
})

const definitions = { workflows: [packs, parks], steps: [label] as const }
const at = new Date(Date.UTC(2026, 0, 1))
const large = "large ".repeat(60_000)

onEachStore("An update", (newStore) => {
  live("is answered with a typed value or a typed error, small or large", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(definitions)
      yield* client.start(packs, { runId: "r", input: undefined })
      expect(yield* client.update("r", pack, { to: "Ada", at })).toEqual({ to: "to Ada", at })
      expect(yield* client.update("r", pack, { to: large, at })).toEqual({ to: `to ${large}`, at })
      expect(yield* Effect.flip(client.update("r", pack, { to: "refused", at }))).toEqual(new TooMuch({ most: 2 }))
      expect((yield* client.get("r")).waitingFor).toEqual([
        { kind: "signal", name: "close" },
        { kind: "signal", name: "note" },
        { kind: "update", name: "pack" },
        { kind: "update", name: "wait" }
      ])
      yield* client.signal("r", close, undefined)
      expect(yield* client.wait(packs, "r")).toEqual(["Ada", "large larg"])
    })
  )

  live("under an id is one update, also when the run has ended; another input under it is a conflict", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(definitions)
      yield* client.start(packs, { runId: "r", input: undefined })
      const ask = (to: string, id: string) => client.update("r", pack, { to, at }, { id })
      const both = yield* Effect.all([ask("Ada", "1"), ask("Ada", "1")], { concurrency: 2 })
      expect(both).toEqual([
        { to: "to Ada", at },
        { to: "to Ada", at }
      ])
      expect(yield* Effect.flip(ask("Bob", "1"))).toMatchObject({ _tag: "UpdateConflict", update: "pack", id: "1" })
      expect(yield* Effect.flip(ask("refused", "2"))).toMatchObject({ _tag: "TooMuch" })
      yield* client.signal("r", close, undefined)
      expect(yield* client.wait(packs, "r")).toEqual(["Ada"])
      expect(yield* ask("Ada", "1")).toEqual({ to: "to Ada", at })
      expect(yield* Effect.flip(ask("Bob", "1"))).toMatchObject({ _tag: "UpdateConflict" })
      expect(yield* Effect.flip(ask("refused", "2"))).toMatchObject({ _tag: "TooMuch" })
      expect(yield* Effect.flip(ask("Ada", "3"))).toMatchObject({ _tag: "RunFinished", status: "succeeded" })
      expect(yield* client.updateAnswer("r", pack, "1")).toEqual({ to: "to Ada", at })
      expect(yield* Effect.flip(client.updateAnswer("r", pack, "3"))).toMatchObject({ reason: "runEnded" })
    })
  )

  live(
    "of a run that ends first, is cancelled, or does not take it, is told so, and again when it is asked again",
    () =>
      Effect.gen(function* () {
        const { client } = yield* (yield* newStore)(definitions)
        for (const end of ["close", "cancel"]) {
          yield* client.start(packs, { runId: end, input: undefined })
          const waiting = yield* Effect.forkChild(Effect.flip(client.update(end, wait, undefined, { id: "1" })), {
            startImmediately: true
          })
          yield* eventually(
            "the handler is under way",
            Effect.map(client.history(end), (events) =>
              events.some(({ key, position }) => key === "update/wait/1" && position !== undefined)
            )
          )
          yield* end === "close" ? client.signal(end, close, undefined) : client.cancel(end)
          const failure = yield* Fiber.join(waiting)
          expect(failure).toBeInstanceOf(UpdateFailed)
          expect(failure).toMatchObject({ reason: "runEnded", update: "wait", id: "1" })
          const again = yield* Effect.flip(client.update(end, wait, undefined, { id: "1" }))
          expect(again).toMatchObject({ _tag: "UpdateFailed", reason: "runEnded" })
        }
        yield* client.start(packs, { runId: "r", input: undefined })
        const failure = yield* Effect.flip(client.update("r", unknown, undefined))
        expect(failure).toMatchObject({ _tag: "UpdateFailed", reason: "noHandler" })
        yield* client.cancel("r")
      })
  )

  live("that comes with the start is answered, and comes after what its sender had sent before", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(definitions)
      yield* client.start(packs, { runId: "r", input: undefined })
      yield* client.signal("r", note, "before")
      const id = yield* client.sendUpdate("r", pack, { to: "Ada", at }, { id: "1" })
      yield* client.signal("r", note, "after")
      expect(yield* client.updateAnswer("r", pack, id)).toEqual({ to: "to Ada", at })
      yield* client.signal("r", close, undefined)
      expect(yield* client.wait(packs, "r")).toEqual(["before", "Ada", "after"])
    })
  )

  live("to no run, with an input or an id that is none, or to a parked run, has its error", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(definitions)
      const tagOf = <A, E extends { readonly _tag: string }>(effect: Effect.Effect<A, E>) =>
        Effect.map(Effect.flip(effect), ({ _tag }) => _tag)
      expect(yield* tagOf(client.update("nobody", wait, undefined))).toBe("RunNotFound")
      expect(yield* tagOf(client.update("\ud800", wait, undefined))).toBe("RunNotFound")
      expect(yield* tagOf(client.updateAnswer("nobody", wait, "1"))).toBe("RunNotFound")
      yield* client.start(parks, { runId: "r", input: undefined })
      expect(yield* Effect.flip(client.updateAnswer("r", wait, "1"))).toMatchObject({ reason: "notSent" })
      expect(yield* tagOf(client.update("r", pack, { to: "Ada", at: new Date(Number.NaN) }))).toBe("UpdateInvalid")
      expect(yield* tagOf(client.update("r", pack, { to: "Ada", at }, { id: "no id" }))).toBe("UpdateInvalid")
      const parked = client.update("r", pack, { to: "Ada", at }, { id: "1", failWhenParked: true })
      expect(yield* tagOf(parked)).toBe("RunParked")
      yield* client.cancel("r").pipe(Effect.ignore)
    })
  )
})
