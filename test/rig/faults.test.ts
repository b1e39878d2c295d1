import { parseArgs } from "node:util"
import { expect, it } from "vitest"
import { chanceOptions, chancesHelp, chancesOf } from "./chances.ts"
import { byChance, type Chances } from "./faults.ts"

const call = { functionName: "Step", number: 1, service: "dynamodb", operation: "PutItem" }

/** The rig's faults by its command line. */
const faultsOf = (...args: ReadonlyArray<string>) => {
  const { values } = parseArgs({ args: [...args], options: chanceOptions })
  return byChance(1, chancesOf(values))
}

it("without an option, nothing goes wrong", () => {
  const faults = faultsOf()
  expect(faults.onCall(call)).toBe("none")
  expect(faults.duplicates("queue")).toBe(false)
  expect(faults.startsCold("Step")).toBe(false)
})

it("each option is a fault of its own", () => {
  expect(faultsOf("--kill", "1").onCall(call)).toMatch(/^kill(Before|After)$/)
  expect(faultsOf("--throttle", "1").onCall(call)).toBe("throttle")
  expect(faultsOf("--delay", "1").onCall(call)).toEqual({ delayMs: 200 })
  expect(faultsOf("--delay", "1", "--delay-ms", "50").onCall(call)).toEqual({ delayMs: 50 })
  expect(faultsOf("--duplicate", "1").duplicates("queue")).toBe(true)
  expect(faultsOf("--cold").startsCold("Step")).toBe(true)
})

it("chances are what they say, side by side", () => {
  const chances: Chances = { kill: 0.1, throttle: 0.2, delay: 0.3, duplicate: 0.4 }
  const { onCall, duplicates } = byChance(1, chances)
  const calls = Array.from({ length: 10_000 }, () => onCall(call))
  const share = (of: (fault: (typeof calls)[number]) => boolean) => calls.filter(of).length / calls.length
  expect(share((fault) => typeof fault === "string" && fault.startsWith("kill"))).toBeCloseTo(0.1, 1)
  expect(share((fault) => fault === "throttle")).toBeCloseTo(0.2, 1)
  expect(share((fault) => typeof fault === "object")).toBeCloseTo(0.3, 1)
  const again = Array.from({ length: 10_000 }, () => duplicates("queue")).filter(Boolean)
  expect(again.length / 10_000).toBeCloseTo(0.4, 1)
})

it("the help names every option", () => {
  const named = [...chancesHelp.matchAll(/--([a-z-]+)/g)].map(([, name]) => name)
  expect(named).toEqual(Object.keys(chanceOptions))
})
