import type { DatabaseSync } from "node:sqlite"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineStep, defineWorkflow, type StepContext, type StepOptions } from "../../src/index.ts"
import { onEachStore } from "../client/eachStore.ts"
import { eventually, live, openEngine, tempFile, withSql } from "./engine.ts"
import { faulty } from "./faults.ts"

const Done = Schema.Struct({ done: Schema.Int })
type Done = typeof Done.Type
type Context = StepContext<Done>
type Options = StepOptions<void, number, never, never, Done>

/** One step with heartbeats, and a workflow that tells how it ended. */
const single = (run: Options["run"], options: Partial<Options> = {}) => {
  const seen: Array<{ readonly attempt: number; readonly lastDetails: Done | undefined; readonly at: number }> = []
  const step = defineStep("step", {
    input: Schema.Void,
    output: Schema.Number,
    details: Done,
    // Long enough for a busy machine to renew a claim three times in it.
    heartbeat: 2_000,
    timeout: "Infinity",
    ...options,
    run: (input, context) => {
      seen.push({ attempt: context.attempt, lastDetails: context.lastDetails, at: Date.now() })
      return run(input, context)
    }
  })
  const workflow = defineWorkflow("tells", {
    input: Schema.Void,
    output: Schema.String,
    run: () =>
      Effect.match(step.orFail(), {
        onFailure: (error) => `${error.reason} after ${error.attempts}`,
        onSuccess: String
      })
  })
  return { steps: [step], workflows: [workflow], workflow, seen }
}

/** At work for so long, with a heartbeat every now and then. */
const beating = ({ heartbeat }: Context, forMs: number) =>
  Effect.gen(function* () {
    for (let done = 0; done * 50 < forMs; done++) {
      yield* heartbeat({ done })
      yield* Effect.sleep(50)
    }
  })

onEachStore("Heartbeats", (newStore) => {
  live("keep a step alive for longer than one of them", () =>
    Effect.gen(function* () {
      const one = single((_, context) => Effect.as(beating(context, 5_000), 1))
      const open = yield* newStore
      const { client } = yield* open(one)
      expect(yield* client.execute(one.workflow, { input: undefined })).toBe("1")
      expect(one.seen.length).toBe(1)
    })
  )

  live("that are missed are failed attempts, and the next one is told how far the last was", () =>
    Effect.gen(function* () {
      const one = single(
        (_, { attempt, heartbeat, lastDetails }) => {
          heartbeat({ done: (lastDetails?.done ?? 0) + 10 })
          heartbeat({ done: (lastDetails?.done ?? 0) + 11 })
          return attempt < 3 ? Effect.never : Effect.succeed(lastDetails?.done ?? -1)
        },
        { retry: { attempts: 3, initial: 1 } }
      )
      const open = yield* newStore
      const { client } = yield* open(one)
      expect(yield* client.execute(one.workflow, { runId: "r", input: undefined })).toBe("22")
      expect(one.seen.map(({ lastDetails }) => lastDetails?.done)).toEqual([undefined, 11, 22])
      const history = yield* client.history("r")
      const message = history.find(({ key }) => key === "step/step#0")?.message
      expect(message).toMatchObject({ tries: [{ error: expect.stringContaining("no heartbeat for 2000 ms") }, {}] })
    })
  )

  live("are told to the next attempt in whatever way the one before failed, at once as well", () =>
    Effect.gen(function* () {
      const one = single(
        (_, { attempt, heartbeat, lastDetails }) => {
          heartbeat({ done: attempt })
          if (attempt === 1) throw new Error("no")
          if (attempt === 2) return Effect.die("no")
          if (attempt === 3) return Promise.reject(new Error("no"))
          return Effect.succeed(lastDetails?.done ?? -1)
        },
        { retry: { attempts: 4, initial: 1 } }
      )
      const open = yield* newStore
      const { client } = yield* open(one)
      expect(yield* client.execute(one.workflow, { input: undefined })).toBe("3")
      expect(one.seen.map(({ lastDetails }) => lastDetails?.done)).toEqual([undefined, 1, 2, 3])
    })
  )

  live("end with a typed failure when the attempts are used up", () =>
    Effect.gen(function* () {
      const one = single(() => new Promise(() => undefined), { heartbeat: 1_000, retry: { attempts: 2, initial: 1 } })
      const open = yield* newStore
      const { client } = yield* open(one)
      expect(yield* client.execute(one.workflow, { input: undefined })).toBe("heartbeat after 2")
    })
  )
})

