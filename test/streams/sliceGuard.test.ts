import { describe, expect, it } from "vitest"
import type { AnyWorkflow } from "../../src/actor/definitions/definition.ts"
import { provenAfter, SliceGuard } from "../../src/streams/fairness/sliceGuard.ts"
import { echo, workflowOf } from "../actor/definitions.ts"

const limitMs = 20

/** Much longer than the limit, and not for ever: a guard that does not stop it fails the test, and does not hang it. */
const hangs = () => {
  const end = performance.now() + 3_000
  while (performance.now() < end);
}

const setup = () => {
  const watched: Array<string> = []
  const state = { isWatching: true }
  const guard = new SliceGuard(limitMs, {
    enter: (runId) => void watched.push(runId),
    leave: () => void watched.push("left"),
    isWatching: () => state.isWatching,
    stop: () => undefined
  })
  const workflow = workflowOf(echo(1)) as AnyWorkflow
  const prove = () => {
    for (let slices = 0; slices < provenAfter; slices++) guard.run("r", workflow, false, () => undefined)
  }
  return { guard, prove, state, watched, workflow }
}

const hung = { violation: "budget" }

describe("a slice that never returns is stopped", () => {
  it("in a workflow that has not proven itself", () => {
    const { guard, watched, workflow } = setup()
    expect(guard.run("r", workflow, false, hangs)).toMatchObject(hung)
    expect(watched).toEqual([])
  })

  it("in a run that is rebuilt from history, whatever its workflow has shown, and by portions as well", () => {
    const { guard, prove, watched, workflow } = setup()
    prove()
    expect(guard.run("r", workflow, true, hangs)).toMatchObject(hung)
    const parts = (function* () {
      yield
      hangs()
    })()
    expect(guard.portions("r", workflow, true, parts)).toMatchObject(hung)
    expect(watched).toEqual([])
  })

  it("while nobody watches, and is left to the watchdog from then on", () => {
    const { guard, prove, state, watched, workflow } = setup()
    prove()
    state.isWatching = false
    expect(guard.run("r", workflow, false, hangs)).toMatchObject(hung)
    state.isWatching = true
    expect(guard.run("r", workflow, false, () => void watched.push("ran"))).toBeUndefined()
    expect(watched).toEqual(["r", "ran", "left"])
  })

  it("of one workflow says nothing of another", () => {
    const { guard, prove, watched } = setup()
    prove()
    expect(guard.run("r", workflowOf(echo(2)) as AnyWorkflow, false, hangs)).toMatchObject(hung)
    expect(watched).toEqual([])
  })
})
