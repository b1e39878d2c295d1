import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect, it } from "vitest"
import type { Head } from "../../src/actor/history/head.ts"
import { StoreRefused, StoreUnavailable } from "../../src/store/errors.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { type QueueMessage, StepQueue } from "../../src/store/stepQueue.ts"
import { Runs } from "../../src/streams/turns/runs.ts"
import { Looks } from "../../src/streams/wakeups/looks.ts"
import { lookThrough } from "../../src/streams/wakeups/lookThrough.ts"
import { sweep } from "../../src/streams/wakeups/sweeper.ts"

/**
 * Two pages of the table, with a run each: the turn of the first does not end, and what else is said. All that is done is noted with the seconds
 * that have gone by.
 */
const world = (queue: () => Effect.Effect<void, StoreUnavailable | StoreRefused>, slowHead?: Partial<Head>) => {
  const notes: Array<string> = []
  const sent: Array<QueueMessage> = []
  const note = (what: string) =>
    Effect.flatMap(
      Effect.clockWith(({ currentTimeMillis }) => currentTimeMillis),
      (now) => Effect.sync(() => void notes.push(`${now / 1_000} ${what}`))
    )
  const head = (runId: string) => Effect.succeed(runId === "slow" ? slowHead : undefined)
  const isListed = (status: string) => status === "parked"
  const table = {
    scanUnstarted: (cursor?: string) =>
      Effect.as(
        note(`reads ${cursor ?? "the first page"}`),
        cursor === undefined ? { runIds: ["slow"], cursor: "the second page" } : { runIds: ["other"] }
      ),
    readHead: head,
    readRun: (runId: string) => Effect.map(head(runId), (head) => ({ head, messages: [], segments: [] })),
    list: ({ status }: { readonly status: string }) =>
      Effect.succeed({
        runs: (isListed(status) ? ["slow", "other"] : []).map((runId) => ({
          runId,
          generation: 0,
          status,
          updatedAt: 0
        }))
      })
  }
  const turn = (runId: string, keys: ReadonlyArray<string>) =>
    Effect.andThen(note([`turns ${runId}`, ...keys].join(" ")), runId === "slow" ? Effect.never : Effect.void)
  const runs = {
    ring: turn,
    look: (runId: string) => turn(runId, []),
    park: (runId: string, { message }: StoreRefused) => note(`parks ${runId}: ${message}`)
  }
  const send = (messages: ReadonlyArray<QueueMessage>) =>
    Effect.andThen(
      queue(),
      Effect.sync(() => void sent.push(...messages))
    )
  const context = Context.make(RunTable, table as unknown as RunTable["Service"]).pipe(
    Context.add(Runs, runs as unknown as Runs["Service"]),
    Context.add(StepQueue, { send } as unknown as StepQueue["Service"])
  )
  /** What it comes to in a minute of virtual time; undefined: nothing. */
  const inAMinute = <A, E>(effect: Effect.Effect<A, E, RunTable | Runs | StepQueue>) =>
    Effect.gen(function* () {
      const fiber = yield* Effect.forkChild(effect)
      for (let second = 0; second < 60; second++) yield* TestClock.adjust(1_000)
      const exit = fiber.pollUnsafe()
      if (exit === undefined) yield* Fiber.interrupt(fiber)
      return exit?._tag === "Success" ? exit.value : undefined
    }).pipe(Effect.provideContext(context), Effect.provide(TestClock.layer()), Effect.runPromise)
  return { notes, sent, inAMinute }
}

const away = new StoreUnavailable({ operation: "StepQueue.send", message: "away" })

describe("a look through the table that meets a run which does not come to rest", () => {
  it("hands it to the queue, and goes on to the next page", async () => {
    const { inAMinute, notes, sent } = world(() => Effect.void)
    expect(await inAMinute(lookThrough())).toEqual({ found: 2, failed: 0 })
    expect(notes).toEqual(["0 reads the first page", "0 turns slow", "10 reads the second page", "10 turns other"])
    expect(sent).toEqual([{ kind: "wake", runId: "slow", notBefore: 10_000 }])
  })

  it("says of one that has ended which row it is for", async () => {
    const { inAMinute, sent } = world(() => Effect.void, { status: "continued" })
    await inAMinute(lookThrough())
    expect(sent).toMatchObject([{ runId: "slow", key: "restart/" }])
  })

  it("waits for it as long as the queue does not take it: whoever goes on from a page relies on all before it", async () => {
    let isAway = true
    const { inAMinute, notes, sent } = world(() =>
      Effect.suspend(() => {
        const answer = isAway ? Effect.fail(away) : Effect.void
        isAway = false
        return answer
      })
    )
    expect(await inAMinute(lookThrough())).toEqual({ found: 2, failed: 0 })
    expect(notes.slice(2)).toEqual(["20 reads the second page", "20 turns other"])
    expect(sent).toHaveLength(1)
    const { inAMinute: never, notes: without } = world(() => Effect.fail(away))
    expect(await never(lookThrough())).toBeUndefined()
    expect(without).toEqual(["0 reads the first page", "0 turns slow"])
  })

  it("parks it where the queue will never take it, as nobody else knows of it", async () => {
    const { inAMinute, notes } = world(() =>
      Effect.fail(new StoreRefused({ operation: "StepQueue.send", message: "no such name" }))
    )
    expect(await inAMinute(lookThrough())).toEqual({ found: 2, failed: 0 })
    expect(notes.slice(2)).toEqual(["10 parks slow: no such name", "10 reads the second page", "10 turns other"])
  })
})

describe("a pass of the sweeper that meets a run which does not come to rest", () => {
  it("looks at the others, and comes to its end: it comes back to the one", async () => {
    const { inAMinute, notes } = world(() => Effect.void, { status: "running" })
    expect(await inAMinute(sweep({ quietMs: 0, looks: new Looks() }))).toMatchObject({
      scanned: 2,
      retried: 2,
      failed: 1
    })
    expect(notes).toEqual(["0 turns slow", "0 turns other"])
  })
})
