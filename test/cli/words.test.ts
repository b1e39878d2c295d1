import * as Cause from "effect/Cause"
import { describe, expect, it } from "vitest"
import { resultText } from "../../src/cli/commands/runs/runText.ts"
import { failureOf } from "../../src/cli/framework/failureOf.ts"
import { defectText } from "../../src/cli/words/defectText.ts"
import { keyText, stepText } from "../../src/cli/words/keyText.ts"
import { RepairRefused } from "../../src/client/errors.ts"

describe("keys of messages, for people", () => {
  it.each([
    ["start", "start"],
    ["step/charge#0", "step charge#0"],
    ["timer/1000ms#0@1790000000000", "timer 1000ms#0"],
    ["signal/go/3f1c", "signal go"],
    ["!signal/go/3f1c", "signal go (nothing waited for it)"],
    ["update/approve/3f1c", "update approve"],
    ["repair/93e1829c", "to go on from an earlier message"],
    ["!repair/93e1829c", "to go on from an earlier message"],
    ["restart/93e1829c", "to start once more"],
    ["pause/93e1829c", "pause"],
    ["step/dynactor.signCallback:answered%230", "runtime step signCallback answered#0"],
    ["step/dynactor.schedule.look#3", "runtime step schedule.look#3"],
    ["step/dynactor.odd:%zz", "runtime step odd %zz"]
  ])("%s is %s", (key, text) => expect(keyText(key)).toBe(text))

  it("those of steps alone as well", () => expect(stepText("charge#0")).toBe("step charge#0"))
})

const stack = [
  "TypeError: child is not a function",
  "    at big (file:///shop/src/workflows.ts?dynactor-load=3:21:44)",
  "    at Generator.next (<anonymous>)",
  "    at run (file:///shop/node_modules/effect/dist/internal/effect.js:476:97)"
].join("\n")

describe("what a run has come to, for people", () => {
  const of = (outcome: "succeeded" | "failed" | "died" | "cancelled" | "terminated", result: any) =>
    resultText({ outcome, result } as never)

  it("is a defect as Node prints it: of its stack what is the user's", () => {
    const text = "TypeError: child is not a function\n    at big (file:///shop/src/workflows.ts:21:44)"
    expect(of("died", { name: "TypeError", message: "child is not a function", stack })).toBe(text)
    const cause = { name: "Error", message: "no such host" }
    expect(of("died", { name: "TypeError", message: "child is not a function", stack, code: 7, cause })).toBe(
      `${text}\n${JSON.stringify({ code: 7 }, null, 2)}\ncaused by Error: no such host`
    )
    expect(defectText("plain")).toBe('"plain"')
    expect(of("died", null)).toBe("null")
  })

  it("is JSON where it is a value, an error or a reason", () => {
    expect(of("succeeded", { a: 1 })).toBe('{\n  "a": 1\n}')
    expect(of("failed", "no budget")).toBe('"no budget"')
    expect(of("cancelled", "enough")).toBe('"enough"')
  })
})

it("what a refused repair wants to be told is named by its flags", () => {
  const refused = (message: string) =>
    failureOf(Cause.fail(new RepairRefused({ runId: "r", reason: "open", message, keys: [] }))).message
  expect(refused('it has compensated: say compensated: "rerun" to do that once more, or "keep" if it stands')).toBe(
    "it has compensated: say --compensated rerun to do that once more, or --compensated keep if it stands"
  )
  expect(refused('Say children: "again" to have others')).toBe("Say --children to have others")
  expect(refused("cannot be told: say at which message, with at")).toBe(
    "cannot be told: say at which message, with --at"
  )
})
