import { defineSchedule, defineSignal, defineStep, defineWorkflow } from "dynactor"
import { TestRuntime } from "dynactor/testing"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"

const go = defineSignal("go", Schema.Null)
const Day = Schema.Struct({ day: Schema.String })

const count = defineStep("count", { input: Day, output: Schema.Int, run: () => Effect.succeed(1) })
/** At once. */
const report = defineWorkflow("report", { input: Day, output: Schema.Int, run: (day) => count(day) })
/** Until somebody says so. */
const long = defineWorkflow("long", { input: Day, output: Schema.Null, run: () => go.receive })

const dayOf = ({ scheduledAt }: { readonly scheduledAt: Date }) => ({ day: scheduledAt.toISOString() })
const nightly = defineSchedule("nightly", { workflow: report, input: dayOf, cron: "30 2 * * *" })
const hourly = <Overlap extends "skip" | "queue" | "allow" | "replace">(overlap: Overlap) =>
  defineSchedule("hourly", { workflow: long, input: { day: "any" }, every: "1 hour", overlap })

const childIds = (runtime: TestRuntime, name: string) =>
  runtime.run(`schedule/${name}`).children.map(({ runId }) => runId)
const at = (hour: number) => `hourly/2026-01-05T${String(hour).padStart(2, "0")}:00:00Z`

