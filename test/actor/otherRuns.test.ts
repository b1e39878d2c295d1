import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { compensateWith } from "../../src/actor/calls/compensation.ts"
import type { ChildHandle } from "../../src/actor/definitions/definition.ts"
import { Run } from "../../src/actor/definitions/run.ts"
import { defineSignal } from "../../src/actor/definitions/signal.ts"
import { refusedAwait } from "../../src/actor/history/awaitRefusal.ts"
import type { AwaitCommand, Command, SendCommand, WhenParentEnds } from "../../src/actor/history/command.ts"
import { Bench, succeeded } from "./bench.ts"
import { echo, pack, workflowOf } from "./definitions.ts"

const told = defineSignal("told", Schema.Number)

const sends = (commands: ReadonlyArray<Command>): ReadonlyArray<SendCommand> =>
  commands.filter((command): command is SendCommand => command.kind === "send")

const awaited = ({ last }: Bench): AwaitCommand => last.commands.find(({ kind }) => kind === "await") as AwaitCommand

/** The end of a run that is waited for. */
const end = (bench: Bench, { fingerprint, key }: AwaitCommand, outcome = succeeded(1)) =>
  bench.deliver({ kind: "child", at: 5_000, key, fingerprint, outcome })

describe("a child that goes on beside the body", () => {
  it.each<[WhenParentEnds, ReadonlyArray<string>]>([
    ["cancel", ["cancelChild pack#0"]],
    ["abandon", []],
    ["wait", []]
  ])("and is to %s is told of a cancellation of its parent, or is not", (whenParentEnds, commands) => {
    const bench = new Bench(workflowOf(Effect.andThen(pack.start(1, { whenParentEnds }), echo(1))))
    bench.start()
    bench.cancel("stop")
    expect(bench.commands).toEqual(commands)
    expect(bench.outcome?.tag).toBe(whenParentEnds === "wait" ? undefined : "cancelled")
    if (whenParentEnds !== "wait") return
    bench.child("pack#0", 1)
    expect(bench.outcome).toEqual({ tag: "cancelled", value: "stop" })
  })

  it("answers whoever asks, before and after it has ended, and as often as they like", () => {
    const bench = new Bench(
      workflowOf(
        Effect.gen(function* () {
          const child = yield* pack.start(1)
          const both = yield* Effect.all([child.await, child.await], { concurrency: 2 })
          return [...both, yield* child.await]
        })
      )
    )
    bench.start()
    bench.child("pack#0", 7)
    expect(bench.outcome).toEqual({ tag: "succeeded", value: [7, 7, 7] })
  })

  it("is waited for among the compensations, in their order", () => {
    const done: Array<string> = []
    const undo = (name: string) => compensateWith(() => Effect.sync(() => void done.push(name)))
    const bench = new Bench(
      workflowOf(
        Effect.gen(function* () {
          yield* Effect.void.pipe(undo("before"))
          yield* pack.start(1, { whenParentEnds: "wait" })
          yield* Effect.void.pipe(undo("after"))
          return yield* Effect.die("no")
        })
      )
    )
    bench.start()
    expect([done[0], done.includes("before")]).toEqual(["after", false])
    bench.child("pack#0", 1)
    expect(done.at(-1)).toBe("before")
    expect(bench.outcome).toMatchObject({ tag: "died" })
  })

  it("goes on where a wait for it is interrupted, and is cancelled once if it is asked to", () => {
    const bench = new Bench(
      workflowOf(
        Effect.gen(function* () {
          const child = yield* pack.start(1)
          yield* Effect.timeoutOrElse(child.await, { duration: 5, orElse: () => Effect.succeed(0) })
          yield* child.cancel
          yield* child.cancel
          return yield* Effect.orDie(child.awaitOrFail)
        })
      )
    )
    bench.start()
    expect(bench.commands).toEqual(["child pack#0", "timer 5ms#0"])
    bench.timer("5ms#0")
    expect(bench.commands).toEqual(["cancelChild pack#0"])
    bench.child("pack#0", 3)
    expect(bench.outcome).toEqual({ tag: "succeeded", value: 3 })
  })

  it("belongs to the run that has started it", () => {
    const kept: Array<ChildHandle<number, any>> = []
    const starts = new Bench(
      workflowOf(
        Effect.andThen(
          Effect.tap(pack.start(1), (child) => Effect.sync(() => void kept.push(child))),
          echo(1)
        )
      )
    )
    starts.start()
    const uses = new Bench(
      workflowOf(Effect.suspend(() => Effect.orDie((kept[0] as ChildHandle<number, any>).await))),
      {
        runId: "other"
      }
    )
    uses.start()
    expect(uses.outcome).toMatchObject({
      tag: "died",
      value: { message: expect.stringContaining("belongs to run run-1") }
    })
    expect(kept[0]?.runId).toBe("run-1:pack#0")
  })

  it("of no such policy is never asked for", () => {
    const bench = new Bench(workflowOf(pack.start(1, { whenParentEnds: "forget" as never })))
    expect(bench.start().commands).toEqual([])
    expect(bench.outcome).toMatchObject({ tag: "died", value: { _tag: "ChildFailed" } })
  })
})

