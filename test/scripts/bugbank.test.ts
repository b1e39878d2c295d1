import { existsSync, readFileSync } from "node:fs"
import * as path from "node:path"
import { describe, expect, it } from "vitest"
import { pick, summarize } from "../../scripts/bugbank/figures.ts"
import { misfits, misfitsOfPair } from "../../scripts/bugbank/scratch.ts"
import { adapterBugs } from "../bugbank/adapterBugs.ts"
import { bugs, canary, deadly } from "../bugbank/bugs.ts"
import { fileBugs } from "../bugbank/fileBugs.ts"
import { lambdaBugs } from "../bugbank/lambdaBugs.ts"
import { pairs } from "../bugbank/pairs.ts"
import { wireBugs } from "../bugbank/wireBugs.ts"
import { fixes } from "../simulation/fixes.ts"
import { readBank, wrongCounts, wrongToday } from "./countedBugs.ts"

const everywhere = [...bugs, ...wireBugs, ...lambdaBugs, ...fileBugs, ...adapterBugs]
const byName = new Map(bugs.map((bug) => [bug.name, bug]))

describe("the bank of planted bugs", () => {
  it("fits the source", () => {
    expect(misfits([...bugs, canary, deadly])).toEqual([])
    expect(misfits(adapterBugs)).toEqual([])
    expect(misfits([...wireBugs, ...lambdaBugs, ...fileBugs])).toEqual([])
    expect(misfits(Object.values(fixes))).toEqual([])
  })

  it("is where a fix of a kept plan is written that is a bug of the bank as well", () => {
    const all = new Map(everywhere.map((bug) => [bug.name, bug]))
    const written = Object.values(fixes).filter(({ name }) => all.has(name))
    expect(written.length).toBeGreaterThan(0)
    for (const fix of written) expect(fix).toMatchObject({ ...all.get(fix.name), breaks: fix.breaks })
  })

  it("has pairs that are in the bank, and fit the source together", () => {
    for (const pair of pairs) {
      const two = pair.flatMap((name) => byName.get(name) ?? [])
      expect(two, pair.join(" + ")).toHaveLength(2)
      expect(misfitsOfPair(pair.join(" + "), two)).toEqual([])
    }
  })

  it("names each bug once, and says of each that is not counted why", () => {
    expect(twice(everywhere.map(({ name }) => name))).toEqual([])
    expect(bugs.filter(({ equivalent }) => equivalent === undefined).length).toBeGreaterThanOrEqual(60)
    expect(new Set(pairs.map((pair) => [...pair].sort().join())).size).toBe(pairs.length)
    expect(pairs.length).toBeGreaterThanOrEqual(30)
    for (const { equivalent } of bugs) expect(equivalent?.length ?? 100).toBeGreaterThan(50)
  })

  it("names for each bug of an adapter a test that is there", () => {
    for (const { test } of adapterBugs)
      expect([test, existsSync(path.join(import.meta.dirname, "..", test))]).toEqual([test, true])
  })

  it("is counted rightly where pages tell of it", async () => {
    const read = (page: string) => readFileSync(path.join(import.meta.dirname, "../../docs", page), "utf8")
    const [features, simulation, bank] = [read("features.md"), read("simulation.md"), await readBank()]
    expect(wrongCounts(features, bank)).toEqual([])
    const lengths = { wireBugs: wireBugs.length, lambdaBugs: lambdaBugs.length, fileBugs: fileBugs.length }
    expect(wrongToday(simulation, lengths)).toEqual([])
    expect(simulation.match(/: \d+ today/g)).toHaveLength(3)

    expect(wrongCounts(features.replace(/`codecBugs.ts`: \d+/, "`codecBugs.ts`: 1"), bank)).toHaveLength(1)
    expect(wrongCounts(features.replace(/ \d+ of S40/, " 1 of S40"), bank)).toHaveLength(1)
    expect(wrongCounts(features.replace(/`gateBugs.ts`/g, "`commitBugs.ts`"), bank).length).toBeGreaterThan(9)
    expect(wrongToday(simulation, { ...lengths, fileBugs: 1 })).toHaveLength(1)
  })

  it("notices an edit that does not fit any more, alone or after another", () => {
    const gone = { ...canary, find: "no such text" }
    expect(misfits([gone])).toHaveLength(1)
    expect(misfitsOfPair("twice", [canary, canary])).toHaveLength(1)
  })
})

const twice = (names: ReadonlyArray<string>): ReadonlyArray<string> =>
  names.filter((name, index) => names.indexOf(name) !== index)

it("each bug has its turn once in so many turns that follow each other, and none takes much longer than another", () => {
  const all = Array.from({ length: 217 }, (_, index) => index)
  for (const turns of [1, 7, 12, 217, 500]) {
    const parts = Array.from({ length: turns }, (_, turn) => pick(all, turns, turn + 5))
    expect(parts.flat().sort((a, b) => a - b)).toEqual(all)
    for (const part of parts) expect(part.length).toBeLessThanOrEqual(Math.ceil(all.length / turns))
  }
})

it("figures count singles and pairs apart, and schedules of what was caught", () => {
  const planted = (kind: "single" | "pair") => ({ name: kind, kind, bugs: [] })
  const caught = (schedules: number) => ({ caught: true, schedules, invariant: "S1", message: "" }) as const
  const trials = [
    { planted: planted("single"), verdict: caught(7), seconds: 1 },
    { planted: planted("single"), verdict: caught(1), seconds: 1 },
    { planted: planted("single"), verdict: { caught: false, schedules: 10_000 } as const, seconds: 1 },
    { planted: planted("pair"), verdict: caught(3), seconds: 1 }
  ]
  expect(summarize(trials)).toEqual({
    single: { planted: 3, caught: 2 },
    pairs: { planted: 1, caught: 1 },
    medianSchedules: 3,
    worstSchedules: 7
  })
})
