import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { describe, expect } from "vitest"
import { scheduleRunId } from "../../src/actor/calls/schedules/scheduleWorkflow.ts"
import { messageKey } from "../../src/actor/history/message.ts"
import { StoreUnavailable, type StreamDefinition } from "../../src/index.ts"
import { sealOf } from "../../src/inspection/history/seal.ts"
import { type ExportedGeneration, type ExportedRun, exportRun, importRun, readTimeline } from "../../src/inspection.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { type Engine, eventually, live, openEngine, type StoreLayer, tempFile } from "../streams/engine.ts"
import { inStore } from "./inStore.ts"
import { ask, daily, definitions, gate, go, many, open, rounds, shown, steps, waits, words } from "./movingRuns.ts"

export type OpenStore = Effect.Effect<Engine, StoreUnavailable, Scope.Scope>

const { schedules: _, ...code } = definitions
const others = { ...code, grace: "100 millis" } as const

const onSqlite: OpenStore = Effect.flatMap(tempFile, (filename) =>
  openEngine({ filename, ...others, store: { inlineLimitBytes: 4_096 } })
)

const large = "large ".repeat(60_000)

const fromFile = (run: ExportedRun): unknown => JSON.parse(JSON.stringify(run))

const move = (from: Engine, to: Engine, runId: string, options?: { readonly paused: boolean }) =>
  Effect.flatMap(inStore(from)(exportRun(runId, { streams: ["words", "steps"] })), (run) =>
    inStore(to)(importRun(fromFile(run), options))
  )

/** What is the same wherever a run is: all but of which store it is. */
const sameAnywhere = ({ exportedAt: _, seal: __, ...run }: ExportedRun) => {
  const generation = <G extends ExportedGeneration>({ head, marks, ...rest }: G) => {
    const { fences: _1, notices: _2, paused, sends: _3, version: _4, ...same } = head
    return {
      ...rest,
      // Rows of one millisecond have no order.
      messages: rest.messages.toSorted((a, b) => (messageKey(a) < messageKey(b) ? -1 : 1)),
      head: { ...same, isPaused: paused !== undefined },
      ...(marks === undefined
        ? {}
        : { marks: marks.map(({ mark: { at: _5, version: _6, ...mark }, step }) => ({ mark, step })) })
    }
  }
  return JSON.parse(JSON.stringify({ ...generation(run), earlier: run.earlier.map(generation) }))
}

const exported = (engine: Engine, runId: string) =>
  Effect.map(inStore(engine)(exportRun(runId, { streams: ["words", "steps"] })), sameAnywhere)

const waitsFor = (engine: Engine, runId: string, kinds: ReadonlyArray<string>) =>
  eventually(
    `run ${runId} waits for ${kinds.join(", ")}`,
    Effect.map(
      Effect.option(engine.client.get(runId)),
      (found) =>
        found._tag === "Some" && kinds.every((kind) => found.value.waitingFor.some((waiting) => waiting.kind === kind))
    )
  )

const stands = (engine: Engine, runId: string) =>
  eventually(
    `run ${runId} is paused`,
    Effect.map(engine.client.get(runId), ({ status }) => status === "paused")
  )

const read = (engine: Engine, runId: string, stream: StreamDefinition<string, string> = words) =>
  Effect.map(Stream.runCollect(engine.client.stream(runId, stream)), (all) =>
    [...all].map((one) => (one._tag === "Value" ? one.value : one._tag))
  )

