import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { expect } from "vitest"
import { defineSignal, defineStep, defineStream, defineWorkflow, Run, type RunDescription } from "../../src/index.ts"
import { eventually, live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"

const isWaiting = ({ waitingFor }: RunDescription) => waitingFor.some(({ kind }) => kind === "signal")
/** Until what is asked for is as it should be. */
const until = <A, E, R>(ask: Effect.Effect<A, E, R>, isSo: (answer: A) => boolean) =>
  eventually(
    "it is as it should be",
    Effect.map(ask, (answer) => (isSo(answer) ? answer : undefined))
  )

const undone: Array<string> = []

const book = defineStep("book", { input: Schema.String, output: Schema.String, run: (name) => Effect.succeed(name) })
const undo = defineStep("undo", {
  input: Schema.String,
  output: Schema.Void,
  run: (name) => Effect.sync(() => void undone.push(name))
})

const go = defineSignal("go", Schema.String)

/** Waits for a word, and says what it was started with and what came. */
const waits = defineWorkflow("waits", {
  input: Schema.String,
  output: Schema.String,
  run: Effect.fn(function* (name) {
    const { generation } = yield* Run
    yield* book(name)
    const word = yield* go.receive.pipe(Effect.onInterrupt(() => Effect.ignore(undo(name))))
    return `${name} ${word} ${generation}`
  })
})

const asks = defineWorkflow("asks", {
  input: Schema.String,
  output: Schema.String,
  run: (runId) => waits.child("as a child", { runId })
})

const definitions = { workflows: [waits, asks], steps: [book, undo] }

onEachStore("start policies", (newStore) => {
  live("reject refuses what is there, and is the same start when it is asked again", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(definitions)
      const options = { runId: "r", input: "a", policy: "reject", requestId: "once" } as const
      expect(yield* client.start(waits, options)).toEqual({ runId: "r", isNew: true, generation: 0 })
      expect(yield* client.start(waits, options)).toEqual({ runId: "r", isNew: false, generation: 0 })
      expect(yield* Effect.flip(client.start(waits, { ...options, requestId: "other" }))).toMatchObject({
        _tag: "RunExists",
        runId: "r",
        workflow: "waits"
      })
    })
  )

  live("replace cancels what runs, which compensates, and then begins; how it had ended stays readable", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(definitions)
      const runId = "replaced"
      yield* client.start(waits, { runId, input: "old" })
      yield* until(client.get(runId), isWaiting)
      const options = { runId, input: "new", policy: "replace", requestId: "click" } as const
      const handle = yield* client.start(waits, options)
      expect(handle).toEqual({ runId, isNew: true, generation: 1, requestId: "click" })
      yield* client.signal(runId, go, "on")
      expect(yield* client.wait(waits, runId)).toBe("new on 1")
      expect(undone).toContain("old")
      expect(yield* client.get(runId, { generation: 0 })).toMatchObject({ status: "cancelled", outcome: "cancelled" })
      expect(yield* client.get(runId)).toMatchObject({ generation: 1, status: "succeeded" })
      expect(yield* Effect.flip(client.wait(waits, runId, { generation: 0 }))).toMatchObject({
        _tag: "RunCancelled",
        reason: "another start took its place"
      })
      // The answer was lost, and it is asked once more.
      expect(yield* client.start(waits, options)).toMatchObject({ isNew: false, requestId: "click" })
      expect(yield* client.wait(waits, runId)).toBe("new on 1")
      expect(yield* Effect.flip(client.start(waits, { ...options, input: "third" }))).toMatchObject({
        _tag: "RunConflict"
      })
      const listed = yield* until(client.list({ workflow: "waits" }), ({ runs }) => runs.length > 0)
      expect(listed.runs.filter((run) => run.runId === runId)).toMatchObject([{ generation: 1, status: "succeeded" }])
    })
  )

  live("afterFinish waits for what runs, one start behind the other", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(definitions)
      const runId = "queued"
      yield* client.start(waits, { runId, input: "first" })
      const second = yield* client.start(waits, { runId, input: "second", policy: "afterFinish" })
      const third = yield* client.start(waits, { runId, input: "third", policy: "afterFinish" })
      yield* client.signal(runId, go, "1")
      expect(yield* client.wait(waits, runId, { generation: 0 })).toBe("first 1 0")
      yield* client.signal(runId, go, "2")
      expect(yield* client.wait(waits, runId, { requestId: second.requestId as string })).toBe("second 2 1")
      yield* client.signal(runId, go, "3")
      expect(yield* client.wait(waits, runId, { requestId: third.requestId as string })).toBe("third 3 2")
      expect(yield* client.get(runId, { generation: 1 })).toMatchObject({ status: "succeeded", outcome: "succeeded" })
    })
  )

  live(
    "one that is asked for again tells the generation that it has begun, and before that the first that it can begin",
    () =>
      Effect.gen(function* () {
        const { client } = yield* (yield* newStore)(definitions)
        const runId = "repeated"
        yield* client.start(waits, { runId, input: "first" })
        const second = { runId, input: "second", policy: "afterFinish", requestId: "second" } as const
        const third = { runId, input: "third", policy: "afterFinish", requestId: "third" } as const
        expect(yield* client.start(waits, second)).toMatchObject({ isNew: true, generation: 1 })
        expect(yield* client.start(waits, second)).toMatchObject({ isNew: false, generation: 1 })
        yield* client.start(waits, third)
        yield* client.signal(runId, go, "1")
        expect(yield* client.wait(waits, runId, { generation: 0 })).toBe("first 1 0")
        yield* client.signal(runId, go, "2")
        expect(yield* client.wait(waits, runId, { requestId: "second" })).toBe("second 2 1")
        yield* client.signal(runId, go, "3")
        expect(yield* client.wait(waits, runId, { requestId: "third" })).toBe("third 3 2")
        expect(yield* client.start(waits, second)).toEqual({ runId, isNew: false, generation: 1, requestId: "second" })
        expect(yield* client.start(waits, third)).toEqual({ runId, isNew: false, generation: 2, requestId: "third" })
      })
  )

  live("a run that has ended begins again, with what was sent behind the request", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open(definitions)
      const runId = "ended"
      yield* client.start(waits, { runId, input: "first" })
      yield* client.signal(runId, go, "1")
      expect(yield* client.wait(waits, runId)).toBe("first 1 0")
      expect(yield* Effect.flip(client.signal(runId, go, "late"))).toMatchObject({ _tag: "RunFinished" })
      yield* client.signalWithStart(waits, {
        runId,
        input: "second",
        policy: "afterFinish",
        signal: go,
        payload: "2"
      })
      expect(yield* client.wait(waits, runId)).toBe("second 2 1")
      yield* client.signalWithStart(waits, { runId, input: "third", policy: "replace", signal: go, payload: "3" })
      expect(yield* client.wait(waits, runId)).toBe("third 3 2")
      expect(yield* client.wait(waits, runId, { generation: 0 })).toBe("first 1 0")
      expect(yield* client.wait(waits, runId, { generation: 1 })).toBe("second 2 1")
      expect(yield* Effect.flip(client.wait(waits, runId, { generation: 3 }))).toMatchObject({ _tag: "RunNotFound" })
      // The starts that it was begun with are its own, and no other.
      expect(yield* client.start(waits, { runId, input: "first" })).toMatchObject({ isNew: false, generation: 0 })
      expect(yield* client.start(waits, { runId, input: "third" })).toMatchObject({ isNew: false, generation: 2 })
      expect(yield* Effect.flip(client.start(waits, { runId, input: "second" }))).toMatchObject({ _tag: "RunConflict" })
      expect(yield* client.execute(waits, { runId, input: "first" })).toBe("first 1 0")
    })
  )

  live("a later replace takes the place of starts that have not begun", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(definitions)
      const runId = "last"
      yield* client.start(waits, { runId, input: "first" })
      yield* until(client.get(runId), isWaiting)
      const given = yield* client.start(waits, { runId, input: "second", policy: "afterFinish" })
      yield* client.start(waits, { runId, input: "third", policy: "replace" })
      yield* client.signal(runId, go, "on")
      expect(yield* client.wait(waits, runId)).toBe("third on 1")
      expect(yield* Effect.flip(client.wait(waits, runId, { requestId: given.requestId as string }))).toMatchObject({
        _tag: "RunCancelled",
        reason: "another start took its place before it began"
      })
    })
  )

  live("a parent is told how the run ended that it had started", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(definitions)
      yield* client.start(asks, { runId: "parent", input: "its-child" })
      yield* until(Effect.option(client.get("its-child")), (found) => found._tag === "Some")
      yield* client.start(waits, { runId: "its-child", input: "another", policy: "afterFinish" })
      yield* client.signal("its-child", go, "1")
      expect(yield* client.wait(asks, "parent")).toBe("as a child 1 0")
      yield* client.signal("its-child", go, "2")
      expect(yield* client.wait(waits, "its-child")).toBe("another 2 1")
      expect((yield* client.get("its-child")).parentRunId).toBeUndefined()
    })
  )

  live("each start has streams of its own", () =>
    Effect.gen(function* () {
      const says = defineStream("says", Schema.String, { flushEvery: 0 })
      const shout = defineStep("shout", {
        input: Schema.String,
        output: Schema.Void,
        run: (text, context) => Effect.asVoid(context.emit(says, `${text}!`))
      })
      const speaks = defineWorkflow("speaks", {
        input: Schema.String,
        output: Schema.Void,
        run: Effect.fn(function* (text) {
          yield* says.emit(text)
          yield* shout(text)
        })
      })
      const { client } = yield* (yield* newStore)({ workflows: [speaks], steps: [shout] })
      const heard = Effect.map(Stream.runCollect(client.stream("s", says)), (items) =>
        // What a body emits follows its commit, and its step may be ahead of that.
        items.map((item) => (item._tag === "Value" ? item.value : item._tag)).toSorted()
      )
      yield* client.execute(speaks, { runId: "s", input: "a" })
      expect(yield* heard).toEqual(["a", "a!"])
      // The end of that one is told: nothing could come behind it.
      yield* client.execute(speaks, { runId: "s", input: "b", policy: "replace" })
      expect(yield* heard).toEqual(["b", "b!"])
    })
  )

  live("a body does not begin before its time", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(definitions)
      yield* client.start(waits, { runId: "soon", input: "a", delay: "1 second" })
      const { startedAt, waitingFor } = yield* until(client.get("soon"), ({ status }) => status === "running")
      expect(waitingFor).toMatchObject([{ kind: "timer" }])
      yield* client.signal("soon", go, "on")
      expect(yield* client.wait(waits, "soon")).toBe("a on 0")
      const booked = (yield* client.history("soon")).find(({ key }) => key === "step/book#0")
      expect(booked?.message.at).toBeGreaterThanOrEqual(startedAt + 1_000)
      yield* client.start(waits, { runId: "far", input: "b", startAt: new Date(Date.now() + 400 * 24 * 3_600_000) })
      yield* until(client.get("far"), ({ status }) => status === "running")
      yield* client.cancel("far")
      expect(yield* Effect.flip(client.wait(waits, "far"))).toMatchObject({ _tag: "RunCancelled" })
      expect((yield* client.history("far")).map(({ key }) => key)).toEqual(["start", "cancel"])
      expect(
        yield* Effect.flip(client.start(waits, { runId: "odd", input: "b", delay: "1 day", startAt: new Date() }))
      ).toMatchObject({ _tag: "StartInvalid" })
      for (const startAt of ["2027-01-01T00:00:00Z", new Date("soon"), Number.NaN, {}] as ReadonlyArray<any>)
        expect(yield* Effect.flip(client.start(waits, { runId: "odd", input: "b", startAt }))).toMatchObject({
          _tag: "StartInvalid",
          message: expect.stringContaining("DateTime.Utc")
        })
      expect(yield* Effect.flip(client.get("odd"))).toMatchObject({ _tag: "RunNotFound" })
    })
  )

  live("an input to which a default was added since is the same input", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)(definitions)
      const before = defineWorkflow("grows", {
        input: Schema.Struct({ name: Schema.String }),
        output: Schema.String,
        run: ({ name }) => Effect.succeed(name)
      })
      const after = defineWorkflow("grows", {
        input: Schema.Struct({
          name: Schema.String,
          size: Schema.Number.pipe(Schema.withDecodingDefaultKey(Effect.succeed(1)))
        }),
        output: Schema.String,
        run: ({ name }) => Effect.succeed(name)
      })
      yield* client.start(before, { runId: "grown", input: { name: "x" } })
      expect(yield* client.start(after, { runId: "grown", input: { name: "x", size: 1 } })).toMatchObject({
        isNew: false
      })
      expect(yield* Effect.flip(client.start(after, { runId: "grown", input: { name: "x", size: 2 } }))).toMatchObject({
        _tag: "RunConflict"
      })
    })
  )
})
