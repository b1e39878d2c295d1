import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { continueAsNew, defineSignal, defineStep, defineWorkflow, Run } from "../../src/index.ts"
import { eventually, live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

const Count = Schema.Struct({ at: Schema.Number, to: Schema.Number })

const note = defineStep("note", {
  input: Schema.Number,
  output: Schema.String,
  run: (n, { idempotencyKey }) => Effect.succeed(`${n} ${idempotencyKey}`)
})

const counter = defineWorkflow("counter", {
  input: Count,
  output: Schema.Array(Schema.Unknown),
  run: Effect.fn(function* ({ at, to }) {
    const { runId, generation, startedAt } = yield* Run
    const noted = yield* note(at)
    if (at < to) return yield* continueAsNew({ at: at + 1, to })
    return [runId, generation, noted, startedAt] as ReadonlyArray<unknown>
  })
})

const word = defineSignal("word", Schema.String)

/** Receives one word a generation. */
const listener = defineWorkflow("listener", {
  input: Schema.Array(Schema.String),
  output: Schema.Array(Schema.String),
  run: Effect.fn(function* (heard) {
    const all = [...heard, yield* word.receive]
    if (all.at(-1) === "end") return all
    return yield* continueAsNew(all)
  })
})

/** Waits for the child through all of its generations. */
const parent = defineWorkflow("parent", {
  input: Schema.Array(Schema.String),
  output: Schema.Array(Schema.String),
  run: (first: ReadonlyArray<string>) => listener.child(first, { runId: "listening" })
})

onEachStore("continueAsNew", (newStore) => {
  live("a run goes on under its id, with a step's key of its own in each generation", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [counter], steps: [note] })
      const answer = yield* client.execute(counter, { runId: "count/1", input: { at: 0, to: 3 } })
      const started = (yield* client.history("count/1", { generation: 0 }))[0]?.message
      expect(answer).toEqual(["count/1", 3, "3 count%2F1^3/note#0", started?.at])
      expect(yield* client.get("count/1")).toMatchObject({
        runId: "count/1",
        generation: 3,
        status: "succeeded",
        startedAt: started?.at
      })
      expect((yield* client.history("count/1")).map(({ key }) => key)).toEqual(["start", "step/note#0"])
      // The same start again is the same run.
      expect(yield* client.start(counter, { runId: "count/1", input: { at: 0, to: 3 } })).toMatchObject({
        isNew: false
      })
      expect(yield* client.execute(counter, { runId: "count/1", input: { at: 0, to: 3 } })).toEqual(answer)
      const runs = yield* eventually(
        "one entry in the listing",
        Effect.map(client.list({ workflow: "counter" }), ({ runs }) => (runs.length === 1 ? runs : undefined))
      )
      expect(runs).toMatchObject([{ runId: "count/1", generation: 3, status: "succeeded", startedAt: started?.at }])
    })
  )

  live("signals are received in their order, whichever generation they find", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [listener] })
      yield* client.start(listener, { runId: "l", input: [] })
      const words = ["one", "two", "three", "four", "five", "six", "seven", "end"]
      for (const each of words) yield* client.signal("l", word, each, { id: each })
      expect(yield* client.wait(listener, "l")).toEqual(words)
      // Asked again, each is answered as it was, and the run is none the wiser.
      for (const each of words) yield* client.signal("l", word, each, { id: each })
      expect(yield* client.get("l")).toMatchObject({ generation: words.length - 1 })
    })
  )

  live("a signal that is sent again reaches no later generation", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [listener] })
      yield* client.start(listener, { runId: "again", input: [] })
      const generation = (wanted: number) =>
        eventually(
          `generation ${wanted}`,
          Effect.map(client.get("again"), (found) => found.generation === wanted && found.status === "running")
        )
      yield* client.signal("again", word, "one", { id: "one" })
      yield* generation(1)
      yield* client.signal("again", word, "two", { id: "two" })
      yield* generation(2)
      for (const each of ["one", "two", "one"]) yield* client.signal("again", word, each, { id: each })
      const conflict = yield* Effect.flip(client.signal("again", word, "other", { id: "one" }))
      expect(conflict._tag).toBe("SignalConflict")
      yield* client.signal("again", word, "end")
      expect(yield* client.wait(listener, "again")).toEqual(["one", "two", "end"])
    })
  )

  live("a cancellation ends the run in whatever generation it is", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [listener] })
      yield* client.start(listener, { runId: "c", input: [] })
      for (const each of ["one", "two"]) yield* client.signal("c", word, each)
      yield* client.cancel("c", { reason: "enough" })
      const ended = yield* Effect.flip(client.wait(listener, "c"))
      expect(ended).toMatchObject({ _tag: "RunCancelled", reason: "enough" })
      yield* client.cancel("c")
      expect(yield* Effect.flip(client.signal("c", word, "late"))).toMatchObject({ _tag: "RunFinished" })
    })
  )

  live("a parent waits for its child's last generation, also where its host is another by then", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const first = yield* open({ workflows: [listener, parent] })
      yield* first.client.start(parent, { runId: "parent", input: ["zero"] })
      const generation = (client: typeof first.client, wanted: number) =>
        eventually(
          `generation ${wanted}`,
          Effect.map(Effect.option(client.get("listening")), (found) => {
            return found._tag === "Some" && found.value.generation === wanted && found.value.waitingFor.length > 0
          })
        )
      yield* generation(first.client, 0)
      yield* first.client.signal("listening", word, "one")
      yield* generation(first.client, 1)
      yield* first.client.signal("listening", word, "two")
      yield* generation(first.client, 2)
      expect(yield* first.client.get("parent")).toMatchObject({
        status: "running",
        waitingFor: [{ kind: "child", runId: "listening" }]
      })
      yield* first.close
      const { client } = yield* open({ workflows: [listener, parent] })
      yield* client.signal("listening", word, "end")
      expect(yield* client.wait(parent, "parent")).toEqual(["zero", "one", "two", "end"])
      expect(yield* client.get("listening")).toMatchObject({ generation: 2, status: "succeeded" })
    })
  )

  live("a parent that is cancelled cancels its child in whatever generation it is", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [listener, parent] })
      yield* client.start(parent, { runId: "parent", input: [] })
      const found = (generation: number, status: string) =>
        eventually(
          `generation ${generation}, ${status}`,
          Effect.map(Effect.option(client.get("listening")), (run) => {
            return run._tag === "Some" && run.value.generation === generation && run.value.status === status
          })
        )
      yield* found(0, "running")
      yield* client.signal("listening", word, "one")
      yield* found(1, "running")
      yield* client.cancel("parent", { reason: "enough" })
      expect(yield* Effect.flip(client.wait(parent, "parent"))).toMatchObject({
        _tag: "RunCancelled",
        reason: "enough"
      })
      yield* found(1, "cancelled")
    })
  )
})
