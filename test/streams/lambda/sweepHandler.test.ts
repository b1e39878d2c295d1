import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { afterEach, describe, expect, it, vi } from "vitest"
import { StoreUnavailable } from "../../../src/store/errors.ts"
import { RunTable } from "../../../src/store/runTable.ts"
import { SweepPlace } from "../../../src/store/sweepPlace.ts"
import { sweepInTime } from "../../../src/streams/lambda/sweepHandler.ts"
import { Runs } from "../../../src/streams/turns/runs.ts"
import { Looks } from "../../../src/streams/wakeups/looks.ts"

const startedAt = Date.UTC(2026, 0, 1)
const passMs = 50_000
const lookMs = 1_000

afterEach(() => void vi.restoreAllMocks())

/** A deployment whose every look takes a second, of a clock of its own. */
const deployment = (runs: number) => {
  const state = {
    now: startedAt + 100 * 3_600_000,
    looked: [] as Array<number>,
    place: undefined as string | undefined
  }
  const saves: Array<number> = []
  let isPlaceAway = false
  /** A look at one of these is the end of the environment: nothing that it does afterwards counts. */
  const deadly = new Set<number>()
  let isDead = false
  let onKilled: () => void = () => undefined
  vi.spyOn(Date, "now").mockImplementation(() => state.now)
  const table = {
    list: ({ status, limit = 1, cursor = "0" }: { status: string; limit?: number; cursor?: string }) =>
      Effect.sync(() => {
        const from = Number(cursor)
        const numbers = status === "running" ? Array.from({ length: runs }, (_, n) => n) : []
        const page = numbers
          .slice(from, from + limit)
          .map((n) => ({ runId: `run-${n}`, generation: 0, status, updatedAt: startedAt }))
        return from + limit < numbers.length ? { runs: page, cursor: String(from + limit) } : { runs: page }
      }),
    readRun: (runId: string) =>
      Effect.suspend(() => {
        if (isDead) return Effect.never
        const number = Number(runId.slice(4))
        state.now += lookMs
        state.looked.push(number)
        if (deadly.has(number)) {
          isDead = true
          onKilled()
          return Effect.never
        }
        return Effect.succeed({ head: undefined, segments: [], messages: [] })
      })
  } as unknown as RunTable["Service"]
  const away = new StoreUnavailable({ operation: "SweepPlace.save", message: "away" })
  const place: typeof SweepPlace.Service = {
    load: Effect.sync(() => state.place),
    save: (text) =>
      Effect.suspend(() => {
        if (isPlaceAway || isDead) return Effect.fail(away)
        saves.push(state.now)
        state.place = text
        return Effect.void
      })
  }
  /** By an environment of its own, or one that is given. */
  const pass = (looks = new Looks()) =>
    Effect.suspend(() =>
      sweepInTime({ handBackAt: state.now + passMs, answerAt: state.now + passMs + 3_000 }, looks, 0)
    ).pipe(
      Effect.provideService(RunTable, table),
      Effect.provideService(Runs, {} as Runs["Service"]),
      Effect.provideService(SweepPlace, place),
      Effect.provide(Logger.layer([])),
      Effect.runPromise
    )
  /** By an environment that may be ended over a run; answers whether it was. */
  const mortalPass = async () => {
    const killed = new Promise<boolean>((resolve) => {
      onKilled = () => resolve(true)
    })
    const isKilled = await Promise.race([killed, pass().then(() => false)])
    // What of it is still under way in this process comes to stand.
    await new Promise((resolve) => setTimeout(resolve))
    isDead = false
    return isKilled
  }
  const failSaving = (is: boolean) => {
    isPlaceAway = is
  }
  return { state, saves, deadly, pass, mortalPass, failSaving }
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

describe("a sweep that does not get through in its time", () => {
  it("is gone on with by the next environment, until the oldest have had their turn, and then begins anew", async () => {
    const { pass, state } = deployment(230)
    const answers: Array<boolean> = []
    do {
      answers.push((await pass()).complete)
      state.now += 60_000
    } while (!answers.at(-1) && answers.length < 10)
    expect(state.looked).toEqual(upTo(230))
    expect(answers).toEqual([false, false, false, false, true])
    // A round that is over has left its time: what was looked at is not due again at once.
    expect(await pass()).toMatchObject({ scanned: 230, complete: true })
    expect(state.looked.length).toBeLessThan(230 + 60)
  })

  it("says how far it has got before its time is up: an environment may be ended over a run", async () => {
    const { pass, state, saves } = deployment(2_000)
    const begunAt = state.now
    await pass()
    // Before the first look, then every ten seconds at the latest, in the middle of a page as well, and at the end.
    const times = [begunAt, ...saves]
    expect(times[1]).toBe(begunAt)
    expect(Math.max(...times.slice(1).map((at, index) => at - (times[index] as number)))).toBeLessThanOrEqual(11_000)
    expect(times.at(-1)).toBe(state.now)
    expect(saves.length).toBeLessThan(16)
  })

  it("gets past runs that end the environment, however early in a pass", async () => {
    const { deadly, mortalPass, state } = deployment(60)
    for (const number of [0, 1, 7, 30]) deadly.add(number)
    let killed = 0
    while (killed < 20 && (await mortalPass())) killed++
    expect(new Set(state.looked)).toEqual(new Set(upTo(60)))
    expect(killed).toBeLessThan(20)
  })

  it("goes on from its own memory where its place cannot be kept", async () => {
    const { pass, state, failSaving } = deployment(80)
    failSaving(true)
    const looks = new Looks()
    expect(await pass(looks)).toMatchObject({ complete: false })
    expect(await pass(looks)).toMatchObject({ complete: true })
    expect(state.looked).toEqual(upTo(80))
  })
})
