import * as Effect from "effect/Effect"
import { addressOf } from "../../actor/history/generation.ts"
import { Heartbeats } from "../../store/beside/heartbeats.ts"
import { OutputChunks, streamRun } from "../../store/beside/outputChunks.ts"
import { Replies } from "../../store/beside/replies.ts"
import { StepMarks } from "../../store/beside/stepMarks.ts"
import { offload, Payloads } from "../../store/payloads.ts"
import type { ExportedBeside, ExportedGeneration } from "./exportedRun.ts"

/** Before the run itself, so that whoever turns it finds all of it. Put again, it changes nothing. */
export const putBeside = Effect.fnUntraced(function* (
  runId: string,
  { objects = {}, replies = [], streams = [] }: ExportedBeside
) {
  const payloads = yield* Payloads
  yield* Effect.forEach(Object.entries(objects), ([name, text]) => payloads.put(name, text), {
    concurrency: 8,
    discard: true
  })
  const answers = yield* Replies
  for (const reply of replies) {
    const payload = yield* offload(reply.outcome.payload, runId)
    yield* answers.put(runId, { ...reply, outcome: { ...reply.outcome, payload } })
  }
  const output = yield* OutputChunks
  for (const { chunks, name, since = 0 } of streams)
    yield* Effect.forEach(chunks, (chunk) => output.put({ runId: streamRun(runId, since), name }, chunk), {
      discard: true
    })
})

/** Of one generation. */
export const putMarksAndBeats = Effect.fnUntraced(function* (
  runId: string,
  { beats = [], generation = 0, marks = [] }: ExportedGeneration
) {
  const address = addressOf(runId, generation)
  const heartbeats = yield* Heartbeats
  for (const { at, id } of beats) yield* heartbeats.beat(address, id, at)
  const stepMarks = yield* StepMarks
  for (const { mark, step } of marks) {
    const details = mark.details === undefined ? {} : { details: yield* offload(mark.details, runId) }
    // As the first one that this store has: a mark is written over by the next version of it, and by no other. Whoever had begun it is not at work here.
    yield* stepMarks.write(address, step, { ...mark, ...details, version: 1, at: 0 })
  }
})
