import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { LibraryError } from "../../actor/errorPages.ts"
import type { Continuation } from "../../actor/history/continuation.ts"
import { addressOf } from "../../actor/history/generation.ts"
import { type Head, movedToken, segmentLength } from "../../actor/history/head.ts"
import { isSent, type Message, messageKey, payloadOf } from "../../actor/history/message.ts"
import type { Ending } from "../../actor/history/outcome.ts"
import { findNewest } from "../../store/generations/newest.ts"
import { homeMark, newestMark } from "../../store/generations/nextGeneration.ts"
import { noteAsked } from "../../store/generations/starts.ts"
import { offload } from "../../store/payloads.ts"
import { withPayload } from "../../store/reading/resolveMessage.ts"
import { RunTable } from "../../store/runTable.ts"
import type { ExportedGeneration, ExportedRun } from "./exportedRun.ts"
import { putBeside, putMarksAndBeats } from "./putBeside.ts"
import { wrongWith } from "./recordedHistory.ts"
import { sealOf } from "./seal.ts"

/** The file is no exported run, or was changed since it was written. Nothing was put. */
export class ImportRefused extends LibraryError<ImportRefused>()("ImportRefused", {
  message: Schema.String,
  reason: Schema.Literals(["unreadable", "noExport", "altered", "taken"])
}) {}

export interface ImportOptions {
  /**
   * A run that has not ended comes in paused, whatever it was. When it is resumed, it goes on in this store: all that it waits for is asked for again,
   * steps that had not answered and timers. Default: it comes in as it was; of a run that was paused when it was exported the same is true.
   */
  readonly paused?: boolean
}

/** How an import went. */
export interface ImportedRun {
  readonly runId: string
  readonly workflow: string
  /** In this store. */
  readonly status: Head["status"]
  readonly generations: number
  readonly messages: number
  /** False: this very file was imported before, and nothing was done. */
  readonly isNew: boolean
}

/**
 * Puts an exported run into a store in which its id is free, with all that is beside it. It stands there as it was: to be looked at, replayed and waited for. A
 * paused run goes on here once it is resumed (see {@link ImportOptions}). What any other run that goes on has asked for is not asked for again: its steps and timers are
 * under way where it comes from. A message that is sent to it turns it, if a host on the store knows its workflow. An import that was cut short goes on
 * when the same file is imported again.
 *
 * What a run refers to by id (children, its parent, runs that it waits for) is imported by itself: all of them before one is resumed. Tokens of callbacks that
 * are open were signed by the keys of the other store.
 *
 * Fails with {@link ImportRefused}, `StoreUnavailable` or `StoreRefused`.
 *
 * @example
 * yield* importRun(JSON.parse(yield* Effect.promise(() => readFile("order-17.json", "utf8"))))
 */
export const importRun = Effect.fnUntraced(function* (file: unknown, options: ImportOptions = {}) {
  const exported = yield* readExport(file)
  const { ahead = [], earlier, runId } = exported
  const all = [...earlier, exported]
  const newest = exported.generation ?? 0
  const done = {
    runId,
    workflow: exported.workflow,
    generations: all.length,
    messages: all.reduce((sum, { messages }) => sum + messages.length, 0)
  }
  if (yield* wasImported(exported)) {
    const { head } = yield* findNewest(runId)
    return {
      ...done,
      status: head?.status ?? exported.head.status,
      isNew: false
    } satisfies ImportedRun as ImportedRun
  }
  const now = yield* Clock.currentTimeMillis
  yield* putBeside(runId, exported)
  yield* putMarks(exported)
  const isLast = ahead.length === 0
  // Of a generation that has no head yet it is said by a row.
  if (options.paused === true && exported.head.status === "continued")
    yield* putRow(addressOf(runId, newest + 1), { kind: "pause", at: now, id: "import", reason: importedReason })
  if (!isLast) yield* putRows(addressOf(runId, newest + 1), ahead)
  // The newest first: whoever meets one of before finds the next.
  let status = exported.head.status
  for (const one of all.toReversed())
    status = yield* putGeneration(runId, one, {
      now,
      isLast: one === exported && isLast,
      paused: options.paused === true
    })
  return {
    ...done,
    status: status === "continued" ? exported.head.status : status,
    isNew: true
  } satisfies ImportedRun as ImportedRun
})

/** The mark of a run that was brought here: of which file. Raised before the first row, so that another one that is cut short is told from a run that is there. */
const importedMark = "imported"

/** 48 bits of the seal. */
const markOf = ({ seal }: ExportedRun): number => Number.parseInt(seal.slice(0, 12), 16)

/** Whether all of it is there. Fails if the id is not free, and was not taken by this very file. */
const wasImported = Effect.fnUntraced(function* (exported: ExportedRun) {
  const { ahead = [], earlier, generation: newest = 0, runId } = exported
  const table = yield* RunTable
  const mark = yield* table.readMark(runId, importedMark)
  // The first generation's start is the last that is put.
  if (mark === markOf(exported)) return (yield* table.readMessage(runId, "start")) !== undefined
  for (const { generation = 0 } of [...earlier, exported, { generation: newest + 1 }]) {
    const { head, messages } = yield* table.readRun(addressOf(runId, generation))
    if (head !== undefined || messages.length > 0) return yield* taken(runId)
  }
  const mine = markOf(exported)
  if ((yield* table.raiseMark(runId, importedMark, { to: mine, above: -1 })) !== mine) return yield* taken(runId)
  if (earlier.length > 0 || ahead.length > 0) {
    const to = ahead.length > 0 ? newest + 1 : newest
    yield* table.raiseMark(runId, newestMark, { to, above: to - 1 })
  }
  return false
})

