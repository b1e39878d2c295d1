import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Tracer from "effect/Tracer"
import { expect } from "vitest"
import { traceOf } from "../../src/actor/history/message.ts"
import { defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"
import { onEachStore } from "../client/eachStore.ts"
import { eventually, live } from "../streams/engine.ts"
import { attributeOf, memoryTracer, parentIdOf } from "./memoryTracer.ts"

const go = defineSignal("go", Schema.Int)

const charge = defineStep("charge", {
  input: Schema.Int,
  output: Schema.Int,
  run: (n) => Effect.withSpan(Effect.succeed(n + 1), "charging")
})

const quick = defineStep("quick", { input: Schema.Int, output: Schema.Int, inline: true, run: async (n) => n * 2 })

const secret = defineStep("secret", {
  input: Schema.Null,
  output: Schema.Null,
  error: Schema.Struct({ _tag: Schema.Literal("Denied"), password: Schema.String }),
  retry: { attempts: 1 },
  run: () => Effect.fail({ _tag: "Denied" as const, password: "swordfish" })
})

const packing = defineWorkflow("packing", {
  input: Schema.Int,
  output: Schema.Int,
  run: (n) => Effect.withSpan(charge(n), "pack")
})

const ordering = defineWorkflow("ordering", {
  input: Schema.Int,
  output: Schema.Int,
  run: Effect.fn("ordering body")(function* (n) {
    const charged = yield* Effect.withSpan(Effect.flatMap(charge(n), quick), "charge twice", { attributes: { n } })
    const more = yield* Effect.withSpan(go.receive, "wait for more")
    return yield* packing.child(charged + more)
  })
})

const careful = defineWorkflow("careful", {
  input: Schema.Null,
  output: Schema.Boolean,
  run: () => Effect.as(Effect.exit(secret(null)), true)
})

const workflows = [ordering, packing, careful]
const steps = [charge, quick, secret]

onEachStore("Traces", (newStore) => {
  live("client, turns, steps, bodies and children of a run are one trace", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const spans = memoryTracer()
      const { client, table } = yield* open({ workflows, steps, beside: spans.layer })
      const outer = yield* Effect.gen(function* () {
        const span = yield* Effect.currentSpan
        yield* client.start(ordering, { runId: "o", input: 1 })
        yield* eventually(
          "its first turn",
          Effect.map(table.readHead("o"), (head) => head !== undefined)
        )
        yield* client.signal("o", go, 3)
        expect(yield* client.wait(ordering, "o")).toBe(8)
        return span
      }).pipe(Effect.withSpan("request"), Effect.provideService(Tracer.Tracer, spans.tracer))
      // The turn that ends the run tells of itself after whoever waits may have heard.
      yield* eventually(
        "the last turn",
        Effect.sync(() =>
          spans
            .named("dynactor.turn")
            .some((span) => attributeOf(span, "run") === "o" && attributeOf(span, "outcome") === "succeeded")
        )
      )
      expect(new Set(spans.ended.map(({ traceId }) => traceId))).toEqual(new Set([outer.traceId]))
      const [start] = spans.named("dynactor.start")
      expect(parentIdOf(start as Tracer.Span)).toBe(outer.spanId)
      expect(attributeOf(start as Tracer.Span, "run")).toBe("o")
      const turns = spans.named("dynactor.turn")
      const own = turns.filter((span) => attributeOf(span, "run") === "o")
      expect(new Set(own.map(parentIdOf))).toEqual(new Set([start?.spanId]))
      expect(own[0]?.attributes).toEqual(
        new Map<string, unknown>([
          ["dynactor.run", "o"],
          ["dynactor.workflow", "ordering"],
          ["dynactor.generation", 0],
          ["dynactor.actor", "new"],
          ["dynactor.adopted", 1],
          ["dynactor.commands", 1]
        ])
      )
      const childTurns = turns.filter((span) => attributeOf(span, "workflow") === "packing")
      const turnIds = own.map(({ spanId }) => spanId)
      for (const turn of childTurns) expect(turnIds).toContain(parentIdOf(turn))
      const executions = spans.named("dynactor.step")
      expect(
        executions.map((span) => [attributeOf(span, "step"), attributeOf(span, "key"), attributeOf(span, "attempt")])
      ).toEqual([
        ["charge", "charge#0", 1],
        ["quick", "quick#0", 1],
        ["charge", "charge#0", 1]
      ])
      const allTurns = turns.map(({ spanId }) => spanId)
      for (const execution of executions) expect(allTurns).toContain(parentIdOf(execution))
      // What user code makes of spans is below the execution.
      const charging = spans.named("charging")
      expect(charging.map(parentIdOf)).toEqual([executions[0]?.spanId, executions[2]?.spanId])
      // And what a body makes, below the run and in its own order, once.
      const [body] = spans.named("ordering body")
      expect(parentIdOf(body as Tracer.Span)).toBe(start?.spanId)
      expect(spans.named("charge twice").map((span) => [parentIdOf(span), span.attributes.get("n")])).toEqual([
        [body?.spanId, 1]
      ])
      expect(spans.named("pack")).toHaveLength(1)
      expect(spans.named("wait for more")).toHaveLength(1)
      // The trace is in rows that there were anyway.
      const { messages } = yield* table.readRun("o")
      expect(
        messages
          .filter((row) => traceOf(row) !== undefined)
          .map(({ kind }) => kind)
          .sort()
      ).toEqual(["signal", "start"])
    })
  )

  live("a restart keeps the trace, and a replay adds no span of the body's", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const first = memoryTracer()
      // What the first host was being handed as it closed comes back soon.
      const visibility = "2 seconds"
      const engine = yield* open({ workflows, steps, beside: first.layer, visibility })
      // Nobody's trace: it has one of its own.
      yield* engine.client
        .start(ordering, { runId: "o", input: 1 })
        .pipe(Effect.provideService(Tracer.DisablePropagation, true))
      yield* eventually(
        "it waits",
        Effect.map(engine.table.readHead("o"), (head) => head?.signals !== undefined)
      )
      yield* engine.close
      const second = memoryTracer()
      const again = yield* open({ workflows, steps, beside: second.layer, visibility, warmRuns: 0 })
      yield* again.client.signal("o", go, 3)
      yield* again.client.wait(ordering, "o")
      const isLast = (span: Tracer.Span) =>
        attributeOf(span, "run") === "o" && attributeOf(span, "outcome") === "succeeded"
      yield* eventually(
        "the last turn",
        Effect.sync(() => second.named("dynactor.turn").some(isLast))
      )
      const before = first.named("charge twice")
      expect(before).toHaveLength(1)
      expect(second.begun.filter(({ name }) => name === "charge twice")).toEqual([])
      // Begun before the restart, ended after it: told once, under the id that it had.
      const bodies = [...first.named("ordering body"), ...second.named("ordering body")]
      expect(bodies).toHaveLength(1)
      expect(parentIdOf(before[0] as Tracer.Span)).toBe(bodies[0]?.spanId)
      const turns = [...first.named("dynactor.turn"), ...second.named("dynactor.turn")]
      expect(new Set(turns.map(({ traceId }) => traceId)).size).toBe(1)
      expect(second.named("dynactor.turn").every((span) => attributeOf(span, "actor") !== "warm")).toBe(true)
    })
  )

  live("what is sent from another trace is linked, and changes no parent", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const spans = memoryTracer()
      const { client, table } = yield* open({ workflows, steps, beside: spans.layer })
      yield* Effect.withSpan(client.start(ordering, { runId: "o", input: 1 }), "one request").pipe(
        Effect.provideService(Tracer.Tracer, spans.tracer)
      )
      yield* eventually(
        "it waits",
        Effect.map(table.readHead("o"), (head) => head?.signals !== undefined)
      )
      yield* Effect.withSpan(client.signal("o", go, 3), "another request").pipe(
        Effect.provideService(Tracer.Tracer, spans.tracer)
      )
      yield* client.wait(ordering, "o")
      const [signal] = spans.named("dynactor.signal")
      const linked = spans.named("dynactor.turn").filter(({ links }) => links.length > 0)
      const [start] = spans.named("dynactor.start")
      expect(
        linked.map(({ links, traceId }) => [traceId, links.map(({ span }) => [span.traceId, span.spanId])])
      ).toEqual([[start?.traceId, [[signal?.traceId, signal?.spanId]]]])
      expect(signal?.traceId).not.toBe(start?.traceId)
    })
  )

  live("without a tracer nothing is written of traces, but for one that a caller is in", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client, table } = yield* open({ workflows, steps })
      yield* Effect.withSpan(client.start(packing, { runId: "none", input: 1 }), "kept nowhere")
      const caller = Tracer.externalSpan({ traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" })
      yield* Effect.withParentSpan(client.start(packing, { runId: "some", input: 1 }), caller)
      yield* client.wait(packing, "none")
      yield* client.wait(packing, "some")
      const { messages } = yield* table.readRun("none")
      expect(messages.map(traceOf)).toEqual([undefined, undefined])
      expect((yield* table.readMessage("some", "start")) as object).toMatchObject({
        trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
      })
    })
  )

  live("a typed error's content reaches no span", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const spans = memoryTracer()
      const { client } = yield* open({ workflows, steps, beside: spans.layer })
      expect(yield* client.execute(careful, { runId: "c", input: null })).toBe(true)
      const [step] = spans.named("dynactor.step")
      expect(attributeOf(step as Tracer.Span, "outcome")).toBe("failed")
      const told = spans.ended.map(({ attributes, status }) =>
        JSON.stringify([...attributes, status], (_, value) =>
          typeof value === "bigint" ? String(value) : value instanceof Error ? value.message : value
        )
      )
      expect(told.join()).toContain("Denied")
      expect(told.join()).not.toContain("swordfish")
    })
  )
})
