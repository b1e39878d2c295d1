import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { type Message, messageKey } from "../../src/actor/history/message.ts"
import { defineSignal, defineStep, defineWorkflow } from "../../src/index.ts"
import { eventually, live, openClient, openEngine, tempFile, withSql } from "./engine.ts"

const next = defineSignal("next", Schema.Number)
const count = 60

/** Hands back the numbers that it was sent, in the order in which they came. */
const collects = defineWorkflow("collects", {
  input: Schema.Number,
  output: Schema.Array(Schema.Number),
  run: (wanted) => Effect.forEach(Array.from({ length: wanted }), () => next.receive)
})

const inOrder = Array.from({ length: count }, (_, index) => index)

/** A clock that stands still, or steps back with every look. */
const clockOf = (nowMs: () => number) => {
  const clock: Clock.Clock = {
    currentTimeMillisUnsafe: nowMs,
    currentTimeMillis: Effect.sync(nowMs),
    currentTimeNanosUnsafe: () => BigInt(nowMs()) * 1_000_000n,
    currentTimeNanos: Effect.sync(() => BigInt(nowMs()) * 1_000_000n),
    monotonicTimeNanosUnsafe: () => BigInt(nowMs()) * 1_000_000n,
    monotonicTimeNanos: Effect.sync(() => BigInt(nowMs()) * 1_000_000n),
    sleep: () => Effect.void
  }
  return Effect.provideService(Clock.Clock, clock)
}

describe("signals of one sender, each sent after the one before was acknowledged", () => {
  const clocks = [
    ["fall into one millisecond", () => 1_800_000_000_000],
    [
      "are sent by a clock that steps back",
      (
        (now) => () =>
          (now -= 1_000)
      )(1_800_000_000_000)
    ],
    ["are sent by the clock of the machine", Date.now]
  ] as const

  for (const [what, now] of clocks) {
    live(`arrive in their order when they ${what} and no host is there`, () =>
      Effect.gen(function* () {
        const filename = yield* tempFile
        const client = yield* openClient(filename)
        yield* client.start(collects, { runId: "r", input: count })
        for (const value of inOrder) yield* client.signal("r", next, value).pipe(clockOf(now))
        const engine = yield* openEngine({ filename, workflows: [collects] })
        expect(yield* engine.client.wait(collects, "r")).toEqual(inOrder)
      })
    )

    live(`arrive in their order when they ${what} and another process turns the run`, () =>
      Effect.gen(function* () {
        const filename = yield* tempFile
        const engine = yield* openEngine({ filename, workflows: [collects] })
        const client = yield* openClient(filename)
        yield* client.start(collects, { runId: "r", input: count })
        for (const value of inOrder) yield* client.signal("r", next, value).pipe(clockOf(now))
        expect(yield* engine.client.wait(collects, "r")).toEqual(inOrder)
      })
    )
  }

  live("arrive in their order though each is sent by another client of the file, and the clock steps back", () =>
    Effect.gen(function* () {
      for (const isUp of [false, true]) {
        const filename = yield* tempFile
        const senders = yield* Effect.forEach([1, 2, 3], () => openClient(filename))
        const first = isUp ? yield* openEngine({ filename, workflows: [collects] }) : undefined
        // One of them is the host's own, whose doorbells come to it first.
        if (first !== undefined) senders.push(first.client)
        const [sender] = senders
        yield* (sender as (typeof senders)[number]).start(collects, { runId: "r", input: count })
        for (const value of inOrder) {
          const client = senders[value % senders.length] as (typeof senders)[number]
          yield* client.signal("r", next, value).pipe(clockOf(() => 1_800_000_000_000 - value))
        }
        const { client } = first ?? (yield* openEngine({ filename, workflows: [collects] }))
        expect(yield* client.wait(collects, "r")).toEqual(inOrder)
      }
    })
  )

  live("arrive in their order though the host hears of the last one only", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const engine = yield* openEngine({ filename, workflows: [collects], warmRuns: 10 })
      yield* engine.client.start(collects, { runId: "r", input: 4 })
      yield* eventually(
        "it waits",
        Effect.map(engine.client.get("r"), ({ messages }) => messages === 1)
      )
      const row = (id: number, previous?: ReadonlyArray<string>): Message => ({
        kind: "signal",
        at: 1_800_000_000_000 - id,
        name: "next",
        id: String(id),
        payload: { json: String(id) },
        ...(previous === undefined ? {} : { previous })
      })
      yield* engine.table.put("r", row(0)).pipe(Effect.orDie)
      yield* eventually(
        "it has the first",
        Effect.map(engine.client.get("r"), ({ messages }) => messages === 2)
      )
      // Their doorbells are lost.
      for (const lost of [row(1, ["signal/next/0"]), row(2, ["signal/next/1"])]) {
        yield* withSql(filename, (sql) =>
          sql
            .prepare("insert into inbox (run, key, at, body) values ('r', ?, ?, ?)")
            .run(messageKey(lost), lost.at, JSON.stringify(lost))
        )
      }
      yield* engine.table.put("r", row(3, ["signal/next/2"])).pipe(Effect.orDie)
      expect(yield* engine.client.wait(collects, "r")).toEqual([0, 1, 2, 3])
    })
  )
})