describe("Heartbeats", () => {
  live("with details that do not fit are mistakes of the code", () =>
    Effect.gen(function* () {
      const one = single(
        (_, { heartbeat }) => {
          heartbeat({ done: "seven" } as never)
          return Effect.succeed(1)
        },
        { retry: { attempts: 1 } }
      )
      const { client } = yield* openEngine(one)
      expect(yield* client.execute(one.workflow, { input: undefined })).toBe("defect after 1")
    })
  )

  live("are nothing to a step that does not ask for them", () =>
    Effect.gen(function* () {
      const plain = defineStep("plain", {
        input: Schema.Void,
        output: Schema.Void,
        run: async (_, { heartbeat, lastDetails }) => {
          heartbeat()
          expect(lastDetails).toBeUndefined()
        }
      })
      const calls = defineWorkflow("calls", { input: Schema.Void, output: Schema.Void, run: () => plain() })
      const { client } = yield* openEngine({ workflows: [calls], steps: [plain] })
      yield* client.execute(calls, { input: undefined })
    })
  )

  live("find a worker that is gone within their time, however long messages are hidden; its details are not lost", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const one = single((_, context) =>
        context.lastDetails === undefined ? Effect.as(beating(context, 60_000), 1) : Effect.succeed(2)
      )
      const state = { isGone: false }
      // From then on nobody hears of the first host again, as far as the store can tell.
      const faults = { isAway: () => state.isGone, tried: new Map<string, number>() }
      // One place: the first host asks for no more messages while the step runs, and cannot be handed this one again when it is gone.
      const hosts = { ...one, filename, visibility: "10 minutes", grace: 10, stepConcurrency: 1 } as const
      const first = yield* openEngine({ ...hosts, wrap: faulty(faults) })
      yield* first.client.start(one.workflow, { runId: "r", input: undefined })
      yield* eventually(
        "its details are written down",
        withSql(filename, (sql) => sql.prepare("select 1 from step_marks where body like '%done%'").get() !== undefined)
      )
      // The claim on such a step is as short as its heartbeat, in the store as well.
      const claim = yield* withSql(
        filename,
        (sql) => sql.prepare("select visible_at as at from queue where lane = 0").get() as { readonly at: number }
      )
      expect(claim.at - Date.now()).toBeLessThanOrEqual(2_000)
      state.isGone = true
      const second = yield* openEngine(hosts)
      expect(yield* second.client.wait(one.workflow, "r")).toBe("2")
      const [begun, again] = one.seen
      expect(again?.lastDetails?.done).toBeGreaterThanOrEqual(0)
      expect([begun?.attempt, again?.attempt]).toEqual([1, 1])
    })
  )

  live("tell a host that takes over what was told, when the first shuts down", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const one = single(
        (_, context) =>
          context.lastDetails === undefined
            ? Effect.andThen(context.heartbeat({ done: 5 }), Effect.never)
            : Effect.succeed(context.lastDetails.done),
        { heartbeat: "1 minute" }
      )
      const first = yield* openEngine({ ...one, filename, grace: 10 })
      yield* first.client.start(one.workflow, { runId: "r", input: undefined })
      yield* eventually(
        "it has begun",
        Effect.sync(() => one.seen.length === 1)
      )
      yield* first.close
      const second = yield* openEngine({ ...one, filename })
      expect(yield* second.client.wait(one.workflow, "r")).toBe("5")
    })
  )
})

