import { createHmac } from "node:crypto"
import { it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as HttpApiEndpoint from "effect/http-api/HttpApiEndpoint"
import * as Layer from "effect/Layer"
import { expect } from "vitest"
import { routes } from "../../src/http/definition/routes.ts"
import { makeApiHandler } from "../../src/http/lambdaApi.ts"
import { maxBodyBytes } from "../../src/http/operations/response.ts"
import { DynactorApi, defineWebhook, githubScheme } from "../../src/http.ts"
import { ApiError, makeApiClient } from "../../src/httpClient.ts"
import { eventually, openEngine } from "../streams/engine.ts"
import { definitions, everything, shown } from "./everything.ts"
import { type Answer, type Ask, served } from "./served.ts"

const endpoints: ReadonlyMap<string, { readonly group: string; readonly method: string }> = new Map(
  Object.entries(DynactorApi.groups).flatMap(([group, { endpoints }]) =>
    Object.entries(endpoints as Record<string, HttpApiEndpoint.Top>).map(([name, { method }]) => [
      name,
      { group, method }
    ])
  )
)

const webhook = defineWebhook("hook", {
  scheme: githubScheme,
  secrets: ["s"],
  to: { runId: "{body.run}", signal: "done", payload: "nothing" }
})
const signed = (text: string) => ({
  "x-hub-signature-256": `sha256=${createHmac("sha256", "s").update(text).digest("hex")}`
})
const delivery = JSON.stringify({ run: "r/1", nothing: null })

interface Asked {
  readonly endpoint: keyof typeof routes
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly status: number
  readonly error?: string
}

const id = encodeURIComponent("r/1")
const run = `/runs/${id}`
const start = `/workflows/${everything.workflowName}/runs`

const nested = (levels: number) => `{"input":${"[".repeat(levels)}${"]".repeat(levels)}}`

/** In this order, on one run that waits for everything. */
const requests = (token: string): ReadonlyArray<Asked> => [
  { endpoint: "start", path: start, body: { runId: "r/1", input: 1 }, status: 200 },
  { endpoint: "start", path: start, body: { runId: "r/1", input: 2 }, status: 409, error: "RunConflict" },
  { endpoint: "start", path: start, body: { runId: "", input: 2 }, status: 400, error: "RunIdInvalid" },
  { endpoint: "start", path: start, body: { input: "2" }, status: 400, error: "InputInvalid" },
  { endpoint: "start", path: start, body: { input: 2, tags: { "a b": "c" } }, status: 400, error: "TagsInvalid" },
  { endpoint: "start", path: start, body: { inputs: 2 }, status: 400, error: "BadRequest" },
  { endpoint: "start", path: start, body: "{", status: 400, error: "BadRequest" },
  // Deeper than the stack goes, and as deep as is looked at.
  { endpoint: "start", path: start, body: nested(100_000), status: 400, error: "BadRequest" },
  { endpoint: "start", path: start, body: nested(1_000), status: 400, error: "BadRequest" },
  { endpoint: "start", path: start, body: nested(999), status: 400, error: "InputInvalid" },
  // No other day, and no other moment on every machine.
  {
    endpoint: "start",
    path: start,
    body: { input: 2, startAt: "2026-02-30T00:00:00Z" },
    status: 400,
    error: "BadRequest"
  },
  {
    endpoint: "start",
    path: start,
    body: { input: 2, startAt: "2026-07-01T09:00:00" },
    status: 400,
    error: "BadRequest"
  },
  { endpoint: "start", path: start, body: { input: "a".repeat(maxBodyBytes) }, status: 413, error: "RequestTooLarge" },
  { endpoint: "start", path: "/workflows/none/runs", body: { input: 2 }, status: 404, error: "WorkflowUnknown" },
  { endpoint: "list", path: "/runs?limit=1", status: 200 },
  { endpoint: "list", path: "/runs?limit=0", status: 400, error: "BadRequest" },
  { endpoint: "list", path: "/runs?status=asleep", status: 400, error: "BadRequest" },
  { endpoint: "list", path: "/runs?since=2026-01-01T00:00:00Z&until=9999999999999&prefix=r&tag=a=b,c=d", status: 200 },
  { endpoint: "list", path: "/runs?tag=customer", status: 400, error: "BadRequest" },
  { endpoint: "list", path: "/runs?tag=a=b,a=c", status: 400, error: "BadRequest" },
  { endpoint: "list", path: "/runs?since=yesterday", status: 400, error: "BadRequest" },
  { endpoint: "list", path: "/runs?since=2026-02-30", status: 400, error: "BadRequest" },
  { endpoint: "list", path: "/runs?until=2026-01-01T00:00:00", status: 400, error: "BadRequest" },
  { endpoint: "list", path: "/runs?cursor=nosuch", status: 400, error: "CursorInvalid" },
  { endpoint: "list", path: "/runs?of=all", status: 400, error: "BadRequest" },
  { endpoint: "get", path: run, status: 200 },
  { endpoint: "get", path: "/runs/none", status: 404, error: "RunNotFound" },
  { endpoint: "wait", path: `${run}/wait?waitMs=0`, status: 202 },
  { endpoint: "wait", path: `${run}/wait?waitMs=x`, status: 400, error: "BadRequest" },
  { endpoint: "history", path: `${run}/history`, status: 200 },
  { endpoint: "history", path: `${run}/history?limit=501`, status: 400, error: "BadRequest" },
  { endpoint: "timeline", path: `${run}/timeline?from=-1`, status: 200 },
  { endpoint: "value", path: `${run}/value?ref=message/start`, status: 200 },
  { endpoint: "value", path: `${run}/value?ref=none`, status: 404, error: "ValueNotFound" },
  { endpoint: "value", path: `${run}/value`, status: 400, error: "BadRequest" },
  { endpoint: "why", path: `${run}/why`, status: 200 },
  { endpoint: "compare", path: `${run}/compare`, status: 200 },
  { endpoint: "cost", path: `${run}/cost`, status: 200 },
  { endpoint: "tree", path: `${run}/tree`, status: 200 },
  { endpoint: "generations", path: `${run}/generations`, status: 200 },
  { endpoint: "state", path: `${run}/states/shown`, status: 200 },
  { endpoint: "state", path: `${run}/states/hidden`, status: 404, error: "StateUnknown" },
  { endpoint: "stream", path: `${run}/streams/log?limit=1`, status: 200 },
  { endpoint: "stream", path: `${run}/streams/log?limit=1&secrets=hide`, status: 200 },
  { endpoint: "state", path: `${run}/states/shown?secrets=hide`, status: 200 },
  { endpoint: "get", path: `${run}?secrets=hide`, status: 200 },
  { endpoint: "get", path: `${run}?secrets=show`, status: 400, error: "BadRequest" },
  { endpoint: "stream", path: `${run}/streams/none`, status: 404, error: "StreamUnknown" },
  { endpoint: "events", path: `${run}/streams/none/events`, status: 404, error: "StreamUnknown" },
  { endpoint: "events", path: `${run}/streams/log/events`, headers: { "last-event-id": "end" }, status: 204 },
  { endpoint: "update", path: `${run}/updates/add`, body: { input: 1, id: "1" }, status: 200 },
  { endpoint: "update", path: `${run}/updates/add`, body: { input: 2, id: "1" }, status: 409, error: "UpdateConflict" },
  {
    endpoint: "update",
    path: `${run}/updates/add`,
    body: { input: -1, id: "2" },
    status: 422,
    error: "UpdateRejected"
  },
  { endpoint: "update", path: `${run}/updates/none`, body: {}, status: 404, error: "UpdateUnknown" },
  { endpoint: "update", path: `${run}/updates/add`, body: { input: "1" }, status: 400, error: "UpdateInvalid" },
  { endpoint: "heartbeat", path: `/callbacks/${token}/heartbeat`, status: 202 },
  { endpoint: "callback", path: `/callbacks/${token}?id=1`, body: 7, status: 400, error: "CallbackInvalid" },
  { endpoint: "callback", path: `/callbacks/${token}?id=1`, body: '"yes"', status: 202 },
  { endpoint: "complete", path: `/callbacks/${token}/complete`, body: { payload: "yes", id: "1" }, status: 202 },
  { endpoint: "fail", path: `/callbacks/${token}/fail`, body: { error: null }, status: 409, error: "CallbackUsed" },
  { endpoint: "complete", path: "/callbacks/none/complete", body: {}, status: 403, error: "CallbackForged" },
  { endpoint: "signal", path: `${run}/signals/none`, body: {}, status: 404, error: "SignalUnknown" },
  { endpoint: "signal", path: `${run}/signals/done`, body: { payload: 1 }, status: 400, error: "SignalInvalid" },
  { endpoint: "webhook", path: "/webhooks/none", body: {}, status: 404, error: "WebhookUnknown" },
  { endpoint: "webhook", path: "/webhooks/hook", body: delivery, status: 401, error: "SignatureInvalid" },
  {
    endpoint: "webhook",
    path: "/webhooks/hook",
    body: "{}",
    headers: signed("{}"),
    status: 422,
    error: "WebhookUnmapped"
  },
  { endpoint: "webhook", path: "/webhooks/hook", body: delivery, headers: signed(delivery), status: 202 },
  { endpoint: "wait", path: `${run}/wait?waitMs=20000`, status: 200 },
  { endpoint: "get", path: run, status: 200 },
  {
    endpoint: "signal",
    path: `${run}/signals/done`,
    body: { payload: null, id: "late" },
    status: 409,
    error: "RunFinished"
  },
  { endpoint: "cancel", path: `${run}/cancel`, body: {}, status: 409, error: "RunFinished" },
  { endpoint: "terminate", path: `${run}/terminate`, body: { reason: "late" }, status: 409, error: "RunFinished" },
  { endpoint: "pause", path: `${run}/pause`, body: { reason: "late", id: "p" }, status: 409, error: "RunFinished" },
  { endpoint: "pause", path: `${run}/pause`, body: { id: "no id" }, status: 400, error: "RepairInvalid" },
  { endpoint: "resume", path: `${run}/resume`, body: {}, status: 409, error: "RunFinished" },
  { endpoint: "retry", path: `${run}/retry`, body: {}, status: 409, error: "RepairRefused" },
  { endpoint: "retry", path: `${run}/retry`, body: { compensated: "maybe" }, status: 400, error: "BadRequest" },
  { endpoint: "retry", path: "/runs/none/retry", body: {}, status: 404, error: "RunNotFound" },
  { endpoint: "reset", path: `${run}/reset`, body: {}, status: 400, error: "BadRequest" },
  { endpoint: "reset", path: `${run}/reset`, body: { at: 99 }, status: 409, error: "RepairRefused" },
  { endpoint: "reset", path: `${run}/reset`, body: { at: 1, requestId: "a b" }, status: 400, error: "RepairInvalid" },
  { endpoint: "fork", path: `${run}/fork`, body: { at: 1, runId: "" }, status: 400, error: "RunIdInvalid" },
  {
    endpoint: "fork",
    path: `${run}/fork`,
    body: { at: 1, outcomes: { "step/x#0": {} } },
    status: 400,
    error: "BadRequest"
  },
  { endpoint: "fork", path: `${run}/fork`, body: { at: 1, runId: "f/1", dryRun: true }, status: 200 },
  { endpoint: "fork", path: `${run}/fork`, body: { at: 1, runId: "r/1" }, status: 409, error: "RunConflict" },
  { endpoint: "schedules", path: "/schedules?limit=2", status: 200 },
  { endpoint: "schedules", path: "/schedules?limit=0", status: 400, error: "BadRequest" },
  { endpoint: "schedule", path: "/schedules/none", status: 404, error: "ScheduleNotFound" },
  { endpoint: "ensureSchedule", path: "/schedules/one", body: {}, status: 400, error: "BadRequest" },
  {
    endpoint: "ensureSchedule",
    path: "/schedules/one",
    body: { workflow: "none", every: "1 day" },
    status: 404,
    error: "WorkflowUnknown"
  },
  {
    endpoint: "pauseSchedule",
    path: "/schedules/none/pause",
    body: { note: "x" },
    status: 404,
    error: "ScheduleNotFound"
  },
  { endpoint: "resumeSchedule", path: "/schedules/none/resume", body: {}, status: 404, error: "ScheduleNotFound" },
  { endpoint: "triggerSchedule", path: "/schedules/none/trigger", body: {}, status: 404, error: "ScheduleNotFound" },
  {
    endpoint: "backfillSchedule",
    path: "/schedules/none/backfill",
    body: { from: "2026-11-01", until: "2026-11-02T00:00:00Z" },
    status: 400,
    error: "BadRequest"
  },
  { endpoint: "removeSchedule", path: "/schedules/none/remove", body: {}, status: 404, error: "ScheduleNotFound" },
  { endpoint: "limits", path: "/limits?limit=2&prefix=stripe/", status: 200 },
  { endpoint: "limits", path: "/limits?limit=201", status: 400, error: "BadRequest" },
  { endpoint: "limit", path: "/limits/stripe%2Facct_1", status: 404, error: "RunNotFound" },
  { endpoint: "limit", path: "/limits/stripe/acct_1", status: 404, error: "RunNotFound" },
  { endpoint: "counts", path: "/counts", status: 200 },
  { endpoint: "deadLetters", path: "/dead-letters", status: 200 },
  { endpoint: "deadLetters", path: "/dead-letters?status=running&limit=1&workflow=everything", status: 200 },
  { endpoint: "deadLetters", path: "/dead-letters?limit=201", status: 400, error: "BadRequest" },
  { endpoint: "deadLetters", path: "/dead-letters?cursor=none", status: 400, error: "CursorInvalid" },
  { endpoint: "definitions", path: "/definitions", status: 200 },
  { endpoint: "many", path: "/many", body: { act: "cancel", where: { prefix: "no-such/" } }, status: 200 },
  { endpoint: "many", path: "/many", body: { act: "cancel", where: {} }, status: 400, error: "BadRequest" },
  { endpoint: "delete", path: "/runs/none/delete", body: {}, status: 404, error: "RunNotFound" },
  { endpoint: "delete", path: `${run}/delete`, body: { tombstone: "soon" }, status: 400, error: "BadRequest" },
  { endpoint: "delete", path: `${run}/delete`, body: { tombstone: "30 days" }, status: 200 },
  { endpoint: "start", path: start, body: { runId: "r/1", input: 1 }, status: 409, error: "RunDeleted" }
]

const moment = "2026-11-29T00:00:00Z"

/** Whether the definition's own client reads the answer: as a success, or as one of the endpoint's errors. */
const fits = (group: string, endpoint: string, { status, body }: Answer): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    const text = body === "" ? null : JSON.stringify(body)
    const fetch = async () => new Response(text, { status, headers: { "content-type": "application/json" } })
    const made = yield* makeApiClient({ url: "http://localhost", fetch })
    const api = made as unknown as Record<string, Record<string, (request: object) => Effect.Effect<unknown, unknown>>>
    const some = { id: "x", name: "x", token: "x" }
    const query = endpoint === "value" ? { ref: "x" } : {}
    const payload =
      {
        ensureSchedule: { workflow: "x" },
        backfillSchedule: { from: moment, until: moment },
        many: { act: "cancel", where: { prefix: "x" } },
        reset: { at: 1 },
        fork: { at: 1 }
      }[endpoint] ?? {}
    const call = api[group]?.[endpoint]
    if (call === undefined) throw new Error(`the client has no ${group}.${endpoint}`)
    const exit = yield* Effect.exit(call({ params: some, query, headers: {}, payload }))
    return Exit.isSuccess(exit) || Cause.squash(exit.cause) instanceof ApiError
  })

