import { createHash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { inflateRawSync } from "node:zlib"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { afterAll, describe, expect } from "vitest"
import { fingerprint } from "../../src/actor/values/json.ts"
import type { PayloadCodec } from "../../src/store/sealing/payloadCodec.ts"
import { dynoxide } from "../servers/dynoxide.ts"
import { fauxqs } from "../servers/fauxqs.ts"
import { testAwsStore } from "../servers/testAws.ts"
import { describeWithServers } from "../servers/withServers.ts"
import { type Engine, eventually, live, openEngine, type StoreLayer, tempFile } from "../streams/engine.ts"
import { testCodec } from "./codecs.ts"
import {
  broken,
  cancelled,
  change,
  definitions,
  everything,
  go,
  largeShown,
  mark,
  marked,
  meter,
  other,
  shown,
  stands,
  words
} from "./markedWorkflows.ts"
import { recordingProxy } from "./recordingProxy.ts"

const text = marked("input")
const large = marked("large ").repeat(3_000)

/** A life in which each thing that dynactor stores is stored. Answers with what came out of it, to be sure that it all happened. */
const liveThroughAll = Effect.fnUntraced(function* ({ client }: Engine) {
  const runs = yield* Effect.forEach(["a", "b"], (runId) =>
    client.start(other, { runId: `other-${runId}`, input: text })
  )
  const runId = "all"
  const input = { text, large, otherRunId: "other-a" }
  yield* client.signalWithStart(everything, { runId, input, signal: go, payload: marked("early") })
  // Said again, it is the same: what was put before is opened to compare.
  yield* client.start(everything, { runId, input })
  const conflict = yield* Effect.flip(
    client.start(everything, { runId, input: { text: "another", large, otherRunId: "other-a" } })
  )
  expect(conflict._tag).toBe("RunConflict")
  yield* client.signal("other-a", go, marked("to the other"), { id: "1" })
  yield* client.signal("other-a", go, marked("to the other"), { id: "1" })
  expect((yield* Effect.flip(client.signal("other-a", go, marked("differs"), { id: "1" })))._tag).toBe("SignalConflict")
  expect(yield* client.update(runId, change, marked("update"), { id: "u1" })).toBe(`${marked("update")}, done`)
  const refused = yield* Effect.flip(client.update(runId, change, marked("refuse"), { id: "u2" }))
  expect(refused).toMatchObject({ _tag: "Declined", card: marked("refuse") })
  const token = yield* eventually(
    "the callback is open",
    Effect.map(Effect.option(client.state(runId, shown)), (state) =>
      state._tag === "Some" && state.value.includes("token") ? state.value.split(" ").at(-1) : undefined
    )
  )
  expect(yield* client.state(runId, largeShown)).toContain(mark)
  return { runId, token, runs }
})

const answerAndEnd = Effect.fnUntraced(function* ({ client }: Engine, runId: string, token: string) {
  yield* client.completeCallback(token, marked("answer"))
  const outcome = yield* client.wait(everything, runId)
  expect(outcome).toBe(`${text} ${marked("answer")} ${marked("early")}`)
  const told = yield* Stream.runCollect(client.stream(runId, words))
  expect(told.filter(({ _tag }) => _tag === "Value").length).toBeGreaterThanOrEqual(4)
  for (const item of told) if (item._tag === "Value") expect(item.value).toContain(mark)
})

/** Runs that end, or stand, in other ways. */
const otherLives = Effect.fnUntraced(function* ({ client }: Engine) {
  yield* client.start(meter, { runId: "meter", input: text })
  yield* client.start(stands, { runId: "stands", input: text })
  yield* client.start(broken, { runId: "broken", input: text })
  yield* client.start(cancelled, { runId: "cancelled", input: text })
  yield* client.cancel("cancelled", { reason: marked("reason") })
  expect((yield* Effect.flip(client.wait(broken, "broken")))._tag).toBe("RunDied")
  expect(yield* Effect.flip(client.wait(cancelled, "cancelled"))).toMatchObject({
    _tag: "RunCancelled",
    reason: marked("reason")
  })
  yield* client.start(cancelled, { runId: "terminated", input: text })
  yield* client.pause("terminated", { reason: marked("pause") })
  const paused = Effect.map(client.get("terminated"), (run) => run.paused)
  expect(yield* eventually("it is paused", paused)).toMatchObject({ reason: marked("pause") })
  yield* client.terminate("terminated", { reason: marked("end") })
  expect(yield* Effect.flip(client.wait(cancelled, "terminated"))).toMatchObject({ reason: marked("end") })
  const retried = yield* eventually(
    "the step waits for its next attempt",
    Effect.map(client.get("stands"), ({ waitingFor }) =>
      waitingFor?.find((one) => one.kind === "step" && one.lastError !== undefined)
    )
  )
  expect(retried).toMatchObject({ lastError: expect.stringContaining(mark) })
  yield* client.signal("meter", go, marked("late"))
  expect(yield* client.wait(meter, "meter")).toBe(`${text} again ${marked("late")}`)
})

/** What must be in nobody's hands: the text itself, what it is called by when it stands elsewhere, and what tells one from another. */
const traces: ReadonlyArray<readonly [string, string]> = [
  ["the text", mark],
  ["a fingerprint", fingerprint(text)],
  ["the name of an object", createHash("sha256").update(JSON.stringify(large)).digest("hex")],
  ["a stack", "markedWorkflows"]
]

const forms = (bytes: Buffer): ReadonlyArray<string> => {
  const plain = bytes.toString("latin1")
  // Attributes of bytes are in base64, and may be deflated.
  const inner = [...plain.matchAll(/"B":\s*"([^"]*)"/g)].flatMap(([, encoded = ""]) => {
    const found = Buffer.from(encoded, "base64")
    try {
      return [found.toString("latin1"), inflateRawSync(found).toString("latin1")]
    } catch {
      return [found.toString("latin1")]
    }
  })
  return [plain, ...inner]
}

