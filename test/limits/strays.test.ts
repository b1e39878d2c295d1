import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"
import { askId, placeChannel, placeName } from "../../src/actor/calls/limits/limitNames.ts"
import { limitNews, placeGiven } from "../../src/actor/calls/limits/limitParts.ts"
import { readEntry } from "../../src/actor/history/entry.ts"
import { replay } from "../../src/actor/turn.ts"
import { fromPayload } from "../../src/actor/values/payload.ts"
import { defineStep, defineWorkflow } from "../../src/index.ts"
import { Bench } from "../actor/bench.ts"
import { Job, job, one, release } from "./parts.ts"

const work = defineStep("work", {
  input: Job,
  output: Schema.String,
  limit: one.by((job: Job) => job.account),
  run: (job) => Effect.succeed(job.name)
})

const released = defineWorkflow("released", {
  input: Job,
  output: Schema.String,
  run: (job) => Effect.andThen(release.receive, work(job))
})

const ask = "dynactor.limit.ask.one#0"

/** As a limiter gives the place of an account, to the first question. */
const give = (bench: Bench, account: string) => {
  const place = placeName(one.limitName, account)
  const id = askId("run-1", place, "0")
  return bench.signal(placeGiven.name, { id, again: false }, id, placeChannel(place, "0"))
}

const asked = (account: string) => {
  const place = placeName(one.limitName, account)
  return { place, channel: placeChannel(place, "0"), id: askId("run-1", place, "0"), why: null }
}

/** To which limiters places go back with the last turn. */
const givenBack = ({ last }: Bench) =>
  last.commands.flatMap((command) =>
    command.kind === "send" && command.name === limitNews.name ? [[command.runId, fromPayload(command.payload)]] : []
  )

const steps = ({ actor }: Bench) => actor.waiting.commands.map(({ key }) => key)

describe("places that come unasked", () => {
  it("go back at once, and what the run comes to ask for is another question", () => {
    const bench = new Bench(released)
    bench.start(job("a"))
    give(bench, "acct_1")
    expect(givenBack(bench)).toMatchObject([["dynactor.limit/one/acct_1", { _tag: "leave", id: asked("acct_1").id }]])
    bench.signal("release", null)
    expect(bench.commands).toEqual(["step dynactor.limit.ask.one#1"])
  })

  it("are kept while their question is being asked, and what was asked for tells which go back", () => {
    const bench = new Bench(released)
    bench.start(job("a"))
    bench.signal("release", null)
    for (const account of ["acct_9", "acct_1"]) {
      give(bench, account)
      expect(givenBack(bench)).toEqual([])
    }
    // A turn that lost had asked by that key, and its answer stands.
    bench.step(ask, asked("acct_9"))
    expect(givenBack(bench)).toMatchObject([["dynactor.limit/one/acct_1", { _tag: "leave", id: asked("acct_1").id }]])
    expect(steps(bench)).toEqual(["work#0"])
    bench.step("work#0", "done")
    expect(bench.outcome).toEqual({ tag: "succeeded", value: "done" })
  })

  it("stay in a history that was made before they were sent back", () => {
    const bench = new Bench(released)
    bench.start(job("a"))
    bench.signal("release", null)
    bench.step(ask, asked("acct_1"))
    give(bench, "acct_1")
    expect(steps(bench)).toEqual(["work#0"])
    // As it was then: the place had come before it was asked for, and was there when it was.
    const { order, ...rest } = bench.last.history
    const place = order.findIndex((entry) => readEntry(entry).key.includes("limit.place"))
    const [given] = order.slice(place)
    const old = [order[0], given, ...order.slice(1, place)] as Array<string>
    const actor = replay(bench.options, { ...rest, order: old }, bench.inbox)
    expect(actor.parked).toBeUndefined()
    expect(actor.waiting.commands.map(({ key }) => key)).toEqual(["work#0"])
  })
})