it.live("a plain process and the function on Lambda answer the same to each request, as the definition says", () =>
  Effect.gen(function* () {
    const engine = yield* openEngine(definitions)
    const options = { ...definitions, webhooks: [webhook] }
    const { ask } = yield* served(engine, options)
    const handler = makeApiHandler({ ...options, store: Layer.succeedContext(engine.services) })
    const invoke: Ask = (method, path, body, headers = {}) =>
      Effect.promise(async () => {
        const [rawPath = "", search = ""] = path.split("?")
        const {
          statusCode,
          headers: given,
          body: text
        } = await handler({
          rawPath: decodeURIComponent(rawPath),
          queryStringParameters: Object.fromEntries(new URLSearchParams(search)),
          headers,
          requestContext: { http: { method } },
          ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) })
        })
        return { status: statusCode, headers: new Headers(given), body: text === "" ? "" : JSON.parse(text) }
      })
    expect((yield* invoke("POST", start, { runId: "r/1", input: 1 })).status).toBe(201)
    const { token } = yield* eventually(
      "the token",
      engine.client.state("r/1", shown).pipe(
        Effect.map((state) => (state.token === "" ? undefined : state)),
        Effect.catchTag("StateNotSet", () => Effect.succeed(undefined))
      )
    )
    const asked = new Set<string>()
    for (const { endpoint, path, body, headers, status, error } of requests(token)) {
      asked.add(endpoint)
      const definition = endpoints.get(endpoint)
      if (definition === undefined) throw new Error(`no endpoint ${endpoint}`)
      const what = `${routes[endpoint].method} ${path.slice(0, 60)} ${JSON.stringify(body)?.slice(0, 60)}`
      const [plain, lambda] = [
        yield* ask(definition.method, path, body, headers),
        yield* invoke(definition.method, path, body, headers)
      ]
      for (const answer of [plain, lambda]) {
        expect({ what, status: answer.status, error: answer.body.error }).toEqual({ what, status, error })
        const isAsDefined = yield* fits(definition.group, endpoint, answer)
        expect({ what, body: answer.body, isAsDefined }).toMatchObject({ isAsDefined: true })
      }
      // Both at one moment, but for what tells the time.
      if (endpoint !== "counts" && plain.body.error !== "BadRequest") expect(plain.body, what).toEqual(lambda.body)
    }
    // A function holds no connection open, and says so.
    const refused = yield* invoke("GET", "/events", undefined)
    expect(refused).toMatchObject({ status: 501, body: { error: "EventsUnavailable" } })
    expect(yield* fits("system", "changes", refused)).toBe(true)
    asked.add("changes")
    expect([...asked].sort()).toEqual(Object.keys(routes).sort())
    expect([...endpoints.keys()].sort()).toEqual(Object.keys(routes).sort())
  })
)