const foundIn = (places: ReadonlyArray<readonly [string, Buffer]>): ReadonlyArray<string> =>
  places.flatMap(([place, bytes]) =>
    forms(bytes).flatMap((form) =>
      traces.flatMap(([what, trace]) => {
        const at = form.indexOf(trace)
        return at < 0 ? [] : [`${what} in ${place}: ${form.slice(Math.max(0, at - 160), at + 80)}`]
      })
    )
  )

const filesBeside = (filename: string) =>
  readdirSync(dirname(filename)).map((name) => [name, readFileSync(join(dirname(filename), name))] as const)

/** With a codec there is nothing; without one the search finds it all, or it would prove nothing. */
const cases: ReadonlyArray<readonly [string, PayloadCodec | undefined]> = [
  ["sealed", testCodec()],
  ["in clear", undefined]
]

describe("what a store is told, on SQLite", () => {
  for (const [name, codec] of cases) {
    live(`holds nothing of a user's: ${name}`, () =>
      Effect.gen(function* () {
        const filename = yield* tempFile
        const engine = yield* openEngine({
          ...definitions,
          filename,
          store: { inlineLimitBytes: 8_192, ...(codec === undefined ? {} : { codec }) }
        })
        const { runId, token } = yield* liveThroughAll(engine)
        const during = filesBeside(filename)
        yield* otherLives(engine)
        yield* answerAndEnd(engine, runId, token)
        const found = foundIn([...during, ...filesBeside(filename)])
        if (codec !== undefined) return expect(found).toEqual([])
        expect(new Set(found.map((one) => one.replace(/ in .*/s, "")))).toEqual(new Set(traces.map(([what]) => what)))
      })
    )
  }
})

describeWithServers("what a store is told, on the wire", [dynoxide, fauxqs], (endpointOf) => {
  const opened: Array<() => Promise<void>> = []
  afterAll(async () => {
    for (const close of opened) await close()
  })
  for (const [name, codec] of cases) {
    live(`holds nothing of a user's: ${name}`, () =>
      Effect.gen(function* () {
        const proxies = yield* Effect.promise(async () => [
          await recordingProxy(await endpointOf(dynoxide)),
          await recordingProxy(await endpointOf(fauxqs))
        ])
        opened.push(...proxies.map(({ close }) => close))
        const [dynamodb, sqs] = proxies.map(({ url }) => url) as [string, string]
        const store = testAwsStore(async () => ({ dynamodb, sqs }), {
          inlineLimitBytes: 8_192,
          ...(codec === undefined ? {} : { codec })
        })
        const engine = yield* openEngine({ ...definitions, wrap: () => store as StoreLayer })
        const { runId, token } = yield* liveThroughAll(engine)
        yield* otherLives(engine)
        yield* answerAndEnd(engine, runId, token)
        const kept = proxies.flatMap(({ kept }) => kept)
        const found = foundIn(
          kept.flatMap(({ body, url }) => [["a body", body] as const, ["a path", Buffer.from(url)] as const])
        )
        if (codec !== undefined) return expect(found).toEqual([])
        expect(new Set(found.map((one) => one.replace(/ in .*/s, "")))).toContain("the text")
      })
    )
  }
})
