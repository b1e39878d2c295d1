import { describe, expect, it } from "vitest"
import type { Plan } from "../../../simulation/plan.ts"
import { chunkOf } from "../../../simulation/search.ts"
import { runSchedule } from "../../../simulation/simulation.ts"
import type { Change } from "../../../simulation/wire/dynamodb/table.ts"
import { AsyncInvoker } from "../../../simulation/wire/lambda/asyncInvoker.ts"
import { passes } from "../../../simulation/wire/lambda/filter.ts"
import { LambdaFunction } from "../../../simulation/wire/lambda/lambdaFunction.ts"
import { batchOutcome } from "../../../simulation/wire/lambda/outcome.ts"
import { QueueMapping } from "../../../simulation/wire/lambda/queueMapping.ts"
import { StreamMapping, type StreamMappingOptions } from "../../../simulation/wire/lambda/streamMapping.ts"
import { Weather } from "../../../simulation/wire/weather.ts"
import { Wire } from "../../../simulation/wire/wire.ts"
import { drainMicrotasks, inMacrotask } from "../../../simulation/wire/world/microtasks.ts"
import { onWire } from "../../../simulation/wire/world/wireWorld.ts"
import { Faults } from "../../../simulation/world/faults.ts"
import type { Life } from "../../../simulation/world/machine.ts"
import { World } from "../../../simulation/world/world.ts"
import type { LambdaContext, QueueEvent, StreamEvent } from "../../../src/streams/lambda/events.ts"
import type { TurnHandlers } from "../../../src/streams/lambda/handlers.ts"

type Handle = (event: any, context: LambdaContext, life: Life) => Promise<unknown>

/** An account with one function, whose code is `handle`. */
const open = ({
  concurrency = 3,
  timeoutMs = 10_000,
  isCalm = true
}: {
  concurrency?: number
  timeoutMs?: number
  isCalm?: boolean
} = {}) => {
  const world = new World(1, new Faults([]))
  if (isCalm) world.faults.calm()
  world.drain = drainMicrotasks
  const wire = new Wire(world)
  const state = { handle: (async () => ({ batchItemFailures: [] })) as Handle }
  const loads: Array<Life> = []
  const target = new LambdaFunction({
    world,
    name: "function",
    concurrency,
    timeoutMs,
    onLog: () => undefined,
    load: (life) => {
      loads.push(life)
      const call = (event: unknown, context: LambdaContext) => state.handle(event, context, life)
      return { stream: call, step: call, deadLetter: call, sweep: call } as unknown as TurnHandlers
    }
  })
  const wait = (ms: number) => {
    world.run(() => false, world.now + ms, 100_000)
    expect(world.violation).toBeUndefined()
  }
  const sleep = (life: Life, ms: number) =>
    new Promise<void>((resolve) => world.later(ms, () => life.deliver(() => resolve())))
  const invoke = (event: object = {}) => {
    const told: Array<string> = []
    target.invoke({
      call: (handlers, context) => handlers.sweep(event, context),
      ended: (outcome) => told.push(outcome.tag)
    })
    return told
  }
  return { world, wire, target, state, loads, wait, sleep, invoke }
}

const openStream = (
  { concurrency = 3, ...options }: Partial<StreamMappingOptions> & { readonly concurrency?: number } = {},
  weather: Partial<Weather> = {}
) => {
  const opened = open({ concurrency })
  const { target, wire, world } = opened
  wire.weather = Object.assign(new Weather(), weather)
  const shards = wire.streams.of("runs", { hash: "pk", range: "sk" })
  const done: Array<string> = []
  const mapping = new StreamMapping({
    world,
    shards,
    target,
    filter: { eventName: ["INSERT"] },
    batchSize: 10,
    parallelizationFactor: 1,
    maxRecordAgeMs: 3_600_000,
    isAway: () => false,
    onDone: ({ range }) => done.push(range),
    ...options
  })
  const change = (hash: string, range: string, isNew = true) =>
    shards.changed({ hash, range, before: isNew ? undefined : {}, after: {} } as unknown as Change)
  const events: Array<ReadonlyArray<string>> = []
  const handle = (answer: (keys: ReadonlyArray<string>, event: StreamEvent, life: Life) => unknown) => {
    opened.state.handle = async (event: StreamEvent, _context, life) => {
      const keys = event.Records.map(({ dynamodb }) => dynamodb?.Keys?.sk?.S ?? "")
      events.push(keys)
      return await answer(keys, event, life)
    }
  }
  handle(() => undefined)
  mapping.enable()
  return { ...opened, mapping, shards, change, events, handle, done }
}

