import { readTimeline, readValue, Timeline, type TimelineOptions } from "dynactor/inspection"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { onEachStore } from "../client/eachStore.ts"
import { waitsFor } from "../client/waitsFor.ts"
import { eventually, live } from "../streams/engine.ts"
import { inStore } from "./inStore.ts"
import { approved, note, order, refusing, steps, workflows } from "./orders.ts"

const input = { item: "lamp", card: { number: Redacted.make("4242-secret"), owner: "Ada" } }
const sent = { by: "Bob", pin: Redacted.make("pin-secret") }

onEachStore("a timeline", (newStore) => {
  /** A whole run of `order`. */
  const ended = Effect.gen(function* () {
    const open = yield* newStore
    const engine = yield* open({ workflows, steps })
    const { client } = engine
    yield* client.start(order, { runId: "o-1", input })
    yield* waitsFor(client, "o-1", "signal")
    yield* client.update("o-1", note, "four")
    yield* client.signal("o-1", approved, sent, { id: "s-1" })
    yield* client.wait(order, "o-1")
    const use = inStore(engine)
    return { engine, use, read: (options?: TimelineOptions) => use(readTimeline("o-1", options)) }
  })

  live("has messages in adopted order and commands with their answers, by code", () =>
    Effect.gen(function* () {
      const { read } = yield* ended
      const timeline = yield* read({ workflows, steps })
      expect(timeline).toMatchObject({
        runId: "o-1",
        workflow: "order",
        status: "succeeded",
        outcome: "succeeded",
        commandsFrom: "code",
        from: 0
      })
      const { commands, entries } = timeline
      expect(timeline.total).toBe(entries.length)
      expect(entries.map(({ position }) => position)).toEqual(entries.map((_, index) => index))
      expect(entries[0]).toMatchObject({ kind: "start", name: "order" })
      const byId = new Map(commands.map((command) => [command.id, command]))
      const charge = byId.get("step/charge#0")
      expect(charge).toMatchObject({
        kind: "step",
        name: "charge",
        by: 0,
        state: "done",
        outcome: "succeeded",
        attempts: 1
      })
      expect(entries[charge?.answeredBy ?? -1]).toMatchObject({ key: "step/charge#0", answers: "step/charge#0" })
      expect(charge?.endedAt).toBeGreaterThanOrEqual(charge?.issuedAt ?? Number.POSITIVE_INFINITY)
      expect(byId.get("child/pack#0")).toMatchObject({
        runId: "o-1:pack#0",
        state: "done",
        output: { json: "packed lamp" }
      })
      const timer = commands.find(({ kind }) => kind === "timer")
      expect(timer).toMatchObject({ state: "done", dueAt: (timer?.issuedAt ?? 0) + 20 })
      const receive = byId.get("receive/approved#0")
      expect(entries[receive?.answeredBy ?? -1]).toMatchObject({ kind: "signal", name: "approved", id: "s-1" })
      expect(commands.find(({ kind }) => kind === "update")).toMatchObject({
        name: "note",
        state: "done",
        input: { json: "four" },
        output: { json: 4 }
      })
      expect(commands.filter(({ kind }) => kind === "state").map(({ input }) => input?.json)).toEqual([
        "charging",
        "done"
      ])
      expect(byId.get("emit/lines#0")).toMatchObject({
        state: "done",
        input: { json: "charged" },
        by: charge?.answeredBy
      })
    })
  )

  live("has the input of a start that is to follow, by the schema of its workflow", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows, steps })
      const { client } = engine
      const follow = { policy: "afterFinish", requestId: "next" } as const
      yield* client.start(order, { runId: "o-1", input })
      yield* client.start(order, { runId: "o-1", input: { ...input, item: "chair" }, ...follow })
      const use = inStore(engine)
      const restart = (options?: TimelineOptions) =>
        eventually(
          "the run has it",
          Effect.map(use(readTimeline("o-1", { generation: 0, ...options })), ({ entries }) =>
            entries.find(({ kind }) => kind === "restart")
          )
        )
      expect(yield* restart({ workflows, steps })).toMatchObject({
        name: "order",
        id: "next",
        reason: "afterFinish",
        value: { json: { item: "chair", card: { number: "<redacted>", owner: "Ada" } } }
      })
      expect((yield* restart())?.value).toMatchObject({ hidden: "noSchema" })
    })
  )

  live("tells no secret of a schema, in no form, with code and without", () =>
    Effect.gen(function* () {
      const { read, use } = yield* ended
      const timeline = yield* read({ workflows, steps })
      const text = JSON.stringify(timeline)
      expect(text).not.toContain("secret")
      expect(timeline.entries[0]?.value?.json).toEqual({ item: "lamp", card: { number: "<redacted>", owner: "Ada" } })
      expect(timeline.commands.find(({ id }) => id === "step/charge#0")).toMatchObject({
        input: { json: { number: "<redacted>", owner: "Ada" } },
        output: { json: { receipt: "r-1", token: "<redacted>" } }
      })
      expect(timeline.entries.find(({ kind }) => kind === "signal")?.value?.json).toEqual({
        by: "Bob",
        pin: "<redacted>"
      })
      // Cut and whole.
      const small = yield* read({ workflows, steps, mostValueChars: 5 })
      expect(JSON.stringify(small)).not.toContain("secret")
      expect(small.entries[0]?.value).toMatchObject({ hidden: "large", preview: expect.stringContaining("<redacted>") })
      for (const { input, output } of timeline.commands) {
        for (const ref of [input?.ref, output?.ref].filter((one) => one !== undefined))
          expect(JSON.stringify(yield* use(readValue("o-1", ref, { workflows, steps })))).not.toContain("secret")
      }
      // Nobody says what is secret: then nothing is told, unless it is asked for.
      const blind = yield* read()
      expect(JSON.stringify(blind)).not.toContain("secret")
      expect(blind.entries[0]?.value).toMatchObject({ hidden: "noSchema", bytes: expect.any(Number) })
      expect(JSON.stringify(yield* use(readValue("o-1", "message/start")))).not.toContain("secret")
      expect(JSON.stringify(yield* read({ values: "stored" }))).toContain("4242-secret")
    })
  )

  live("without code tells what rows and the head do", () =>
    Effect.gen(function* () {
      const { read } = yield* ended
      const { commands, commandsFrom, entries, withoutCode } = yield* read({ values: "stored" })
      expect([commandsFrom, withoutCode]).toEqual(["rows", "no workflows were given to replay it with"])
      expect(entries.length).toBeGreaterThan(4)
      expect(commands.map(({ id }) => id)).toEqual(expect.arrayContaining(["step/charge#0", "child/pack#0"]))
      expect(commands.find(({ id }) => id === "step/charge#0")).toMatchObject({
        by: null,
        issuedAt: null,
        answeredBy: 1,
        attempts: 1
      })
    })
  )

  live("has pages that together are the whole, and its schema takes its JSON", () =>
    Effect.gen(function* () {
      const { read } = yield* ended
      const whole = yield* read({ workflows, steps })
      const pages = []
      for (let from = 0; from < whole.total; from += 2) pages.push(yield* read({ workflows, steps, from, limit: 2 }))
      expect(pages.flatMap(({ entries }) => entries)).toEqual(whole.entries)
      expect(pages.flatMap(({ commands }) => commands)).toEqual(whole.commands)
      const last = yield* read({ workflows, steps, from: -1 })
      expect(last.entries).toEqual(whole.entries.slice(-1))
      const back = Schema.decodeUnknownSync(Timeline)(JSON.parse(JSON.stringify(whole)))
      expect(back).toEqual(whole)
    })
  )

  live("has errors with their causes, attempts, and typed errors without their secrets", () =>
    Effect.gen(function* () {
      const { engine, use } = yield* ended
      const { client } = engine
      const child = yield* use(readTimeline("o-1:pack#0", { workflows, steps }))
      expect(child.commands.find(({ name }) => name === "flaky")).toMatchObject({
        attempts: 3,
        tries: [
          { attempt: 1, error: expect.stringContaining("the depot is away") },
          { attempt: 2, error: expect.stringContaining("the depot is away") }
        ]
      })
      expect(child.parentRunId).toBe("o-1")
      yield* client.start(refusing, { runId: "r-1", input: "x" })
      yield* Effect.exit(client.wait(refusing, "r-1"))
      const refused = yield* use(readTimeline("r-1", { workflows, steps }))
      expect(refused).toMatchObject({
        outcome: "failed",
        error: {
          message: "Declined: no money",
          value: { json: { _tag: "Declined", message: "no money", card: "<redacted>" } }
        }
      })
      expect(JSON.stringify(refused)).not.toContain("secret")
    })
  )

  live("of a run that is not there is none", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const use = inStore(yield* open({ workflows, steps }))
      expect(yield* Effect.flip(use(readTimeline("nobody")))).toMatchObject({ _tag: "RunNotFound" })
      const { use: useEnded } = yield* ended
      expect(yield* Effect.flip(useEnded(readTimeline("o-1", { generation: 1 })))).toMatchObject({
        _tag: "RunNotFound"
      })
      expect(yield* Effect.flip(useEnded(readValue("o-1", "message/nothing")))).toMatchObject({ _tag: "ValueNotFound" })
    })
  )
})
