import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { describe, expect } from "vitest"
import type { Head } from "../../src/actor/history/head.ts"
import type { Message, StepMessage } from "../../src/actor/history/message.ts"
import { RunTable } from "../../src/store/runTable.ts"
import { Runs } from "../../src/streams/turns/runs.ts"
import { Looks } from "../../src/streams/wakeups/looks.ts"
import { sweep } from "../../src/streams/wakeups/sweeper.ts"
import { startRow } from "./startRow.ts"

const start = startRow("w")
const step = { kind: "step", key: "ship#0", fingerprint: "a" } as const
const child = { kind: "child", key: "pack#0", fingerprint: "b" } as const
const outcome = { tag: "succeeded", payload: { json: "1" } } as const
const late: StepMessage = { ...step, at: 2, startedAt: 2, attempts: 1, outcome }

/** One pass over one run that has waited for long: what it was rung for, how often it was asked what the queue has lost. */
const swept = (
  head: Pick<Head, "open" | "notices"> & { readonly status?: "paused" },
  rows: ReadonlyArray<Message>,
  recovered: number | "unreadable" = 1
) =>
  Effect.gen(function* () {
    const calls: Array<string> = []
    const whole = { status: "running", ...head, tail: ["start"], segments: 0 } as unknown as Head
    const table = {
      list: ({ status }: { readonly status: string }) =>
        Effect.succeed({ runs: status === whole.status ? [{ runId: "r", generation: 0, status, updatedAt: 0 }] : [] }),
      readRun: () => Effect.succeed({ head: whole, segments: [], messages: [start, ...rows] })
    } as unknown as RunTable["Service"]
    const runs = {
      // Nobody rings once more if the sweeper's process dies over it.
      ring: (_: string, keys: ReadonlyArray<string>, comesAgain = true) =>
        Effect.sync(() => void calls.push(`ring${comesAgain ? " again and again" : ""} ${keys.join()}`.trim())),
      look: () => Effect.sync(() => void calls.push("look")),
      recoverLost: () =>
        Effect.sync(() => {
          calls.push("recover")
          return recovered
        })
    } as unknown as Runs["Service"]
    const result = yield* sweep({ quietMs: -1, looks: new Looks() }).pipe(
      Effect.provideService(RunTable, table),
      Effect.provideService(Runs, runs)
    )
    return { calls, stalled: result.stalled, resumed: result.resumed }
  })

describe("the sweeper", () => {
  it.effect("rings for rows that nobody has read, and leaves the rest to that turn", () =>
    Effect.gen(function* () {
      const found = yield* swept({ open: [step], notices: true }, [late])
      expect(found).toEqual({ calls: ["ring step/ship#0"], stalled: 1, resumed: 1 })
    })
  )

  it.effect("asks what the queue has lost where a run waits for nothing else", () =>
    Effect.gen(function* () {
      expect(yield* swept({ open: [step], notices: false }, [])).toEqual({ calls: ["recover"], stalled: 1, resumed: 1 })
      expect(yield* swept({ open: [], notices: false }, [])).toEqual({ calls: [], stalled: 0, resumed: 0 })
    })
  )

  it.effect("has a run turned that this code cannot read: its head is to say so", () =>
    Effect.gen(function* () {
      const found = yield* swept({ open: [step], notices: false }, [], "unreadable")
      expect(found).toEqual({ calls: ["recover", "ring"], stalled: 1, resumed: 0 })
    })
  )

  it.effect("asks beside a child that the run waits for, whose notice stands in the head all the time", () =>
    Effect.gen(function* () {
      const found = yield* swept({ open: [child, step], notices: true }, [])
      expect(found).toEqual({ calls: ["ring", "recover"], stalled: 1, resumed: 1 })
    })
  )

  it.effect(
    "looks at a paused run for a decision that nobody has been told of, and leaves all else that it waits for alone",
    () =>
      Effect.gen(function* () {
        const paused = { open: [step], notices: true, status: "paused" } as const
        expect(yield* swept(paused, [late])).toEqual({ calls: [], stalled: 0, resumed: 0 })
        for (const row of [
          { kind: "resume", at: 2, id: "a" },
          { kind: "terminate", at: 2, reason: null },
          { kind: "cancel", at: 2, reason: null }
        ] as const)
          expect(yield* swept(paused, [late, row])).toEqual({ calls: ["look"], stalled: 1, resumed: 1 })
      })
  )

  it.effect("takes an outcome of an inline step that a lost race has left for no news", () =>
    Effect.gen(function* () {
      const found = yield* swept({ open: [step], notices: false }, [{ ...late, key: "look#0", inline: true }])
      expect(found.calls).toEqual(["recover"])
    })
  )
})
