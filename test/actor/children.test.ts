import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { describe, expect, it } from "vitest"
import { Bench, failed } from "./bench.ts"
import { echo, pack, workflowOf } from "./definitions.ts"

describe("a child run", () => {
  it("is named after its command unless it is given an id, and its id is part of its identity", () => {
    const bench = new Bench(
      workflowOf(Effect.all([pack.child(1), pack.child(1, { key: "x", runId: "mine" })], { concurrency: 2 }))
    )
    const [first, second] = bench.start().commands
    expect(first).toMatchObject({
      kind: "child",
      key: "pack#0",
      runId: "run-1:pack#0",
      workflow: "pack",
      definitionVersion: "1"
    })
    expect(second).toMatchObject({ key: "pack:x", runId: "mine" })
    expect(
      first?.kind === "child" && second?.kind === "child" && first.inputFingerprint === second.inputFingerprint
    ).toBe(true)
    expect(first?.kind === "child" && second?.kind === "child" && first.fingerprint !== second.fingerprint).toBe(true)
  })

  it("hands over its output, and its typed error", () => {
    const caught = Effect.catchTag(pack.child(2), "Declined", ({ code }) => Effect.succeed(code))
    const bench = new Bench(workflowOf(Effect.all([pack.child(1), caught])))
    bench.start()
    bench.child("pack#0", 5)
    bench.child("pack#1", failed({ _tag: "Declined", code: 51 }))
    expect(bench.outcome).toEqual({ tag: "succeeded", value: [5, 51] })
  })

  it.each([
    ["died", { tag: "died", payload: { json: '{"message":"broken"}' } }, "died"],
    ["was cancelled", { tag: "cancelled", payload: { json: "null" } }, "cancelled"],
    ["could not have its id", { tag: "died", payload: { json: '{"_tag":"RunConflict"}' } }, "conflict"]
  ] as const)("that %s is a defect, or an error for childOrFail", (_, outcome, reason) => {
    const defect = new Bench(workflowOf(pack.child(1)))
    defect.start()
    defect.child("pack#0", outcome)
    expect(defect.outcome).toMatchObject({ tag: "died", value: { _tag: "ChildFailed" } })
    const body = Effect.catchTag(pack.childOrFail(1), "ChildFailed", (failure) => Effect.succeed(failure.reason))
    const error = new Bench(workflowOf(body))
    error.start()
    error.child("pack#0", outcome)
    expect(error.outcome).toEqual({ tag: "succeeded", value: reason })
  })

  it.each([
    [{ tag: "died", payload: { json: '{"name":"Error","message":"no ink"}' } }, "died: Error: no ink"],
    [{ tag: "cancelled", payload: { json: '"too late"' } }, "was cancelled: too late"],
    [{ tag: "cancelled", payload: { json: "null" } }, "was cancelled"],
    [
      { tag: "died", payload: { json: '{"_tag":"RunConflict"}' } },
      "was not started: its run id belongs to another run. Give the child another, or none"
    ]
  ] as const)("says what became of it, and why: %j", (outcome, why) => {
    const body = Effect.catchTag(pack.childOrFail(1), "ChildFailed", (failure) => Effect.succeed(failure.message))
    const bench = new Bench(workflowOf(body))
    bench.start()
    bench.child("pack#0", outcome)
    expect(bench.outcome?.value).toBe(`child run run-1:pack#0 of workflow pack ${why}`)
  })

  it("is not started with an option that there is not", () => {
    const options = { whenParentIsGone: "wait" } as never
    for (const started of [Effect.asVoid(pack.child(1, options)), Effect.asVoid(pack.start(1, options))]) {
      const bench = new Bench(workflowOf(started))
      bench.start()
      expect(bench.outcome).toMatchObject({ tag: "died", value: { name: "TypeError" } })
      expect(JSON.stringify(bench.outcome?.value)).toContain("whenParentIsGone")
    }
  })

  it("whose wait times out is cancelled, and awaited", () => {
    const bench = new Bench(workflowOf(Effect.map(Effect.timeoutOption(pack.child(1), 1_000), Option.getOrNull)))
    bench.start()
    const turn = bench.timer("1000ms#0")
    expect(turn.commands).toEqual([{ kind: "cancelChild", key: "pack#0", runId: "run-1:pack#0", index: 2 }])
    expect(turn.history.open).toEqual([expect.objectContaining({ kind: "child", key: "pack#0" })])
    expect(bench.actor.outcome).toBeUndefined()
    bench.child("pack#0", { tag: "cancelled", payload: { json: "null" } })
    expect(bench.outcome).toEqual({ tag: "succeeded", value: null })
  })

  it("of a cancelled run is cancelled, and its last answer ends the wait whatever it is", () => {
    for (const answer of [1, failed({ _tag: "Declined", code: 1 })]) {
      const bench = new Bench(workflowOf(pack.child(1)))
      bench.start()
      expect(bench.cancel("stop").commands).toMatchObject([{ kind: "cancelChild", key: "pack#0" }])
      expect(bench.actor.outcome).toBeUndefined()
      bench.child("pack#0", answer)
      expect(bench.outcome).toEqual({ tag: "cancelled", value: "stop" })
    }
  })

  it("that a turn did not see committed is still known as one to be cancelled", () => {
    const bench = new Bench(workflowOf(pack.child(1)))
    bench.start()
    bench.cancel()
    expect(bench.rebuilt().ledger.openChildren()).toEqual([
      { command: expect.objectContaining({ kind: "child", key: "pack#0" }), cancelRequested: true }
    ])
  })

  it("is not cancelled any more once it has answered", () => {
    const bench = new Bench(workflowOf(Effect.all([pack.child(1), echo(1)], { concurrency: 2 })))
    bench.start()
    const { commands } = bench.deliver(
      { kind: "cancel", at: 2_000, reason: null },
      {
        kind: "child",
        at: 2_000,
        key: "pack#0",
        fingerprint: bench.last.history.open[0]?.fingerprint as string,
        outcome: { tag: "succeeded", payload: { json: "1" } }
      }
    )
    expect(commands).toEqual([])
    expect(bench.outcome?.tag).toBe("cancelled")
  })

  it("whose input does not fit is a defect of the parent, and is never asked for", () => {
    const bench = new Bench(workflowOf(pack.child("one" as never)))
    expect(bench.start().commands).toEqual([])
    expect(bench.outcome).toMatchObject({ tag: "died", value: { _tag: "ChildFailed" } })
  })
})
