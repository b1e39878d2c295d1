import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { describe, expect, it } from "vitest"
import { DrawUnknown, readDraws } from "../../../simulation/workload/drawn/drawChoices.ts"

const search = fileURLToPath(new URL("../../../simulation/search.ts", import.meta.url))

const planCount = 150

/** Of so many plans as a process with these variables draws them, how many have each. */
const drawnWith = async (environment: Readonly<Record<string, string>>) => {
  const script = `
    import { chunkOf } from ${JSON.stringify(search)}
    const plans = chunkOf(5, ${planCount})
    const count = (has) => plans.filter(has).length
    const inRuns = (has) => count(({ runs }) => runs.some(has))
    console.log(JSON.stringify({
      STARTS: inRuns(({ again }) => again !== undefined),
      DEBOUNCE: inRuns(({ debounced }) => debounced !== undefined),
      ORDERS: inRuns(({ orders }) => orders !== undefined),
      COPIES: inRuns(({ copies }) => copies !== undefined),
      DELETIONS: count(({ deletion }) => deletion !== undefined),
      SCHEDULES: count(({ timetable }) => timetable !== undefined),
      LIMITS: inRuns(({ program }) => JSON.stringify(program).includes('"feature":"limits"'))
    }))`
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=source", "--input-type=module", "--eval", script],
    { env: { ...process.env, ...environment } }
  )
  return JSON.parse(stdout) as Readonly<Record<string, number>>
}

const names = ["STARTS", "DEBOUNCE", "ORDERS", "COPIES", "DELETIONS", "SCHEDULES", "LIMITS"]
const askedFor = (some: ReadonlyArray<string>, value: string) =>
  Object.fromEntries(some.map((name) => [`DYNACTOR_DRAW_${name}`, value]))

describe("what is drawn", () => {
  it("is some of each where nobody says, and none where that is asked for", async () => {
    const drawn = await drawnWith({})
    const none = await drawnWith(askedFor(names, "no"))
    for (const name of names) expect([name, (drawn[name] ?? 0) > 0, none[name]]).toEqual([name, true, 0])
  })

  // Some take the place of others: not all can be everywhere.
  it.each([[["LIMITS", "DELETIONS", "STARTS"]], [["SCHEDULES"]], [["COPIES"]]])(
    "is everywhere where that is asked for: %s",
    async (some) => {
      const drawn = await drawnWith({ ...askedFor(names, "no"), ...askedFor(some, "always") })
      // A few programs come out without a call of what they may call.
      for (const name of some) expect([name, (drawn[name] ?? 0) > 0.9 * planCount]).toEqual([name, true])
    }
  )

  it("is refused where there is nothing of that name or value", () => {
    expect(readDraws({ DYNACTOR_DRAW_LIMITS: "always", PATH: "/" })).toEqual({ LIMITS: "always" })
    expect(() => readDraws({ DYNACTOR_DRAW_LIMITS: "" })).toThrow(DrawUnknown)
    expect(() => readDraws({ DYNACTOR_DRAW_COPIES: "with copies" })).toThrow(
      "DYNACTOR_DRAW_COPIES=with copies: give always or no"
    )
    expect(() => readDraws({ DYNACTOR_DRAW_toString: "no" })).toThrow("there is no DYNACTOR_DRAW_toString")
  })
})
