import { expect, it } from "vitest"
import { forkIdOf, isOfMany, sourceOf } from "../../src/cli/commands/repairing/forkIds.ts"

it("an id of a fork is told by its run's, and known again", () => {
  for (const template of ["{run}-b", "again/{run}", "a{run}z", "{run}/{run}"]) {
    expect(isOfMany(template)).toBe(true)
    for (const runId of ["x", "rental-17", "$&", "{run"]) {
      expect(sourceOf(template, forkIdOf(template, runId))).toBe(runId)
    }
  }
  expect(forkIdOf("{run}-b", "$&")).toBe("$&-b")
})

it.each([
  ["{run}-b", "rental-17"],
  ["{run}-b", "-b"],
  ["again/{run}", "again/"],
  ["{run}/{run}", "a/b"],
  ["{run}/{run}", "ab/a"]
])("of %s no fork is %s", (template, id) => {
  expect(sourceOf(template, id)).toBeUndefined()
})

it.each(["", "rental-17-b", "{run}"])("by %s the forks of many would be one", (template) => {
  expect(isOfMany(template)).toBe(false)
})
