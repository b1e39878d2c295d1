import { readdirSync, readFileSync } from "node:fs"
import { TestRuntime } from "dynactor/testing"
import { describe, expect, it } from "vitest"
import { approval, askManager, pay, startTransfer } from "../../examples/guide/callbacks.ts"
import { archive, book, chapter, hurry, translate } from "../../examples/guide/children.ts"
import { listen, reading } from "../../examples/guide/continueAsNew.ts"
import { answered, askInTurn, mailQuestion, vote, voted, withdrawn } from "../../examples/guide/signals.ts"
import { buy, charge, priceOf, remind } from "../../examples/guide/steps.ts"
import { illustrate, tellStory, tokens, write } from "../../examples/guide/streams.ts"
import { followParcel, lookUpParcel, remind as remindOfParcel } from "../../examples/guide/time.ts"
import { packOrder } from "../../examples/guide/workflows.ts"
import { errorStatuses } from "../../src/http/errors.ts"

const pages = readdirSync("docs/guide", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".md"))
  .map((name) => ({ name, text: readFileSync(`docs/guide/${name}`, "utf8") }))
const page = (name: string) => pages.find((one) => one.name === name)?.text ?? ""

describe("the guide", () => {
  const shown = pages.flatMap(({ name, text }) =>
    [...text.matchAll(/<!-- file: (\S+) -->\n\n```\w+\n([\s\S]*?)\n```/g)].map(([, file = "", code = ""]) => ({
      name,
      file,
      code
    }))
  )

  it.each(shown)("$name shows $file as it is", ({ file, code }) => {
    expect(`${code}\n`).toBe(readFileSync(file, "utf8"))
  })

  const parts = pages.flatMap(({ name, text }) =>
    [...text.matchAll(/<!-- part: (\S+) (\w+) -->\n\n```\w+\n([\s\S]*?)\n```/g)].map(
      ([, file = "", region = "", code = ""]) => ({ name, file, region, code })
    )
  )

  it.each(parts)("$name shows $region of $file as it is", ({ file, region, code }) => {
    const [, text] = readFileSync(file, "utf8").split(`// #region ${region}\n`)
    expect(code).toBe(text?.split("\n// #endregion")[0])
  })

  it("shows ten idioms of Effect and more", () => {
    expect(parts.length).toBeGreaterThan(10)
  })

  it("shows code on the pages that speak of code", () => {
    expect(shown.map(({ name }) => name)).toEqual(expect.arrayContaining(["steps.md", "workflows.md"]))
  })

  it("names every page on its first one", () => {
    const others = pages.map(({ name }) => name).filter((name) => name !== "README.md")
    expect(others.filter((name) => !page("README.md").includes(`](${name})`))).toEqual([])
  })

  it("lists each error of the HTTP API with its status", () => {
    const rows = [...page("http.md").matchAll(/^\| (\d{3}) \| `(\w+)` \|/gm)].map(([, status, tag]) => [
      tag,
      Number(status)
    ])
    expect(Object.fromEntries(rows)).toEqual(errorStatuses)
  })

  it("states the defaults of a retry policy as they are", () => {
    const rows = new Map(
      [...page("steps.md").matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)].map(([, name, text]) => [name, text])
    )
    const { attempts, initialMs, factor, maxMs, jitter, nonRetryable } = remindDefaults()
    expect(Number(rows.get("attempts"))).toBe(attempts)
    expect(rows.get("initial")).toBe(`${initialMs / 1000} second`)
    expect(Number(rows.get("factor"))).toBe(factor)
    expect(rows.get("max")).toBe(`${maxMs / 60_000} minute`)
    expect(Number.parseFloat(rows.get("jitter") ?? "")).toBe(jitter)
    expect([rows.get("nonRetryable"), nonRetryable]).toEqual(["none", []])
  })
})

/** Of a step that says nothing of `retry`. */
const remindDefaults = () => priceOf.retry

