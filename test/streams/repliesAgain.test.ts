import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { defineSignal, defineUpdate, defineWorkflow } from "../../src/index.ts"
import { Replies } from "../../src/store/beside/replies.ts"
import { ChangeFeed } from "../../src/store/changeFeed.ts"
import { commitInOrder } from "../../src/store/commitInOrder.ts"
import { Commits } from "../../src/store/commits.ts"
import { StoreUnavailable } from "../../src/store/errors.ts"
import { Payloads } from "../../src/store/payloads.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { StepQueue } from "../../src/store/stepQueue.ts"
import { Timers } from "../../src/store/timers.ts"
import { eventually, live, openEngine, type StoreLayer, tempFile } from "./engine.ts"

const ask = defineUpdate("ask", { input: Schema.String, output: Schema.String })
const more = defineSignal("more", Schema.Void)

/** Ends when it has been asked for "the end". */
const answers = defineWorkflow("answers", {
  input: Schema.Void,
  output: Schema.Int,
  run: Effect.fn(function* () {
    const over = yield* Deferred.make<number>()
    yield* ask.handle((text) => Effect.as(text === "the end" ? Deferred.succeed(over, 1) : Effect.void, `${text}!`))
    yield* Effect.forkChild(Effect.forever(more.receive))
    return yield* Deferred.await(over)
  })
})

/** SQLite as a store that has no transaction across head and replies. As long as it is held back, no reply is put. */
const heldBack =
  (held: { back: boolean; puts: number }) =>
  (store: StoreLayer): StoreLayer =>
    Layer.effectContext(
      Effect.gen(function* () {
        const replies = yield* Replies
        const unreliable: Replies["Service"] = {
          ...replies,
          put: (runId, reply) => {
            held.puts++
            return held.back
              ? Effect.fail(new StoreUnavailable({ operation: "Replies.put", message: "held back" }))
              : replies.put(runId, reply)
          }
        }
        const ports = Context.make(RunTable, yield* RunTable).pipe(
          Context.add(ChangeFeed, yield* ChangeFeed),
          Context.add(StepQueue, yield* StepQueue),
          Context.add(Timers, yield* Timers),
          Context.add(Payloads, yield* Payloads),
          Context.add(Replies, unreliable)
        )
        return Context.merge(
          yield* Effect.context<never>(),
          Context.add(ports, Commits, yield* Effect.provideContext(commitInOrder, ports))
        ) as never
      })
    ).pipe(Layer.provideMerge(store)) as StoreLayer

const setUp = Effect.fnUntraced(function* (held: { back: boolean; puts: number }) {
  const filename = yield* tempFile
  const open = openEngine({ filename, workflows: [answers], wrap: heldBack(held) })
  return { engine: yield* open, reopen: open }
})

live("an answer that has not been put is read from the head, and put before the next commit", () =>
  Effect.gen(function* () {
    const held = { back: true, puts: 0 }
    const { engine } = yield* setUp(held)
    const { client, table } = engine
    yield* client.start(answers, { runId: "r", input: undefined })
    expect(yield* client.update("r", ask, "hello", { id: "1" })).toBe("hello!")
    const head = yield* table.readHead("r")
    expect(head?.replies).toEqual({ json: expect.stringContaining("hello!") })
    // Something else comes: nothing is committed before the answer is there.
    yield* client.signal("r", more, undefined)
    yield* eventually(
      "it is tried again",
      Effect.sync(() => held.puts > 2)
    )
    expect((yield* table.readHead("r"))?.version).toBe(head?.version)
    held.back = false
    yield* eventually(
      "the signal is adopted",
      Effect.map(table.readHead("r"), (now) => now !== undefined && now.version > (head?.version ?? 0))
    )
    expect((yield* table.readHead("r"))?.replies).toBeUndefined()
    expect(yield* client.updateAnswer("r", ask, "1")).toBe("hello!")
  })
)

live("an answer of a run's last commit is kept by its head, and found for ever", () =>
  Effect.gen(function* () {
    const held = { back: true, puts: 0 }
    const { engine, reopen } = yield* setUp(held)
    yield* engine.client.start(answers, { runId: "r", input: undefined })
    expect(yield* engine.client.update("r", ask, "the end", { id: "1" })).toBe("the end!")
    expect(yield* engine.client.wait(answers, "r")).toBe(1)
    yield* engine.close
    const { client } = yield* reopen
    expect(yield* client.update("r", ask, "the end", { id: "1" })).toBe("the end!")
    held.back = false
    expect(yield* client.updateAnswer("r", ask, "1")).toBe("the end!")
  })
)

live("many answers of one commit, large ones among them, stand in an object until they are put", () =>
  Effect.gen(function* () {
    const held = { back: true, puts: 0 }
    const { engine } = yield* setUp(held)
    const { client, table } = engine
    yield* client.start(answers, { runId: "r", input: undefined })
    const large = "large ".repeat(2_000)
    const ask40 = Effect.forEach(
      Array.from({ length: 40 }, (_, n) => `${n} ${large}`),
      (text, n) => client.sendUpdate("r", ask, text, { id: `${n}` }),
      { concurrency: 40 }
    )
    const ids = yield* ask40
    const first = yield* client.updateAnswer("r", ask, ids[0] as string)
    expect(first).toBe(`0 ${large}!`)
    expect((yield* table.readHead("r"))?.replies).toHaveProperty("sha256")
    held.back = false
    const all = yield* Effect.forEach(ids, (id) => client.updateAnswer("r", ask, id), { concurrency: 40 })
    expect(all).toEqual(ids.map((id) => `${id} ${large}!`))
  })
)

live("an answer that changed code comes to in the replay is given all the same", () =>
  Effect.gen(function* () {
    const patient = defineWorkflow("patient", {
      input: Schema.Void,
      output: Schema.Void,
      run: () =>
        Effect.andThen(
          ask.handle((text) => Effect.as(more.receive, `${text} at last`)),
          Effect.never
        )
    })
    const quick = defineWorkflow("patient", {
      input: Schema.Void,
      output: Schema.Void,
      run: () =>
        Effect.andThen(
          ask.handle((text) => Effect.succeed(`${text} at once`)),
          Effect.never
        )
    })
    const filename = yield* tempFile
    const before = yield* openEngine({ filename, workflows: [patient] })
    yield* before.client.start(patient, { runId: "r", input: undefined })
    yield* before.client.sendUpdate("r", ask, "one", { id: "1" })
    yield* before.client.signal("r", more, undefined)
    expect(yield* before.client.updateAnswer("r", ask, "1")).toBe("one at last")
    yield* before.client.sendUpdate("r", ask, "two", { id: "2" })
    yield* eventually(
      "the second is under way",
      Effect.map(before.table.readHead("r"), (head) => head?.tail.includes("update/ask/2") === true)
    )
    yield* before.close
    const { client } = yield* openEngine({ filename, workflows: [quick] })
    yield* client.signal("r", more, undefined)
    expect(yield* client.updateAnswer("r", ask, "2")).toBe("two at once")
    // What was said before stands.
    expect(yield* client.updateAnswer("r", ask, "1")).toBe("one at last")
    expect(yield* client.update("r", ask, "three")).toBe("three at once")
  })
)
