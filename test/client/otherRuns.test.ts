import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { defineSignal, defineStep, defineWorkflow, Run } from "../../src/index.ts"
import { eventually, live } from "../streams/engine.ts"
import { onEachStore } from "./eachStore.ts"
import { waitsFor } from "./waitsFor.ts"

class Refused extends Schema.TaggedError<Refused>()("Refused", { n: Schema.Number }) {}

const go = defineSignal("go", Schema.Number)
const told = defineSignal("told", Schema.Number)
const double = defineStep("double", { input: Schema.Number, output: Schema.Number, run: (n) => Effect.succeed(n * 2) })

/** Doubles what it is sent; below zero it is refused. */
const waits = defineWorkflow("waits", {
  input: Schema.Number,
  output: Schema.Number,
  error: Refused,
  run: Effect.fn(function* (n: number) {
    const more = yield* go.receive
    return more < 0 ? yield* new Refused({ n: more }) : (yield* double(more)) + n
  })
})

/** Tells its parent of three numbers, and ends. */
const reports = defineWorkflow("reports", {
  input: Schema.Number,
  output: Schema.Number,
  run: Effect.fn(function* (n: number) {
    const { parentRunId } = yield* Run
    for (let i = 0; i < 3; i++) yield* told.send(parentRunId as string, n + i)
    return n
  })
})

const parentOf = <Out, Err>(
  output: Schema.Codec<Out, any>,
  error: Schema.Codec<Err, any>,
  run: () => Effect.Effect<Out, Err, Run>
) => defineWorkflow("parent", { input: Schema.Null, output, error, run })

const steps = [double]

onEachStore("children that go on beside the body", (newStore) => {
  live(
    "are signalled through their handle, waited for as often as one likes, and told apart by policy at the end",
    () =>
      Effect.gen(function* () {
        const parent = parentOf(Schema.Array(Schema.Number), Refused, () =>
          Effect.gen(function* () {
            const child = yield* waits.start(1, { runId: "own-id", whenParentEnds: "wait" })
            yield* waits.start(2, { key: "cancelled" })
            yield* waits.start(3, { key: "abandoned", whenParentEnds: "abandon" })
            yield* child.signal(go, 20)
            return [yield* child.await, yield* child.await]
          })
        )
        const { client } = yield* (yield* newStore)({ workflows: [parent, waits], steps })
        expect(yield* client.execute(parent, { runId: "p", input: null })).toEqual([41, 41])
        expect(yield* client.get("own-id")).toMatchObject({ status: "succeeded", parentRunId: "p" })
        expect(Exit.isFailure(yield* Effect.exit(client.wait(waits, "p:waits:cancelled")))).toBe(true)
        expect((yield* client.get("p:waits:cancelled")).status).toBe("cancelled")
        yield* eventually(
          "the abandoned one goes on",
          Effect.map(client.get("p:waits:abandoned"), ({ status }) => status === "running")
        )
        yield* client.signal("p:waits:abandoned", go, 1)
        expect(yield* client.wait(waits, "p:waits:abandoned")).toBe(5)
      })
  )

  live("keep the end of their parent waiting where they are to be waited for, cancelled or not", () =>
    Effect.gen(function* () {
      const parent = parentOf(Schema.Void, Schema.Never, () =>
        Effect.andThen(waits.start(1, { whenParentEnds: "wait" }), Effect.never)
      )
      const { client } = yield* (yield* newStore)({ workflows: [parent, waits], steps })
      yield* client.start(parent, { runId: "p", input: null })
      yield* eventually(
        "the child is under way",
        Effect.map(client.get("p:waits#0"), ({ status }) => status === "running").pipe(
          Effect.orElseSucceed(() => false)
        )
      )
      yield* client.cancel("p", { reason: "enough" })
      yield* eventually(
        "the cancellation is adopted",
        Effect.map(client.history("p"), (events) =>
          events.some(({ key, position }) => key === "cancel" && position !== undefined)
        )
      )
      expect((yield* client.get("p")).status).toBe("running")
      yield* client.signal("p:waits#0", go, 1)
      expect(yield* client.wait(waits, "p:waits#0")).toBe(3)
      expect(yield* Effect.flip(client.wait(parent, "p"))).toMatchObject({ _tag: "RunCancelled", reason: "enough" })
    })
  )

  live("are cancelled through their handle", () =>
    Effect.gen(function* () {
      const parent = parentOf(Schema.String, Schema.Never, () =>
        Effect.gen(function* () {
          const child = yield* waits.start(1)
          yield* child.cancel
          const failed = yield* Effect.flip(child.awaitOrFail)
          return failed._tag === "ChildFailed" ? failed.reason : failed._tag
        })
      )
      const { client } = yield* (yield* newStore)({ workflows: [parent, waits], steps })
      expect(yield* client.execute(parent, { runId: "p", input: null })).toBe("cancelled")
    })
  )

  live("that could not have their run id say so to whoever waits", () =>
    Effect.gen(function* () {
      const parent = parentOf(Schema.String, Schema.Never, () =>
        Effect.gen(function* () {
          const child = yield* waits.start(1, { runId: "taken" })
          // Not for the other run of that id.
          yield* child.signal(go, 1)
          yield* child.cancel
          const failed = yield* Effect.flip(child.awaitOrFail)
          return failed._tag === "ChildFailed" ? failed.reason : failed._tag
        })
      )
      const { client } = yield* (yield* newStore)({ workflows: [parent, waits], steps })
      yield* client.start(waits, { runId: "taken", input: 7 })
      yield* eventually(
        "the run is under way",
        Effect.map(client.get("taken"), ({ status }) => status === "running")
      )
      expect(yield* client.execute(parent, { runId: "p", input: null })).toBe("conflict")
      expect((yield* client.history("taken")).map(({ key }) => key)).toEqual(["start"])
    })
  )
})

