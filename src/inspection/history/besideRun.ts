import * as Effect from "effect/Effect"
import { keepPageName } from "../../actor/calls/many/pageStore.ts"
import type { Head } from "../../actor/history/head.ts"
import type { Message } from "../../actor/history/message.ts"
import type { Reply } from "../../actor/history/reply.ts"
import { isReference, type PayloadReference } from "../../actor/values/payload.ts"
import { Heartbeats } from "../../store/beside/heartbeats.ts"
import { type OutputChunk, OutputChunks, type OutputStream, streamRun } from "../../store/beside/outputChunks.ts"
import { Replies } from "../../store/beside/replies.ts"
import { StepMarks } from "../../store/beside/stepMarks.ts"
import { objectName } from "../../store/deletion/payloadNames.ts"
import { load } from "../../store/payloads.ts"
import { heldReplies } from "../../store/reading/heldReplies.ts"
import type { ExportedBeside, ExportedGeneration, ExportedStream } from "./exportedRun.ts"

// What stands beside the inboxes of a run, in no history.

/** Of one generation, as far as it is waited for. */
export const readMarksAndBeats = Effect.fnUntraced(function* (address: string, { open }: Pick<Head, "open">) {
  const stepMarks = yield* StepMarks
  const heartbeats = yield* Heartbeats
  const marks: Array<NonNullable<ExportedGeneration["marks"]>[number]> = []
  const beats: Array<NonNullable<ExportedGeneration["beats"]>[number]> = []
  for (const { kind, key } of open) {
    if (kind === "step") {
      const mark = yield* stepMarks.read(address, key)
      if (mark !== undefined)
        marks.push({
          step: key,
          mark: mark.details === undefined ? mark : { ...mark, details: yield* load(mark.details) }
        })
    } else if (kind === "callback") {
      const id = `callback/${key}`
      const at = yield* heartbeats.last(address, id)
      if (at !== undefined) beats.push({ id, at })
    }
  }
  return {
    ...(marks.length === 0 ? {} : { marks }),
    ...(beats.length === 0 ? {} : { beats })
  } satisfies Pick<ExportedGeneration, "marks" | "beats">
})

interface Generation {
  readonly head: Head
  readonly messages: ReadonlyArray<Message>
}

/** `streams`: names of streams that only steps emit to, where the store has no list of them. */
export const readBeside = Effect.fnUntraced(function* (
  runId: string,
  generations: ReadonlyArray<Generation>,
  streams: ReadonlyArray<string>
) {
  const messages = generations.flatMap((one) => one.messages)
  const some = {
    streams: yield* readStreams(runId, generations, streams),
    replies: yield* readReplies(runId, generations),
    objects: yield* readObjects(messages)
  }
  return {
    ...(some.streams.length === 0 ? {} : { streams: some.streams }),
    ...(some.replies.length === 0 ? {} : { replies: some.replies }),
    ...(Object.keys(some.objects).length === 0 ? {} : { objects: some.objects })
  } satisfies ExportedBeside
})

const readStreams = Effect.fnUntraced(function* (
  runId: string,
  generations: ReadonlyArray<Generation>,
  streams: ReadonlyArray<string>
) {
  const store = yield* OutputChunks
  const emitted = generations.flatMap(({ head }) => (head.emitted ?? []).map(({ stream }) => stream))
  const all: Array<ExportedStream> = []
  for (const since of new Set(generations.map(({ head }) => head.since ?? 0))) {
    const address = streamRun(runId, since)
    const listed = (yield* store.names?.(address) ?? Effect.succeed([])) satisfies ReadonlyArray<string>
    for (const name of new Set([...emitted, ...streams, ...listed].toSorted())) {
      const chunks = yield* readChunks(store, { runId: address, name })
      if (chunks.length > 0) all.push({ name, ...(since === 0 ? {} : { since }), chunks })
    }
  }
  return all
})

const readChunks = Effect.fnUntraced(function* (store: OutputChunks["Service"], stream: OutputStream) {
  const chunks: Array<OutputChunk> = []
  for (let position = 0; ; ) {
    const some = yield* store.readFrom(stream, position, chunksAtOnce)
    chunks.push(...some)
    const last = some.at(-1)
    if (last === undefined || last.source.kind === "end") return chunks
    position = last.position + last.values.length
  }
})

const chunksAtOnce = 64

/** Of all updates that were sent to it. Those of the last commit may stand in the head alone. */
const readReplies = Effect.fnUntraced(function* (runId: string, generations: ReadonlyArray<Generation>) {
  const store = yield* Replies
  const found = new Map<string, Reply>()
  for (const { head, messages } of generations) {
    const held = new Map((yield* heldReplies(head)).map((reply) => [keyOf(reply), reply]))
    for (const message of messages) {
      if (message.kind !== "update" || found.has(keyOf(message))) continue
      const reply = (yield* store.read(runId, message.name, message.id)) ?? held.get(keyOf(message))
      if (reply === undefined) continue
      const { outcome } = reply
      found.set(keyOf(message), { ...reply, outcome: { ...outcome, payload: yield* load(outcome.payload) } })
    }
  }
  return [...found.values()]
})

const keyOf = ({ id, name }: Pick<Reply, "id" | "name">): string => JSON.stringify([name, id])

/** A step that has kept a page says in its answer where, and the runs that are given the page refer to it in values of theirs. */
const readObjects = Effect.fnUntraced(function* (messages: ReadonlyArray<Message>) {
  const objects: Record<string, string> = {}
  for (const message of messages) {
    if (message.kind !== "step" || !isKeptPage(message.key) || message.outcome.tag !== "succeeded") continue
    const { payload } = message.outcome
    if (isReference(payload)) continue
    const { bytes, owner, sha256 } = JSON.parse(payload.json) as PayloadReference
    const reference = { sha256, bytes, ...(owner === undefined ? {} : { owner }) }
    objects[objectName(reference)] = (yield* load(reference)).json
  }
  return objects
})

const isKeptPage = (key: string): boolean => key.startsWith(`${keepPageName}#`) || key.startsWith(`${keepPageName}:`)
