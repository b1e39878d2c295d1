import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { describe, expect } from "vitest"
import { type RunSummary, RunTable } from "../../src/store/runTable.ts"
import { Runs } from "../../src/streams/turns/runs.ts"
import { isLookDue, Looks } from "../../src/streams/wakeups/looks.ts"
import { type SweepOptions, sweep } from "../../src/streams/wakeups/sweeper.ts"

const minuteMs = 60_000
const hourMs = 60 * minuteMs

const summaries = (status: "running" | "parked", count: number, updatedAt = 0): Array<RunSummary> =>
  Array.from({ length: count }, (_, n) => ({
    runId: `${status}-${n}`,
    generation: 0,
    workflow: "w",
    definitionVersion: "1",
    status,
    startedAt: updatedAt,
    updatedAt
  }))

/** A listing in pages of so many, and the runs that were looked at. */
const world = (runs: Array<RunSummary>) => {
  const looked: Array<string> = []
  const state = { runs, looked, onLook: (_: string): void => undefined, listing: 0 }
  const note = (runId: string) =>
    Effect.sync(() => {
      looked.push(runId)
      state.onLook(runId)
    })
  let known = { runs: [] as ReadonlyArray<RunSummary>, count: 0, status: "", all: [] as ReadonlyArray<RunSummary> }
  const allOf = (status = ""): ReadonlyArray<RunSummary> => {
    if (known.runs !== state.runs || known.count !== state.runs.length || known.status !== status) {
      const all = state.runs.filter((run) => run.status === status)
      known = { runs: state.runs, count: state.runs.length, status, all }
    }
    return known.all
  }
  const table = {
    list: ({ status, limit = 100, cursor }: { status?: string; limit?: number; cursor?: string }) =>
      Effect.sync(() => {
        state.listing++
        const all = allOf(status)
        // Behind the last run of the page before, and not at a number: what has gone meanwhile shifts nobody.
        const from = cursor === undefined ? 0 : all.findIndex(({ runId }) => numberOf(runId) > Number(cursor))
        const page = from < 0 ? [] : all.slice(from, from + limit)
        const last = page.at(-1)
        const isEnd = last === undefined || last === all.at(-1)
        return isEnd ? { runs: page } : { runs: page, cursor: String(numberOf(last.runId)) }
      }),
    readHead: () => Effect.succeed(undefined),
    readRun: (runId: string) => Effect.as(note(runId), { head: undefined, segments: [], messages: [] })
  } as unknown as RunTable["Service"]
  const pass = (options: Partial<SweepOptions> & { readonly looks: Looks }) =>
    sweep({ quietMs: 0, ...options }).pipe(
      Effect.provideService(RunTable, table),
      Effect.provideService(Runs, { look: note } as unknown as Runs["Service"])
    )
  return { state, looked, pass }
}

const numberOf = (runId: string): number => Number(runId.split("-")[1])

/** So many runs, and no more. */
const forRuns = (count: number) => {
  let left = count
  return () => left-- > 0
}

describe("a run that stands still", () => {
  const dueMinutes = (run: { readonly runId: string; readonly since: number }, minutes: number) =>
    Array.from({ length: minutes }, (_, n) => n).filter((n) =>
      isLookDue(run, { after: (n - 1) * minuteMs, to: n * minuteMs })
    )

  it("is looked at at once, then after a minute, two, four, up to an hour, and then once in every hour", () => {
    const run = { runId: "r", since: 5 * minuteMs }
    const due = dueMinutes(run, 24 * 60)
    expect(due.slice(0, 6)).toEqual([5, 6, 8, 12, 20, 36])
    for (const [n, at] of due.slice(6).entries()) {
      const before = due[n + 5] as number
      expect(at - before).toBeLessThanOrEqual(n === 0 ? 92 : 60)
      if (n > 0) expect(at - before).toBe(60)
    }
  })

  it("is due in each window that has one of these moments in it, and in none that has not, however they are cut", () => {
    for (let n = 0; n < 50; n++) {
      const run = { runId: `r${n}`, since: 12_345 }
      const moments = dueMinutes(run, 600)
      for (const size of [1, 3, 7, 60]) {
        for (let to = size; to < 600; to += size) {
          const isIn = moments.some((at) => at > to - size && at <= to)
          expect(isLookDue(run, { after: (to - size) * minuteMs, to: to * minuteMs })).toBe(isIn)
        }
      }
    }
  })

  it("is due whatever its time if it was never looked at, and once in an hour by a clock that is ahead", () => {
    const never = Number.NEGATIVE_INFINITY
    expect(isLookDue({ runId: "r", since: 0 }, { after: never, to: 10 * hourMs + 1 })).toBe(true)
    const ahead = { runId: "r", since: 1_000 * hourMs }
    expect(dueMinutes(ahead, 600)).toHaveLength(10)
    expect(isLookDue(ahead, { after: never, to: hourMs })).toBe(true)
  })
})

