import { eventStream } from "dynactor/http"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import { expect } from "vitest"
import { makeApiHandler } from "../../src/http/lambdaApi.ts"
import { Client, defineSignal, defineStep, defineStream, defineWorkflow } from "../../src/index.ts"
import { sqliteStore } from "../../src/store/sqlite/sqliteStore.ts"
import { live, openEngine, tempFile } from "../streams/engine.ts"

const days = defineStream("days", Schema.Date, { flushEvery: 0 })
const go = defineSignal("go", Schema.Null)

const day = (n: number) => new Date(Date.UTC(2026, 0, n))

const tell = defineStep("tell", {
  input: Schema.Int,
  output: Schema.Null,
  retry: { attempts: 2, initial: "1 millis" },
  run: (count, { attempt, emit }) =>
    Effect.gen(function* () {
      for (let n = 1; n <= count; n++) yield* emit(days, day(n + 10 * attempt))
      if (attempt === 1) return yield* Effect.die(new Error("again"))
      return null
    })
})

const tells = defineWorkflow("tells", {
  input: Schema.Int,
  output: Schema.Null,
  run: Effect.fn(function* (count: number) {
    yield* days.emit(day(1))
    yield* tell(count)
    yield* go.receive
    yield* days.emit(day(31))
    return null
  })
})

/** A host, and the API over the same file. */
const setUp = Effect.gen(function* () {
  const filename = yield* tempFile
  const { client } = yield* openEngine({ filename, workflows: [tells], steps: [tell] })
  const options = { workflows: [tells], signals: undefined, store: sqliteStore({ filename }) }
  const asked = (streams: ReadonlyArray<typeof days> | undefined) => {
    const api = makeApiHandler({ ...options, streams })
    return (path: string) =>
      Effect.promise(async () => {
        const [rawPath = "", search = ""] = path.split("?")
        const { statusCode, body } = await api({
          rawPath,
          queryStringParameters: Object.fromEntries(new URLSearchParams(search)),
          requestContext: { stage: "$default", http: { method: "GET" } }
        })
        return { status: statusCode, ...JSON.parse(body) }
      })
  }
  const events = (runId: string, headers: Record<string, string> = {}, search = "") =>
    eventStream(new Request(`http://localhost/days${search}`, { headers }), runId, days, { keepAliveMs: 20 }).pipe(
      Effect.provideContext(Context.make(Client, client))
    )
  return { client, get: asked([days]), getAny: asked(undefined), events }
})

const daysOf = (items: ReadonlyArray<{ readonly _tag: string; readonly value?: string }>) =>
  items.map(({ _tag, value }) => (_tag === "Value" ? new Date(value ?? "").getUTCDate() : _tag))

live("GET /runs/{id}/streams/{name} answers with pages, and waits for what is to come", () =>
  Effect.gen(function* () {
    const { client, get, getAny } = yield* setUp
    expect(yield* get("/runs/a/b/streams/days")).toMatchObject({ status: 404, error: "RunNotFound" })
    yield* client.start(tells, { runId: "a/b", input: 2 })
    const seen: Array<number | string> = []
    let next = 0
    while (seen.length < 5) {
      const page = yield* get(`/runs/a/b/streams/days?from=${next}&limit=2&waitMs=20000`)
      expect(page).toMatchObject({ status: 200, isOver: false })
      expect(page.items.length).toBeLessThanOrEqual(2)
      seen.push(...daysOf(page.items))
      next = page.next
    }
    expect(seen).toEqual([1, 11, 12, 21, 22])
    expect(next).toBe(5)
    expect(yield* get("/runs/a/b/streams/days?from=-1")).toMatchObject({
      items: [{ position: 4, value: day(22).toISOString(), source: { from: "step", step: "tell#0", attempt: 2 } }],
      next: 5
    })
    expect(daysOf((yield* get("/runs/a/b/streams/days?tries=standing&from=3")).items)).toEqual(["Superseded", 21, 22])
    const waiting = yield* Effect.forkChild(getAny("/runs/a/b/streams/days?from=5&waitMs=20000"))
    yield* client.signal("a/b", go, null)
    expect(daysOf((yield* Fiber.join(waiting)).items)).toEqual([31])
    yield* client.wait(tells, "a/b")
    expect(yield* get("/runs/a/b/streams/days?from=6&waitMs=20000")).toEqual({
      status: 200,
      items: [],
      next: 6,
      isOver: true
    })
    expect(daysOf((yield* get("/runs/a/b/streams/days?tries=standing")).items)).toEqual([1, 21, 22, 31])
    expect(yield* get("/runs/a/b/streams/other")).toMatchObject({ status: 404, error: "StreamUnknown" })
    expect(yield* getAny("/runs/a/b/streams/o,ther")).toMatchObject({ status: 404, error: "StreamUnknown" })
    expect(yield* getAny("/runs/a/b/streams/other")).toMatchObject({ items: [], isOver: true })
    for (const search of ["from=x", "limit=0", "limit=1001", "tries=some", "waitMs=30000", "form=1"])
      expect(yield* get(`/runs/a/b/streams/days?${search}`)).toMatchObject({ status: 400, error: "BadRequest" })
  })
)