describe("the examples of the guide", () => {
  const steps = { charge, priceOf, remind }
  const order = { order: "o-1", customer: "Ada", items: ["tea", "rice"] }

  it("buys, with inline prices and a key each", async () => {
    const run = await new TestRuntime({ steps }).start(buy, { input: order })
    expect(run.outcome).toMatchObject({ tag: "succeeded", value: { reminded: true } })
  })

  it("goes on where a step fails that is not worth failing for", async () => {
    const run = await new TestRuntime({ steps }).start(buy, { input: { ...order, customer: "" } })
    expect(run.outcome).toMatchObject({ tag: "succeeded", value: { reminded: false } })
  })

  it("tries a typed error again, and not one that is named", async () => {
    const runtime = new TestRuntime({ steps })
    const busy = await runtime.start(buy, { runId: "busy", input: { ...order, order: "busy" } })
    await runtime.advance("1 minute")
    expect(busy.outcome).toMatchObject({ tag: "succeeded" })
    const poor = await runtime.start(buy, { runId: "poor", input: { ...order, order: "poor" } })
    await runtime.advance("1 minute")
    expect(poor.outcome).toMatchObject({ tag: "failed", error: { _tag: "Declined" } })
  })

  it("packs what is light enough in child runs", async () => {
    const runtime = new TestRuntime()
    const run = await runtime.start(packOrder, {
      input: [
        { order: "a", weightGrams: 10 },
        { order: "b", weightGrams: 31_000 }
      ]
    })
    expect(run.outcome).toMatchObject({ tag: "succeeded", value: { left: 1 } })
  })

  it("translates a book by chapters, whose children tell when they are through", async () => {
    const runtime = new TestRuntime({ steps: { translate } })
    const run = await runtime.start(book, { runId: "book", input: ["one", "two"] })
    expect(run.children.map(({ runId }) => runId)).toEqual(["book:chapter:0", "book:chapter:1"])
    await runtime.run("book:chapter:1", chapter).signal(hurry, undefined)
    expect(run.outcome).toMatchObject({ tag: "succeeded", value: { first: 1, pages: ["ONE", "TWO"], wasTold: false } })
    const archived = runtime.run("archive of 2", archive)
    expect(archived.outcome).toBeUndefined()
    await runtime.advance("3 days")
    expect(archived.outcome).toMatchObject({ tag: "succeeded", value: 2 })
  })

  it("listens to a sensor over several generations, and loses no reading", async () => {
    const runtime = new TestRuntime()
    const run = await runtime.start(listen, { runId: "sensor", input: { readings: 0, sum: 0, alarms: 0 } })
    for (let value = 1; value <= 500; value++) {
      await run.signal(reading, value % 250 === 0 ? 101 : 1)
      await runtime.advance("1 hour")
    }
    expect(run.generation).toBe(2)
    await runtime.advance("2 days")
    expect(run.outcome).toEqual({ tag: "succeeded", value: { readings: 500, sum: 700, alarms: 2, generations: 3 } })
    expect(run.steps.map(({ generation, key }) => `${generation} ${key}`)).toEqual(["1 raiseAlarm#0", "2 raiseAlarm#0"])
  })

  it("asks in turn, and takes no late yes for another's", async () => {
    const runtime = new TestRuntime({ steps: { mailQuestion } })
    const run = await runtime.start(askInTurn, { input: ["Ada", "Bob", "Cleo"] })
    await runtime.advance("1 day")
    await run.signal(answered, true, { for: "Ada" })
    expect(run.waitsFor).toContain("signal answered for Bob")
    expect(run.unread).toEqual([{ name: "answered", for: "Ada", count: 1 }])
    await run.signal(answered.for("Bob"), false)
    await run.signal(answered, true, { for: "Cleo" })
    expect(run.outcome).toEqual({ tag: "succeeded", value: "Cleo" })
  })

  it("votes: carried, lost for want of votes, or withdrawn", async () => {
    const runtime = new TestRuntime()
    const motion = async (name: string, ...votes: ReadonlyArray<boolean>) => {
      const run = await runtime.start(vote, { input: name, runId: name })
      for (const [index, isFor] of votes.entries())
        await run.signal(voted, { by: `voter ${index}`, isFor }, { for: name })
      return run
    }
    expect((await motion("a", true, false, true)).outcome).toEqual({ tag: "succeeded", value: "carried" })
    const late = await motion("b", true, true)
    const gone = await motion("c", true)
    await gone.signal(withdrawn, null)
    expect(gone.outcome).toEqual({ tag: "succeeded", value: "withdrawn" })
    await runtime.advance("2 days")
    expect(late.outcome).toEqual({ tag: "succeeded", value: "lost, 2 of 2" })
  })

  it("follows a parcel by the calendar, over the night that is an hour short", async () => {
    const runtime = new TestRuntime({
      steps: { lookUpParcel, remind: remindOfParcel },
      startAt: Date.UTC(2026, 2, 25, 12)
    })
    const collectBy = new Date("2026-03-28T18:00:00Z")
    const run = await runtime.start(followParcel, { input: { parcel: "p-1", collectBy } })
    expect(run.waitsFor).toEqual(["timer 1800000ms#0"])
    await runtime.advance("5 days")
    expect(run.steps.filter(({ name }) => name === "lookUpParcel").map(({ input }) => input.looks)).toEqual([0, 1, 2])
    expect(run.outcome).toEqual({
      tag: "succeeded",
      value: "2026-03-29T01:30:00.000Z, and then 2026-03-30T00:30:00.000Z"
    })
  })

  it("tells a story word by word", async () => {
    const run = await new TestRuntime({ steps: { write, illustrate } }).start(tellStory, { input: "a fox" })
    expect(run.outcome).toEqual({ tag: "succeeded", value: 8 })
    expect(run.emitted(tokens).join(" ")).toBe("Once upon a time there was a fox [a picture of a fox] The end.")
  })

  it("asks a manager and a bank, and pays", async () => {
    const runtime = new TestRuntime({ steps: { askManager, startTransfer } })
    const run = await runtime.start(pay, { input: { id: "i-1", cents: 900, manager: "Ada" } })
    const tokenOf = (name: string) => run.callbacks.find((one) => one.name === name)?.token ?? ""
    await runtime.completeCallback(tokenOf("approval"), { by: "Ada" }, { as: approval })
    await runtime.completeCallback(tokenOf("transfer"), "r-7")
    expect(run.outcome).toEqual({ tag: "succeeded", value: { by: "Ada", receipt: "r-7" } })
  })

  it("does not wait for a manager for ever", async () => {
    const runtime = new TestRuntime()
    const run = await runtime.start(pay, { input: { id: "i-2", cents: 900, manager: "Ada" } })
    await runtime.advance("3 days")
    expect(run.outcome).toMatchObject({ tag: "failed", error: { _tag: "Refused" } })
  })
})
