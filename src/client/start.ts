import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Workflow } from "../actor/definitions/definition.ts"
import { checkRunId } from "../actor/definitions/name.ts"
import { TagsInvalid } from "../actor/errors.ts"
import { addressOf } from "../actor/history/generation.ts"
import { type Message, type StartMessage, tracedBy } from "../actor/history/message.ts"
import { checkTags, sortedTags, type Tags } from "../actor/tags/tags.ts"
import type { Payload } from "../actor/values/payload.ts"
import { currentMillis } from "../store/currentMillis.ts"
import { goneBy, goneByHead } from "../store/deletion/gone.ts"
import type { StoreRefused, StoreUnavailable } from "../store/errors.ts"
import { findAsItWas, findNewest, type Newest } from "../store/generations/newest.ts"
import { startOf } from "../store/generations/starts.ts"
import { load, offload } from "../store/payloads.ts"
import { RunTable } from "../store/runTable.ts"
import type { SentBefore } from "../store/sending/sentBefore.ts"
import {
  InputInvalid,
  RunConflict,
  type RunDeleted,
  RunExists,
  RunIdInvalid,
  type RunParked,
  runDeleted,
  type StartInvalid
} from "./errors.ts"
import { freshId } from "./send.ts"
import { beginsAt, type StartChoices, type StartTimes } from "./starting/beginsAt.ts"
import { putRestart } from "./starting/restart.ts"
import { CallersTrace } from "./tracing.ts"

export interface StartOptions<In> extends StartChoices {
  readonly input: In
  /** Makes the start idempotent: the same id, workflow and input is the same run. Default: a fresh random id. */
  readonly runId?: string
  /**
   * What `client.list` finds the run by: `{ customer: "c-17", region: "eu" }`. At most 10, names of 1 to 64 letters, digits, `_`, `.` or `-`, values of 1
   * to 256 characters. Plain text, in an index: no place for what is secret. No part of which start it is: one that is repeated with others is the same, and
   * the tags are those of the first. On DynamoDB each costs two write units. Default: none.
   */
  readonly tags?: Tags
}

/** It is said neither how nor when. */
export interface NoChoices {
  readonly policy?: never
  readonly requestId?: never
  readonly startAt?: never
  readonly delay?: never
  readonly maxDelay?: never
}

export interface PlainStartOptions<In> extends NoChoices, Pick<StartOptions<In>, "input" | "runId" | "tags"> {}

export type PlainStartError =
  | InputInvalid
  | RunIdInvalid
  | TagsInvalid
  | RunConflict
  | RunDeleted
  | StoreUnavailable
  | StoreRefused

export type StartError = PlainStartError | RunExists | StartInvalid | RunParked

export interface RunHandle {
  readonly runId: string
  /** False if this start was there before. */
  readonly isNew: boolean
  /** The generation that it has begun, or, where another has to end first, the first that it can begin. */
  readonly generation: number
  /** Of a start that follows another: by this `client.wait` finds it. */
  readonly requestId?: string
}

/** The row of a start. Nothing is written but its payload, if that is large. */
export const startRow = <Name extends string, In, Out, Err>(
  workflow: Workflow<Name, In, Out, Err>,
  options: PlainStartOptions<In>
) => rowOf(workflow, options, {})

/** Looked at before anything is written. */
const startTags = (tags: Tags | undefined): Effect.Effect<Pick<StartMessage, "tags">, TagsInvalid> => {
  const wrong = tags === undefined ? undefined : checkTags(tags)
  if (wrong !== undefined) return Effect.fail(new TagsInvalid({ message: wrong }))
  return Effect.succeed(tags === undefined || Object.keys(tags).length === 0 ? {} : { tags: sortedTags(tags) })
}

const rowOf = Effect.fnUntraced(function* <Name extends string, In, Out, Err>(
  workflow: Workflow<Name, In, Out, Err>,
  options: Pick<StartOptions<In>, "input" | "runId" | "tags">,
  times: StartTimes
) {
  const runId = options.runId ?? (yield* freshId)
  const name = workflow.workflowName
  const wrong = checkRunId(runId)
  if (wrong !== undefined) return yield* new RunIdInvalid({ message: wrong, runId: String(runId) })
  const encoded = workflow.input().encode(options.input)
  if (Result.isFailure(encoded)) {
    return yield* new InputInvalid({
      workflow: name,
      message: `input of workflow ${name} does not fit its schema: ${encoded.failure}`
    })
  }
  const { fingerprint, payload } = encoded.success
  const tags = yield* startTags(options.tags)
  const input = yield* offload(payload, runId)
  const row: StartMessage = {
    kind: "start",
    at: yield* currentMillis,
    workflow: name,
    definitionVersion: workflow.version,
    fingerprint,
    input,
    ...times,
    ...tags,
    ...tracedBy(yield* CallersTrace)
  }
  return { runId, row }
})

