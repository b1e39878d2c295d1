import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import type { ScheduleDefinition } from "../../src/actor/calls/schedules/defineSchedule.ts"
import { scheduleControl } from "../../src/actor/calls/schedules/scheduleParts.ts"
import { shiftOf } from "../../src/actor/calls/schedules/scheduleTimes.ts"
import { scheduleRunId } from "../../src/actor/calls/schedules/scheduleWorkflow.ts"
import { addressOf, parseAddress } from "../../src/actor/history/generation.ts"
import type { Client } from "../../src/index.ts"
import { defineSchedule, defineWorkflow } from "../../src/index.ts"
import { readTimeline } from "../../src/inspection/timeline/readTimeline.ts"
import { findNewest } from "../../src/store/generations/newest.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { onEachStore } from "../client/eachStore.ts"
import { type Engine, eventually, live } from "../streams/engine.ts"
import { long, never, release, report, settled, startedAs } from "./parts.ts"

const hourMs = 3_600_000
const stateOf = (client: Client["Service"], name: string) =>
  Effect.map(client.schedules.get(name), ({ recent }) => recent.map(({ state }) => state).join(" "))

const eventuallyStates = (client: Client["Service"], name: string, states: string) =>
  eventually(
    `${name}: ${states}`,
    Effect.map(stateOf(client, name), (found) => found === states)
  )

/** A run that another generation of the schedule has started. */
const childOf = ({ table }: Engine, name: string, runId: string) =>
  table.put(runId, {
    kind: "start",
    at: Date.now(),
    workflow: "long",
    definitionVersion: "1",
    fingerprint: "",
    input: { json: "null" },
    parent: { runId: addressOf(scheduleRunId(name), 7), key: "long#1", fingerprint: "" },
    whenParentEnds: "abandon"
  })

/** Told before its run was ever turned. */
const toldBefore = ({ table }: Engine, { scheduleName, spec }: ScheduleDefinition) =>
  table.put(scheduleRunId(scheduleName), {
    kind: "signal",
    at: Date.now(),
    name: scheduleControl.name,
    id: "change-0",
    payload: Result.getOrThrow(scheduleControl.codec().encode({ _tag: "change", revision: 0, spec })).payload
  })