describe("an awaited child", () => {
  it.each<[WhenParentEnds, boolean]>([
    ["abandon", true],
    ["wait", false]
  ])("that is to %s is not cancelled where the wait is interrupted", (whenParentEnds, isOver) => {
    const bench = new Bench(
      workflowOf(
        Effect.timeoutOrElse(Effect.orDie(pack.child(1, { whenParentEnds })), {
          duration: 5,
          orElse: () => Effect.succeed(-1)
        })
      )
    )
    bench.start()
    bench.timer("5ms#0")
    expect(bench.commands).toEqual([])
    expect(bench.outcome).toEqual(isOver ? { tag: "succeeded", value: -1 } : undefined)
    if (isOver) return
    bench.child("pack#0", 1)
    expect(bench.outcome).toEqual({ tag: "succeeded", value: -1 })
  })
})

describe("signals to other runs", () => {
  it("have ids of their place in the history, and name the one that went there before", () => {
    const bench = new Bench(
      workflowOf(
        Effect.gen(function* () {
          yield* told.send("a", 1)
          yield* told.send("b", 2)
          yield* told.send("a", 3)
          yield* echo(1)
          yield* told.send("a", 4, { id: "mine" })
          yield* told.send("a", 5)
          return yield* echo(2)
        })
      )
    )
    const first = sends(bench.start().commands)
    expect(first.map(({ id, runId, previous }) => [runId, id, previous])).toEqual([
      ["a", "run-1/1.0", undefined],
      ["b", "run-1/1.1", undefined],
      ["a", "run-1/1.2", ["signal/told/run-1/1.0"]]
    ])
    const second = sends(bench.step("echo#0", 1).commands)
    expect(second.map(({ id, previous }) => [id, previous])).toEqual([
      ["mine", ["signal/told/run-1/1.2"]],
      ["run-1/2.0", ["signal/told/mine"]]
    ])
    const { outbox } = bench.rebuilt().ledger
    expect(outbox.lastKept(2).map(({ id }) => id)).toEqual(["mine", "run-1/2.0"])
    expect(outbox.lastKept(0)).toEqual([])
  })

  it("fit into a key, whatever the sender is called", () => {
    const bench = new Bench(workflowOf(Effect.andThen(told.send("a", 1), echo(1))), { runId: `ä/${"x".repeat(500)}` })
    const [{ id } = { id: "" }] = sends(bench.start().commands)
    expect(id).toMatch(/^[\x21-\x7e]{1,128}$/)
    expect(id.split("/")).toHaveLength(2)
  })

  it.each([
    ["a payload that does not fit", () => told.send("a", "one" as never), "does not fit its schema"],
    ["a run id that is none", () => told.send("", 1), "run id"],
    ["an id that is none", () => told.send("a", 1, { id: "ä" }), "id of signal told"]
  ])("of %s are a defect", (_what, send, message) => {
    const bench = new Bench(workflowOf(send()))
    bench.start()
    expect(bench.outcome).toMatchObject({
      tag: "died",
      value: { _tag: "SignalInvalid", message: expect.stringContaining(message) }
    })
  })

  it("tell a child who its parent is", () => {
    const bench = new Bench(workflowOf(Effect.map(Run, ({ parentRunId }) => parentRunId ?? "none")))
    const parent = { runId: "above", key: "echo#0", fingerprint: "print" }
    bench.deliver({ ...bench.startMessage(), parent } as never)
    expect(bench.outcome).toEqual({ tag: "succeeded", value: "above" })
  })
})

