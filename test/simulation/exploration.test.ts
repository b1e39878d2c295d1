import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { describe, expect, it } from "vitest"
import { makeScratch, removeScratch } from "../../scripts/bugbank/scratch.ts"
import { explore } from "../../simulation/exploration/explore.ts"
import { type SmallWorld, smallWorlds } from "../../simulation/exploration/smallWorlds.ts"
import { follow, readPath, showPath, tell } from "../../simulation/exploration/story.ts"
import { bugs, canary } from "../bugbank/bugs.ts"

const worldOf = (name: string): SmallWorld => smallWorlds.find((world) => world.name === name) as SmallWorld

describe("a small world", () => {
  it("has a thousand courses of events and no violation", () => {
    const calm = explore(worldOf("sameStart"), { crashes: 0 })
    expect(calm).toMatchObject({ violation: undefined, isComplete: true })
    expect(calm.states).toBeGreaterThan(1_000)
    const deadly = explore(worldOf("sameStart"))
    expect(deadly).toMatchObject({ violation: undefined, isComplete: true })
    expect(deadly.states).toBeGreaterThan(2 * calm.states)
    expect(deadly.crashes).toBeGreaterThan(1_000)
    expect(deadly.ends).toBeGreaterThan(10)
  })

  it("comes to the same twice", () => {
    const figures = () => {
      const { states, transitions, crashes, ends } = explore(worldOf("retried"), { crashes: 0 })
      return [states, transitions, crashes, ends]
    }
    expect(figures()).toEqual(figures())
  })

  it("of two runs and four messages holds all invariants", () => {
    const found = explore(worldOf("twoRuns"), { crashes: 0 })
    expect(found).toMatchObject({ violation: undefined, isComplete: true })
    expect(found.states).toBeGreaterThan(2_000)
  })

  // The rules that leave courses of events out are right if no table is left out with them.
  it.for(["sameStart", "retried"])("%s shows the same tables when nothing is left out", (name) => {
    const [reduced, whole] = [tablesOf(name, true), tablesOf(name, false)]
    expect(whole.states).toBeGreaterThan(2 * reduced.states)
    expect([...reduced.tables].sort()).toEqual([...whole.tables].sort())
  })

  it("is not said to be explored if it was not", () => {
    expect(explore(worldOf("sameStart"), { maxStates: 100 })).toMatchObject({ isComplete: false, violation: undefined })
  })
})

/** Every content that the table comes to have, but for the time of day. */
const tablesOf = (name: string, isReduced: boolean) => {
  const tables = new Set<string>()
  const told = new WeakSet<object>()
  const { states } = explore(worldOf(name), {
    isReduced,
    onState: ({ shared }) => {
      const { table } = shared.record
      if (told.has(table)) return
      told.add(table)
      const runs = [...table].map(([runId, { head, rows }]) => [runId, head, [...rows.values()].map(untimed).sort()])
      tables.add(untimed(runs.sort()))
    }
  })
  return { states, tables }
}

const times: ReadonlySet<string> = new Set(["at", "startedAt", "updatedAt"])
const untimed = (value: unknown): string => JSON.stringify(value, (name, one) => (times.has(name) ? 0 : one))

describe("a planted bug", () => {
  const planted: ReadonlyArray<readonly [bug: string, world: string]> = [
    ["canary", "sameStart"],
    ["the table does not check the version", "sameStart"],
    ["a lost race is committed over the winner", "sameStart"],
    ["messages are completed before the rows are durable", "sameStart"],
    ["no fence is asked", "sameStart"],
    ["a turn does not make sure of notices", "child"]
  ]

  it.for(planted)("%s: %s", async ([name, world]) => {
    const bug = [...bugs, canary].find((one) => one.name === name)
    if (bug === undefined) throw new Error(`the bank has no bug named ${name}`)
    const folder = makeScratch(`explored ${name}`, [bug])
    try {
      const load = (file: string) => import(pathToFileURL(path.join(folder, "simulation/exploration", file)).href)
      const copy = (await load("explore.ts")) as typeof import("../../simulation/exploration/explore.ts")
      const stories = (await load("story.ts")) as typeof import("../../simulation/exploration/story.ts")
      const found = copy.explore(worldOf(world))
      expect(found.violation === undefined).toBe(bug === canary)
      if (found.violation === undefined) return
      const story = stories.follow(worldOf(world), readPath(showPath(found.path)) ?? [])
      expect(story?.violation?.message).toBe(found.violation.message)
      expect(stories.tell(story as NonNullable<typeof story>, "again")).toContain(`WRONG  ${found.violation.message}`)
    } finally {
      removeScratch(folder)
    }
  })
})

describe("a course of events", () => {
  it("has a name that brings it back, and a timeline to be read", () => {
    const story = follow(worldOf("sameStart"), readPath("0.0.0.0.0.x1") ?? [])
    const text = tell(story as NonNullable<typeof story>, "npm run explore")
    expect(text).toMatch(/host-1 +is handed the doorbell of start of run-0/)
    expect(text).toMatch(/host-1 +dies/)
  })

  it("that is none has no story", () => {
    expect(readPath("0.y")).toBeUndefined()
    expect(follow(worldOf("sameStart"), [99])).toBeUndefined()
    expect(follow(worldOf("sameStart"), [-9])).toBeUndefined()
  })
})
