import { it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { describe, expect } from "vitest"
import { ChangeLog, isMark } from "../../src/http/server/changes/changeLog.ts"
import { followChanges, makeApiClient } from "../../src/httpClient.ts"
import { onEachStore } from "../client/eachStore.ts"
import { eventually } from "../streams/engine.ts"
import { cuttable } from "./cuttable.ts"
import { definitions, done, everything } from "./everything.ts"
import { served } from "./served.ts"

onEachStore("server-sent events of changes in the list of runs", (newStore) => {
  it.live("name the runs that change, to all who listen, and go on after a lost connection where it was", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open(definitions)
      const { port, url } = yield* served(engine, definitions)
      const proxy = yield* cuttable(port)
      const listen = Effect.fnUntraced(function* (at: string) {
        const told: Array<string | null> = []
        const api = yield* makeApiClient({ url: at })
        const fiber = yield* followChanges(api).pipe(
          Stream.runForEach((runIds) => Effect.sync(() => void told.push(...(runIds ?? [null])))),
          Effect.forkChild
        )
        return { told, fiber }
      })
      const mine = yield* listen(proxy.url)
      const other = yield* listen(url)
      yield* eventually(
        "a connection",
        Effect.sync(() => proxy.asked.length === 1)
      )
      const hears = (who: typeof mine, runId: string) =>
        eventually(
          `word of ${runId}`,
          Effect.sync(() => who.told.includes(runId))
        )
      // A table is looked at now and then: what was there at the first look is no change.
      const startUntilTold = Effect.fnUntraced(function* (name: string, who: ReadonlyArray<typeof mine>) {
        for (let number = 0; !who.every(({ told }) => told.some((runId) => runId?.startsWith(name))); number++) {
          yield* engine.client.start(everything, { runId: `${name}-${number}`, input: 1 })
          yield* Effect.sleep(200)
        }
      })
      yield* startUntilTold("first", [mine, other])
      proxy.cut()
      yield* engine.client.start(everything, { runId: "missed", input: 1 })
      yield* hears(mine, "missed")
      yield* hears(other, "missed")
      expect(proxy.asked.length).toBeGreaterThan(1)
      expect(proxy.asked[1]).toMatch(/^[a-z0-9]+\.\d+$/)
      yield* engine.client.signal("missed", done, null)
      yield* engine.client.cancel("missed")
      yield* engine.client.start(everything, { runId: "last", input: 1 })
      yield* hears(mine, "last")
      // Nothing was told as "some have changed": what was missed was known.
      expect([...mine.told, ...other.told].filter((runId) => runId === null)).toEqual([])
      yield* Fiber.interrupt(mine.fiber)
      yield* Fiber.interrupt(other.fiber)
    })
  )

  it.live("say at once that something was missed, where nobody remembers what", () =>
    Effect.gen(function* () {
      const open = yield* newStore
      const engine = yield* open(definitions)
      const { url } = yield* served(engine, definitions)
      const abort = new AbortController()
      const response = yield* Effect.promise(() =>
        fetch(`${url}/events`, { headers: { "last-event-id": "another.17" }, signal: abort.signal })
      )
      expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8")
      const text = yield* Effect.promise(async () => {
        let read = ""
        const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
        // An event may come in pieces.
        while (!/event: changed\n.*\n\n$/s.test(read)) read += (await reader?.read())?.value ?? ""
        return read
      })
      abort.abort()
      expect(text).toMatch(/^: here\n\nevent: open\nid: another\.17\ndata: \{"isComplete":(true|false)\}\n\n/)
      // By a mark of this server's: how much it has been told of since it began is no matter.
      expect(text).toMatch(/event: changed\nid: [a-z0-9]+\.\d+\ndata: \{"runIds":null\}\n\n$/)
    })
  )
})

describe("the log of changes", () => {
  it("tells what came after a mark, once, and that something did where it has forgotten", () => {
    const log = new ChangeLog("log", true)
    const begin = log.mark
    expect(log.since(begin)).toBe(undefined)
    for (const runId of ["a", "b", "a"]) log.tell(runId)
    expect(log.since(begin)).toEqual({ mark: "log.3", runIds: ["a", "b"] })
    expect(log.since("log.2")).toEqual({ mark: "log.3", runIds: ["a"] })
    expect(log.since("log.4")).toEqual({ mark: "log.3", runIds: null })
    expect(log.since("other.3")).toEqual({ mark: "log.3", runIds: null })
    log.tell(undefined)
    expect(log.since("log.2")).toEqual({ mark: "log.4", runIds: null })
    for (let number = 0; number < 1_999; number++) log.tell(String(number % 7))
    expect(log.since("log.4")?.runIds).toHaveLength(7)
    expect(log.since("log.3")).toMatchObject({ runIds: null })
    log.tell("x")
    log.tell("y")
    expect(log.since("log.4")).toMatchObject({ runIds: null })
    for (let number = 0; number < 300; number++) log.tell(`many-${number}`)
    expect(log.since("log.2005")).toMatchObject({ runIds: null })
  })

  it("knows a mark from what is none", () => {
    expect(["abc.12", "1.0"].map(isMark)).toEqual([true, true])
    expect(["", "abc", "abc.", "abc.1.2", "end", "ABC.1", "abc.-1"].map(isMark)).toEqual(Array(7).fill(false))
  })
})
