import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import { describe, expect, it } from "vitest"
import { Actor } from "../../src/actor/actor.ts"
import { Run } from "../../src/actor/definitions/run.ts"
import { adoptedKey, adoptedTime } from "../../src/actor/history/entry.ts"
import type { Message } from "../../src/actor/history/message.ts"
import { advance, replay } from "../../src/actor/turn.ts"
import { Bench } from "./bench.ts"
import { approved, echo, lookUp, workflowOf } from "./definitions.ts"

// `Bench` rebuilds the run from its history after every turn: each of these holds in replay as well.

const signalAt = (at: number, id = "1"): Message => ({
  kind: "signal",
  at,
  name: "approved",
  id,
  payload: { json: "7" }
})

const decided = Effect.raceFirst(Effect.as(approved.receive, "approved"), Effect.as(Effect.sleep(1_000), "too late"))

describe("before a message of a time, timers due by then fire", () => {
  it("so that a signal that was sent after the time-out comes too late, however late the timer is", () => {
    const bench = new Bench(workflowOf(decided))
    bench.start()
    const { adopted, outcome } = bench.deliver(signalAt(2_001))
    expect(bench.outcome).toEqual({ tag: "succeeded", value: "too late" })
    expect(outcome).toBeDefined()
    // It has brought the time for it: it is in the order, and set aside.
    expect(adopted).toEqual(["!signal/approved/1"])
  })

  it("also one of its very millisecond; one sent before it is in time", () => {
    const late = new Bench(workflowOf(decided))
    late.start()
    late.deliver(signalAt(2_000))
    expect(late.outcome?.value).toBe("too late")
    const inTime = new Bench(workflowOf(decided))
    inTime.start()
    inTime.deliver(signalAt(1_999))
    expect(inTime.outcome?.value).toBe("approved")
  })

  it("and the outcome of a step that took longer than its time-out, and a cancellation", () => {
    const slow = new Bench(workflowOf(Effect.map(Effect.timeoutOption(echo(1), 1_000), Option.isNone)))
    slow.start()
    slow.deliver({ ...slow.stepMessage("echo#0", 5), at: 2_500 })
    expect(slow.outcome).toEqual({ tag: "succeeded", value: true })
    const cancelled = new Bench(workflowOf(Effect.as(Effect.sleep(1_000), "slept")))
    cancelled.start()
    cancelled.deliver({ kind: "cancel", at: 2_000, reason: null })
    expect(cancelled.outcome).toEqual({ tag: "succeeded", value: "slept" })
    const earlier = new Bench(workflowOf(Effect.as(Effect.sleep(1_000), "slept")))
    earlier.start()
    earlier.deliver({ kind: "cancel", at: 1_999, reason: null })
    expect(earlier.outcome?.tag).toBe("cancelled")
  })

  it("in the order of their dues, each at its own time, and what they set with them", () => {
    const seen: Array<string> = []
    const sleeper = (name: string, ...lengths: ReadonlyArray<number>) =>
      Effect.forEach(lengths, (ms) =>
        Effect.andThen(
          Effect.sleep(ms),
          Effect.map(Clock.currentTimeMillis, (now) => seen.push(`${name} ${now}`))
        )
      )
    const body = Effect.suspend(() => {
      seen.length = 0
      return Effect.all([sleeper("a", 300, 300), sleeper("b", 100, 100, 100), sleeper("c", 5_000), approved.receive], {
        concurrency: "unbounded"
      })
    })
    const bench = new Bench(workflowOf(Effect.as(body, null)))
    bench.start()
    bench.deliver(signalAt(2_000))
    // Of those due at 1,300 the one that was set first comes first.
    expect(seen).toEqual(["b 1100", "b 1200", "a 1300", "b 1300", "a 1600"])
    expect(bench.actor.now).toBe(2_000)
    expect(bench.last.history.open.map(({ key }) => key)).toEqual(["5000ms#0"])
  })

  it("of one due in the order in which they were set, whatever their names", () => {
    const order: Array<number> = []
    const push = (index: number) => Effect.sync(() => order.push(index))
    const equal = (_: unknown, index: number) => Effect.andThen(Effect.sleep(60), push(index))
    const body = Effect.suspend(() => {
      order.length = 0
      const twelve = Effect.forEach(Array.from({ length: 12 }), equal, { concurrency: "unbounded" })
      const last = Effect.andThen(Effect.sleep(30), equal(undefined, 12).pipe(Effect.timeoutOption(30)))
      return Effect.all([twelve, Effect.andThen(last, push(13))], { concurrency: "unbounded" })
    })
    const bench = new Bench(workflowOf(Effect.as(body, null)))
    bench.start()
    bench.timer("30ms#0")
    // Set 30 ms later, due at the same time, and before the others by its name.
    bench.timer("30ms#1")
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13])
    expect(bench.outcome?.tag).toBe("succeeded")
  })

  it("and their own rows are set aside when they come", () => {
    const bench = new Bench(workflowOf(Effect.all([Effect.sleep(10), approved.receive, approved.receive])))
    bench.start()
    const row = bench.timerMessage("10ms#0")
    const { commands } = bench.deliver(signalAt(1_500))
    // Whoever was to put the row need not.
    expect(commands).toEqual([{ kind: "clearTimer", key: "10ms#0", due: 1_010 }])
    expect(bench.deliver(row).adopted).toEqual(["!timer/10ms#0@1010"])
  })

  it("and what they ask for belongs to the message: queued steps by their index, inline ones before the turn ends", () => {
    const onceSlept = (ask: Effect.Effect<unknown, never, Run>) =>
      Effect.all([Effect.andThen(Effect.sleep(10), ask), approved.receive], { concurrency: "unbounded" })
    const queued = new Bench(workflowOf(onceSlept(echo(1))))
    queued.start()
    expect(queued.deliver(signalAt(1_500)).commands).toContainEqual(
      expect.objectContaining({ kind: "step", key: "echo#0", index: 2 })
    )
    const inline = new Bench(workflowOf(onceSlept(lookUp(1))))
    inline.start()
    expect(inline.deliver(signalAt(1_500)).inlineSteps).toMatchObject([{ key: "lookUp#0" }])
    inline.step("lookUp#0")
    expect(inline.outcome?.tag).toBe("succeeded")
  })

  it("but a time-out round a step behind a late sleep has all of its time, also one that was set before the step was asked for", () => {
    const asks = (body: Effect.Effect<unknown, any, any>) => {
      const bench = new Bench(workflowOf(Effect.as(body, null)))
      bench.start()
      // The timer of the sleep is four seconds late.
      const { commands } = bench.deliver(signalAt(6_000))
      return commands.filter(({ kind }) => kind !== "clearTimer")
    }
    const at = asks(Effect.andThen(Effect.sleep(1_000), Effect.timeoutOption(echo(1), 500)))
    expect(at).toMatchObject([{ kind: "step" }, { kind: "timer", due: 6_500 }])
    const later = Effect.andThen(Effect.sleep(100), echo(1))
    const before = asks(Effect.andThen(Effect.sleep(1_000), Effect.timeoutOption(later, 500)))
    // A hundred of the five hundred had passed.
    expect(before).toMatchObject([{ kind: "timer", due: 6_400 }, { kind: "step" }])
  })

  it("but a run that sleeps again and again does not catch up with a week: after a thousand it is late, like any process", () => {
    const ticks: Array<number> = []
    const body = Effect.suspend(() => {
      ticks.length = 0
      const tick = Effect.andThen(
        Effect.sleep(1_000),
        Effect.map(Clock.currentTimeMillis, (now) => ticks.push(now))
      )
      return Effect.raceFirst(Effect.forever(tick), approved.receive)
    })
    const bench = new Bench(workflowOf(body))
    bench.start()
    const week = 604_800_000
    bench.deliver({ kind: "signal", at: week, name: "other", id: "1", payload: { json: "1" } })
    expect(ticks.slice(0, 3)).toEqual([2_000, 3_000, 4_000])
    expect(ticks.length).toBe(1_002)
    expect(ticks.at(-1)).toBe(week)
    expect(bench.last.history.open).toEqual([{ kind: "timer", key: "1000ms#1002", fingerprint: String(week + 1_000) }])
    bench.deliver(signalAt(week + 1))
    expect(bench.outcome).toEqual({ tag: "succeeded", value: 7 })
  })

  it("ten thousand of them as fast as one after the other", () => {
    const count = 10_000
    const body = Effect.gen(function* () {
      const fired = yield* Ref.make(0)
      const one = (index: number) =>
        Effect.andThen(
          Effect.sleep(10 + (index % 100)),
          Ref.update(fired, (n) => n + 1)
        )
      yield* Effect.forEach(
        Array.from({ length: count }, (_, index) => index),
        one,
        { concurrency: "unbounded" }
      )
      return yield* Ref.get(fired)
    })
    const options = { workflow: workflowOf(body), runId: "many" }
    const actor = new Actor(options)
    const start = new Bench(options.workflow).startMessage()
    advance(actor, [start])
    const turn = advance(actor, [signalAt(5_000)])
    expect(turn.outcome).toMatchObject({ tag: "succeeded", payload: { json: String(count) } })
  })
})

