import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import { findDecoded } from "./definition/routes.ts"
import { BadRequest, EventsUnavailable, RouteUnknown } from "./errors.ts"
import { beatCallback, completeCallback, failCallback } from "./operations/callbacks.ts"
import type { ApiDefinitions } from "./operations/definitions.ts"
import { countRuns, showDeadLetters, showDefinitions } from "./operations/deployment.ts"
import {
  showComparison,
  showCost,
  showGenerations,
  showHistory,
  showTimeline,
  showTree,
  showValue,
  showWhy
} from "./operations/inspection.ts"
import { listLimits, showLimit } from "./operations/limits/limits.ts"
import { actOnMany } from "./operations/many/many.ts"
import { refusal, refusalOf, whenBroken } from "./operations/refusals.ts"
import { forkRun, resetRun, retryRun } from "./operations/repairs/repairs.ts"
import {
  cancelRun,
  deleteRun,
  getRun,
  listRuns,
  pauseRun,
  resumeRun,
  terminateRun,
  waitForRun
} from "./operations/runs.ts"
import * as schedules from "./operations/schedules/schedules.ts"
import { sendSignal } from "./operations/signals.ts"
import { startRun } from "./operations/start.ts"
import { answerState } from "./operations/states.ts"
import { answerStream, someEvents } from "./operations/streams.ts"
import { answerUpdate } from "./operations/updates.ts"
import { findWebhook, takeDelivery } from "./operations/webhooks.ts"
import type { ApiRequest } from "./requests.ts"
import * as requests from "./requests.ts"

/**
 * Answers one request. Errors are answers like others: `{ error, message, help }`, where `error` is the tag of the client's error
 * and `help` its section in the guide.
 *
 * | request | answer |
 * | --- | --- |
 * | `POST /workflows/{name}/runs` `{ input, runId?, version? }` | 201, or 200 if the run was there: `{ runId, isNew }` |
 * | the same with `signal: { name, payload, id?, for? }` | the same: the run has been sent the signal as well |
 * | `GET /runs/{id}` | 200: the run's description, with `result` once it has ended |
 * | `GET /runs/{id}/states/{name}?after=&waitMs=` | 200: `{ value, mark, isOver }`, what the run has published last |
 * | `GET /runs/{id}/streams/{name}?from=&limit=&tries=&waitMs=` | 200: `{ items, next, isOver }`, what the run emits |
 * | `POST /runs/{id}/updates/{name}` `{ input, id?, waitMs? }` | 200: `{ id, output }`; 422: `UpdateRejected`; 202: no answer yet |
 * | `POST /runs/{id}/signals/{name}` `{ payload, id?, for? }` | 202 |
 * | `POST /runs/{id}/cancel` `{ reason? }`, `/terminate` `{ reason? }`, `/pause` `{ reason?, id? }`, `/resume` `{ id? }` | 202 |
 * | `POST /runs/{id}/retry` `{ at? }`, `/reset` `{ at }`, `/fork` `{ at, runId?, outcomes? }` | 202, 201 of a fork, or 200: what is kept, dropped, asked for |
 * | `POST /runs/{id}/delete` `{ tombstone? }` | 200, or 202 where a purge does the rest |
 * | `POST /many` `{ act, where, limit?, cursor?, dryRun? }` | 200: `{ runIds, done, failed, cursor? }`, one thing done to many runs |
 * | `POST /callbacks/{token}?id=` any JSON | 202: the callback is completed with it |
 * | `POST /callbacks/{token}/complete` `{ payload?, id? }`, `/fail` `{ error?, id? }`, `/heartbeat` | 202 |
 * | `GET /runs?workflow=&status=&limit=&cursor=` | 200: `{ runs, cursor? }` |
 *
 * A start, a signal with an `id` and a cancellation can be sent again when their answer was lost: the answer is the same, also once
 * the run has ended. 409 says `RunConflict` or `SignalConflict` where that id was given to something else, and `RunFinished` where
 * the run had ended before.
 *
 * A run id may hold "/", encoded or not. One with "?" is out of reach behind an HTTP API, which ends the path there though it was
 * encoded, and one that ends in "/signals" is not cancelled here: that is a signal called "cancel".
 */
export const answerRequest = (request: ApiRequest, definitions: ApiDefinitions) =>
  route(request, definitions).pipe(
    Effect.catch(refusalOf),
    Effect.catchDefect((defect) =>
      Effect.as(Effect.logError("a request failed", Cause.die(defect)), refusal(500, "InternalError", whenBroken))
    )
  )

