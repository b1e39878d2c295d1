import { readFileSync, statSync } from "node:fs"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import {
  type Client,
  defineSignal,
  defineState,
  defineStep,
  defineStream,
  defineUpdate,
  defineWorkflow
} from "../../src/index.ts"
import { live, openEngine, tempFile } from "../streams/engine.ts"

// What a privacy request asks for: afterwards nothing of the person can be read from any byte that there is.

const told = defineSignal("told", Schema.String)
const shown = defineState("shown", Schema.String)
const words = defineStream("words", Schema.String)
const said = defineUpdate("said", { input: Schema.String, output: Schema.String })

/** Beyond what stands in a row. */
const large = (text: string) => `${text}${"-".repeat(300_000)}${text}`

const repeat = defineStep("repeat", {
  input: Schema.String,
  output: Schema.String,
  run: (text, { emit }) => Effect.as(emit(words, `step ${text.slice(-20)}`), large(text))
})

const fail = defineStep("fail", {
  input: Schema.String,
  output: Schema.Void,
  retry: { attempts: 1 },
  run: (text) => Effect.die(new Error(`no ${text}`))
})

const about = defineWorkflow("about", {
  input: Schema.String,
  output: Schema.String,
  error: Schema.String,
  run: Effect.fn(function* (person: string) {
    yield* shown.set(`state ${person}`)
    yield* said.handle((text) => Effect.succeed(`answer ${text}`))
    yield* words.emit(`body ${person.slice(-20)}`)
    const heard = yield* told.receive
    const whole = yield* repeat(`${person} ${heard}`)
    yield* fail(person)
    return yield* Effect.fail(`outcome ${whole}`)
  })
})

const plain = defineWorkflow("plain", {
  input: Schema.String,
  output: Schema.String,
  run: (text) => repeat(text)
})

const live1 = Effect.fnUntraced(function* (client: Client["Service"], runId: string, person: string) {
  yield* client.start(about, { runId, input: large(person), tags: { who: `tag-${person}` } })
  expect(yield* client.update(runId, said, `update ${person}`)).toBe(`answer update ${person}`)
  yield* client.signal(runId, told, large(person))
  const error = yield* Effect.flip(client.wait(about, runId))
  expect(JSON.stringify(error).slice(0, 200)).toContain("no ada-lovelace")
})

const bytesOf = (filename: string) => {
  const log =
    statSync(`${filename}-wal`, { throwIfNoEntry: false }) === undefined
      ? ""
      : readFileSync(`${filename}-wal`, "latin1")
  return readFileSync(filename, "latin1") + log
}

live(
  "no byte of the file, nor of its log, holds anything of a person whose runs were deleted, and the file shrinks",
  () =>
    Effect.gen(function* () {
      const filename = yield* tempFile
      const { client } = yield* openEngine({ filename, workflows: [about, plain], steps: [repeat, fail] })
      for (let n = 0; n < 5; n++) {
        yield* live1(client, `run-${n}`, "ada-lovelace")
        yield* client.execute(plain, { runId: `plain-${n}`, input: "grace-hopper" })
      }
      expect(bytesOf(filename).includes("ada-lovelace")).toBe(true)
      const before = statSync(filename).size
      for (let n = 0; n < 5; n++) yield* client.delete(`run-${n}`, { scrub: n === 4 })
      expect(bytesOf(filename).indexOf("ada-lovelace")).toBe(-1)
      expect(statSync(filename).size).toBeLessThan(before)
      // Those of others are there as they were.
      for (let n = 0; n < 5; n++) expect(yield* client.wait(plain, `plain-${n}`)).toBe(large("grace-hopper"))
      expect(bytesOf(filename).includes("grace-hopper")).toBe(true)
    })
)

live("without a tombstone not even the id is left", () =>
  Effect.gen(function* () {
    const filename = yield* tempFile
    const { client } = yield* openEngine({ filename, workflows: [plain], steps: [repeat] })
    yield* client.execute(plain, { runId: "ada@example.com", input: "a" })
    yield* client.delete("ada@example.com", { tombstone: "none" })
    expect(bytesOf(filename)).not.toContain("ada@example")
  })
)