onEachStore("signals between runs", (newStore) => {
  live("reach a parent in their order, and before its child's end", () =>
    Effect.gen(function* () {
      const parent = parentOf(Schema.Array(Schema.Number), Schema.Never, () =>
        Effect.gen(function* () {
          const received: Array<number> = []
          const listen = Effect.forever(Effect.map(told.receive, (n) => void received.push(n)))
          yield* Effect.raceFirst(listen, reports.child(5))
          return received
        })
      )
      const { client } = yield* (yield* newStore)({ workflows: [parent, reports] })
      expect(yield* client.execute(parent, { runId: "p", input: null })).toEqual([5, 6, 7])
    })
  )

  live("to a run that is not there, or has ended, are not sent, and the log says so", () =>
    Effect.gen(function* () {
      const sender = parentOf(Schema.Void, Schema.Never, () =>
        Effect.gen(function* () {
          yield* told.send("nobody", 1)
          yield* told.send("over", 2)
        })
      )
      const ends = defineWorkflow("ends", { input: Schema.Null, output: Schema.Null, run: Effect.succeed })
      const { client, logged } = yield* (yield* newStore)({ workflows: [sender, ends] })
      yield* client.execute(ends, { runId: "over", input: null })
      yield* client.execute(sender, { runId: "p", input: null })
      yield* eventually(
        "both are told",
        Effect.sync(() => logged.filter((line) => line.includes("was not sent")).length >= 2)
      )
      expect(logged.join("\n")).toContain("there is no run nobody")
      expect(logged.join("\n")).toContain("run over has ended")
      expect(yield* Effect.flip(client.get("nobody"))).toMatchObject({ _tag: "RunNotFound" })
      expect((yield* client.history("over")).map(({ key }) => key)).toEqual(["start"])
    })
  )

  live("larger than a row has room for go through the payload store", () =>
    Effect.gen(function* () {
      const text = defineSignal("text", Schema.String)
      const long = "ä".repeat(300_000)
      const receiver = defineWorkflow("receiver", {
        input: Schema.Null,
        output: Schema.Number,
        run: () => Effect.map(text.receive, ({ length }) => length)
      })
      const sender = parentOf(Schema.Number, Schema.Never, () =>
        Effect.gen(function* () {
          const child = yield* receiver.start(null)
          yield* child.signal(text, long)
          return yield* child.await
        })
      )
      const { client } = yield* (yield* newStore)({ workflows: [sender, receiver] })
      expect(yield* client.execute(sender, { runId: "p", input: null })).toBe(300_000)
    })
  )
})