/** Where what was sent to a run of several generations is, for whoever sends it again. */
const putMarks = Effect.fnUntraced(function* ({ ahead = [], earlier, ...exported }: ExportedRun) {
  const table = yield* RunTable
  const { generation: newest = 0, runId } = exported
  const rows = [...earlier, exported].map(({ generation = 0, messages }) => ({ generation, messages }))
  const known = new Set<string>()
  for (const { generation, messages } of [...rows, { generation: newest + 1, messages: ahead }])
    for (const message of messages) {
      const key = messageKey(message)
      if (known.has(key) || !isSent(message)) continue
      known.add(key)
      if (generation > 0) yield* table.raiseMark(runId, homeMark(key), { to: generation, above: -1 })
    }
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

const putRow = Effect.fnUntraced(function* (address: string, message: Message) {
  const payload = payloadOf(message)
  const row = payload === undefined ? message : withPayload(message, yield* offload(payload, address))
  return yield* (yield* RunTable).put(address, row)
})

/** The start at last: before it nobody turns the generation, as it has not begun. */
const putRows = Effect.fnUntraced(function* (address: string, messages: ReadonlyArray<Message>) {
  const others = messages.filter(({ kind }) => kind !== "start")
  yield* Effect.forEach(others, (message) => putRow(address, message), { concurrency: 8, discard: true })
  yield* Effect.forEach(
    messages.filter(({ kind }) => kind === "start"),
    (message) => putRow(address, message),
    { discard: true }
  )
})

interface How {
  readonly now: number
  /** Nothing is on record that comes after it. */
  readonly isLast: boolean
  readonly paused: boolean
}

/** Rows, then the head, then the start. Answers with the status that it has here. */
const putGeneration = Effect.fnUntraced(function* (runId: string, exported: ExportedGeneration, how: How) {
  const table = yield* RunTable
  const address = addressOf(runId, exported.generation ?? 0)
  const { messages, order } = exported
  yield* putMarksAndBeats(runId, exported)
  yield* putRows(
    address,
    messages.filter(({ kind }) => kind !== "start")
  )
  const segments = Math.floor(order.length / segmentLength)
  for (let index = 0; index < segments; index++)
    yield* table.putSegment(address, index, order.slice(index * segmentLength, (index + 1) * segmentLength))
  const tail = order.slice(segments * segmentLength)
  const head = yield* storedHead(runId, exported, segments, tail, how)
  const { status, tags = {} } = head
  if (status !== "continued") yield* table.putTags?.(address, tags, head) ?? Effect.void
  // One that is there was put by an import that was cut short: of this id nobody else puts any before its start.
  yield* table.commitHead(address, head)
  yield* putRows(
    address,
    messages.filter(({ kind }) => kind === "start")
  )
  const restarts = messages.filter(({ kind }) => kind === "restart")
  for (const row of restarts) yield* noteAsked({ address }, messageKey(row))
  return status
})

/** As a new store has it: its first version. */
const storedHead = Effect.fnUntraced(function* (
  runId: string,
  { head, order }: ExportedGeneration,
  segments: number,
  tail: ReadonlyArray<string>,
  { isLast, now, paused }: How
) {
  const { concluded, outcome, sends, states, ...rest } = head
  const stored = yield* Effect.forEach(states ?? [], ({ name, payload }) =>
    Effect.map(offload(payload, runId), (payload) => ({ name, payload }))
  )
  const isPaused = head.status === "paused" || (paused && outcome === undefined)
  const payload = concluded === undefined ? undefined : yield* offload(concluded.outcome.payload, runId)
  return {
    ...rest,
    version: 1,
    segments,
    tail,
    // It makes sure of its rows for others when it goes on here, and of the generation to come. All others owe nothing to anybody.
    notices: isPaused || (isLast && head.status === "continued"),
    ...(isPaused && sends !== undefined ? { sends } : {}),
    fences: isPaused
      ? [{ upTo: order.length, token: movedToken, sentAt: now }]
      : rest.fences.map((fence) => ({ ...fence, sentAt: now })),
    ...(isPaused ? { status: "paused" as const, paused: head.paused ?? { since: now, reason: importedReason } } : {}),
    ...(states === undefined ? {} : { states: stored }),
    ...(outcome === undefined ? {} : { outcome: yield* storedEnding(runId, outcome) }),
    ...(concluded === undefined || payload === undefined
      ? {}
      : { concluded: { ...concluded, outcome: { ...concluded.outcome, payload } } })
  } satisfies Head as Head
})

const importedReason = "it was imported to go on in this store: resume it"

const storedEnding = Effect.fnUntraced(function* (runId: string, ending: Ending) {
  if (ending.tag !== "continued" || !("json" in ending.payload))
    return { ...ending, payload: yield* offload(ending.payload, runId) } satisfies Ending as Ending
  const continuation = JSON.parse(ending.payload.json) as Continuation
  const small: Continuation = { ...continuation, input: yield* offload(continuation.input, runId) }
  return { ...ending, payload: { json: JSON.stringify(small) } } satisfies Ending as Ending
})
