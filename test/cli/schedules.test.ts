import { join } from "node:path"
import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { eventually, live } from "../streams/engine.ts"
import { cli, cliJson } from "./commandLine.ts"
import { onEachTarget, type TestTarget } from "./eachTarget.ts"
import { steps, workflows } from "./workflows.ts"

const entry = ["--entry", join(import.meta.dirname, "workflows.ts")]

const on = ({ flags, environment }: TestTarget) => ({
  text: (...args: ReadonlyArray<string>) => cli(["schedules", ...args, ...flags], { environment }),
  json: (...args: ReadonlyArray<string>) => cliJson(["schedules", ...args, ...flags], { environment })
})

const until = (
  what: string,
  ask: Effect.Effect<{ readonly json: any }, unknown>,
  is: (json: any) => boolean
): Effect.Effect<any, unknown> =>
  eventually(
    what,
    Effect.map(ask, ({ json }) => is(json) && json)
  )

onEachTarget("schedules", (newTarget) => {
  live("one is made, shown, paused, resumed, triggered, filled in and removed", () =>
    Effect.gen(function* () {
      const target = yield* newTarget({ workflows, steps })
      const { json, text } = on(target)
      expect(yield* text()).toEqual({ code: 0, out: "no schedules\n", error: "" })
      const create = [
        "create",
        "yearly",
        "--workflow",
        "patient",
        "--input",
        "1",
        "--cron",
        "0 0 1 1 *",
        "--time-zone",
        "Europe/Berlin",
        "--overlap",
        "allow",
        ...entry
      ]
      expect(yield* json(...create)).toEqual({ code: 0, error: "", json: { schedule: "yearly" } })
      const active = yield* until("it is active", json("get", "yearly"), ({ status }) => status === "active")
      expect(active.next).toHaveLength(5)
      expect(active.spec).toMatchObject({ workflow: "patient", isInputMade: false, overlap: "allow" })
      expect(active.spec).not.toHaveProperty("input")
      yield* until("it is listed", json("list"), ({ schedules }) => schedules.join() === "yearly")
      expect((yield* text("pause", "yearly", "--note", "closed")).out).toBe("yearly\n")
      yield* until("it is paused", json("get", "yearly"), ({ status }) => status === "paused")
      expect((yield* text("get", "yearly")).out).toMatch(/status +paused\n.*closed/s)
      const range = ["--from", "2020-01-01T00:00:00+01:00", "--until", "2022-06-01T00:00:00Z", "--overlap", "allow"]
      yield* text("backfill", "yearly", ...range)
      yield* until("the range is told", json("get", "yearly"), ({ backfills }) => backfills?.length === 1)
      expect((yield* text("get", "yearly")).out).toMatch(/to fill in +2019-12-31.* to 2022-06-01/)
      yield* text("resume", "yearly")
      yield* until("it is active", json("get", "yearly"), ({ status }) => status === "active")
      const { json: triggered } = yield* json("trigger", "yearly", "--id", "a")
      expect(triggered).toEqual({ schedule: "yearly", runId: "yearly/now-a" })
      const all = yield* until("four runs", json("get", "yearly"), ({ started }) => started === 4)
      expect(all.live.toSorted()).toEqual([
        "yearly/2019-12-31T23:00:00Z",
        "yearly/2020-12-31T23:00:00Z",
        "yearly/2021-12-31T23:00:00Z",
        "yearly/now-a"
      ])
      const { out } = yield* text("get", "yearly")
      expect(out).toContain("0 0 1 1 * in Europe/Berlin; overlap allow; catch up latest")
      expect(out).toContain("yearly/2020-12-31T23:00:00Z")
      expect(yield* json("remove", "yearly")).toMatchObject({ code: 2, json: { error: "NotConfirmed" } })
      yield* text("remove", "yearly", "--yes")
      yield* until("it is removed", json("get", "yearly"), ({ status }) => status === "removed")
      expect(yield* json("pause", "yearly")).toMatchObject({ code: 5, json: { error: "ScheduleEnded" } })
      expect(yield* json(...create)).toMatchObject({
        code: 5,
        json: { error: "ScheduleEnded", message: expect.stringContaining("say again") }
      })
      expect(yield* json(...create, "--again")).toEqual({ code: 0, error: "", json: { schedule: "yearly" } })
      yield* until(
        "it begins anew",
        json("get", "yearly"),
        ({ status, started }) => status === "active" && started === 0
      )
    })
  )

  live("one is made with all that a definition has", () =>
    Effect.gen(function* () {
      const { json } = on(yield* newTarget({ workflows, steps }))
      const made = (name: string, ...rest: ReadonlyArray<string>) =>
        Effect.gen(function* () {
          const create = ["create", name, "--workflow", "patient", "--definition-version", "1", "--input", "1"]
          expect(yield* json(...create, ...rest, ...entry)).toMatchObject({ code: 0 })
          return yield* until("it is active", json("get", name), ({ status }) => status === "active")
        })
      const bounds = ["--starts-at", "2020-01-01T00:00:00+01:00", "--ends-at", "2400-01-01T00:00:00Z"]
      const twice = ["--cron", "30 2 * * *", "--time-zone", "Europe/Berlin", "--on-dst-overlap", "both"]
      expect((yield* made("twice", ...twice, ...bounds)).spec).toMatchObject({
        workflow: "patient",
        version: "1",
        times: { _tag: "cron", zone: "Europe/Berlin", overlap: "both" },
        startsAt: Date.parse("2019-12-31T23:00:00Z"),
        endsAt: Date.parse("2400-01-01T00:00:00Z")
      })
      const often = ["--every", "1d", "--offset", "90m", "--jitter", "30s", "--catch-up", "2h"]
      expect((yield* made("often", ...often)).spec).toMatchObject({
        times: { _tag: "every", everyMs: 86_400_000, offsetMs: 5_400_000 },
        jitterMs: 30_000,
        catchUp: 7_200_000
      })
      expect(
        yield* json("create", "x", "--workflow", "patient", "--input", "1", ...often, "--ends-at", "soon", ...entry)
      ).toMatchObject({
        code: 2,
        json: { error: "WrongUse", message: "--ends-at soon is no moment with its zone." }
      })
    })
  )

  live("what is wrong is said, and nothing is made", () =>
    Effect.gen(function* () {
      const { json } = on(yield* newTarget({ workflows, steps }))
      const create = (...rest: ReadonlyArray<string>) => json("create", "x", ...rest, ...entry)
      expect(yield* json("get", "none")).toMatchObject({ code: 3, json: { error: "ScheduleNotFound" } })
      expect(yield* json("get")).toMatchObject({
        code: 2,
        json: { message: "schedules get needs the name of a schedule." }
      })
      expect(yield* create()).toMatchObject({ code: 2, json: { error: "WrongUse" } })
      expect(yield* create("--workflow", "patient", "--input", "1", "--cron", "x")).toMatchObject({
        code: 2,
        json: { error: "ScheduleInvalid" }
      })
      expect(yield* create("--workflow", "patient", "--input", '"x"', "--every", "1h")).toMatchObject({
        code: 2,
        json: { error: "InputInvalid" }
      })
      expect(yield* create("--workflow", "patient", "--input", "1", "--every", "soon")).toMatchObject({
        code: 2,
        json: { error: "WrongUse" }
      })
      expect(yield* json("backfill", "x", "--from", "2020-01-01", "--until", "2020-01-02T00:00:00Z")).toMatchObject({
        code: 2,
        json: { error: "WrongUse" }
      })
      expect((yield* json("list")).json).toEqual({ schedules: [] })
    })
  )
})
