import { randomBytes, randomInt, randomUUID } from "node:crypto"
import { hostname, uptime } from "node:os"
import { defineStep, defineWorkflow } from "dynactor"
import { checkWorkflow, WorkflowCheckFailed } from "dynactor/testing"
import { Effect, Hash, HashMap, HashSet, Schema } from "effect"
import { describe, expect, it } from "vitest"

const note = defineStep("note", { input: Schema.String, output: Schema.Void, run: async () => {} })
const sent = defineStep("sent", { input: Schema.String, output: Schema.Void, run: async () => {} })
const noting = (read: () => string) =>
  defineWorkflow("noting", { input: Schema.Void, output: Schema.Void, run: () => Effect.suspend(() => note(read())) })

const failureOf = async (read: () => string): Promise<WorkflowCheckFailed> => {
  const error = await checkWorkflow(noting(read)).catch((reason: unknown) => reason)
  if (error instanceof WorkflowCheckFailed) return error
  throw new Error("nothing was found", { cause: error })
}

const machine = "It is enough that the process is another, or the machine that it runs on."
const clock = "It is enough that the wall clock shows another time."
const random = "It is enough that randomness gives other numbers."
const hashes = "It is enough that functions have other hashes"
const locale = "It is enough that the locale is another."

describe("what is another in another process, or on another machine", () => {
  const first = () => "first"
  const second = () => "second"
  const third = () => "third"
  class Parcel {}
  class Letter {}
  const leaks: ReadonlyArray<readonly [what: string, read: () => string, enough: string, asksFor: string]> = [
    ["the host's name", () => hostname(), machine, "hostname() of node:os, at test/testing/surroundings.test.ts"],
    ["how long the host is up", () => String(uptime()), machine, "uptime() of node:os, at test"],
    ["the process id", () => String(process.pid), machine, "process.pid, at test"],
    ["the directory", () => process.cwd(), machine, "process.cwd(), at test"],
    ["arguments", () => String(process.argv.length), machine, "process.argv, at test"],
    ["when the process began", () => String(performance.timeOrigin), machine, "performance.timeOrigin, at test"],
    ["how many processors", () => String(navigator.hardwareConcurrency), machine, "navigator.hardwareConcurrency, at"],
    ["how long the process is up", () => String(process.uptime()), clock, "process.uptime(), at test"],
    ["high resolution time", () => String(process.hrtime()), clock, "process.hrtime(), at test"],
    ["an id of node:crypto", () => randomUUID(), random, "randomUUID() of node:crypto, at test"],
    ["bytes of node:crypto", () => randomBytes(4).toString("hex"), random, "randomBytes() of node:crypto, at test"],
    ["numbers of node:crypto", () => String(randomInt(9)), random, "randomInt() of node:crypto, at test"],
    [
      "the order of functions in a HashSet",
      () => [...HashSet.make(first, second, third)].map((one) => one()).join(),
      hashes,
      "the hash of the function first, at test"
    ],
    [
      "the order of classes in a HashMap",
      () => [...HashMap.values(HashMap.make([Parcel, "parcel"], [Letter, "letter"]))].join(),
      hashes,
      "the hash of the function Parcel, at test"
    ],
    [
      "the order of steps in a HashSet",
      () => [...HashSet.make(note, sent)].map(({ stepName }) => stepName).join(),
      hashes,
      "the hash of the step note, at test"
    ],
    ["the hash of a function", () => String(Hash.hash({ first })), hashes, "the hash of the function first, at test"],
    ["an empty list of locales", () => new Intl.NumberFormat([]).format(0.5), locale, "Intl.NumberFormat without a"],
    ["the language of whoever runs it", () => navigator.language, locale, "navigator.language, at test"],
    ["all its languages", () => navigator.languages.join(), locale, "navigator.languages, at test"],
    ["a locale left out of a method", () => (0.5).toLocaleString([]), locale, "toLocaleString() without a locale"]
  ]

  it.each(leaks)("%s", async (_, read, enough, asksFor) => {
    const { kind, message, schedule } = await failureOf(read)
    expect(kind).toBe("nondeterminism")
    expect(message).toContain(enough)
    expect(message).toContain(`the code asks for ${asksFor}`)
    expect(schedule).toBeLessThan(20)
  })

  it("is let be where nothing comes of it", async () => {
    const functions = [() => "a", () => "b", () => "c"]
    const sound = () => {
      const set = HashSet.fromIterable(functions)
      return `${functions.map((one) => HashSet.has(set, one)).join()} ${HashSet.size(set)} ${process.cwd() !== ""}`
    }
    await checkWorkflow(noting(sound), { schedules: 100 })
  })

  it("is what it always was outside of runs", () => {
    const set = HashSet.make(first, second, third)
    expect([first, second, third].every((one) => HashSet.has(set, one))).toBe(true)
    const [seconds, nanoseconds] = process.hrtime(process.hrtime())
    expect([seconds, nanoseconds >= 0, randomUUID().length, randomBytes(3).length]).toEqual([0, true, 36, 3])
    expect(randomUUID()).not.toBe(randomUUID())
  })
})

describe("a format of Intl that is given no date", () => {
  it("has the run's own time, so that there is nothing to find", async () => {
    const format = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", dateStyle: "full", timeStyle: "full" })
    const read = () =>
      `${format.format()} ${format
        .formatToParts()
        .map(({ value }) => value)
        .join("")}`
    await checkWorkflow(noting(read), { schedules: 50 })
    const years: Array<string> = []
    await checkWorkflow(
      noting(() => {
        years.push(read())
        return ""
      }),
      { schedules: 1, startAt: Date.UTC(2031, 6) }
    )
    expect(years.every((year) => year.includes("July 2031"))).toBe(true)
  })

  it("is in the locale and the zone of the host unless it is told", async () => {
    const { message } = await failureOf(() => new Intl.DateTimeFormat().format())
    expect(message).toContain("Intl.DateTimeFormat without a locale, at test")
    expect((await failureOf(() => new Intl.DateTimeFormat("en-GB", { timeStyle: "full" }).format())).message).toContain(
      "It is enough that the time zone is another."
    )
  })
})