onEachStore("At most once an attempt", (newStore, store) => {
  const once = (run: StepOptions<void, number, never, never>["run"], retry: { attempts: number; initial: number }) => {
    const attempts: Array<number> = []
    const step = defineStep("once", {
      input: Schema.Void,
      output: Schema.Number,
      atMostOnce: true,
      timeout: "Infinity",
      retry,
      run: (input, context) => {
        attempts.push(context.attempt)
        return run(input, context)
      }
    })
    const workflow = defineWorkflow("tells", {
      input: Schema.Void,
      output: Schema.String,
      run: () =>
        Effect.match(step.orFail(), {
          onFailure: (error) => `${error.reason} after ${error.attempts}`,
          onSuccess: String
        })
    })
    return { attempts, workflow, workflows: [workflow], steps: [step] }
  }

  live("a step without trouble runs once, and retries are attempts of their own", () =>
    Effect.gen(function* () {
      const one = once((_, { attempt }) => (attempt < 3 ? Effect.die("no") : Effect.succeed(attempt)), {
        attempts: 5,
        initial: 1
      })
      const open = yield* newStore
      const { client } = yield* open(one)
      expect(yield* client.execute(one.workflow, { input: undefined })).toBe("3")
      expect(one.attempts).toEqual([1, 2, 3])
    })
  )

  if (store === "aws") return
  live.each([1, 2])("an attempt whose host is gone is a failed one, of %s", (attempts) =>
    Effect.gen(function* () {
      const open = yield* newStore
      const one = once((_, { attempt }) => (attempt === 1 ? Effect.never : Effect.succeed(attempt)), {
        attempts,
        initial: 1
      })
      const visibility = 300
      const first = yield* open({ ...one, visibility, grace: 10 })
      yield* first.client.start(one.workflow, { runId: "r", input: undefined })
      yield* eventually(
        "it has begun",
        Effect.sync(() => one.attempts.length === 1)
      )
      yield* first.close
      const second = yield* open({ ...one, visibility })
      expect(yield* second.client.wait(one.workflow, "r")).toBe(attempts === 1 ? "interrupted after 1" : "2")
      expect(one.attempts).toEqual(attempts === 1 ? [1] : [1, 2])
    })
  )

  live("a message that came twice is looked at again within a heartbeat, however long others are hidden", () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const gate = { open: false }
      const step = defineStep("once", {
        input: Schema.Void,
        output: Schema.Number,
        atMostOnce: true,
        heartbeat: "2 seconds",
        run: (_, { attempt, heartbeat }) => {
          const beat = Effect.andThen(heartbeat(), Effect.sleep(50))
          return Effect.as(Effect.repeat(beat, { until: () => gate.open }), attempt)
        }
      })
      const workflow = defineWorkflow("tells", { input: Schema.Void, output: Schema.Number, run: () => step() })
      const host = yield* openEngine({ workflows: [workflow], steps: [step], filename, visibility: "10 minutes" })
      yield* host.client.start(workflow, { runId: "r", input: undefined })
      yield* eventually(
        "it has begun",
        withSql(filename, (sql) => sql.prepare("select 1 from step_marks").get() !== undefined)
      )
      const copy =
        "insert into queue (nonce, visible_at, receives, owner, dead, lane, tag, body) select nonce + 1, 0, 0, null, dead, lane, null, body from queue where lane = 0"
      const { lastInsertRowid: id } = yield* withSql(filename, (sql) => sql.prepare(copy).run())
      const bodyOf = (sql: DatabaseSync) => sql.prepare("select body from queue where id = ?").get(id)
      const sent = yield* withSql(filename, bodyOf)
      const isHidden = "select visible_at as at from queue where id = ? and receives > 0"
      const body = yield* eventually(
        "the other message comes back soon",
        withSql(filename, (sql) => {
          const row = sql.prepare(isHidden).get(id) as { readonly at: number } | undefined
          return row !== undefined && row.at - Date.now() <= 2_000 && bodyOf(sql)
        })
      )
      // As it was sent: it is no second attempt.
      expect(body).toEqual(sent)
      gate.open = true
      expect(yield* host.client.wait(workflow, "r")).toBe(1)
    })
  )
})