const failing = (event: StreamEvent, key: string) => ({
  batchItemFailures: event.Records.filter(({ dynamodb }) => dynamodb?.Keys?.sk?.S === key).map(({ dynamodb }) => ({
    itemIdentifier: dynamodb?.SequenceNumber
  }))
})

describe("an execution environment", () => {
  it("is made for an event that finds none, and is warm for the next", () =>
    inMacrotask(() => {
      const { invoke, loads, wait } = open()
      invoke()
      wait(5_000)
      invoke()
      wait(5_000)
      expect(loads).toHaveLength(1)
    }))

  it("takes one event at a time: others get their own, up to the concurrency, and the rest is throttled", () =>
    inMacrotask(() => {
      const { invoke, loads, sleep, state, wait } = open({ concurrency: 2 })
      state.handle = (_event, _context, life) => sleep(life, 1_000)
      const told = [invoke(), invoke(), invoke()]
      wait(9_000)
      expect(told.map(([tag]) => tag)).toEqual(["answered", "answered", "throttled"])
      expect(loads).toHaveLength(2)
    }))

  it("is ended when its time is up, wherever it is, and says nothing more", () =>
    inMacrotask(() => {
      const { invoke, loads, sleep, state, wait } = open({ timeoutMs: 3_000 })
      const seen: Array<string> = []
      state.handle = async (_event, { getRemainingTimeInMillis }, life) => {
        await sleep(life, 2_000)
        seen.push(`${getRemainingTimeInMillis()} left`)
        await sleep(life, 2_000)
        seen.push("late")
      }
      const told = invoke()
      wait(9_000)
      expect(told).toEqual(["failed"])
      expect(seen).toEqual(["1000 left"])
      expect(loads[0]?.isOver).toBe(true)
      state.handle = async () => undefined
      invoke()
      wait(9_000)
      expect(loads).toHaveLength(2)
    }))

  it("is not taken to be through with what it had when its answer comes late", () =>
    inMacrotask(() => {
      const { invoke, loads, sleep, state, wait } = open({ timeoutMs: 10_000 })
      const pausesAfter = (ms: number) => {
        state.handle = (_event, _context, life) => sleep(life, ms)
        invoke()
        wait(12_000)
        return loads[0]?.machine.pauses
      }
      expect([pausesAfter(4_000), pausesAfter(6_000)]).toEqual([0, 1])
    }))

  it("stands still between two events, and time goes on", () =>
    inMacrotask(() => {
      const { invoke, sleep, state, wait, world } = open()
      const ticks: Array<number> = []
      state.handle = async (_event, _context, life) => {
        void sleep(life, 1_000).then(() => ticks.push(world.now))
      }
      invoke()
      wait(60_000)
      expect(ticks).toEqual([])
      const before = world.now
      state.handle = async () => undefined
      invoke()
      wait(1_000)
      expect(ticks).toHaveLength(1)
      expect(ticks[0]).toBeGreaterThanOrEqual(before)
    }))

  it("goes on with its memory after a handler that failed", () =>
    inMacrotask(() => {
      const { invoke, loads, state, wait } = open()
      state.handle = () => Promise.reject(new Error("no"))
      const told = invoke()
      wait(5_000)
      invoke()
      wait(5_000)
      expect(told).toEqual(["failed"])
      expect(loads).toHaveLength(1)
    }))
})

