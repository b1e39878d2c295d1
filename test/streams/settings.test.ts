import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { defineStream } from "../../src/actor/calls/stream.ts"
import { defineWorkflow } from "../../src/actor/definitions/workflow.ts"
import { eventStream } from "../../src/http/eventStream.ts"
import { makeTurnFunctions } from "../../src/http/makeHandlers.ts"
import { makeLimits } from "../../src/http/server/limits.ts"
import { awsStore } from "../../src/store/aws/awsStore.ts"
import { kmsCodec } from "../../src/store/aws/kms/kmsCodec.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { hostLayer } from "../../src/streams/host.ts"
import { flaky, TestRuntime } from "../../src/testing.ts"
import { live, openEngine } from "./engine.ts"

// A number that came from a variable which is not set is NaN, and Effect takes that for no time at all: a host would delete each run as it ends.

const workflow = defineWorkflow("over", { input: Schema.Null, output: Schema.Null, run: () => Effect.succeed(null) })
const host = (settings: object) => () => hostLayer({ workflows: [workflow], steps: [], ...settings })
const names = { tableName: "t", queueUrl: "q", deadLetterQueueUrl: "d", bucketName: "b" }

describe("settings that are none throw where they are given, with their names", () => {
  it.each<[string, () => unknown]>([
    ["a host: retention is NaN", host({ retention: Number.NaN })],
    ["a host: retention is -1", host({ retention: -1 })],
    ["a host: retention is 0", host({ retention: 0 })],
    ["a host: retention is { day: 30 }", host({ retention: { day: 30 } })],
    ["a host: retention is null", host({ retention: null })],
    ["a host: sweepInterval is NaN", host({ sweepInterval: Number.NaN })],
    ["a host: purgeInterval is 0", host({ purgeInterval: 0 })],
    ['a host: visibility is "soon"', host({ visibility: "soon" })],
    ["a host: grace is -5", host({ grace: -5 })],
    ["a host: quiet is NaN", host({ quiet: Number.NaN })],
    ["a host: queueRetention is NaN", host({ queueRetention: Number.NaN })],
    ["a host: stepConcurrency is NaN", host({ stepConcurrency: Number.NaN })],
    ["a host: stepConcurrency is 1.5", host({ stepConcurrency: 1.5 })],
    ["a host: warmRuns is -1", host({ warmRuns: -1 })],
    ["a host: budget is NaN", host({ budget: Number.NaN })],
    ['a host: turnLimitMs is "1 second"', host({ turnLimitMs: "1 second" })],
    [
      "tuning: quietMs is NaN",
      () => makeTurnFunctions({ workflows: [workflow], steps: [], tuning: { quietMs: Number.NaN } } as never)
    ],
    ['sqliteStore: filename is ""', () => sqliteStore({ filename: "" })],
    ["sqliteStore: filename is undefined", () => sqliteStore({ filename: undefined as never })],
    ["sqliteStore: maxReceives is NaN", () => sqliteStore({ filename: ":memory:", maxReceives: Number.NaN })],
    ["awsStore: inlineLimitBytes is NaN", () => awsStore({ ...names, inlineLimitBytes: Number.NaN })],
    ["kmsCodec: maxAge is NaN", () => kmsCodec({ maxAge: Number.NaN })],
    ["kmsCodec: maxUses is NaN", () => kmsCodec({ maxUses: Number.NaN })],
    ["seed: NaN", () => new TestRuntime({ seed: Number.NaN })],
    ["startAt: NaN", () => new TestRuntime({ startAt: Number.NaN })],
    ["flaky: a probability", () => flaky(true as never)]
  ])("%s", (message, make) => {
    expect(make).toThrow(message)
  })

  it.each<[string, object]>([
    ["limits of a server: mostWaits is NaN", { mostWaits: Number.NaN }],
    ["limits of a server: requestTimeoutMs is 0", { requestTimeoutMs: 0 }],
    ["limits of a server: callerRate: requests is NaN", { callerRate: { requests: Number.NaN, perMs: 1_000 } }]
  ])("%s", (message, limits) => {
    expect(() => makeLimits(limits)).toThrow(message)
  })

  live("a stream of events whose comments come without a pause is none", () =>
    Effect.gen(function* () {
      const { services } = yield* openEngine({ workflows: [workflow] })
      const days = defineStream("days", Schema.String)
      const events = eventStream(new Request("http://localhost/"), "r", days, { keepAliveMs: Number.NaN })
      expect(String(yield* Effect.exit(Effect.provideContext(events, services)))).toContain(
        "eventStream: keepAliveMs is NaN"
      )
    })
  )

  it("and are taken at the edge of sense", () => {
    expect(
      host({ retention: "Infinity", stepConcurrency: 0, warmRuns: Number.POSITIVE_INFINITY, quiet: 0, grace: 0 })
    ).not.toThrow()
    expect(() => sqliteStore({ filename: "runs.db", inlineLimitBytes: Number.POSITIVE_INFINITY })).not.toThrow()
  })

  live("and the id of a deleted run is taken for no time that is none", () =>
    Effect.gen(function* () {
      const { client } = yield* openEngine({ workflows: [workflow] })
      yield* client.start(workflow, { runId: "r", input: null })
      yield* client.wait(workflow, "r")
      const exit = yield* Effect.exit(client.delete("r", { tombstone: Number.NaN }))
      expect(String(exit)).toContain("tombstone of a deletion is NaN: a duration of 0 or more")
      expect((yield* client.get("r")).status).toBe("succeeded")
    })
  )

  it("and neither does time pass in a test by none", async () => {
    await expect(new TestRuntime().advance({ day: 1 } as never)).rejects.toThrow("the time to advance by is { day: 1 }")
  })
})
