import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { describe, expect } from "vitest"
import { defineStep, defineWorkflow } from "../../src/index.ts"
import { live, openEngine } from "./engine.ts"

const secret = "Bearer 5ec7e7"

/** As clients of HTTP throw them: with the request, and that with its credentials. */
const httpError = (options?: ErrorOptions) =>
  Object.assign(new Error("status 500", options), {
    config: { headers: { authorization: secret } },
    request: { url: "https://example.org" },
    authorization: secret
  })

class Rejected extends Error {
  readonly _tag = "Rejected"
  readonly code = 77
  readonly final = true
  readonly hint = "call them"
  readonly config = { headers: { authorization: secret } }
  readonly body = "x".repeat(5_000)
}

const setup = (defect: unknown) => {
  const fails = defineStep("fails", {
    input: Schema.Void,
    output: Schema.Void,
    retry: { attempts: 1 },
    run: () => Effect.die(defect)
  })
  const rejects = defineStep("rejects", {
    input: Schema.Void,
    output: Schema.Void,
    retry: { attempts: 1 },
    run: () => Promise.reject(defect)
  })
  const inStep = defineWorkflow("inStep", { input: Schema.Void, output: Schema.Void, run: () => fails(undefined) })
  const inPromise = defineWorkflow("inPromise", {
    input: Schema.Void,
    output: Schema.Void,
    run: () => rejects(undefined)
  })
  const inBody = defineWorkflow("inBody", { input: Schema.Void, output: Schema.Void, run: () => Effect.die(defect) })
  return { workflows: [inStep, inPromise, inBody], steps: [fails, rejects] }
}

/** All that is stored of a run that dies of `defect` in each of the ways, and what is logged. */
const traces = Effect.fnUntraced(function* (defect: unknown) {
  const { workflows, steps } = setup(defect)
  const { client, logged, table } = yield* openEngine({ workflows, steps })
  const texts: Array<string> = []
  for (const workflow of workflows) {
    const runId = workflow.workflowName
    const error = yield* Effect.flip(client.execute(workflow, { runId, input: undefined }))
    expect(error._tag).toBe("RunDied")
    texts.push(JSON.stringify([yield* table.readRun(runId), error]))
  }
  return { texts, logged: logged.join("\n") }
})

describe("what is stored of an error", () => {
  live("leaves out the fields of one without a tag", () =>
    Effect.gen(function* () {
      const { logged, texts } = yield* traces(httpError())
      for (const text of texts) {
        expect(text).toContain("status 500")
        expect(text).not.toContain(secret)
        expect(text).not.toContain("example.org")
      }
      expect(logged).not.toContain(secret)
    })
  )

  live("leaves them out of its cause", () =>
    Effect.gen(function* () {
      const { texts } = yield* traces(new Error("no answer", { cause: httpError() }))
      for (const text of texts) {
        expect(text).toContain("no answer")
        expect(text).toContain("status 500")
        expect(text).not.toContain(secret)
      }
    })
  )

  live("holds the scalar fields of one with a tag, and no other", () =>
    Effect.gen(function* () {
      const { texts } = yield* traces(new Rejected("no"))
      for (const text of texts) {
        const plain = text.replaceAll("\\", "")
        expect(plain).toContain('"_tag":"Rejected"')
        expect(plain).toContain('"code":77')
        expect(plain).toContain('"final":true')
        expect(plain).toContain('"hint":"call them"')
        expect(plain).not.toContain(secret)
        expect(plain).not.toContain("xxxxx")
      }
    })
  )
})