describe("however many runs are quiet", () => {
  it.effect.each([9_000, 10_000, 10_001, 25_000])(
    "%i cost a sixtieth of them a pass, each once in an hour, and no memory",
    (count) =>
      Effect.gen(function* () {
        yield* TestClock.adjust("100 hours")
        const { looked, pass, state } = world(summaries("running", count))
        const looks = new Looks()
        yield* pass({ looks, pageSize: 1_000 })
        // A host that begins has been told of nothing: it looks at all of them, once.
        expect(new Set(looked).size).toBe(count)
        expect(looked).toHaveLength(count)
        looked.length = 0
        const passes = 60
        for (let n = 1; n <= passes; n++) {
          yield* TestClock.adjust("1 minute")
          const before = looked.length
          state.listing = 0
          yield* pass({ looks, pageSize: 1_000 })
          const share = count / 60
          expect(Math.abs(looked.length - before - share)).toBeLessThan(6 * Math.sqrt(share))
          // The two statuses, page by page.
          // One page each of parked and paused runs, of which there are none.
          expect(state.listing).toBe(2 + Math.ceil(count / 1_000))
        }
        expect(looked.toSorted()).toEqual(state.runs.map(({ runId }) => runId).toSorted())
        expect((looks.save() as string).length).toBeLessThan(200)
      }),
    // A million and a half of them are asked whether they are due.
    120_000
  )
})

it("whoever has found something of ten thousand runs, and of one more, looks at others as before", () => {
  const looks = new Looks()
  looks.begin(0)
  for (let n = 0; n <= 10_000; n++) looks.looked(`found-${n}`, true, 0)
  looks.turnPage("parked", undefined)
  looks.turnPage("paused", undefined)
  looks.turnPage("running", undefined)
  looks.begin(minuteMs)
  expect(looks.isDue("running", { runId: "another", since: 30_000 })).toBe(true)
  expect(looks.isDue("running", { runId: "found-10000", since: -10 * hourMs })).toBe(true)
})

describe("a pass that has no time left", () => {
  it.effect("goes on where the one before has stopped, in another process too, until each run has had its turn", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("100 hours")
      const { looked, pass, state } = world([...summaries("parked", 30), ...summaries("running", 1_000)])
      let place = ""
      let passes = 0
      do {
        const looks = new Looks()
        looks.restore(place)
        yield* pass({ looks, pageSize: 50, mayGoOn: forRuns(90) })
        place = looks.save() as string
        yield* TestClock.adjust("1 minute")
        // Others begin meanwhile, and are the newest: they do not hold up the oldest.
        state.runs.unshift(
          ...summaries("running", 40, 100 * hourMs).map((run) => ({ ...run, runId: `new-${-1 - passes}` }))
        )
        passes++
        expect(passes).toBeLessThan(40)
      } while (JSON.parse(place).next !== undefined)
      const old = looked.filter((runId) => !runId.startsWith("new-"))
      expect(new Set(old).size).toBe(1_030)
      expect(old).toHaveLength(1_030)
    })
  )

  it.effect("goes on in the middle of a page though runs of it have gone, and looks at none of the others again", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("100 hours")
      const { looked, pass, state } = world(summaries("parked", 100))
      // Each fifth goes on as it is tried, and stands in another list from then on.
      state.onLook = (runId) => {
        if (numberOf(runId) % 5 === 4) state.runs = state.runs.filter((run) => run.runId !== runId)
      }
      const looks = new Looks()
      do yield* pass({ looks, pageSize: 50, mayGoOn: forRuns(5) })
      while (looks.place?.next !== undefined)
      expect(looked).toEqual(summaries("parked", 100).map(({ runId }) => runId))
    })
  )

  it.effect("makes the looks that were due while it was on its way in the next round", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("100 hours")
      const { looked, pass } = world(summaries("running", 600))
      const looks = new Looks()
      yield* pass({ looks })
      looked.length = 0
      // Four passes a round, of ten minutes each: six rounds take four hours.
      for (let n = 0; n < 24; n++) {
        yield* TestClock.adjust("10 minutes")
        yield* pass({ looks, pageSize: 50, mayGoOn: forRuns(170) })
      }
      const times = Map.groupBy(looked, (runId) => runId)
      expect(times.size).toBe(600)
      for (const [runId, each] of times) expect([runId, each.length >= 3 && each.length <= 6]).toEqual([runId, true])
    })
  )

  it.effect("tries a parked run at once in a process that has not tried it, whatever others have", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("100 hours")
      const { looked, pass } = world(summaries("parked", 3))
      const first = new Looks()
      yield* pass({ looks: first })
      const second = new Looks()
      second.restore(first.save() as string)
      yield* pass({ looks: second })
      expect(looked).toHaveLength(6)
      yield* pass({ looks: first })
      yield* pass({ looks: second })
      expect(looked).toHaveLength(6)
    })
  )

  it.effect("begins anew where its place is none, or is none that the listing takes", () =>
    Effect.gen(function* () {
      yield* TestClock.adjust("100 hours")
      const { looked, pass } = world(summaries("running", 5))
      const looks = new Looks()
      for (const text of ["", "?", "{}", '{"to":1,"next":{"status":"succeeded"}}']) looks.restore(text)
      expect(looks.place).toBeUndefined()
      looks.restore(JSON.stringify({ to: 1, next: { status: "running", cursor: "of another version", past: [] } }))
      const list = () => Effect.die(new RangeError("no cursor"))
      const broken = sweep({ quietMs: 0, looks }).pipe(
        Effect.provideService(RunTable, { list } as unknown as RunTable["Service"]),
        Effect.provideService(Runs, {} as Runs["Service"])
      )
      expect((yield* Effect.exit(broken))._tag).toBe("Failure")
      yield* pass({ looks })
      expect(looked).toHaveLength(5)
    })
  )
})