describe("the answer to a batch", () => {
  const ids = new Set(["a", "b"])
  const of = (answer: unknown) => batchOutcome({ tag: "answered", answer }, ids)

  it.each([undefined, null, {}, { batchItemFailures: null }, { batchItemFailures: [] }])(
    "%j is a success",
    (answer) => {
      expect(of(answer)).toEqual({ tag: "done" })
    }
  )

  it.each([
    { batchItemFailures: "a" },
    { batchItemFailures: [{ itemIdentifier: "" }] },
    { batchItemFailures: [{ itemIdentifier: "c" }] },
    { batchItemFailures: [{ itemIdentifier: "a" }, {}] }
  ])("%j is a failure of all of it", (answer) => {
    expect(of(answer)).toEqual({ tag: "failed" })
  })

  it("names what failed", () => {
    expect(of({ batchItemFailures: [{ itemIdentifier: "b" }] })).toEqual({ tag: "inPart", failed: new Set(["b"]) })
  })
})

describe("a filter", () => {
  const pattern = { eventName: ["INSERT", "MODIFY"], dynamodb: { Keys: { sk: { S: ["start", { prefix: "step/" }] } } } }
  const record = (eventName: string, S?: string) => ({ eventName, dynamodb: { Keys: { sk: { S } } } })

  it("lets through what fits in all its names", () => {
    expect(passes(pattern, record("INSERT", "start"))).toBe(true)
    expect(passes(pattern, record("MODIFY", "step/a"))).toBe(true)
    for (const other of [record("REMOVE", "start"), record("INSERT", "started"), record("INSERT"), {}])
      expect(passes(pattern, other)).toBe(false)
  })
})