describe("time", () => {
  live("twenty sleeps that are due at one time wake in the order in which they were set", () =>
    Effect.gen(function* () {
      const sleepers = defineWorkflow("sleepers", {
        input: Schema.Void,
        output: Schema.Array(Schema.Number),
        run: () =>
          Effect.suspend(() => {
            const woken: Array<number> = []
            const one = (_: unknown, index: number) =>
              Effect.andThen(
                Effect.sleep(60),
                Effect.sync(() => void woken.push(index))
              )
            return Effect.as(Effect.forEach(Array.from({ length: 20 }), one, { concurrency: "unbounded" }), woken)
          })
      })
      const { client } = yield* openEngine({ workflows: [sleepers] })
      const woken = yield* client.execute(sleepers, { runId: "r", input: undefined })
      expect(woken).toEqual(Array.from({ length: 20 }, (_, index) => index))
    })
  )

  const decide = defineStep("decide", {
    input: Schema.String,
    output: Schema.String,
    run: (verdict) => Effect.succeed(verdict)
  })
  const approval = defineWorkflow("approval", {
    input: Schema.Number,
    output: Schema.String,
    run: (deadlineMs) =>
      Effect.flatMap(Effect.timeoutOption(next.receive, deadlineMs), (answer) =>
        decide(Option.isSome(answer) ? "approved" : "too late")
      )
  })

  live("a time-out that was due before a signal was sent wins, though no host was there in between", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const runIds = Array.from({ length: 12 }, (_, index) => `r-${index}`)
      const first = yield* openEngine({ filename, workflows: [approval], steps: [decide] })
      for (const runId of runIds) yield* first.client.start(approval, { runId, input: 400 })
      yield* eventually(
        "all wait",
        Effect.map(
          Effect.forEach(runIds, (runId) => first.client.get(runId)),
          (runs) => runs.every(({ waitingFor }) => waitingFor.length > 0)
        )
      )
      yield* first.close
      const client = yield* openClient(filename)
      yield* eventually(
        "the deadlines are past",
        Effect.map(client.get("r-11"), ({ startedAt }) => Date.now() > startedAt + 400)
      )
      for (const runId of runIds) yield* client.signal(runId, next, 1)
      const second = yield* openEngine({ filename, workflows: [approval], steps: [decide] })
      for (const runId of runIds) expect(yield* second.client.wait(approval, runId)).toBe("too late")
    })
  )

  live("a sender whose clock is an hour ahead stretches no sleep", () =>
    Effect.gen(function* () {
      const naps = defineWorkflow("naps", {
        input: Schema.Void,
        output: Schema.Number,
        run: () =>
          Effect.gen(function* () {
            yield* next.receive
            const from = yield* Clock.currentTimeMillis
            yield* Effect.sleep(200)
            return (yield* Clock.currentTimeMillis) - from
          })
      })
      const ahead = clockOf(() => Date.now() + 3_600_000)
      const { client } = yield* openEngine({ workflows: [naps] })
      const startedAt = Date.now()
      yield* client.start(naps, { runId: "r", input: undefined }).pipe(ahead)
      yield* client.signal("r", next, 1).pipe(ahead)
      // Were the sender's clock believed, this would take an hour, and the test's own time-out.
      expect(yield* client.wait(naps, "r")).toBeLessThan(60_000)
      const run = yield* client.get("r")
      expect(run.startedAt).toBeGreaterThanOrEqual(startedAt - 1_000)
      expect(run.startedAt).toBeLessThan(startedAt + 60_000)
    })
  )
})
