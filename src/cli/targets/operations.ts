import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { StartPolicy } from "../../actor/history/restarting/policies.ts"
import type { Tags } from "../../actor/tags/tags.ts"
import type { Json } from "../../actor/values/json.ts"
import type { DeletedRun } from "../../client/deletion/deletionClient.ts"
import type { RunDescription } from "../../client/describe.ts"
import type { StreamItem, StreamReadOptions } from "../../client/output/streamItem.ts"
import type { RunHandle } from "../../client/start.ts"
import type { ListQuery, RunPage } from "../../store/runTable.ts"
import type { LimitOperations } from "./around/limitOperations.ts"
import type { PublishedNames } from "./around/publishedNames.ts"
import type { RepairOperations } from "./around/repairOperations.ts"
import type { ScheduleOperations } from "./scheduleOperations.ts"

/** A run as commands show it: with what it ended with, as its schemas encode that to JSON. */
export type RunShown = RunDescription & {
  /** Output, error, defect or reason, by `outcome`. Absent: the run has not ended. */
  readonly result?: Json
  /** Why it is not there though the run has ended. */
  readonly resultOmitted?: string
}

export interface StartRequest {
  readonly workflow: string
  /** Of the definition. Default: the newest that the entry has; without an entry that of the newest run, or `1`. */
  readonly version?: string
  readonly input: Json
  readonly runId?: string
  readonly tags?: Tags
  readonly policy?: StartPolicy
  readonly requestId?: string
  /** ISO 8601. */
  readonly startAt?: string
  /** As Effect reads it: "2 days". */
  readonly delay?: string
  readonly maxDelay?: string
  /** Sent with it. */
  readonly signal?: SignalRequest
}

export interface SignalRequest {
  readonly name: string
  readonly payload: Json
  readonly id?: string
  readonly for?: string
}

export interface AnswerRequest {
  readonly token: string
  readonly outcome: "complete" | "fail"
  readonly value: Json
  /** The callback that it is of, to check the value by. */
  readonly as?: string
  readonly id?: string
}

/** What came of an update. */
export type UpdateAnswer =
  | { readonly id: string; readonly output: Json }
  /** Its own error. */
  | { readonly id: string; readonly failure: Json }
  /** No answer yet. */
  | { readonly id: string; readonly isPending: true }

/** What the client does, with JSON for values. Fails with errors of the client's, which `failureOf` knows, or a `CommandFailed`. */
export interface Operations {
  readonly start: (request: StartRequest) => Effect.Effect<RunHandle, unknown>
  readonly get: (runId: string) => Effect.Effect<RunShown, unknown>
  /** The run once it has ended, or, if asked to, been parked; undefined after `timeoutMs`. */
  readonly wait: (
    runId: string,
    options: { readonly timeoutMs?: number; readonly failWhenParked?: boolean; readonly requestId?: string }
  ) => Effect.Effect<RunShown | undefined, unknown>
  readonly list: (query: ListQuery) => Effect.Effect<RunPage, unknown>
  readonly signal: (runId: string, request: SignalRequest) => Effect.Effect<void, unknown>
  readonly update: (
    runId: string,
    request: { readonly name: string; readonly input: Json; readonly id?: string; readonly waitMs?: number }
  ) => Effect.Effect<UpdateAnswer, unknown>
  readonly state: (runId: string, name: string) => Effect.Effect<Json, unknown>
  /** The value that there is, then each other one, until the run has ended. */
  readonly watch: (runId: string, name: string) => Stream.Stream<Json, unknown>
  readonly stream: (runId: string, name: string, options: StreamReadOptions) => Stream.Stream<StreamItem<Json>, unknown>
  /** Under which names it has published by now. */
  readonly publishedBy: (runId: string) => Effect.Effect<PublishedNames, unknown>
  readonly answer: (request: AnswerRequest) => Effect.Effect<void, unknown>
  readonly heartbeat: (token: string) => Effect.Effect<void, unknown>
  readonly schedules: ScheduleOperations
  readonly limits: LimitOperations
  readonly repairs: RepairOperations
  readonly cancel: (runId: string, reason: string | undefined) => Effect.Effect<void, unknown>
  readonly terminate: (runId: string, reason: string | undefined) => Effect.Effect<void, unknown>
  readonly pause: (runId: string, reason: string | undefined) => Effect.Effect<void, unknown>
  readonly resume: (runId: string) => Effect.Effect<void, unknown>
  /** `tombstoneMs` 0: none. Default: the client's. */
  readonly delete: (
    runId: string,
    options: { readonly tombstoneMs?: number | undefined; readonly scrub?: boolean }
  ) => Effect.Effect<DeletedRun, unknown>
}