// biome-ignore lint/complexity/noExcessiveLinesPerFunction: a table of routes, a few lines each
const route = Effect.fnUntraced(function* (request: ApiRequest, definitions: ApiDefinitions) {
  const { method, path } = request
  if (path === undefined) return yield* new BadRequest({ message: "the path is not percent-encoded as it should be" })
  const found = findDecoded(method, path)
  if (found === undefined) return yield* new RouteUnknown({ message: `nothing answers to ${method} ${path}` })
  const { id = "", name = "", token = "" } = found.params
  switch (found.name) {
    case "start":
      return yield* startRun(yield* requests.startBody(request), definitions, name)
    case "list":
      return yield* listRuns(yield* requests.listQuery(request))
    case "state":
      return yield* answerState(yield* requests.stateQuery(request), definitions, id, name)
    case "stream":
      return yield* answerStream(yield* requests.streamQuery(request), definitions, id, name)
    case "events": {
      const query = yield* requests.eventsQuery(request)
      return yield* someEvents(
        { ...query, lastEventId: request.headers?.["last-event-id"] },
        definitions.streams,
        id,
        name
      )
    }
    case "history":
      return yield* showHistory(yield* requests.historyQuery(request), definitions, id)
    case "timeline":
      return yield* showTimeline(yield* requests.timelineQuery(request), definitions, id)
    case "value":
      return yield* showValue(yield* requests.valueQuery(request), definitions, id)
    case "why":
      return yield* showWhy(yield* requests.generationQuery(request), definitions, id)
    case "compare":
      return yield* showComparison(yield* requests.generationQuery(request), definitions, id)
    case "cost":
      return yield* showCost(id)
    case "tree":
      return yield* showTree(definitions, id)
    case "generations":
      return yield* showGenerations(id)
    case "wait":
      return yield* waitForRun(yield* requests.waitQuery(request), id)
    case "get":
      return yield* getRun(yield* requests.getQuery(request), id)
    case "update":
      return yield* answerUpdate(yield* requests.updateBody(request), definitions.updates, id, name)
    case "signal":
      return yield* sendSignal(yield* requests.signalBody(request), definitions, id, name)
    case "cancel":
      return yield* cancelRun(yield* requests.cancelBody(request), id)
    case "terminate":
      return yield* terminateRun(yield* requests.terminateBody(request), id)
    case "pause":
      return yield* pauseRun(yield* requests.pauseRunBody(request), id)
    case "resume":
      return yield* resumeRun(yield* requests.resumeRunBody(request), id)
    case "retry":
      return yield* retryRun(yield* requests.retryBody(request), definitions, id)
    case "reset":
      return yield* resetRun(yield* requests.resetBody(request), definitions, id)
    case "fork":
      return yield* forkRun(yield* requests.forkBody(request), definitions, id)
    case "delete":
      return yield* deleteRun(yield* requests.deleteRunBody(request), id)
    case "many":
      return yield* actOnMany(yield* requests.manyBody(request), definitions)
    case "callback": {
      const answer = { ...(yield* requests.idQuery(request)), payload: yield* requests.anyBody(request) }
      return yield* completeCallback(answer, definitions.callbacks, token)
    }
    case "complete":
      return yield* completeCallback(yield* requests.completeBody(request), definitions.callbacks, token)
    case "fail":
      return yield* failCallback(yield* requests.failBody(request), definitions.callbacks, token)
    case "heartbeat":
      return yield* beatCallback(token)
    case "webhook": {
      const { body: text, headers = {}, query } = request
      const webhook = yield* findWebhook(definitions.webhooks, name)
      return yield* takeDelivery(webhook, { text, headers, query }, definitions)
    }
    case "changes":
      return yield* new EventsUnavailable({ message: noEvents })
    case "deadLetters":
      return yield* showDeadLetters(yield* requests.deadLettersQuery(request))
    case "schedules":
      return yield* schedules.listSchedules(yield* requests.schedulesQuery(request))
    case "schedule":
      return yield* schedules.showSchedule(name)
    case "ensureSchedule":
      return yield* schedules.ensureSchedule(yield* requests.scheduleBody(request), definitions, name)
    case "pauseSchedule":
      return yield* schedules.pauseSchedule(yield* requests.pauseBody(request), name)
    case "resumeSchedule":
      return yield* Effect.andThen(requests.emptyBody(request), schedules.resumeSchedule(name))
    case "triggerSchedule":
      return yield* schedules.triggerSchedule(yield* requests.triggerBody(request), name)
    case "backfillSchedule":
      return yield* schedules.backfillSchedule(yield* requests.backfillBody(request), name)
    case "removeSchedule":
      return yield* Effect.andThen(requests.emptyBody(request), schedules.removeSchedule(name))
    case "limits":
      return yield* listLimits(yield* requests.limitsQuery(request))
    case "limit":
      return yield* showLimit(id)
    case "counts":
      return yield* countRuns
    case "definitions":
      return showDefinitions(definitions)
  }
})

const noEvents =
  "a function holds no connection open: ask for GET /runs every few seconds, or serve the API by a process of your own (serveApi)"
