import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as References from "effect/References"
import { expect, it } from "vitest"
import type { OutputTarget } from "../../src/actor/runtime/bodyOutput.ts"
import { Bench } from "./bench.ts"
import { echo, workflowOf } from "./definitions.ts"

const text = (value: unknown): string => {
  try {
    return JSON.stringify(value)
  } catch {
    return "?"
  }
}

/** A host that keeps what it hears. */
const listener = (minimumLogLevel: OutputTarget["minimumLogLevel"] = "Info") => {
  const lines: Array<string> = []
  const times: Array<number> = []
  const annotations: Array<Readonly<Record<string, unknown>>> = []
  const messages: Array<unknown> = []
  const printed: Array<unknown> = []
  const logger = Logger.make<unknown, void>(({ date, fiber, message }) => {
    lines.push(Array.isArray(message) ? message.map(text).join(" ") : String(message))
    messages.push(message)
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
  return { lines, messages, times, annotations, printed, output }
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

it("a line and its annotations are as they were, whatever becomes of the values that they were made of", () => {
  const { annotations, messages, output } = listener()
  const body = Effect.gen(function* () {
    const seen = new Map<string, Array<number>>([["a", []]])
    const names = new Set<string>()
    const day = new Date(0)
    const list: Array<number> = []
    for (let i = 0; i < 3; i++) {
      seen.get("a")?.push(i)
      names.add(`n${i}`)
      day.setTime(i)
      list.push(i)
      yield* Effect.log(seen, names, day).pipe(Effect.annotateLogs({ list }))
    }
    return null
  })
  const bench = new Bench(workflowOf(body), { output })
  bench.start()
  heard(bench)
  expect(messages).toEqual([
    [new Map([["a", [0]]]), new Set(["n0"]), new Date(0)],
    [new Map([["a", [0, 1]]]), new Set(["n0", "n1"]), new Date(1)],
    [new Map([["a", [0, 1, 2]]]), new Set(["n0", "n1", "n2"]), new Date(2)]
  ])
  expect(annotations.map(({ list }) => list)).toEqual([[0], [0, 1], [0, 1, 2]])
})

it("a line about a tree whose nodes know their parents costs what the tree has", () => {
  interface Node {
    readonly parent: Node | undefined
    readonly children: Array<Node>
    asked: number
  }
  let asked = 0
  const node = (parent: Node | undefined): Node => ({
    parent,
    children: [],
    get asked() {
      return ++asked
    }
  })
  const root = node(undefined)
  for (let i = 0; i < 50; i++) root.children.push(node(root))
  const { messages, output } = listener()
  const bench = new Bench(workflowOf(Effect.as(Effect.log(root), null)), { output })
  bench.start()
  heard(bench)
  // Once a node, live; a replay asks nobody.
  expect(asked).toBe(51)
  const told = (messages[0] as ReadonlyArray<Node>)[0]
  expect(told?.children[49]?.parent).toBe(told)
})

it("a metric that was removed, by a body or by the host, is counted anew and not into the void", () => {
  const { output } = listener()
  const counter = Metric.counter("removed")
  const series = () => [...output.metrics.values()].map(({ hooks }) => hooks.get(Context.empty()))
  const body = Effect.gen(function* () {
    yield* Metric.update(counter, 1)
    yield* echo(1)
    yield* Metric.update(counter, 2)
    yield* echo(2)
    yield* Metric.remove(counter)
    return null
  })
  const bench = new Bench(workflowOf(body), { output })
  bench.start()
  heard(bench)
  expect(series()).toMatchObject([{ count: 1 }])
  // As a host does that exports by intervals, and then it counts something itself.
  output.metrics.clear()
  Effect.runSync(Effect.provideService(Metric.update(counter, 10), Metric.MetricRegistry, output.metrics))
  bench.step("echo#0")
  heard(bench)
  expect(series()).toMatchObject([{ count: 12 }])
  bench.step("echo#1")
  heard(bench)
  expect(series()).toEqual([])
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