/** From an embedded engine to this store, and from there to another embedded engine. */
export const movingContract = (name: string, onAws: Effect.Effect<StoreLayer>): void => {
  const openAws: OpenStore = Effect.flatMap(onAws, (store) => openEngine({ ...others, wrap: () => store }))
  const stores = Effect.all({ first: onSqlite, second: openAws, third: onSqlite })

  describe(`a run that moves from SQLite to ${name} and back`, () => {
    live("has there all that it had: generations, large values, states, streams, tags and answers", () =>
      Effect.gen(function* () {
        const { first, second, third } = yield* stores
        yield* first.client.start(rounds, { runId: "r", input: { round: 0, large }, tags: { customer: "c-17" } })
        for (const word of ["a", "b", "c"]) {
          yield* waitsFor(first, "r", ["signal"])
          yield* first.client.update("r", ask, word, { id: word })
          yield* first.client.signal("r", go, word, { id: word })
        }
        const outcome = `${large} c`
        expect(yield* first.client.wait(rounds, "r")).toBe(outcome)
        // Whoever reads a stream to its end writes that down.
        for (const stream of [words, steps]) yield* read(first, "r", stream)
        const before = yield* exported(first, "r")
        expect(before).toMatchObject({
          generation: 2,
          streams: [
            { name: "steps", chunks: [{}, {}, {}, {}] },
            { name: "words", chunks: [{}, {}, {}, {}] }
          ],
          replies: [{ id: "a" }, { id: "b" }, { id: "c" }]
        })
        for (const [from, to] of [
          [first, second],
          [second, third]
        ] as const) {
          expect(yield* move(from, to, "r")).toMatchObject({ status: "succeeded", generations: 3, isNew: true })
          expect(yield* exported(to, "r")).toEqual(before)
          expect(yield* to.client.wait(rounds, "r")).toBe(outcome)
          expect(yield* to.client.state("r", shown)).toBe(`${large} shown in 2`)
          expect(yield* read(to, "r")).toEqual(["round 0", "round 1", "round 2"])
          expect(yield* read(to, "r", steps)).toEqual(["word 0!", "word 1!", "word 2!"])
          // An answer that was given there is given here, and a signal that was sent there is not taken for another.
          expect(yield* to.client.update("r", ask, "b", { id: "b" })).toBe("b? 1")
          const listed = yield* eventually(
            "it is found by its tags",
            Effect.map(
              to.client.list({ tags: { customer: "c-17", round: "2" } }),
              ({ runs }) => runs.length > 0 && runs
            )
          )
          expect(listed).toMatchObject([{ runId: "r", generation: 2, status: "succeeded" }])
          expect(yield* inStore(to)(readTimeline("r", others))).toMatchObject({ outcome: "succeeded" })
        }
      })
    )

    live("goes on there once it is resumed: steps, timers, children, and what had come while it was paused", () =>
      Effect.gen(function* () {
        const { first, second, third } = yield* stores
        Object.assign(gate, { isOpen: false, begun: 0 })
        const child = "o:waits#0"
        yield* first.client.start(open, { runId: "o", input: { sleepMs: 1_500 } })
        yield* waitsFor(first, "o", ["step", "timer", "child"])
        yield* eventually(
          "both steps are under way",
          Effect.sync(() => gate.begun === 2)
        )
        yield* stand(first, ["o", child])
        yield* first.client.signal(child, go, "x", { id: "x" })
        for (const runId of ["o", child]) {
          expect(yield* move(first, second, runId)).toMatchObject({ status: "paused", isNew: true })
          expect(yield* exported(second, runId)).toEqual(yield* exported(first, runId))
        }
        // Nothing is done before it is resumed.
        expect(gate.begun).toBe(2)
        for (const runId of [child, "o"]) yield* second.client.resume(runId)
        // What was not to be begun twice is not begun here: it was begun there.
        yield* eventually(
          "the step is begun again",
          Effect.sync(() => gate.begun === 3),
          undefined,
          Effect.map(seenOf(second, "o"), (seen) => `begun ${gate.begun} times, ${seen}`)
        )
        yield* eventually(
          "all but the step has come",
          Effect.map(second.client.get("o"), ({ waitingFor }) => waitingFor.map(({ kind }) => kind).join() === "step")
        )
        yield* stand(second, ["o"])
        for (const runId of ["o", child]) yield* move(second, third, runId)
        gate.isOpen = true
        yield* third.client.resume("o")
        yield* waitsFor(third, "o", ["signal"])
        yield* third.client.signal("o", go, "end")
        expect(yield* third.client.wait(open, "o")).toEqual(["step done", "interrupted", "slept", "child x", "end"])
        expect(gate.begun).toBe(4)
        expect(yield* read(third, "o")).toEqual(["begun", "done"])
        expect(yield* third.client.wait(waits, child)).toBe("child x")
      })
    )

    live("takes pages, schedules and starts that are to follow along, and comes in paused if that is asked", () =>
      Effect.gen(function* () {
        const { first, second, third } = yield* stores
        yield* first.client.start(many, { runId: "m", input: 20 })
        yield* first.client.schedules.ensure(daily)
        const schedule = scheduleRunId("daily")
        yield* first.client.start(waits, { runId: "w", input: "first " })
        yield* waitsFor(first, "w", ["signal"])
        yield* first.client.start(waits, { runId: "w", input: "next ", policy: "afterFinish", requestId: "q" })
        yield* waitsFor(first, "m", ["signal"])
        yield* eventually(
          "the schedule is there",
          Effect.map(first.client.schedules.get("daily"), ({ status }) => status !== "starting")
        )
        for (const [from, to] of [
          [first, second],
          [second, third]
        ] as const) {
          const moved = yield* eventually(
            "all are listed",
            Effect.map(from.client.list({}), ({ runs }) => runs.length === 7 && runs.map(({ runId }) => runId))
          )
          expect(moved).toEqual(expect.arrayContaining(["m", "w", schedule]))
          // Of another store than this nobody waits: they are not paused there.
          for (const runId of moved) yield* move(from, to, runId, { paused: true })
          for (const runId of moved) {
            const { status } = yield* from.client.get(runId)
            expect((yield* to.client.get(runId)).status).toBe(status === "running" ? "paused" : status)
          }
          for (const runId of moved)
            if ((yield* to.client.get(runId)).status === "paused") yield* to.client.resume(runId)
        }
        yield* third.client.signal("m", go, "read")
        expect(yield* third.client.wait(many, "m")).toBe(20)
        const { runId } = yield* third.client.schedules.trigger("daily")
        yield* waitsFor(third, runId, ["signal"])
        yield* third.client.signal(runId, go, "now")
        expect(yield* third.client.wait(waits, runId)).toBe("daily now")
        yield* third.client.signal("w", go, "one")
        expect(yield* third.client.wait(waits, "w", { generation: 0 })).toBe("first one")
        yield* third.client.signal("w", go, "two")
        expect(yield* third.client.wait(waits, "w", { requestId: "q" })).toBe("next two")
      })
    )

    live("is put once, however often its file is, and after an import that was cut short", () =>
      Effect.gen(function* () {
        const { first, second } = yield* stores
        yield* first.client.start(rounds, { runId: "c", input: { round: 0, large } })
        for (const word of ["a", "b", "c"]) {
          yield* waitsFor(first, "c", ["signal"])
          yield* first.client.signal("c", go, word)
        }
        yield* first.client.wait(rounds, "c")
        const file = fromFile(yield* inStore(first)(exportRun("c", { streams: ["words", "steps"] })))
        // The store goes away before each of its writes in turn.
        for (let writes = 1; ; writes++) {
          const left = { writes }
          const put = Effect.provideService(importRun(file), RunTable, away(second.table, left))
          const exit = yield* Effect.exit(inStore(second)(put))
          if (exit._tag === "Success") {
            expect(writes).toBeGreaterThan(10)
            break
          }
        }
        expect(yield* exported(second, "c")).toEqual(yield* exported(first, "c"))
        expect(yield* inStore(second)(importRun(file))).toMatchObject({ isNew: false, status: "succeeded" })
        const other = { ...(file as ExportedRun), exportedAt: 0 }
        const { seal: _, ...unsealed } = other
        const resealed = { ...unsealed, seal: sealOf(unsealed) }
        expect(yield* Effect.flip(inStore(second)(importRun(resealed)))).toMatchObject({ reason: "taken" })
      })
    )
  })
}

