import * as Effect from "effect/Effect"
import { expect } from "vitest"
import type { Client } from "../../src/index.ts"
import { defineSchedule } from "../../src/index.ts"
import { onEachStore } from "../client/eachStore.ts"
import { eventually, live } from "../streams/engine.ts"
import { long, never, release, report, settled, startedAs } from "./parts.ts"

type Clients = Client["Service"]

const recentOf = (client: Clients, name: string) =>
  Effect.map(client.schedules.get(name), ({ recent }) => recent.map(({ state }) => state))

const eventuallyRecent = (client: Clients, name: string, states: ReadonlyArray<string>) =>
  eventually(
    `${name}: ${states.join(", ")}`,
    Effect.map(recentOf(client, name), (found) => JSON.stringify(found) === JSON.stringify(states))
  )

onEachStore("schedules", (newStore) => {
  live("a host makes sure of its schedules, and runs are started at their times", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const everySecond = defineSchedule("everySecond", {
        workflow: report,
        input: ({ scheduledAt, schedule }) => ({ day: `${schedule} ${scheduledAt.toISOString()}` }),
        every: "1 second"
      })
      const { client, logged } = yield* open({ workflows: [report], schedules: [everySecond] })
      const { recent } = yield* eventually(
        "two runs have succeeded",
        Effect.map(
          Effect.catchTag(client.schedules.get("everySecond"), "ScheduleNotFound", () => Effect.succeed(undefined)),
          (one) =>
            one !== undefined && one.recent.filter(({ state }) => state === "succeeded").length >= 2 ? one : false
        )
      )
      for (const { runId, scheduledAt, state } of recent.filter(({ state }) => state === "succeeded")) {
        const time = new Date(scheduledAt).toISOString()
        expect(scheduledAt % 1_000).toBe(0)
        expect(runId).toBe(`everySecond/${time.replace(".000Z", "Z")}`)
        expect(yield* client.wait(report, runId ?? "")).toBe(`everySecond ${time} of schedule/everySecond`)
        expect(state).toBe("succeeded")
      }
      // It knows the workflow by its name, and nobody is warned of that.
      expect(logged.filter((line) => line.startsWith("Warn"))).toEqual([])
    })
  )

  live("is made, found, listed, triggered and removed by a client", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [report] })
      const weekly = {
        workflow: report,
        input: { day: "Monday" },
        cron: "0 6 * * 1",
        timeZone: "Europe/Berlin"
      } as const
      expect(yield* client.schedules.ensure(defineSchedule("weekly", weekly))).toBe("created")
      const one = yield* settled(client, "weekly")
      expect(one).toMatchObject({ schedule: "weekly", status: "active", started: 0, live: [], queued: 0 })
      expect(one.next).toHaveLength(5)
      expect(one.next.every((time) => time.getUTCDay() === 1)).toBe(true)
      expect(
        yield* eventually(
          "it is listed",
          Effect.map(client.schedules.list(), ({ schedules }) => schedules.length === 1 && schedules)
        )
      ).toEqual(["weekly"])
      expect(yield* client.schedules.ensure(defineSchedule("weekly", weekly))).toBe("same")
      const { runId } = yield* client.schedules.trigger("weekly", { id: "click-1" })
      expect(yield* client.schedules.trigger("weekly", { id: "click-1" })).toEqual({ runId })
      yield* eventuallyRecent(client, "weekly", ["succeeded"])
      expect(yield* client.wait(report, runId)).toBe("Monday of schedule/weekly")
      expect((yield* client.schedules.get("weekly")).started).toBe(1)
      yield* client.schedules.remove("weekly")
      yield* eventually(
        "it is removed",
        Effect.map(client.schedules.get("weekly"), ({ status }) => status === "removed")
      )
      expect((yield* Effect.flip(client.schedules.trigger("weekly")))._tag).toBe("ScheduleEnded")
      expect(yield* client.schedules.ensure(defineSchedule("weekly", weekly))).toBe("ended")
      const tuesday = { ...weekly, input: { day: "Tuesday" } }
      // Whoever asks, and however often: it is one schedule, and the last is the one that is heard.
      for (const again of [weekly, weekly, tuesday])
        expect(yield* client.schedules.ensure(defineSchedule("weekly", again), { again: true })).toMatch(
          /created|same|changed/
        )
      yield* eventually(
        "it is there again",
        Effect.map(client.schedules.get("weekly"), ({ started, status }) => status === "active" && started === 0)
      )
      expect(yield* client.schedules.ensure(defineSchedule("weekly", tuesday), { again: true })).toMatch(/same|changed/)
      const { runId: later } = yield* client.schedules.trigger("weekly")
      yield* eventuallyRecent(client, "weekly", ["succeeded"])
      expect(yield* client.wait(report, later)).toBe("Tuesday of schedule/weekly")
      for (const name of ["none", "", "every night"])
        expect((yield* Effect.flip(client.schedules.pause(name)))._tag).toBe("ScheduleNotFound")
    })
  )

  live("a change takes the place of what was, once, and goes on with what is under way", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [report] })
      const define = (day: string) => defineSchedule("changing", { workflow: report, input: { day }, ...never })
      yield* client.schedules.ensure(define("one"))
      yield* settled(client, "changing")
      // There and back again: the first is told anew.
      for (const day of ["two", "one", "two"]) {
        expect(yield* client.schedules.ensure(define(day))).toBe("changed")
        yield* eventually(
          "it is changed",
          Effect.map(client.schedules.ensure(define(day)), (ensured) => ensured === "same")
        )
      }
      const { runId } = yield* client.schedules.trigger("changing")
      yield* eventuallyRecent(client, "changing", ["succeeded"])
      expect(yield* client.wait(report, runId)).toBe("two of schedule/changing")
    })
  )

  live("paused it starts nothing but what is triggered; resumed it does not make up for what has passed", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [report] })
      yield* client.schedules.ensure(
        defineSchedule("pausing", { workflow: report, input: { day: "x" }, every: "1 second", catchUp: "1 day" })
      )
      yield* settled(client, "pausing")
      yield* client.schedules.pause("pausing", { note: "a holiday" })
      const paused = yield* eventually(
        "it is paused",
        Effect.map(client.schedules.get("pausing"), (one) => one.status === "paused" && one)
      )
      expect(paused.paused?.note).toBe("a holiday")
      expect(paused.next).toEqual([])
      yield* Effect.sleep("2500 millis")
      expect((yield* client.schedules.get("pausing")).started).toBe(paused.started)
      yield* client.schedules.trigger("pausing")
      yield* eventually(
        "it is triggered",
        Effect.map(client.schedules.get("pausing"), ({ started }) => started === paused.started + 1)
      )
      yield* client.schedules.resume("pausing")
      const resumed = yield* eventually(
        "it starts runs again",
        Effect.map(client.schedules.get("pausing"), (one) => one.started > paused.started + 1 && one)
      )
      // Two and a half seconds have passed: those times are not among them.
      const pausedAt = paused.paused?.at.getTime() ?? 0
      const times = resumed.recent
        .filter(({ runId }) => runId !== undefined && !runId.includes("now-"))
        .map(({ scheduledAt }) => scheduledAt)
      expect(times.some((time) => time > pausedAt && time < pausedAt + 2_000)).toBe(false)
    })
  )

  live.each(["skip", "queue", "replace", "allow"] as const)("while a run goes on, with overlap %s", (overlap) =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [long] })
      yield* client.schedules.ensure(defineSchedule("over", { workflow: long, input: null, ...never, overlap }))
      yield* settled(client, "over")
      const first = yield* client.schedules.trigger("over", { id: "1" })
      yield* eventuallyRecent(client, "over", ["started"])
      const second = yield* client.schedules.trigger("over", { id: "2" })
      const free = (runId: string) => client.signal(runId, release, null)
      const waitFor = (runId: string) => client.wait(long, runId)
      if (overlap === "skip") {
        yield* eventuallyRecent(client, "over", ["skipped", "started"])
        yield* free(first.runId)
        yield* eventuallyRecent(client, "over", ["succeeded", "skipped"])
        expect((yield* Effect.flip(client.get(second.runId)))._tag).toBe("RunNotFound")
      }
      if (overlap === "queue") {
        yield* eventuallyRecent(client, "over", ["queued", "started"])
        expect((yield* Effect.flip(client.get(second.runId)))._tag).toBe("RunNotFound")
        yield* free(first.runId)
        yield* eventuallyRecent(client, "over", ["started", "succeeded"])
        yield* free(second.runId)
        yield* waitFor(second.runId)
      }
      if (overlap === "replace") {
        yield* eventuallyRecent(client, "over", ["started", "cancelled"])
        expect((yield* Effect.flip(waitFor(first.runId)))._tag).toBe("RunCancelled")
        yield* free(second.runId)
        yield* waitFor(second.runId)
      }
      if (overlap === "allow") {
        yield* eventuallyRecent(client, "over", ["started", "started"])
        yield* free(second.runId)
        yield* free(first.runId)
        yield* eventually(
          "both are over",
          Effect.map(client.schedules.get("over"), (one) => one.live.length === 0)
        )
      }
    })
  )

  live("after a day without hosts one run is started, for the last time, and the others are told of as missed", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows: [report] })
      const hourly = defineSchedule("hourly", { workflow: report, input: { day: "x" }, every: "1 hour" })
      yield* startedAs(engine, hourly, { agoMs: 86_400_000 })
      yield* eventuallyRecent(engine.client, "hourly", ["succeeded", "missed"])
      const { recent, started } = yield* engine.client.schedules.get("hourly")
      expect(started).toBe(1)
      expect(Date.now() - (recent[0]?.scheduledAt ?? 0)).toBeLessThanOrEqual(2 * 3_600_000)
      expect((recent[1]?.until ?? 0) - (recent[1]?.scheduledAt ?? 0)).toBe(22 * 3_600_000)
    })
  )

  live("a range is filled in, one run after the other", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const daily = defineSchedule("daily", {
        workflow: report,
        input: ({ scheduledAt }) => ({ day: scheduledAt.toISOString().slice(0, 10) }),
        cron: "0 0 * * *"
      })
      const { client } = yield* open({ workflows: [report], schedules: [daily] })
      yield* eventually(
        "it is there",
        Effect.orElseSucceed(Effect.as(client.schedules.get("daily"), true), () => false)
      )
      yield* client.schedules.backfill("daily", {
        from: new Date("2026-01-01T00:00:00Z"),
        until: new Date("2026-01-12T00:00:00Z")
      })
      yield* eventually(
        "twelve runs",
        Effect.map(client.schedules.get("daily"), ({ live, started }) => started === 12 && live.length === 0)
      )
      expect(yield* client.wait(report, "daily/2026-01-07T00:00:00Z")).toBe("2026-01-07 of schedule/daily")
      const wrong = client.schedules.backfill("daily", { from: new Date(2), until: new Date(1) })
      expect((yield* Effect.flip(wrong))._tag).toBe("ScheduleInvalid")
    })
  )

  live("goes on through generations, and ends with its last time when its last run has", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const { client } = yield* open({ workflows: [report] })
      const hour = 3_600_000
      const endsAt = Math.floor(Date.now() / hour) * hour
      const hourly = { workflow: report, input: { day: "x" }, every: "1 hour" } as const
      yield* client.schedules.ensure(defineSchedule("filled", { ...hourly, startsAt: endsAt - 299 * hour }))
      yield* settled(client, "filled")
      const range = { from: endsAt - 299 * hour, until: endsAt, overlap: "allow" } as const
      yield* client.schedules.backfill("filled", range)
      const all = Effect.map(
        client.schedules.get("filled"),
        ({ live, started }) => started === 300 && live.length === 0
      )
      yield* eventually("300 runs", all, 60_000)
      // The next message finds it at rest.
      yield* client.schedules.ensure(defineSchedule("filled", { ...hourly, endsAt }))
      yield* eventually(
        "it has ended",
        Effect.map(client.schedules.get("filled"), ({ status }) => status === "ended")
      )
      const { generation, outcome } = yield* client.get("schedule/filled")
      expect(generation).toBeGreaterThan(0)
      expect(outcome).toBe("succeeded")
      expect(yield* client.wait(report, `filled/${new Date(endsAt).toISOString().replace(".000Z", "Z")}`)).toContain(
        "x of"
      )
    })
  )

  live("an input that cannot be made, and a run id that is taken, are told and end nothing", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const broken = defineSchedule("broken", {
        workflow: report,
        input: (): { readonly day: string } => {
          throw new Error("no calendar")
        },
        ...never
      })
      const { client, entries } = yield* open({ workflows: [report], schedules: [broken] })
      yield* eventually(
        "it is there",
        Effect.orElseSucceed(Effect.as(client.schedules.get("broken"), true), () => false)
      )
      yield* client.schedules.trigger("broken", { id: "1" })
      yield* eventuallyRecent(client, "broken", ["refused"])
      const warned = yield* eventually(
        "the log tells of it",
        Effect.sync(() => entries.find(({ level }) => level === "Warn"))
      )
      expect(warned.text).toBe("schedule broken could not start run broken/now-1: no calendar")
      expect(warned.annotations).toMatchObject({ run: "schedule/broken" })
      expect((yield* client.schedules.get("broken")).recent[0]?.why).toBe("no calendar")
      yield* client.schedules.ensure(defineSchedule("taken", { workflow: report, input: { day: "x" }, ...never }))
      yield* settled(client, "taken")
      yield* client.start(report, { runId: "taken/now-1", input: { day: "mine" } })
      yield* client.schedules.trigger("taken", { id: "1" })
      yield* eventuallyRecent(client, "taken", ["refused"])
      expect((yield* client.schedules.get("taken")).recent[0]?.why).toContain("taken/now-1")
    })
  )
})