describe("the mapping of a stream", () => {
  it("hands over what passes its filter, and nothing else", () =>
    inMacrotask(() => {
      const { change, done, events, wait } = openStream()
      change("p", "a")
      change("p", "a", false)
      change("p", "b")
      wait(5_000)
      expect(events.flat()).toEqual(["a", "b"])
      expect(done).toEqual(["a", "b"])
    }))

  it("tries a batch again from the lowest record on that was named", () =>
    inMacrotask(() => {
      const { change, done, events, handle, wait } = openStream({}, {})
      let failures = 2
      handle((keys, event) => (keys.includes("b") && failures-- > 0 ? failing(event, "b") : undefined))
      for (const key of ["a", "b", "c"]) change("p", key)
      wait(20_000)
      expect(events.flat().filter((key) => key === "a")).toHaveLength(1)
      expect(events.flat().filter((key) => key === "b").length).toBe(3)
      expect(done).toEqual(["a", "b", "c"])
    }))

  it("halves a batch that has failed whole, and lets nothing of its lane by", () =>
    inMacrotask(() => {
      const { change, done, events, handle, wait } = openStream({ maxRecordAgeMs: 60_000 })
      handle((keys) => (keys.includes("b") ? Promise.reject(new Error("no")) : undefined))
      for (const key of ["a", "b", "c"]) change("p", key)
      wait(30_000)
      expect(events.some((keys) => keys.length === 1 && keys[0] === "b")).toBe(true)
      expect(events.filter((keys) => keys.includes("c") && !keys.includes("b"))).toEqual([])
      change("p", "d")
      wait(60_000)
      expect(done).toEqual(["a", "d"])
    }))

  it("gives up on records that are too old, and on nothing before", () =>
    inMacrotask(() => {
      const { change, handle, mapping, wait } = openStream({ maxRecordAgeMs: 60_000 })
      handle(() => Promise.reject(new Error("no")))
      change("p", "a")
      wait(59_000)
      expect(mapping.givenUp).toBe(0)
      wait(30_000)
      expect(mapping.givenUp).toBe(1)
    }))

  it("gives up on a batch that was tried again so often, and hands over what it had; halves and throttles are not counted", () =>
    inMacrotask(() => {
      const given: Array<ReadonlyArray<string>> = []
      const onGivenUp = ({ Records }: StreamEvent) =>
        void given.push(Records.map(({ dynamodb }) => dynamodb?.Keys?.sk?.S ?? ""))
      const { change, done, events, handle, mapping, wait } = openStream({ retryAttempts: 2, onGivenUp })
      handle((keys) => (keys.includes("b") ? Promise.reject(new Error("no")) : undefined))
      for (const key of ["a", "b", "c"]) change("p", key)
      wait(120_000)
      expect(events.filter((keys) => keys.length === 1 && keys[0] === "b").length).toBe(3)
      expect(given).toEqual([["b"]])
      expect(mapping.givenUp).toBe(1)
      change("p", "d")
      wait(10_000)
      expect(done).toEqual(["a", "c", "d"])
    }))

  it("counts anew what begins with another record", () =>
    inMacrotask(() => {
      const { change, done, handle, mapping, wait } = openStream({ retryAttempts: 2 })
      const left = new Map([
        ["a", 2],
        ["b", 2]
      ])
      handle((keys, event) => {
        const bad = keys.find((key) => (left.get(key) ?? 0) > 0)
        if (bad === undefined) return undefined
        left.set(bad, (left.get(bad) as number) - 1)
        return failing(event, bad)
      })
      for (const key of ["a", "b"]) change("p", key)
      wait(120_000)
      expect(mapping.givenUp).toBe(0)
      expect(done).toEqual(["a", "b"])
    }))

  it("takes as many batches of a shard at a time as it is told to, and of an item one", () =>
    inMacrotask(() => {
      const most = (parallelizationFactor: number, keys: ReadonlyArray<string>) => {
        const { change, handle, sleep, wait } = openStream({ parallelizationFactor, batchSize: 1, concurrency: 10 })
        const now = { under: 0, most: 0 }
        handle(async (_keys, _event, life) => {
          now.most = Math.max(now.most, ++now.under)
          await sleep(life, 500)
          now.under--
        })
        for (const key of keys) change("p", key)
        wait(60_000)
        return now.most
      }
      // So many that no lane goes without.
      const many = Array.from({ length: 40 }, (_, index) => `item-${index}`)
      expect(most(1, many)).toBe(1)
      expect(most(2, many)).toBe(2)
      expect(most(4, many)).toBe(4)
      expect(most(4, ["a", "a", "a"])).toBe(1)
    }))

  it("reads the shards that one has split into when it is done with that one", () =>
    inMacrotask(() => {
      let splits = 1
      const { change, events, handle, wait } = openStream({}, { splitsShard: () => splits-- > 0 })
      let failures = 3
      handle((keys) => (keys.includes("first") && failures-- > 0 ? Promise.reject(new Error("no")) : undefined))
      change("p", "first")
      change("p", "second")
      wait(60_000)
      const flat = events.flat()
      expect(flat.indexOf("second")).toBeGreaterThan(flat.lastIndexOf("first"))
    }))

  it("goes on where it was when it is switched on again", () =>
    inMacrotask(() => {
      const { change, events, mapping, wait } = openStream()
      change("p", "a")
      wait(5_000)
      mapping.disable()
      change("p", "b")
      wait(5_000)
      expect(events.flat()).toEqual(["a"])
      mapping.enable()
      wait(5_000)
      expect(events.flat()).toEqual(["a", "b"])
    }))
})

