import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Continuation } from "../../actor/history/continuation.ts"
import { addressOf } from "../../actor/history/generation.ts"
import { type Head, segmentLength } from "../../actor/history/head.ts"
import { type Message, payloadOf } from "../../actor/history/message.ts"
import type { Ending } from "../../actor/history/outcome.ts"
import { newestMark } from "../../store/generations/nextGeneration.ts"
import { offload } from "../../store/payloads.ts"
import { RunTable } from "../../store/runTable.ts"
import { withPayload } from "../../streams/turns/loadRun.ts"
import type { ExportedGeneration, ExportedRun } from "./exportedRun.ts"
import { wrongWith } from "./recordedHistory.ts"
import { sealOf } from "./seal.ts"

/** The file is no exported run, or was changed since it was written. Nothing was put. */
export class ImportRefused extends Schema.TaggedError<ImportRefused>()("ImportRefused", {
  message: Schema.String,
  reason: Schema.Literals(["unreadable", "noExport", "altered", "taken"])
}) {}

/** How an import went. */
export interface ImportedRun {
  readonly runId: string
  readonly workflow: string
  readonly status: Head["status"]
  readonly generations: number
  readonly messages: number
}

/**
 * Puts an exported run into a store in which its id is free. It stands there as it was: to be looked at, replayed and waited for. What a run that goes
 * on has asked for is not asked for again: its steps and timers are under way where it comes from. A message that is sent to it turns it, if a
 * host on the store knows its workflow.
 *
 * Fails with {@link ImportRefused}, `StoreUnavailable` or `StoreRefused`.
 *
 * @example
 * yield* importRun(JSON.parse(yield* Effect.promise(() => readFile("order-17.json", "utf8"))))
 */
export const importRun = Effect.fnUntraced(function* (file: unknown) {
  const exported = yield* readExport(file)
  const { earlier, runId } = exported
  const all = [...earlier, exported]
  const table = yield* RunTable
  for (const { generation = 0 } of all) {
    const { head, messages } = yield* table.readRun(addressOf(runId, generation))
    if (head !== undefined || messages.length > 0) return yield* taken(runId)
  }
  const now = yield* Clock.currentTimeMillis
  if (earlier.length > 0) {
    const newest = exported.generation ?? 0
    yield* table.raiseMark(runId, newestMark, { to: newest, above: newest - 1 })
  }
  // The newest first: whoever meets one of before finds the next.
  for (const one of all.toReversed()) yield* putGeneration(runId, one, now)
  return {
    runId,
    workflow: exported.workflow,
    status: exported.head.status,
    generations: all.length,
    messages: all.reduce((sum, { messages }) => sum + messages.length, 0)
  } satisfies ImportedRun as ImportedRun
})

const taken = (runId: string) =>
  new ImportRefused({
    reason: "taken",
    message: `the store has a run ${runId}, and a run is put only where its id is free: import it into another file`
  })

const readExport = Effect.fnUntraced(function* (file: unknown) {
  const wrong = wrongWith(file)
  if (wrong !== undefined)
    return yield* new ImportRefused({ reason: "unreadable", message: `this is no exported run: ${wrong}` })
  const { seal, ...rest } = file as ExportedRun
  if (seal === undefined || rest.head === undefined || !Array.isArray(rest.earlier))
    return yield* new ImportRefused({
      reason: "noExport",
      message:
        "this is a recorded history and no exported run: it can be replayed, but lacks what a store needs. Export the run by exportRun, or by dynactor export"
    })
  if (sealOf(rest) !== seal)
    return yield* new ImportRefused({
      reason: "altered",
      message: "the file was changed since it was written (its seal does not fit): export the run again"
    })
  return file as ExportedRun
})

/** Rows, then the head, then the start: before that nobody turns the run, as it has not begun. */
const putGeneration = Effect.fnUntraced(function* (runId: string, exported: ExportedGeneration, now: number) {
  const table = yield* RunTable
  const address = addressOf(runId, exported.generation ?? 0)
  const { messages, order } = exported
  const put = Effect.fnUntraced(function* (message: Message) {
    const payload = payloadOf(message)
    return yield* table.put(address, payload === undefined ? message : withPayload(message, yield* offload(payload)))
  })
  yield* Effect.forEach(
    messages.filter(({ kind }) => kind !== "start"),
    put,
    { concurrency: 8, discard: true }
  )
  const segments = Math.floor(order.length / segmentLength)
  for (let index = 0; index < segments; index++)
    yield* table.putSegment(address, index, order.slice(index * segmentLength, (index + 1) * segmentLength))
  const tail = order.slice(segments * segmentLength)
  const head = yield* storedHead(exported, segments, tail, now)
  const { status, tags = {} } = head
  if (status !== "continued") yield* table.putTags?.(address, tags, head) ?? Effect.void
  const result = yield* table.commitHead(address, head)
  if (result._tag === "Conflict") return yield* taken(runId)
  for (const message of messages) if (message.kind === "start") yield* put(message)
})

/** As a new store has it: its first version, that owes nothing to anybody. */
const storedHead = Effect.fnUntraced(function* (
  { head }: ExportedGeneration,
  segments: number,
  tail: ReadonlyArray<string>,
  now: number
) {
  // Output streams are in no file: here they begin anew.
  const { emitted: _, outcome, sends: __, states, ...rest } = head
  const stored = yield* Effect.forEach(states ?? [], ({ name, payload }) =>
    Effect.map(offload(payload), (payload) => ({ name, payload }))
  )
  return {
    ...rest,
    version: 1,
    segments,
    tail,
    notices: false,
    fences: rest.fences.map((fence) => ({ ...fence, sentAt: now })),
    ...(states === undefined ? {} : { states: stored }),
    ...(outcome === undefined ? {} : { outcome: yield* storedEnding(outcome) })
  } satisfies Head as Head
})

const storedEnding = Effect.fnUntraced(function* (ending: Ending) {
  if (ending.tag !== "continued" || !("json" in ending.payload))
    return { ...ending, payload: yield* offload(ending.payload) } satisfies Ending as Ending
  const continuation = JSON.parse(ending.payload.json) as Continuation
  const small: Continuation = { ...continuation, input: yield* offload(continuation.input) }
  return { ...ending, payload: { json: JSON.stringify(small) } } satisfies Ending as Ending
})
