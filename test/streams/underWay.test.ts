import { expect, it } from "vitest"
import { StepsUnderWay } from "../../src/streams/steps/underWay.ts"

const setup = () => {
  const steps = new StepsUnderWay()
  const stopped: Array<string> = []
  const begin = (runId: string, key: string) => steps.begin(runId, { key, index: 1 }, () => void stopped.push(key))
  return { steps, stopped, begin }
}

const nobodyWants = () => false

it("executions of a run are known until each has ended, whichever ends first", () => {
  const { begin, steps, stopped } = setup()
  const endFirst = begin("r", "a#0")
  const endSecond = begin("r", "b#0")
  endFirst()
  endFirst()
  expect(steps.hasUnwanted("r", nobodyWants)).toBe(true)
  steps.stopUnwanted("r", nobodyWants)
  expect(stopped).toEqual(["b#0"])
  endSecond()
  expect(steps.hasUnwanted("r", nobodyWants)).toBe(false)
})

it("one that ends late takes nothing from those that its run has begun since", () => {
  const { begin, steps, stopped } = setup()
  const end = begin("r", "a#0")
  end()
  begin("r", "b#0")
  end()
  steps.stopUnwanted("r", nobodyWants)
  expect(stopped).toEqual(["b#0"])
})

it("those that nobody waits for are stopped, and no others, of this run and of others", () => {
  const { begin, steps, stopped } = setup()
  for (const key of ["a#0", "a#1"]) begin("r", key)
  // The message of an attempt came again, and both are there.
  begin("r", "a#1")
  begin("other", "a#1")
  expect(steps.hasUnwanted("r", () => true)).toBe(false)
  steps.stopUnwanted("r", ({ key }) => key !== "a#1")
  expect(stopped).toEqual(["a#1", "a#1"])
  steps.stopUnwanted("gone", nobodyWants)
  expect(stopped).toHaveLength(2)
})
