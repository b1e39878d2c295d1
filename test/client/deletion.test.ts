import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import {
  type Client,
  continueAsNew,
  defineSignal,
  defineState,
  defineStep,
  defineStream,
  defineWorkflow,
  randomUuid
} from "../../src/index.ts"
import { live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

const go = defineSignal("go", Schema.String)
const shown = defineState("shown", Schema.String)
const words = defineStream("words", Schema.String)
const ends = Duration.toMillis("14 days")

const twice = defineStep("twice", {
  input: Schema.String,
  output: Schema.String,
  run: (text, context) => Effect.as(context.emit(words, text), `${text}${text}`)
})

/** In two generations. */
const whole = defineWorkflow("whole", {
  input: Schema.Struct({ text: Schema.String, left: Schema.Int }),
  output: Schema.String,
  run: Effect.fn(function* ({ left, text }: { readonly text: string; readonly left: number }) {
    yield* shown.set(text)
    const heard = yield* go.receive
    const said = yield* twice(`${text}${heard}`)
    if (left > 0) return yield* continueAsNew({ text, left: left - 1 })
    return said
  })
})

const quick = defineWorkflow("quick", { input: Schema.Int, output: Schema.Int, run: (n) => Effect.succeed(n + 1) })

/** By what services, and the application, tell its effects from those of others. */
const nameOf = defineStep("nameOf", {
  input: Schema.Null,
  output: Schema.String,
  run: (_, { idempotencyKey }) => Effect.succeed(idempotencyKey)
})
const named = defineWorkflow("named", {
  input: Schema.Null,
  output: Schema.Array(Schema.String),
  run: () => Effect.all([nameOf(null), randomUuid])
})

const code = { workflows: [whole, quick], steps: [twice] }

const runWhole = Effect.fnUntraced(function* (client: Client["Service"], runId: string) {
  yield* client.start(whole, { runId, input: { text: "a", left: 1 }, tags: { customer: runId } })
  yield* client.signal(runId, go, "b")
  yield* client.signal(runId, go, "c")
  expect(yield* client.wait(whole, runId)).toBe("acac")
})

onEachStore("deletion of runs", (newStore) => {
  live("a run that was deleted is there for nobody, and its id is taken", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(code)
      const runId = "order-1"
      yield* runWhole(client, runId)
      yield* runWhole(client, "order-10")
      const deleted = yield* client.delete(runId)
      expect(deleted).toEqual({
        runId,
        deletedAt: deleted.deletedAt,
        takenUntil: deleted.deletedAt + ends,
        isErased: true
      })
      const gone = { _tag: "RunNotFound", runId, deletedAt: deleted.deletedAt, takenUntil: deleted.takenUntil }
      const asks: ReadonlyArray<Effect.Effect<unknown, { readonly _tag: string }>> = [
        client.get(runId),
        client.history(runId),
        client.wait(whole, runId),
        client.signal(runId, go, "late"),
        client.cancel(runId),
        client.terminate(runId),
        client.pause(runId),
        client.state(runId, shown)
      ]
      for (const ask of asks) expect(yield* Effect.flip(ask)).toMatchObject(gone)
      for (const policy of ["existing", "reject", "replace", "afterFinish"] as const) {
        const start = client.start(whole, { runId, input: { text: "a", left: 1 }, policy })
        expect(yield* Effect.flip(start)).toMatchObject({ ...gone, _tag: "RunDeleted" })
      }
      expect((yield* client.list({ prefix: "order-" })).runs.map(({ runId }) => runId)).toEqual(["order-10"])
      expect((yield* client.list({ tags: { customer: runId } })).runs).toEqual([])
      expect((yield* client.counts({ workflow: "whole" })).succeeded.count).toBe(1)
      // Asked again it is answered as the first time.
      expect(yield* client.delete(runId)).toEqual(deleted)
      expect(yield* client.wait(whole, "order-10")).toBe("acac")
    })
  )

  live("what goes on is not deleted, and the error says what to do", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(code)
      yield* client.start(whole, { runId: "on", input: { text: "a", left: 0 } })
      const refused = yield* Effect.flip(client.delete("on"))
      expect(refused).toMatchObject({ _tag: "RunNotEnded" })
      expect(refused.message).toContain("terminate")
      yield* client.signal("on", go, "b")
      expect(yield* client.wait(whole, "on")).toBe("abab")
      expect(yield* Effect.flip(client.delete("nobody"))).toMatchObject({ _tag: "RunNotFound" })
    })
  )

  live("without a tombstone the id is free at once, and a start under it is a new run", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(code)
      yield* client.execute(quick, { runId: "anna", input: 1 })
      const deleted = yield* client.delete("anna", { tombstone: "none" })
      expect(deleted.takenUntil).toBe(deleted.deletedAt)
      expect(yield* Effect.flip(client.get("anna"))).toEqual(
        expect.objectContaining({ _tag: "RunNotFound", message: "there is no run anna" })
      )
      const again = yield* client.start(quick, { runId: "anna", input: 2 })
      expect(again).toMatchObject({ isNew: true, generation: 0 })
      expect(yield* client.wait(quick, "anna")).toBe(3)
    })
  )

  live("a run under a freed id has the keys of the one before, and another start of one that is kept has its own", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)({ workflows: [named], steps: [nameOf] })
      const first = yield* client.execute(named, { runId: "anna", input: null })
      yield* client.delete("anna", { tombstone: "none" })
      expect(first[0]).toBe("anna/nameOf#0")
      expect(yield* client.execute(named, { runId: "anna", input: null })).toEqual(first)
      const [key, uuid] = yield* client.execute(named, { runId: "anna", input: null, policy: "afterFinish" })
      expect(key).toBe("anna^1/nameOf#0")
      expect(uuid).not.toBe(first[1])
    })
  )

  live("a run that was started anew is deleted with what it was before", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(code)
      yield* client.execute(quick, { runId: "twice", input: 1 })
      expect(yield* client.execute(quick, { runId: "twice", input: 2, policy: "afterFinish" })).toBe(3)
      yield* client.delete("twice")
      expect(yield* Effect.flip(client.get("twice", { generation: 0 }))).toMatchObject({ _tag: "RunNotFound" })
      expect(yield* Effect.flip(client.get("twice", { generation: 1 }))).toMatchObject({ _tag: "RunNotFound" })
      expect(yield* Effect.flip(client.start(quick, { runId: "twice", input: 1 }))).toMatchObject({
        _tag: "RunDeleted"
      })
    })
  )
})