onEachStore("a run that waits for another's", (newStore) => {
  const waiter = parentOf(Schema.Number, Refused, () => Effect.orDie(waits.await("other")))

  live("is told when that one ends, and at once if it has", () =>
    Effect.gen(function* () {
      const { client } = yield* (yield* newStore)({ workflows: [waiter, waits], steps })
      yield* client.start(waits, { runId: "other", input: 1 })
      yield* client.start(waiter, { runId: "before", input: null })
      yield* eventually(
        "the question is adopted",
        Effect.map(client.history("other"), (events) =>
          events.some(({ key, position }) => key.startsWith("await/") && position === 1)
        )
      )
      expect(yield* client.get("before")).toMatchObject({
        waitingFor: [{ kind: "run", workflow: "waits", runId: "other" }]
      })
      yield* client.signal("other", go, 4)
      expect(yield* client.wait(waiter, "before")).toBe(9)
      expect(yield* client.execute(waiter, { runId: "after", input: null })).toBe(9)
      // The question is no part of what the other run does.
      expect((yield* client.history("other")).map(({ key }) => key.replace(/\/.*/, ""))).toEqual([
        "start",
        "await",
        "signal",
        "step"
      ])
    })
  )

  live("is told by type that there is none, or that it is of another workflow, and how it ended otherwise", () =>
    Effect.gen(function* () {
      const asks = parentOf(Schema.Array(Schema.String), Schema.Never, () =>
        Effect.forEach(["nobody", "elsewhere", "refused", "gone", "broken"], (runId) =>
          Effect.map(
            Effect.flip(Effect.mapBoth(waits.await(runId), { onSuccess: String, onFailure: (error) => error })),
            ({ _tag }) => _tag
          )
        ).pipe(Effect.orDie)
      )
      const breaks = defineWorkflow("waits", {
        version: "broken",
        input: Schema.Number,
        output: Schema.Number,
        run: () => Effect.die(new Error("out of order"))
      })
      const other = defineWorkflow("other", { input: Schema.Null, output: Schema.Null, run: Effect.succeed })
      const { client } = yield* (yield* newStore)({ workflows: [asks, waits, breaks, other], steps })
      yield* client.execute(other, { runId: "elsewhere", input: null })
      yield* client.start(waits, { runId: "refused", input: 1 })
      yield* client.signal("refused", go, -1)
      yield* client.start(waits, { runId: "gone", input: 1 })
      yield* client.cancel("gone")
      yield* client.start(breaks, { runId: "broken", input: 1 })
      expect(yield* client.execute(asks, { runId: "p", input: null })).toEqual([
        "RunNotFound",
        "RunOfOtherWorkflow",
        "Refused",
        "RunCancelled",
        "RunDied"
      ])
    })
  )

  live("leaves it alone when the wait is over first, and may ask for one that was not there again", () =>
    Effect.gen(function* () {
      const asks = parentOf(Schema.Array(Schema.Number), Schema.Never, () =>
        Effect.gen(function* () {
          const first = yield* Effect.catchTag(waits.await("late"), "RunNotFound", () => Effect.succeed(-1))
          const short = yield* Effect.timeoutOrElse(waits.await("slow"), {
            duration: "10 millis",
            orElse: () => Effect.succeed(-2)
          })
          yield* go.receive
          const again = yield* waits.await("late")
          return [first, short, again, yield* waits.await("slow")]
        }).pipe(Effect.orDie)
      )
      const { client } = yield* (yield* newStore)({ workflows: [asks, waits], steps })
      yield* client.start(waits, { runId: "slow", input: 0 })
      yield* client.start(asks, { runId: "p", input: null })
      yield* waitsFor(client, "p", "signal")
      yield* client.start(waits, { runId: "late", input: 0 })
      yield* client.signal("late", go, 3)
      yield* client.wait(waits, "late")
      yield* client.signal("p", go, 0)
      yield* client.signal("slow", go, 5)
      expect(yield* client.wait(asks, "p")).toEqual([-1, -2, 6, 10])
      expect((yield* client.get("slow")).status).toBe("succeeded")
    })
  )

  live("is told by a run that ended while the question was on its way", () =>
    Effect.gen(function* () {
      const ends = defineWorkflow("ends", { input: Schema.Null, output: Schema.Null, run: Effect.succeed })
      const { client, table } = yield* (yield* newStore)({ workflows: [ends] })
      yield* client.execute(ends, { runId: "over", input: null })
      const waiter = { runId: "elsewhere", key: "@ends:over", fingerprint: "print" }
      yield* table.put("over", { kind: "await", at: 1, waiter })
      const told = yield* eventually("it is told", table.readMessage("elsewhere", "child/@ends:over"))
      expect(told).toMatchObject({ kind: "child", fingerprint: "print", outcome: { tag: "succeeded" } })
    })
  )
})
