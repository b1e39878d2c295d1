import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { makeWebHandler } from "../../src/http.ts"
import { makeApiClient } from "../../src/httpClient.ts"
import { defineWorkflow } from "../../src/index.ts"
import { onEachStore } from "../client/eachStore.ts"
import { eventually, live } from "../streams/engine.ts"

const report = defineWorkflow("report", {
  input: Schema.Struct({ shop: Schema.String, token: Schema.Redacted(Schema.String) }),
  output: Schema.String,
  run: ({ shop }) => Effect.succeed(shop)
})

onEachStore("schedules over HTTP", (newStore) => {
  live("are made, shown without their input, and told what to do, by the typed client", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows: [report] })
      const handle = yield* Effect.provideContext(makeWebHandler({ workflows: [report] }), engine.services)
      const fetch = (request: Request) => handle(request)
      const api = yield* makeApiClient({
        url: "http://localhost",
        fetch: (input, init) => fetch(new Request(input, init))
      })
      const params = { name: "daily" }
      const payload = {
        workflow: "report",
        input: { shop: "all", token: "sesame" },
        every: "1 day",
        overlap: "allow"
      } as const
      expect(yield* api.schedules.ensureSchedule({ params, payload })).toEqual({ schedule: "daily" })
      const shown = yield* eventually(
        "it is active",
        Effect.map(api.schedules.schedule({ params }), (one) => one.status === "active" && one)
      )
      expect(shown.next).toHaveLength(5)
      expect(JSON.stringify(shown)).not.toContain("sesame")
      const { runId } = yield* api.schedules.triggerSchedule({ params, payload: { id: "1" } })
      yield* eventually(
        "it is started",
        Effect.map(api.schedules.schedule({ params }), ({ started }) => started === 1)
      )
      expect(yield* engine.client.wait(report, runId)).toBe("all")
      yield* api.schedules.pauseSchedule({ params, payload: { note: "enough" } })
      yield* eventually(
        "it is paused",
        Effect.map(api.schedules.schedule({ params }), ({ paused }) => paused?.note === "enough")
      )
      const range = { from: "2026-01-01T00:00:00Z", until: "2026-01-02T00:00:00Z" }
      yield* api.schedules.backfillSchedule({ params, payload: range })
      const waiting = { from: Date.parse(range.from), until: Date.parse(range.until) }
      const told = Effect.map(api.schedules.schedule({ params }), (one) => one.backfills !== undefined && one)
      expect(yield* eventually("the range is told", told)).toMatchObject({ started: 1, backfills: [waiting] })
      yield* api.schedules.resumeSchedule({ params, payload: {} })
      yield* eventually(
        "three runs",
        Effect.map(api.schedules.schedule({ params }), ({ started }) => started === 3)
      )
      const wrong = (body: object) =>
        Effect.flip(api.schedules.ensureSchedule({ params: { name: "x" }, payload: { ...payload, ...body } }))
      expect((yield* wrong({ every: "never" }))._tag).toBe("ScheduleInvalid")
      expect((yield* wrong({ input: { shop: 1 } }))._tag).toBe("InputInvalid")
      expect((yield* Effect.flip(api.schedules.ensureSchedule({ params: { name: "a b" }, payload })))._tag).toBe(
        "ScheduleInvalid"
      )
      yield* api.schedules.removeSchedule({ params, payload: {} })
      yield* eventually(
        "it is removed",
        Effect.map(api.schedules.schedule({ params }), ({ status }) => status === "removed")
      )
      expect((yield* Effect.flip(api.schedules.ensureSchedule({ params, payload })))._tag).toBe("ScheduleEnded")
      const anew = { ...payload, again: true }
      expect(yield* api.schedules.ensureSchedule({ params, payload: anew })).toEqual({ schedule: "daily" })
      yield* eventually(
        "it has begun anew",
        Effect.map(api.schedules.schedule({ params }), ({ status }) => status === "active")
      )
      const triggered = yield* api.schedules.triggerSchedule({ params, payload: { id: "anew" } })
      yield* eventually(
        "its run is there",
        Effect.map(Effect.option(engine.client.get(triggered.runId)), ({ _tag }) => _tag === "Some")
      )
      expect(yield* engine.client.wait(report, triggered.runId)).toBe("all")
      // One that runs is left as it is.
      yield* api.schedules.ensureSchedule({ params, payload: anew })
      expect((yield* api.schedules.schedule({ params })).status).toBe("active")
    })
  )
})