/**
 * One put-if-absent row. A second start of the same is the first; one that is to follow it is a row of its own, for whoever turns the run.
 */
export const startRun = Effect.fnUntraced(function* <Name extends string, In, Out, Err>(
  workflow: Workflow<Name, In, Out, Err>,
  options: StartOptions<In>,
  sent: SentBefore
) {
  const { policy = "existing" } = options
  const times = yield* beginsAt(workflow.workflowName, options, yield* currentMillis)
  const { row, runId } = yield* rowOf(workflow, options, times)
  const table = yield* RunTable
  const request = policy === "existing" ? undefined : (options.requestId ?? (yield* freshId))
  const put = yield* table.put(runId, request === undefined ? row : { ...row, request })
  if (put._tag === "Inserted") return { runId, isNew: true, generation: 0 } satisfies RunHandle as RunHandle
  if (put.message.kind === "deleted") return yield* runDeleted(runId, goneBy(put.message))
  const there = put.message as StartMessage
  const { deleted } = yield* policy === "existing" ? noDeletion : findAsItWas(runId)
  if (deleted !== undefined) return yield* runDeleted(runId, goneByHead(deleted))
  if (policy === "existing" || there.request === request) return yield* existingRun(runId, workflow, row, there)
  if (policy === "reject") return yield* runExists(runId, there)
  if (there.workflow !== row.workflow) return yield* conflictOf(runId, row, there)
  const id = request as string
  const isNamed = options.requestId !== undefined
  const asked = yield* putRestart(runId, { ...row, kind: "restart", id, policy }, isNamed, sent)
  const handle: RunHandle = { runId, isNew: asked.there === undefined, generation: asked.generation, requestId: id }
  if (asked.there === undefined) return handle
  if (asked.there.kind === "restart" && (yield* isSameInput(workflow, row, asked.there))) return handle
  const message = `run ${runId} was asked to start by the request ${id} before, with another input, and that one stands: give what is another start another requestId`
  return yield* new RunConflict({ runId, workflow: there.workflow, message })
})

const noDeletion: Effect.Effect<Pick<Newest, "deleted">> = Effect.succeed({})

type Asked = Pick<StartMessage, "workflow" | "fingerprint">

/** A run of that id is there. Is it the one that is meant, by its first start or by the last one? */
export const existingRun = Effect.fnUntraced(function* <Name extends string, In, Out, Err>(
  runId: string,
  workflow: Workflow<Name, In, Out, Err>,
  asked: Asked,
  there: StartMessage
) {
  const first: RunHandle = { runId, isNew: false, generation: 0 }
  // The version may differ: a caller that starts again after a deployment means the run that it started before.
  if (there.workflow !== asked.workflow) return yield* conflictOf(runId, asked, there)
  if (yield* isSameInput(workflow, asked, there)) return first
  const generation = yield* startOf(yield* findNewest(runId))
  if (generation > 0) {
    const last = yield* (yield* RunTable).readMessage(addressOf(runId, generation), "start")
    if (last?.kind === "start" && (yield* isSameInput(workflow, asked, last))) return { ...first, generation }
  }
  return yield* conflictOf(runId, asked, there)
})

/** An input that today's schema reads as the same value is the same, also if a default was added since. */
const isSameInput = Effect.fnUntraced(function* <Name extends string, In, Out, Err>(
  workflow: Workflow<Name, In, Out, Err>,
  asked: Asked,
  there: Asked & { readonly input: Payload }
) {
  if (there.workflow !== asked.workflow) return false
  if (there.fingerprint === asked.fingerprint) return true
  const loaded = yield* Effect.result(load(there.input))
  if (loaded._tag === "Failure") {
    if (loaded.failure._tag === "StoreUnavailable") return yield* loaded.failure
    return false
  }
  const codec = workflow.input()
  const decoded = codec.decode(loaded.success)
  if (Result.isFailure(decoded)) return false
  const again = codec.encode(decoded.success)
  return Result.isSuccess(again) && again.success.fingerprint === asked.fingerprint
})

const conflictOf = (runId: string, { workflow }: Asked, there: Message): RunConflict => {
  const other = there.kind === "start" ? there.workflow : "?"
  const what = other === workflow ? "another input" : `workflow ${other}`
  return new RunConflict({ runId, workflow: other, message: `run ${runId} was started before with ${what}` })
}

const runExists = (runId: string, { workflow }: StartMessage) =>
  new RunExists({
    runId,
    workflow,
    message: `there is a run ${runId} of workflow ${workflow}, and the start asked to be rejected if there is one`
  })
