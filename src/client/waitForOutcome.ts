import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Workflow } from "../actor/definitions/definition.ts"
import { RunCancelled, RunDied, RunNotFound, terminatedRun } from "../actor/errors.ts"
import { isEnded } from "../actor/history/head.ts"
import type { Outcome } from "../actor/history/outcome.ts"
import type { Codec } from "../actor/values/codec.ts"
import type { Json } from "../actor/values/json.ts"
import { fromPayload } from "../actor/values/payload.ts"
import type { Newest } from "../store/generations/newest.ts"
import { load } from "../store/payloads.ts"
import { RunTable } from "../store/runTable.ts"
import { OutcomeUnreadable, RunParked } from "./errors.ts"
import { lookAgain, openNewest } from "./openNewest.ts"
import { SoughtStart, type WaitOptions } from "./starting/soughtStart.ts"

/** Looks again when told of a change; otherwise at growing intervals. */
export const waitForOutcome = Effect.fnUntraced(function* <Name extends string, In, Out, Err>(
  workflow: Workflow<Name, In, Out, Err>,
  runId: string,
  options: WaitOptions & { readonly isNew?: boolean } = {}
) {
  const table = yield* RunTable
  const { generation = 0 } = options
  if (!(generation >= 0))
    return yield* new RunNotFound({
      runId,
      message: `run ${runId} has no generation ${generation}: they are counted from 0`
    })
  const sought = new SoughtStart(runId, options)
  // One that was started a moment ago is there, and has not ended: the first look is saved.
  let newest: Newest = options.isNew === true ? { address: runId, head: undefined } : yield* openNewest(runId)
  for (let waitMs = 25; ; waitMs = Math.min(waitMs * 1.5, 1_000)) {
    const { head } = newest
    const outcome = yield* sought.outcome(newest)
    if (outcome !== undefined) return yield* answer(workflow, runId, outcome)
    if (options.failWhenParked === true && head?.status === "parked" && head.parked !== undefined) {
      return yield* new RunParked({
        runId,
        reason: head.parked,
        message: `run ${runId} is parked: ${head.parked.message}`
      })
    }
    const { address } = newest
    // Where one has ended and another start is waited for, until that has begun.
    const isOver = head !== undefined && isEnded(head)
    const told = yield* isOver ? table.headChanged(address, waitMs, head.version) : table.headChanged(address, waitMs)
    // None comes after the last one, unless it is asked for: that need not be read.
    newest = told !== undefined && isEnded(told) ? { address, head: told } : yield* lookAgain(runId, newest, waitMs)
  }
})

const answer = Effect.fnUntraced(function* <Name extends string, In, Out, Err>(
  workflow: Workflow<Name, In, Out, Err>,
  runId: string,
  outcome: Outcome
) {
  const payload = yield* load(outcome.payload)
  switch (outcome.tag) {
    case "succeeded":
      return yield* decoded(workflow.output(), payload, runId)
    case "failed":
      return yield* Effect.flatMap(decoded(workflow.error(), payload, runId), (error) => Effect.fail(error))
    case "died": {
      const cause = fromPayload(payload)
      return yield* new RunDied({ runId, cause, message: `run ${runId} died: ${sentence(cause)}` })
    }
    case "cancelled": {
      const reason = fromPayload(payload)
      const text = typeof reason === "string" ? reason : null
      return yield* new RunCancelled({
        runId,
        reason: text,
        message: `run ${runId} was cancelled${text === null ? "" : `: ${text}`}`
      })
    }
    case "terminated":
      return yield* terminatedRun(runId, fromPayload(payload))
  }
})

const decoded = <A>(
  codec: Codec<A>,
  payload: { readonly json: string },
  runId: string
): Effect.Effect<A, OutcomeUnreadable> => {
  const result = codec.decode(payload)
  return Result.isSuccess(result)
    ? Effect.succeed(result.success)
    : Effect.fail(
        new OutcomeUnreadable({ runId, message: `the outcome of run ${runId} does not decode: ${result.failure}` })
      )
}

const sentence = (cause: Json): string => {
  if (typeof cause !== "object" || cause === null || !("message" in cause)) return JSON.stringify(cause)
  const { name, message } = cause as { readonly name?: Json; readonly message: Json }
  return name === undefined ? String(message) : `${name}: ${message}`
}