onEachStore("schedules where it is close", (newStore) => {
  live("a run that an earlier generation has started is replaced as one of this", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows: [long] })
      const { client } = engine
      const old = { scheduledAt: Date.now(), runId: "over/now-old", workflow: "long" }
      yield* childOf(engine, "over", old.runId)
      const over = defineSchedule("over", { workflow: long, input: null, ...never, overlap: "replace" })
      yield* startedAs(engine, over, { live: [old] })
      yield* settled(client, "over")
      yield* client.schedules.trigger("over", { id: "new" })
      expect((yield* Effect.flip(client.wait(long, old.runId)))._tag).toBe("RunCancelled")
      yield* eventuallyStates(client, "over", "started cancelled")
      yield* client.signal("over/now-new", release, null)
      yield* eventuallyStates(client, "over", "succeeded cancelled")
    })
  )

  live("a range from the beginning of time is filled in from the first date that there is", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [report] })
      const input = { day: "any" }
      for (const times of [
        { cron: "0 0 29 2 *", timeZone: "America/New_York" },
        { every: "100000000 days" }
      ] as const) {
        const name = "cron" in times ? "leap" : "ages"
        yield* client.schedules.ensure(defineSchedule(name, { workflow: report, input, ...times }))
        yield* settled(client, name)
        for (const from of [Number.NEGATIVE_INFINITY, new Date(-8.64e15)])
          yield* client.schedules.backfill(name, { from, until: new Date(-8.63e15) })
        const started = Effect.map(client.schedules.get(name), (one) => (one.started > 0 ? one : undefined))
        const { recent, status, next } = yield* eventually("it has begun", started)
        expect({ status, run: recent.at(-1)?.runId }).toMatchObject({
          status: "active",
          run: expect.stringMatching(/\/-27[0-9]{4}-/)
        })
        expect(next.every((time) => !Number.isNaN(time.getTime()))).toBe(true)
        yield* client.schedules.remove(name)
      }
    })
  )

  live("a run under the id of one of its own that is nobody's child is left alone", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows: [long] })
      const { client } = engine
      const old = { scheduledAt: Date.now(), runId: "over/now-old", workflow: "long" }
      yield* client.start(long, { runId: old.runId, input: null })
      const over = defineSchedule("over", { workflow: long, input: null, ...never, overlap: "replace" })
      yield* startedAs(engine, over, { live: [old] })
      yield* settled(client, "over")
      yield* client.schedules.trigger("over", { id: "new" })
      yield* eventuallyStates(client, "over", "queued")
      yield* client.signal(old.runId, release, null)
      expect(yield* client.wait(long, old.runId)).toBe(null)
      yield* eventuallyStates(client, "over", "started succeeded")
    })
  )

  live("a run goes on when the schedule is of another workflow in the next generation", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows: [long, report] })
      const { client } = engine
      const old = { scheduledAt: Date.now(), runId: "over/now-old", workflow: "long" }
      yield* childOf(engine, "over", old.runId)
      const over = defineSchedule("over", { workflow: report, input: { day: "x" }, ...never })
      yield* startedAs(engine, over, { live: [old] })
      yield* settled(client, "over")
      yield* client.schedules.trigger("over", { id: "new" })
      yield* eventuallyStates(client, "over", "skipped")
      yield* client.signal(old.runId, release, null)
      yield* eventuallyStates(client, "over", "succeeded skipped")
    })
  )

  live.each(["queue", "replace", "skip"] as const)(
    "what is triggered waits for no end of a pause, with overlap %s",
    (overlap) =>
      Effect.gen(function* () {
        const open = yield* newStore
        const engine = yield* open({ workflows: [long] })
        const { client } = engine
        const over = defineSchedule("over", { workflow: long, input: null, ...never, overlap })
        const waiting = { scheduledAt: 0, runId: "over/1970-01-01T00:00:00Z" }
        yield* startedAs(engine, over, { queue: [waiting], paused: { at: 1, note: null } })
        yield* settled(client, "over")
        const free = (runId: string) =>
          client.signal(runId, release, null).pipe(
            Effect.as(true),
            Effect.catchTag("RunNotFound", () => Effect.succeed(false)),
            (sent) => eventually(`${runId} is started`, sent)
          )
        yield* client.schedules.trigger("over", { id: "1" })
        yield* eventually(
          "it goes on",
          Effect.map(client.schedules.get("over"), ({ live }) => live.length === 1)
        )
        yield* client.schedules.trigger("over", { id: "2" })
        if (overlap !== "replace") yield* free("over/now-1")
        if (overlap !== "skip") yield* free("over/now-2")
        const stands = yield* eventually(
          "all is quiet",
          Effect.map(
            client.schedules.get("over"),
            (one) => one.live.length === 0 && one.started === (overlap === "skip" ? 1 : 2) && one
          )
        )
        // What is replaced is all that waited.
        expect(stands).toMatchObject({ status: "paused", queued: overlap === "replace" ? 0 : 1 })
        yield* client.schedules.resume("over")
        if (overlap !== "replace") yield* free(waiting.runId)
      })
  )

  live("other times are times to come: what has passed by them is not made up for", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows: [report] })
      const { client } = engine
      const common = { workflow: report, input: { day: "x" }, catchUp: "1 day" } as const
      yield* startedAs(engine, defineSchedule("changing", { ...common, ...never }), { after: Date.now() - 9 * hourMs })
      yield* settled(client, "changing")
      const hourly = defineSchedule("changing", { ...common, every: "1 hour" })
      expect(yield* client.schedules.ensure(hourly)).toBe("changed")
      const changed = yield* eventually(
        "it is changed",
        Effect.map(
          client.schedules.get("changing"),
          (one) => one.spec?.times._tag === "every" && one.spec.times.everyMs === hourMs && one
        )
      )
      yield* client.schedules.trigger("changing")
      yield* eventually(
        "it goes on",
        Effect.map(client.schedules.get("changing"), (one) => one.started > changed.started && one.live.length === 0)
      )
      expect((yield* client.schedules.get("changing")).started).toBe(1)
    })
  )

  live("what has come by the times that it had is started, although it has others by now", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows: [report] })
      const { client } = engine
      const common = { workflow: report, input: { day: "x" } } as const
      yield* toldBefore(engine, defineSchedule("changing", { ...common, ...never }))
      yield* startedAs(engine, defineSchedule("changing", { ...common, every: "1 hour" }), {
        agoMs: hourMs
      })
      yield* eventuallyStates(client, "changing", "succeeded")
      expect((yield* settled(client, "changing")).spec?.times).toMatchObject({ everyMs: 1_000 * 24 * hourMs })
    })
  )

  live("of what had come by the times that it had, what is more than is started at once is told of as missed", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows: [report] })
      const { client } = engine
      const common = { workflow: report, input: { day: "x" } } as const
      yield* toldBefore(engine, defineSchedule("changing", { ...common, ...never }))
      const everyMinute = defineSchedule("changing", { ...common, every: "1 minute", catchUp: "1 day" })
      yield* startedAs(engine, everyMinute, { agoMs: 5 * hourMs })
      const { recent } = yield* eventually(
        "it is told of",
        Effect.map(client.schedules.get("changing"), (one) => one.recent.some(({ state }) => state === "missed") && one)
      )
      const missed = recent.find(({ state }) => state === "missed")
      expect(Date.now() - (missed?.until ?? 0)).toBeLessThan(2 * 60_000 + 15_000)
    })
  )

  live("of changes that follow one another at once the last is the one that stands", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [report] })
      const define = (day: string) => defineSchedule("changing", { workflow: report, input: { day }, ...never })
      expect(yield* client.schedules.ensure(define("0"))).toBe("created")
      for (const day of ["1", "2", "1", "3", "0", "4"])
        expect(yield* client.schedules.ensure(define(day))).toBe("changed")
      expect(yield* client.schedules.ensure(define("4"))).toBe("same")
      const { runId } = yield* client.schedules.trigger("changing")
      yield* eventuallyStates(client, "changing", "succeeded")
      expect(yield* client.wait(report, runId)).toBe("4 of schedule/changing")
    })
  )

  live("a range that was filled in before is told of, and no run is run twice", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [report] })
      yield* client.schedules.ensure(
        defineSchedule("daily", { workflow: report, input: { day: "x" }, cron: "0 0 * * *" })
      )
      yield* settled(client, "daily")
      const range = { from: new Date("2026-01-01T00:00:00Z"), until: new Date("2026-01-03T00:00:00Z") }
      for (const states of ["succeeded succeeded succeeded", "refused refused refused"]) {
        yield* client.schedules.backfill("daily", range)
        yield* eventually(
          states,
          Effect.map(stateOf(client, "daily"), (found) => found === states)
        )
      }
      const { live, recent, started } = yield* client.schedules.get("daily")
      expect({ live, started }).toEqual({ live: [], started: 3 })
      expect(recent[0]?.why).toContain("daily/2026-01-03T00:00:00Z")
      const future = { ...range, until: Date.now() + hourMs }
      const wrong = yield* Effect.flip(client.schedules.backfill("daily", future))
      expect(wrong).toMatchObject({ _tag: "ScheduleInvalid", message: expect.stringContaining("in the future") })
    })
  )

  live("a range whose runs cannot be started goes on through generations, and ends", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const broken = defineSchedule("broken", {
        workflow: report,
        input: (): { readonly day: string } => {
          throw new Error("no calendar")
        },
        cron: "0 0 * * *"
      })
      const { client } = yield* open({ workflows: [report], schedules: [broken] })
      yield* eventually(
        "it is there",
        Effect.orElseSucceed(Effect.as(client.schedules.get("broken"), true), () => false)
      )
      const until = Date.parse("2026-01-01T00:00:00Z")
      yield* client.schedules.backfill("broken", { from: until - 499 * 24 * hourMs, until, overlap: "allow" })
      yield* eventually(
        "the last is told of",
        Effect.map(client.schedules.get("broken"), ({ recent }) => recent[0]?.scheduledAt === until),
        60_000
      )
      expect((yield* client.get(scheduleRunId("broken"))).generation).toBeGreaterThan(0)
    })
  )

  live("a time whose shift has not passed is no time that has passed in a pause", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows: [report] })
      const { client } = engine
      const jitterMs = 6_000
      const name = Array.from({ length: 200 }, (_, n) => `late-${n}`).find((one) => shiftOf(one, { jitterMs }) > 5_500)
      const now = Date.now()
      const late = defineSchedule(name ?? "", {
        workflow: report,
        input: { day: "x" },
        every: "1000 days",
        offset: now % (1_000 * 24 * hourMs),
        jitter: jitterMs
      })
      yield* startedAs(engine, late, { after: now - hourMs, paused: { at: now, note: null } })
      yield* settled(client, late.scheduleName)
      yield* client.schedules.resume(late.scheduleName)
      yield* eventuallyStates(client, late.scheduleName, "succeeded")
      expect((yield* client.schedules.get(late.scheduleName)).recent[0]?.scheduledAt).toBe(now)
    })
  )

  live("its run may be paused and terminated as any other, and it says so", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [report] })
      yield* client.schedules.ensure(defineSchedule("one", { workflow: report, input: { day: "x" }, ...never }))
      yield* settled(client, "one")
      const becomes = (status: string) =>
        eventually(
          `it is ${status}`,
          Effect.map(client.schedules.get("one"), (found) => found.status === status && found)
        )
      yield* client.pause(scheduleRunId("one"), { reason: "a look" })
      const held = yield* becomes("held")
      expect(held.next).toEqual([])
      expect(held.why).toContain("run schedule/one is paused: a look")
      yield* eventually(
        "it is listed",
        Effect.map(client.schedules.list({ limit: 1 }), ({ schedules }) => schedules.includes("one"))
      )
      yield* client.resume(scheduleRunId("one"))
      expect((yield* becomes("active")).why).toBe(undefined)
      yield* client.terminate(scheduleRunId("one"))
      yield* becomes("removed")
      yield* eventually(
        "it is listed no more",
        Effect.map(client.schedules.list({ limit: 1 }), ({ schedules }) => schedules.length === 0)
      )
    })
  )

  live("one whose run was deleted stays so for as long as that is known, and it is said so", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [report] })
      const one = defineSchedule("one", { workflow: report, input: { day: "x" }, ...never })
      yield* client.schedules.ensure(one)
      yield* settled(client, "one")
      yield* client.schedules.remove("one")
      yield* eventually(
        "it is removed",
        Effect.map(client.schedules.get("one"), ({ status }) => status === "removed")
      )
      yield* client.delete(scheduleRunId("one"))
      expect(yield* client.schedules.ensure(one)).toBe("ended")
      const again = yield* Effect.flip(client.schedules.ensure(one, { again: true }))
      expect(again).toMatchObject({ _tag: "ScheduleInvalid", message: expect.stringContaining("was deleted") })
    })
  )

  live("while nobody can say whether its run is deleted nobody is told that it has ended", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client, table } = yield* open({ workflows: [report] })
      const one = defineSchedule("one", { workflow: report, input: { day: "x" }, ...never })
      yield* client.schedules.ensure(one)
      yield* settled(client, "one")
      yield* client.schedules.remove("one")
      yield* eventually(
        "it is removed",
        Effect.map(client.schedules.get("one"), ({ status }) => status === "removed")
      )
      // As its deletion's process has left it, which went right behind its first write.
      const runId = scheduleRunId("one")
      const { address, head } = yield* Effect.provideService(findNewest(runId), RunTable, table)
      if (head === undefined) throw new Error("a run that was removed has a head")
      const { startedAt, updatedAt, version } = head
      const was = { status: "succeeded", startedAt, updatedAt } as const
      const deletion = { generation: parseAddress(address).generation, until: Date.now() + hourMs, was }
      yield* table.commitHead(address, { ...head, status: "deleted", version: version + 1, deletion })
      expect(yield* Effect.flip(client.schedules.ensure(one))).toMatchObject({ _tag: "StoreUnavailable" })
      yield* client.delete(runId)
      expect(yield* client.schedules.ensure(one)).toBe("ended")
    })
  )

  live("a run that was terminated has failed", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [long] })
      yield* client.schedules.ensure(defineSchedule("one", { workflow: long, input: null, ...never }))
      yield* settled(client, "one")
      const { runId } = yield* client.schedules.trigger("one")
      yield* eventuallyStates(client, "one", "started")
      yield* client.terminate(runId)
      yield* eventuallyStates(client, "one", "failed")
    })
  )

  live("what is secret in an input is in no listing of the schedule's values", () =>
    Effect.gen(function* () {
      const Login = Schema.Struct({ user: Schema.String, password: Schema.Redacted(Schema.String) })
      const login = defineWorkflow("login", { input: Login, output: Login, run: (given) => Effect.succeed(given) })
      const open = yield* newStore
      const { client, services } = yield* open({ workflows: [login] })
      const input = Result.getOrThrow(login.input().decode({ json: '{"user":"ada","password":"hunter2"}' }))
      yield* client.schedules.ensure(defineSchedule("one", { workflow: login, input, ...never }))
      yield* settled(client, "one")
      const { runId } = yield* client.schedules.trigger("one")
      yield* eventuallyStates(client, "one", "succeeded")
      expect(JSON.stringify(yield* client.wait(login, runId))).toContain("ada")
      // Also where the workflow is known to nobody.
      for (const workflows of [[login], []]) {
        const shown = JSON.stringify(
          yield* Effect.provideContext(readTimeline(scheduleRunId("one"), { workflows }), services)
        )
        expect(shown).toContain("dynactor.schedule")
        expect(shown).not.toContain("hunter2")
      }
      expect(JSON.stringify(yield* client.schedules.get("one"))).not.toContain("hunter2")
    })
  )
})
