import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { lambdaLogger } from "../../../src/streams/lambda/lambdaLogger.ts"

const circle: { readonly name: string; self?: unknown } = { name: "circle" }
circle.self = circle

/** The lines that Lambda is given. */
const lines = (log: Effect.Effect<void>): ReadonlyArray<string> => {
  const told: Array<string> = []
  const keep = (line: string) => void told.push(line)
  const console = { ...globalThis.console, log: keep, info: keep, warn: keep, error: keep }
  Effect.runSync(log.pipe(Effect.provide(lambdaLogger), Effect.provideService(Console.Console, console)))
  return told
}

it.each<[string, unknown, string]>([
  ["a text", "plain", "plain"],
  ["an object", { order: 7 }, '{"order":7}'],
  ["a bigint", { amount: 10n }, '{"amount":"10"}'],
  ["a map", new Map([["a", 1]]), '[["a",1]]'],
  ["a set", { seen: new Set(["a"]) }, '{"seen":["a"]}'],
  ["nothing", undefined, "undefined"],
  ["a circle", circle, "<ref *1> { name: 'circle', self: [Circular *1] }"],
  [
    "a getter that throws",
    {
      get bad() {
        throw new Error("not now")
      }
    },
    "{ bad: [Getter] }"
  ]
])("a line that holds %s is not lost", (_, value, text) => {
  expect(lines(Effect.log("told", value))).toEqual([`told ${text}`])
})

it("neither is one that is annotated with what JSON has no words for", () => {
  expect(lines(Effect.annotateLogs(Effect.log("told"), { amount: 10n, run: "r" }))).toEqual([
    'told {"amount":"10","run":"r"}'
  ])
  expect(lines(Effect.annotateLogs(Effect.log("told"), { circle }))[0]).toContain("Circular")
})

it("a line says its cause, an error its stack, and a defect of a fiber both", () => {
  const cause = Cause.die(new Error("the table is gone"))
  const [line = ""] = lines(Effect.logError("the turn failed", { run: "r" }, cause))
  expect(line).toMatch(/^the turn failed \{"run":"r"\} Error: the table is gone\n {2,}at /)
  expect(lines(Effect.logError("failed", new Error("no")))[0]).toMatch(/^failed Error: no\n {2,}at /)
})