interface ServerEvent {
  readonly event: string
  readonly id: string
  readonly data: any
}

/** Events of a body, as a browser reads them; comments count as their own kind. */
const readEvents = async (
  response: Response,
  enough: (all: ReadonlyArray<ServerEvent>, comments: number) => boolean
) => {
  const all: Array<ServerEvent> = []
  let text = ""
  let comments = 0
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  while (!enough(all, comments)) {
    const { done, value } = await reader.read()
    if (done) break
    text += new TextDecoder().decode(value)
    const blocks = text.split("\n\n")
    text = blocks.pop() ?? ""
    for (const block of blocks) {
      if (block.startsWith(":")) comments++
      const fields = new Map(
        block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)])
      )
      if (!fields.has("event")) continue
      all.push({
        event: fields.get("event") ?? "",
        id: fields.get("id") ?? "",
        data: JSON.parse(fields.get("data") ?? "null")
      })
    }
  }
  await reader.cancel()
  return { all, comments }
}

const shown = ({ event, data }: ServerEvent) => (event === "value" ? new Date(data.value).getUTCDate() : event)

live("server-sent events go on where a browser was, note what was superseded, and end for good", () =>
  Effect.gen(function* () {
    const { client, events } = yield* setUp
    expect((yield* Effect.flip(events("nobody")))._tag).toBe("RunNotFound")
    yield* client.start(tells, { runId: "r", input: 2 })
    const response = yield* events("r")
    expect(response.headers.get("content-type")).toContain("text/event-stream")
    const first = yield* Effect.promise(() => readEvents(response, (all) => all.length === 6))
    expect(first.all.map(shown)).toEqual([1, 11, 12, "superseded", 21, 22])
    expect(first.all[3]?.data).toEqual({ step: "tell#0" })
    expect(first.all.map(({ id }) => id)).toEqual(["1", "2", "3", "3", "4", "5"])
    // The connection breaks behind the third.
    const again = yield* events("r", { "last-event-id": "3" })
    const second = yield* Effect.promise(() => readEvents(again, (all) => all.length === 3))
    expect(second.all.map(shown)).toEqual(["superseded", 21, 22])
    const quiet = yield* events("r", {}, "?from=5")
    expect((yield* Effect.promise(() => readEvents(quiet, (_, comments) => comments > 0))).all).toEqual([])
    const last = yield* events("r", {}, "?from=5")
    const reading = yield* Effect.forkChild(Effect.promise(() => readEvents(last, () => false)))
    yield* client.signal("r", go, null)
    const { all } = yield* Fiber.join(reading)
    expect(all.map(shown)).toEqual([31, "end"])
    expect(all.map(({ id }) => id)).toEqual(["6", "end"])
    expect((yield* events("r", { "last-event-id": "end" })).status).toBe(204)
    const whole = yield* Effect.promise(async () => readEvents(await Effect.runPromise(events("r")), () => false))
    expect(whole.all.map(shown)).toEqual([1, 21, 22, 31, "end"])
  })
)