describe("a wait for the end of another run", () => {
  it("asks once, however many wait and how often", () => {
    const bench = new Bench(
      workflowOf(
        Effect.gen(function* () {
          const both = yield* Effect.all([pack.await("far"), pack.await("far")], { concurrency: 2 })
          return [...both, yield* pack.await("far")]
        }).pipe(Effect.orDie)
      )
    )
    bench.start()
    expect(bench.commands).toEqual(["await @pack:far"])
    expect(bench.actor.waiting.commands).toMatchObject([{ kind: "child", key: "@pack:far", childRunId: "far" }])
    end(bench, awaited(bench), succeeded(4))
    expect(bench.outcome).toEqual({ tag: "succeeded", value: [4, 4, 4] })
  })

  it("may ask again for a run that was not there", () => {
    const bench = new Bench(workflowOf(Effect.orDie(Effect.retry(pack.await("far"), { times: 1 }))))
    bench.start()
    end(bench, awaited(bench), refusedAwait({ reason: "notFound" }))
    expect(bench.commands).toEqual(["await @pack:far~1"])
    end(bench, awaited(bench), succeeded(4))
    expect(bench.outcome).toEqual({ tag: "succeeded", value: 4 })
  })

  it("of another workflow, or of itself, is told so", () => {
    const bench = new Bench(
      workflowOf(
        Effect.flip(pack.await("far")).pipe(
          Effect.map((error) => error._tag),
          Effect.orDie
        )
      )
    )
    bench.start()
    end(bench, awaited(bench), refusedAwait({ reason: "otherWorkflow", workflow: "unpack" }))
    expect(bench.outcome).toEqual({ tag: "succeeded", value: "RunOfOtherWorkflow" })
    const itself = new Bench(workflowOf(Effect.orDie(pack.await("run-1"))))
    itself.start()
    expect(itself.outcome).toMatchObject({
      tag: "died",
      value: { message: expect.stringContaining("waits for its own end") }
    })
  })

  it("takes the answer that comes when nobody waits any more", () => {
    const bench = new Bench(
      workflowOf(
        Effect.gen(function* () {
          const first = yield* Effect.timeoutOrElse(pack.await("far"), {
            duration: 5,
            orElse: () => Effect.succeed(-1)
          })
          yield* echo(1)
          return [first, yield* pack.await("far")]
        }).pipe(Effect.orDie)
      )
    )
    bench.start()
    const asked = awaited(bench)
    bench.timer("5ms#0")
    end(bench, asked, succeeded(4))
    bench.step("echo#0", 1)
    expect(bench.outcome).toEqual({ tag: "succeeded", value: [-1, 4] })
  })

  it("of others for this one is set aside, and known after a replay", () => {
    const bench = new Bench(workflowOf(echo(1)))
    bench.start()
    const waiter = { runId: "near", key: "@test:run-1", fingerprint: "print" }
    bench.deliver({ kind: "await", at: 2_000, waiter })
    expect(bench.actor.order[1]).toMatch(/^!await\//)
    expect([...bench.actor.waiters.values()]).toEqual([waiter])
    expect([...bench.rebuilt().waiters.values()]).toEqual([waiter])
    const late = { runId: "late", key: "@test:run-1", fingerprint: "print" }
    bench.deliver(bench.stepMessage("echo#0", 1), { kind: "await", at: 2_000, waiter: late })
    // It came with the last message, and is answered with the others.
    expect([...bench.actor.waiters.values()]).toEqual([waiter, late])
    expect(bench.outcome?.tag).toBe("succeeded")
  })
})
