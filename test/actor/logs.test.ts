import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as References from "effect/References"
import { expect, it } from "vitest"
import type { OutputTarget } from "../../src/actor/runtime/bodyOutput.ts"
import { Bench } from "./bench.ts"
import { echo, workflowOf } from "./definitions.ts"

/** A host that keeps what it hears. */
const listener = (minimumLogLevel: OutputTarget["minimumLogLevel"] = "Info") => {
  const lines: Array<string> = []
  const times: Array<number> = []
  const annotations: Array<Readonly<Record<string, unknown>>> = []
  const printed: Array<unknown> = []
  const logger = Logger.make<unknown, void>(({ date, fiber, message }) => {
    lines.push(Array.isArray(message) ? message.map((one) => JSON.stringify(one)).join(" ") : String(message))
    times.push(date.getTime())
    annotations.push(fiber.getRef(References.CurrentLogAnnotations))
  })
  const log = (...args: ReadonlyArray<unknown>) => void printed.push(...args)
  const output: OutputTarget = {
    loggers: new Set([logger]),
    minimumLogLevel,
    annotations: { service: "orders" },
    console: { ...globalThis.console, log },
    metrics: new Map()
  }
  return { lines, times, annotations, printed, output }
}

const heard = (bench: Bench) => {
  for (const say of bench.actor.takeOutput()) say({})
}

it("what a workflow says is said once, live, and not again by replay", () => {
  const { annotations, lines, output, printed } = listener()
  const own: Array<string> = []
  const counter = Metric.counter("said")
  const mine = Logger.make<unknown, void>(({ message }) => void own.push(String(message)))
  const say = (what: string) =>
    Effect.gen(function* () {
      yield* Effect.log(what)
      yield* Console.log(`console ${what}`)
      console.log(`global ${what}`)
      yield* Metric.update(counter, 1)
      yield* Effect.provide(Effect.log(`own ${what}`), Logger.layer([mine]))
    })
  const body = Effect.andThen(Effect.andThen(say("before"), echo(1)), Effect.andThen(say("after"), echo(2)))
  const bench = new Bench(workflowOf(body), { output })
  bench.start()
  // Not in the slice: whoever drives the run says when.
  expect(lines).toEqual([])
  heard(bench)
  bench.step("echo#0")
  const rebuilt = bench.rebuilt()
  expect(rebuilt.takeOutput()).toEqual([])
  heard(bench)
  heard(bench)
  expect(lines).toEqual(['"before"', '"after"'])
  expect(printed).toEqual(["console before", "global before", "console after", "global after"])
  expect(own).toEqual(["own before", "own after"])
  expect([...output.metrics.values()].map(({ hooks }) => hooks.get({} as never).count)).toEqual([2])
  expect(annotations[0]).toEqual({ service: "orders", run: "run-1", workflow: bench.options.workflow.workflowName })
})

it("a log line carries the run's logical time, and what it said when it said it", () => {
  const { annotations, lines, output, times } = listener()
  const state = { count: 1 }
  const body = Effect.gen(function* () {
    yield* Effect.sleep(4_000)
    yield* Effect.annotateLogs(Effect.log(state), { order: 7 })
    state.count = 2
    return null
  })
  const bench = new Bench(workflowOf(body), { output })
  bench.start()
  bench.timer("4000ms#0")
  heard(bench)
  expect(times).toEqual([5_000])
  expect(lines).toEqual(['{"count":1}'])
  expect(annotations[0]).toMatchObject({ order: 7, run: "run-1" })
})

it("the host's least level of log lines holds, and one that the body sets itself", () => {
  const body = Effect.as(
    Effect.andThen(
      Effect.andThen(Effect.logDebug("debug"), Effect.logInfo("info")),
      Effect.provideService(Effect.logDebug("inside"), References.MinimumLogLevel, "Debug")
    ),
    1
  )
  const heardAt = (level: OutputTarget["minimumLogLevel"]) => {
    const { lines, output } = listener(level)
    const bench = new Bench(workflowOf(body), { output })
    bench.start()
    heard(bench)
    return lines
  }
  expect(heardAt("Debug")).toEqual(['"debug"', '"info"', '"inside"'])
  expect(heardAt("Warn")).toEqual(['"inside"'])
})

it("a log line that nobody asked for is no harm", () => {
  const bench = new Bench(workflowOf(Effect.as(Effect.log("unheard"), 1)))
  bench.start()
  expect(bench.outcome).toEqual({ tag: "succeeded", value: 1 })
})
