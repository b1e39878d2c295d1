import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { Bench } from "./bench.ts"
import { echo, workflowOf } from "./definitions.ts"

it("log lines of a workflow are written once, live, and not again by replay", () => {
  const lines: Array<string> = []
  const body = Effect.andThen(
    Effect.andThen(Effect.log("before"), echo(1)),
    Effect.andThen(Effect.log("after"), echo(2))
  )
  const bench = new Bench(workflowOf(body), { onLog: (entry) => lines.push(String(entry.message)) })
  bench.start()
  bench.step("echo#0")
  bench.rebuilt()
  expect(lines).toEqual(["before", "after"])
})

it("a log line carries the run's logical time", () => {
  const times: Array<number> = []
  const body = Effect.andThen(Effect.sleep(4_000), Effect.as(Effect.log("after"), null))
  const bench = new Bench(workflowOf(body), { onLog: (entry) => times.push(entry.date.getTime()) })
  bench.start()
  bench.timer("4000ms#0")
  expect(times).toEqual([5_000])
})

it("a log line that nobody asked for is no harm", () => {
  const bench = new Bench(workflowOf(Effect.as(Effect.log("unheard"), 1)))
  bench.start()
  expect(bench.outcome).toEqual({ tag: "succeeded", value: 1 })
})
