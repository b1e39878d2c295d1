import { readFileSync } from "node:fs"
import { checkWorkflow, outcomes, TestRuntime } from "dynactor/testing"
import { Schema } from "effect"
import { describe, expect, it } from "vitest"
import { Graph } from "../../examples/content-moderation/graph.ts"
import {
  judged,
  moderate,
  publish,
  reject,
  scoreImage,
  scoreText,
  soften
} from "../../examples/content-moderation/moderate.ts"
import { keepHistory } from "../histories/keepHistory.ts"

const graph = Schema.decodeUnknownSync(Graph)(
  JSON.parse(readFileSync("examples/content-moderation/graph.json", "utf8"))
)
const steps = { publish, reject, scoreImage, scoreText, soften }
const runtime = () => new TestRuntime({ steps })
const post = (text: string, ...images: ReadonlyArray<string>) => ({ graph, post: { text, images } })

describe("a post that is moderated by a graph", () => {
  it("is shown where all branches find it harmless", async () => {
    const run = await runtime().start(moderate, { runId: "post-1", input: post("hello", "a", "b", "c!") })
    expect(run.outcome).toEqual({
      tag: "succeeded",
      value: { decision: "published", path: ["text", "images", "score", "show"], rounds: 1 }
    })
    expect(run.timesSucceeded(scoreImage)).toBe(3)
    await keepHistory("content-moderation", run)
  })

  it("goes round a loop until it is soft enough", async () => {
    const run = await runtime().start(moderate, { runId: "post-2", input: post("hey!!!!!", "a") })
    expect(run.outcome).toMatchObject({
      value: {
        decision: "published",
        path: ["text", "images", "score", "rewrite", "text", "score", "rewrite", "text", "score", "show"],
        rounds: 3
      }
    })
    // Only what the loop leads to runs again.
    expect(run.timesSucceeded(scoreImage)).toBe(1)
    await keepHistory("content-moderation.loop", run)
  })

  it("gives a loop up after the rounds that the graph allows", async () => {
    const run = await runtime().start(moderate, { runId: "post-3", input: post("!!!!!", "!!!!!") })
    expect(run.outcome).toMatchObject({ tag: "failed", error: { _tag: "Undecided", rounds: 3 } })
  })

  it("is judged by a person, and not shown if nobody looks", async () => {
    const world = runtime()
    const seen = await world.start(moderate, { runId: "post-4", input: post("!!!!!!!", "a") })
    await seen.signal(judged, 0.1)
    expect(seen.outcome).toMatchObject({
      value: { decision: "published", path: ["text", "images", "score", "person", "show"] }
    })
    await keepHistory("content-moderation.person", seen)
    const unseen = await world.start(moderate, { runId: "post-5", input: post("!!!!!!!", "a") })
    await world.advance("2 days")
    expect(unseen.outcome).toMatchObject({ value: { decision: "rejected" } })
  })

  it("is stopped by the first branch that leads there", async () => {
    const run = await runtime().start(moderate, { runId: "post-6", input: post("!!!!!!!!!!", "a") })
    expect(run.outcome).toMatchObject({ value: { decision: "rejected" } })
    expect(run.timesSucceeded(reject)).toBe(1)
    await keepHistory("content-moderation.stopped", run)
  })

  it("is refused where the graph leads nowhere", async () => {
    const wrong = { ...graph, edges: [...graph.edges, { from: "text", to: "nowhere" }] }
    const run = await runtime().start(moderate, {
      runId: "post-7",
      input: { graph: wrong, post: { text: "", images: [] } }
    })
    expect(run.outcome).toMatchObject({ tag: "failed", error: { problems: ["there is no node nowhere"] } })
  })

  it("survives anything, and is shown or stopped once at most", async () => {
    const report = await checkWorkflow(moderate, {
      schedules: 100,
      input: post("!!!!!!!", "a", "b"),
      steps: { ...steps, scoreText: outcomes(0.1, 0.4, 0.7, 1) },
      always: (run) => run.timesSucceeded("publish") + run.timesSucceeded("reject") <= 1
    })
    expect(Object.keys(report.outcomes)).toEqual(expect.arrayContaining(["succeeded", "cancelled"]))
  })
})