describe("the mapping of a queue", () => {
  const openQueue = (concurrency = 3, isCalm = true) => {
    const opened = open({ concurrency, isCalm })
    const queue = opened.wire.sqs.create("steps")
    const mapping = new QueueMapping({
      world: opened.world,
      queue,
      target: opened.target,
      handler: "step",
      batchSize: 10
    })
    const events: Array<ReadonlyArray<string>> = []
    const handle = (answer: (event: QueueEvent, life: Life) => unknown) => {
      opened.state.handle = async (event: QueueEvent, _context, life) => {
        events.push(event.Records.map(({ body, attributes }) => `${body} ${attributes.ApproximateReceiveCount}`))
        return await answer(event, life)
      }
    }
    handle(() => undefined)
    mapping.enable()
    return { ...opened, queue, mapping, events, handle, left: () => [...queue.messages()].map(({ body }) => body) }
  }

  it("deletes what its function does not name", () =>
    inMacrotask(() => {
      const { events, handle, left, queue, wait } = openQueue()
      handle(({ Records }) => ({
        batchItemFailures: Records.filter(({ body }) => body === "b").map(({ messageId }) => ({
          itemIdentifier: messageId
        }))
      }))
      for (const body of ["a", "b"]) queue.send(body, 0)
      wait(10_000)
      expect(left()).toEqual(["b"])
      wait(30_000)
      expect(events.flat()).toContain("b 2")
    }))

  it("leaves a batch that has failed until it is visible again", () =>
    inMacrotask(() => {
      const { events, handle, queue, wait } = openQueue()
      handle(() => Promise.reject(new Error("no")))
      queue.send("a", 0)
      wait(29_000)
      expect(events).toEqual([["a 1"]])
      wait(10_000)
      expect(events).toEqual([["a 1"], ["a 2"]])
    }))

  it("counts a receipt of what the account has no room for", () =>
    inMacrotask(() => {
      const { events, queue, wait, world } = openQueue(3, false)
      let throttles = 1
      world.draw.chance = (probability) => probability === 0.03 && throttles-- > 0
      queue.send("a", 0)
      wait(60_000)
      expect(events).toEqual([["a 2"]])
    }))

  it("receives no more than its function has room for", () =>
    inMacrotask(() => {
      const { events, handle, queue, sleep, wait } = openQueue(1)
      handle((_event, life) => sleep(life, 8_000))
      queue.send("a", 0)
      wait(1)
      queue.send("b", 0)
      wait(60_000)
      expect(events).toEqual([["a 1"], ["b 1"]])
    }))
})

describe("an event that nobody waits for", () => {
  it("is tried three times, with a minute and two between", () =>
    inMacrotask(() => {
      const { state, target, wait, world } = open()
      const at: Array<number> = []
      state.handle = () => {
        at.push(world.now)
        return Promise.reject(new Error("no"))
      }
      new AsyncInvoker(world, target).send((handlers, context) => handlers.sweep({}, context))
      wait(3_600_000)
      expect(at).toHaveLength(3)
      const [first = 0, second = 0, third = 0] = at
      expect([second - first, third - second].map((ms) => Math.round(ms / 10_000))).toEqual([6, 12])
    }))
})

const withFunctions = chunkOf(20_261_130, 40).map(
  (plan): Plan => ({ ...plan, setting: { ...plan.setting, fleet: "functions" } as NonNullable<Plan["setting"]> })
)

describe("a schedule whose runs are turned by functions", () => {
  const run = (plan: Plan, traced = false) => inMacrotask(() => runSchedule(plan, { ground: onWire, traced }))

  it("is the same to the last byte each time", async () => {
    for (const plan of withFunctions.slice(0, 4)) {
      const first = JSON.stringify((await run(plan, true)).trace)
      expect(first).toContain("stream-1")
      for (let again = 0; again < 2; again++) expect(JSON.stringify((await run(plan, true)).trace)).toBe(first)
    }
  })

  it("holds all invariants", async () => {
    for (const [index, plan] of withFunctions.entries()) {
      const { violation } = await run(plan)
      expect([index, violation?.message]).toEqual([index, undefined])
    }
  })
})