describe("whose clock counts", () => {
  const hour = 3_600_000
  const body = Effect.gen(function* () {
    const { startedAt } = yield* Run
    yield* approved.receive
    const from = yield* Clock.currentTimeMillis
    yield* Effect.sleep(1_000)
    return [startedAt, from, yield* Clock.currentTimeMillis]
  })

  /** Delivers with the clock of a host, and rebuilds the run from what it has written down. */
  const run = () => {
    const options = { workflow: workflowOf(body), runId: "run-1" }
    const actor = new Actor(options)
    const inbox = new Map<string, Message>()
    return {
      actor,
      deliver: (now: number, message: Message) => {
        const turn = advance(actor, [message], now)
        for (const entry of turn.adopted) inbox.set(adoptedKey(entry), message)
        const again = replay(options, turn.history, inbox)
        expect(again.parked).toBeUndefined()
        expect({ now: again.now, order: again.order, outcome: again.outcome }).toEqual({
          now: actor.now,
          order: actor.order,
          outcome: actor.outcome
        })
        return turn
      }
    }
  }
  const start = (at: number): Message => ({ ...new Bench(workflowOf(body)).startMessage(), at }) as Message

  it("a sender's, up to that of the host which adopts its message: a sleep of a second takes a second", () => {
    const { actor, deliver } = run()
    expect(deliver(1_000, start(1_000 + hour)).adopted).toEqual(["~1000~start"])
    const { adopted, commands } = deliver(1_500, signalAt(1_200 + hour))
    expect(adopted).toEqual(["~1500~signal/approved/1"])
    expect(commands).toMatchObject([{ kind: "timer", due: 2_500 }])
    deliver(2_500, { kind: "timer", key: "1000ms#0", at: 2_500, due: 2_500 })
    expect(actor.outcome).toMatchObject({ payload: { json: "[1000,1500,2500]" } })
  })

  it("a timer does not act before the host's own time has reached its due (S9)", () => {
    const { actor, deliver } = run()
    deliver(1_000, start(1_000))
    deliver(1_500, signalAt(1_500))
    deliver(2_499, { kind: "signal", at: hour, name: "other", id: "1", payload: { json: "1" } })
    expect(actor.now).toBe(2_499)
    expect(actor.outcome).toBeUndefined()
    expect(deliver(2_499, { kind: "timer", key: "1000ms#0", at: 2_500, due: 2_500 }).adopted).toEqual([])
    deliver(2_500, { kind: "signal", at: hour, name: "other", id: "2", payload: { json: "1" } })
    expect(actor.outcome?.tag).toBe("succeeded")
  })

  it("what was written down says so, and which time it was", () => {
    const message = signalAt(50)
    expect(adoptedTime("signal/approved/1", message)).toBe(50)
    expect(adoptedTime("~40~signal/approved/1", message)).toBe(40)
    expect(adoptedTime("!~40~signal/approved/1", message)).toBe(40)
    for (const entry of ["signal/approved/1", "!signal/approved/1", "~40~signal/approved/1", "!~40~signal/approved/1"])
      expect(adoptedKey(entry)).toBe("signal/approved/1")
    // A user's own key may hold the mark.
    expect(adoptedKey("~40~step/a:~b~")).toBe("step/a:~b~")
  })

  it("never goes back, though the next host's is behind", () => {
    const { actor, deliver } = run()
    deliver(9_000, start(9_000))
    expect(deliver(5_000, signalAt(9_500)).adopted).toEqual(["~9000~signal/approved/1"])
    expect(actor.now).toBe(9_000)
  })
})
