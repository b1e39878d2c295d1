import * as Effect from "effect/Effect"
import { expect } from "vitest"
import { scheduleRunId } from "../../src/actor/calls/schedules/scheduleWorkflow.ts"
import { type Client, defineSchedule } from "../../src/index.ts"
import { onEachStore } from "../client/eachStore.ts"
import { eventually, live } from "../streams/engine.ts"
import { never, report, settled } from "./parts.ts"

const define = (day: string) => defineSchedule("one", { workflow: report, input: { day }, ...never })

/** What its next run is given. */
const eventuallyGives = (client: Client["Service"], day: string) =>
  Effect.gen(function* () {
    yield* eventually(
      "it goes on",
      Effect.map(client.schedules.get("one"), ({ status }) => status === "active")
    )
    const { runId } = yield* client.schedules.trigger("one")
    expect(
      yield* eventually(
        "its run is there",
        Effect.catchTag(client.wait(report, runId), "RunNotFound", () => Effect.succeed(undefined))
      )
    ).toBe(`${day} of schedule/one`)
  })

const eventuallyIs = (client: Client["Service"], status: string) =>
  eventually(
    `it is ${status}`,
    Effect.map(client.schedules.get("one"), (one) => one.status === status)
  )

onEachStore("schedules of which more is asked before they are turned", (newStore) => {
  live("removed and made again it goes on, and not made again it stays removed", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows: [report] })
      yield* engine.client.schedules.ensure(define("1"))
      yield* settled(engine.client, "one")
      yield* engine.close
      const client = yield* open.client
      yield* client.schedules.remove("one")
      expect(yield* client.schedules.ensure(define("1"))).toBe("ended")
      for (const expected of ["created", "same"])
        expect(yield* client.schedules.ensure(define("1"), { again: true })).toBe(expected)
      yield* eventuallyGives((yield* open({ workflows: [report] })).client, "1")
    })
  )

  live("of one that has ended: made again, removed, made again and changed, the last that was asked for stands", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows: [report] })
      yield* engine.client.schedules.ensure(define("1"))
      yield* settled(engine.client, "one")
      yield* engine.client.schedules.remove("one")
      yield* eventuallyIs(engine.client, "removed")
      yield* engine.close
      const client = yield* open.client
      const again = { again: true }
      expect(yield* client.schedules.ensure(define("2"), again)).toBe("created")
      expect((yield* client.schedules.get("one")).status).toBe("starting")
      yield* client.schedules.remove("one")
      expect((yield* client.schedules.get("one")).status).toBe("removed")
      expect(yield* client.schedules.ensure(define("2"))).toBe("ended")
      expect(yield* client.schedules.ensure(define("2"), again)).toBe("created")
      // The one that it was long ago, and is no more.
      expect(yield* client.schedules.ensure(define("1"))).toBe("changed")
      expect(yield* client.schedules.ensure(define("1"), again)).toBe("same")
      yield* eventuallyGives((yield* open({ workflows: [report] })).client, "1")
    })
  )

  live("made again and removed as often, it is removed", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows: [report] })
      yield* engine.client.schedules.ensure(define("1"))
      yield* settled(engine.client, "one")
      yield* engine.close
      const client = yield* open.client
      for (const _ of [1, 2, 3]) {
        yield* client.schedules.remove("one")
        expect(yield* client.schedules.ensure(define("1"), { again: true })).toBe("created")
      }
      yield* client.schedules.remove("one")
      const { client: later } = yield* open({ workflows: [report] })
      yield* eventuallyIs(later, "removed")
      yield* eventually(
        "its last generation has ended",
        Effect.map(
          later.get(scheduleRunId("one")),
          ({ generation, status }) => status === "cancelled" && generation === 3
        )
      )
    })
  )

  live("terminated and made again it goes on", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open({ workflows: [report] })
      yield* engine.client.schedules.ensure(define("1"))
      yield* settled(engine.client, "one")
      yield* engine.close
      const client = yield* open.client
      yield* client.terminate(scheduleRunId("one"))
      expect(yield* client.schedules.ensure(define("2"))).toBe("ended")
      expect(yield* client.schedules.ensure(define("2"), { again: true })).toBe("created")
      yield* eventuallyGives((yield* open({ workflows: [report] })).client, "2")
    })
  )

  live("a run of another workflow that has its id is no schedule, though nobody has turned it", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const client = yield* open.client
      yield* client.start(report, { runId: scheduleRunId("one"), input: { day: "1" } })
      const asked = [client.schedules.get("one"), client.schedules.pause("one"), client.schedules.remove("one")]
      for (const ask of asked)
        expect(yield* Effect.flip(ask as Effect.Effect<unknown, unknown>)).toMatchObject({ _tag: "ScheduleNotFound" })
      expect(yield* client.schedules.ensure(define("1"), { again: true })).toBe("taken")
    })
  )
})