describe("a schedule in a TestRuntime", () => {
  it("starts a run each night, with an input that is made for it", async () => {
    const runtime = new TestRuntime({ steps: { count: ({ day }: { day: string }) => day.length } })
    expect(await runtime.schedules.ensure(nightly)).toBe("created")
    expect(await runtime.schedules.ensure(nightly)).toBe("same")
    expect((await runtime.schedules.get("nightly")).next[0]).toEqual(new Date("2026-01-06T02:30:00Z"))
    await runtime.advance("17 hours")
    expect(childIds(runtime, "nightly")).toEqual([])
    await runtime.advance("30 minutes")
    const night = runtime.run("nightly/2026-01-06T02:30:00Z", report)
    expect(night.input).toEqual({ day: "2026-01-06T02:30:00.000Z" })
    expect(night.outcome).toEqual({ tag: "succeeded", value: 24 })
    await runtime.advance("399 days")
    const about = await runtime.schedules.get("nightly")
    expect(about).toMatchObject({ status: "active", started: 400, skipped: 0, live: [] })
    expect(about.recent[0]).toMatchObject({ state: "succeeded", runId: "nightly/2027-02-09T02:30:00Z" })
    expect(childIds(runtime, "nightly")).toHaveLength(400)
    expect(runtime.run("schedule/nightly").generation).toBeGreaterThan(0)
  })

  it("skips, queues, allows or replaces while the run before goes on", async () => {
    for (const [overlap, started, ended] of [
      ["skip", [10], undefined],
      ["queue", [10], undefined],
      ["allow", [10, 11, 12], undefined],
      ["replace", [10, 11, 12], "cancelled"]
    ] as const) {
      const runtime = new TestRuntime()
      await runtime.schedules.ensure(hourly(overlap))
      await runtime.advance("3 hours")
      expect(childIds(runtime, "hourly"), overlap).toEqual(started.map(at))
      const first = runtime.run(at(10), long)
      expect(first.outcome?.tag).toBe(ended)
      const { live, queued, skipped } = await runtime.schedules.get("hourly")
      const shown = {
        skip: { live: [at(10)], queued: 0, skipped: 2 },
        queue: { live: [at(10)], queued: 2, skipped: 0 },
        allow: { live: [at(10), at(11), at(12)], queued: 0, skipped: 0 },
        replace: { live: [at(12)], queued: 0, skipped: 0 }
      }
      expect({ live, queued, skipped }).toEqual(shown[overlap])
      if (ended !== undefined) continue
      await first.signal(go, null)
      expect(childIds(runtime, "hourly")).toEqual(overlap === "queue" ? [at(10), at(11)] : started.map(at))
    }
  })

  it("is paused, resumed, triggered, asked for times that have passed, and removed, as by a client", async () => {
    const runtime = new TestRuntime()
    const { schedules } = runtime
    await schedules.ensure(hourly("allow"))
    await schedules.ensure(nightly)
    expect(await schedules.list()).toEqual(["nightly", "hourly"])
    await schedules.pause("hourly", { note: "for now" })
    expect(await schedules.get("hourly")).toMatchObject({ status: "paused", paused: { note: "for now" }, next: [] })
    await runtime.advance("2 hours")
    expect(childIds(runtime, "hourly")).toEqual([])
    expect(await schedules.trigger("hourly")).toEqual({ runId: "hourly/now-1" })
    expect(await schedules.trigger("hourly", { id: "mine" })).toEqual({ runId: "hourly/now-mine" })
    expect(await schedules.trigger("hourly", { id: "mine" })).toEqual({ runId: "hourly/now-mine" })
    expect(childIds(runtime, "hourly")).toEqual(["hourly/now-1", "hourly/now-mine"])
    await schedules.resume("hourly")
    await runtime.advance("1 hour")
    expect(childIds(runtime, "hourly").slice(2)).toEqual([at(12)])
    const from = new Date("2026-01-05T10:00:00Z")
    await schedules.backfill("hourly", { from, until: new Date("2026-01-05T11:00:00Z"), overlap: "allow" })
    expect(childIds(runtime, "hourly").slice(3)).toEqual([at(10), at(11)])
    await schedules.remove("hourly")
    await runtime.advance("1 day")
    expect(childIds(runtime, "hourly")).toHaveLength(5)
    expect(runtime.run(at(12)).outcome).toBe(undefined)
    expect(await schedules.list()).toEqual(["nightly"])
    expect((await schedules.get("hourly")).status).toBe("removed")
    expect(await schedules.ensure(hourly("allow"))).toBe("ended")
    expect(await schedules.ensure(hourly("allow"), { again: true })).toBe("created")
    await runtime.advance("1 hour")
    expect((await schedules.get("hourly")).status).toBe("active")
    expect(childIds(runtime, "hourly")).toHaveLength(6)
  })

  it("tells which times that were asked for wait for the run that goes on", async () => {
    const runtime = new TestRuntime()
    const { schedules } = runtime
    const backfills = async () => (await schedules.get("hourly")).backfills
    await schedules.ensure(hourly("skip"))
    await runtime.advance("1 hour")
    const from = new Date("2026-01-05T06:30:00Z")
    const until = new Date("2026-01-05T08:00:00Z")
    await schedules.backfill("hourly", { from, until })
    // From its next time on.
    expect(await backfills()).toEqual([{ from: new Date("2026-01-05T07:00:00Z"), until }])
    await runtime.run(at(10), long).signal(go, null)
    expect(await backfills()).toEqual([{ from: until, until }])
    await runtime.run(at(7), long).signal(go, null)
    expect(await backfills()).toBe(undefined)
    expect(childIds(runtime, "hourly")).toEqual([at(10), at(7), at(8)])
    await schedules.backfill("hourly", { from: new Date("2026-01-05T05:00:00Z"), until })
    expect(await backfills()).toHaveLength(1)
    await schedules.remove("hourly")
    expect(await backfills()).toBe(undefined)
  })

  it("makes up for times at which nobody was there, as catchUp says: for as long as its run is paused", async () => {
    for (const [catchUp, made] of [
      ["latest", ["2026-01-08"]],
      ["none", []],
      ["2 days", ["2026-01-07", "2026-01-08"]]
    ] as const) {
      const runtime = new TestRuntime()
      const options = { workflow: report, input: dayOf, cron: "30 2 * * *", overlap: "allow", catchUp } as const
      await runtime.schedules.ensure(defineSchedule("nightly", options))
      await runtime.run("schedule/nightly").pause()
      expect(await runtime.schedules.get("nightly")).toMatchObject({ status: "held" })
      await runtime.advance("3 days")
      await runtime.run("schedule/nightly").resume()
      expect(childIds(runtime, "nightly"), catchUp).toEqual(made.map((day) => `nightly/${day}T02:30:00Z`))
    }
  })

  it("cancels by replace also what it had started before it went on as new", async () => {
    const runtime = new TestRuntime()
    await runtime.schedules.ensure(hourly("skip"))
    await runtime.advance("1 hour")
    const schedule = runtime.run("schedule/hourly")
    // As long as a generation gets while one of its runs goes on.
    while (schedule.generation === 0) await runtime.advance("30 days")
    const [first, ...others] = childIds(runtime, "hourly")
    expect([first, others]).toEqual([at(10), []])
    expect(await runtime.schedules.ensure(hourly("replace"))).toBe("changed")
    await runtime.advance("1 hour")
    expect(runtime.run(at(10)).outcome?.tag).toBe("cancelled")
    expect(childIds(runtime, "hourly")).toHaveLength(2)
  })

  it("is refused as by a client, and where time has no end", async () => {
    const runtime = new TestRuntime()
    await expect(runtime.schedules.get("none")).rejects.toMatchObject({ _tag: "ScheduleNotFound" })
    await expect(runtime.schedules.trigger("none")).rejects.toMatchObject({ _tag: "ScheduleNotFound" })
    await runtime.schedules.ensure(nightly)
    await expect(runtime.schedules.trigger("nightly", { id: "ü" })).rejects.toMatchObject({ _tag: "ScheduleInvalid" })
    await expect(runtime.advance("Infinity")).rejects.toThrow(/schedule nightly has no end/)
    const bounded = {
      workflow: report,
      input: dayOf,
      every: "1 hour",
      endsAt: new Date("2026-01-05T12:30:00Z")
    } as const
    await runtime.schedules.ensure(defineSchedule("bounded", bounded))
    await runtime.schedules.remove("nightly")
    await runtime.advance("Infinity")
    expect(await runtime.schedules.get("bounded")).toMatchObject({ status: "ended", started: 3 })
    await expect(runtime.schedules.pause("bounded")).rejects.toMatchObject({ _tag: "ScheduleEnded" })
  })
})