/** For the message of a test that waits in vain. */
const seenOf = (engine: Engine, runId: string) =>
  Effect.map(
    Effect.all([engine.client.get(runId), engine.table.readHead(runId)]),
    ([run, head]) => `${JSON.stringify(run)}, its head ${JSON.stringify(head)}, logged ${JSON.stringify(engine.logged)}`
  )

const stand = (engine: Engine, runIds: ReadonlyArray<string>) =>
  Effect.forEach(runIds, (runId) => Effect.andThen(engine.client.pause(runId), stands(engine, runId)))

/** Takes so many writes, and is away then. */
const away = (table: RunTable["Service"], left: { writes: number }): RunTable["Service"] => {
  const counted = <A, E>(write: Effect.Effect<A, E>): Effect.Effect<A, E | StoreUnavailable> =>
    Effect.suspend(
      (): Effect.Effect<A, E | StoreUnavailable> =>
        left.writes-- > 0 ? write : Effect.fail(new StoreUnavailable({ operation: "test", message: "away" }))
    )
  return {
    ...table,
    put: (...args) => counted(table.put(...args)),
    putSegment: (...args) => counted(table.putSegment(...args)),
    commitHead: (...args) => counted(table.commitHead(...args)),
    raiseMark: (...args) => counted(table.raiseMark(...args))
  }
}
