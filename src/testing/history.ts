import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { Actor } from "../actor/actor.ts"
import type { AnyWorkflow } from "../actor/definitions/definition.ts"
import { ParkReason, RunNotFound, UnknownWorkflow } from "../actor/errors.ts"
import { addressOf, parseAddress, placeOfAddress } from "../actor/history/generation.ts"
import { type Message, messageKey } from "../actor/history/message.ts"
import type { Ending } from "../actor/history/outcome.ts"
import { endReplay, type History, replayPortion } from "../actor/turn.ts"
import { fromPayload } from "../actor/values/payload.ts"
import { findNewest } from "../store/generations/newest.ts"
import { load } from "../store/payloads.ts"
import { adoptedOrder, readWholeRun } from "../store/reading/wholeRun.ts"
import { resolveMessage } from "../streams/turns/loadRun.ts"
import { assertWorkflow } from "./checkOptions.ts"
import { list, plural } from "./reports/text.ts"

/**
 * A run's history as a value and as a JSON file: what a host would find of it in its store. Files of version 1 stay readable.
 */
export interface RecordedHistory extends History {
  readonly format: "dynactor/history"
  readonly version: 1
  readonly runId: string
  /** Of a run that has continued as new, from 1. Left out: 0, the one that it was started with. */
  readonly generation?: number
  readonly workflow: string
  readonly definitionVersion: string
  /** Inbox rows, payloads in hand. */
  readonly messages: ReadonlyArray<Message>
  /** Null while the run had not ended. `continued`: it went on with another generation. */
  readonly outcome: Ending | null
}

const RecordedJson = Schema.Struct({
  format: Schema.Literal("dynactor/history"),
  version: Schema.Literal(1),
  runId: Schema.String,
  generation: Schema.optionalKey(Schema.Number),
  workflow: Schema.String,
  definitionVersion: Schema.String,
  order: Schema.Array(Schema.String),
  open: Schema.Array(Schema.Json),
  abandoned: Schema.Array(Schema.Json),
  messages: Schema.Array(
    Schema.Struct({
      kind: Schema.Literals(["start", "step", "timer", "signal", "cancel", "child", "await", "callback", "update"])
    })
  ),
  outcome: Schema.NullOr(Schema.Json)
})

/** Today's code does not come to the commands of a recorded history. `reason` is what the run would be parked with. */
export class HistoryDiverged extends Schema.TaggedError<HistoryDiverged>()("HistoryDiverged", {
  message: Schema.String,
  runId: Schema.String,
  workflow: Schema.String,
  /** Messages of the history that were replayed before. */
  position: Schema.Number,
  reason: ParkReason
}) {}

/** A file that holds no history, or a directory without any. */
export class HistoryUnreadable extends Schema.TaggedError<HistoryUnreadable>()("HistoryUnreadable", {
  message: Schema.String,
  file: Schema.String
}) {}

export interface ReplayReport {
  readonly runId: string
  readonly workflow: string
  /** Messages replayed. */
  readonly messages: number
  /** Does today's code end the run alike? `open` if the history had no end. A difference here breaks no run. */
  readonly outcome: "same" | "different" | "open"
}

export const toRecordedHistory = (
  address: string,
  history: History,
  inbox: ReadonlyArray<Message>,
  outcome: Ending | undefined
): RecordedHistory => {
  const start = inbox.find((message) => message.kind === "start")
  if (start === undefined) throw new RangeError(`run ${placeOfAddress(address)} has no history: it has not started`)
  const { runId, generation } = parseAddress(address)
  return {
    format: "dynactor/history",
    version: 1,
    runId,
    ...(generation === 0 ? {} : { generation }),
    workflow: start.workflow,
    definitionVersion: start.definitionVersion,
    order: [...history.order],
    open: history.open,
    abandoned: history.abandoned,
    messages: inbox,
    outcome: outcome ?? null
  }
}

/**
 * Replays a recorded history with today's code.
 *
 * Throws {@link HistoryUnreadable} if it is none. Throws {@link HistoryDiverged}, whose message names the first command that differs and how, if a run with this history could not go
 * on with this code. That a run which had ended would now go on, or end otherwise, breaks nothing and is reported.
 *
 * @example
 * replayHistory(fulfilOrder, JSON.parse(readFileSync("histories/order-17.json", "utf8")))
 */
export const replayHistory = (workflow: AnyWorkflow, history: RecordedHistory): ReplayReport => {
  assertWorkflow(workflow)
  const wrong = wrongWith(history)
  if (wrong !== undefined)
    throw new HistoryUnreadable({ message: `the second argument is no recorded history: ${wrong}`, file: "" })
  return replay(workflow, history)
}

const replay = (workflow: AnyWorkflow, history: RecordedHistory): ReplayReport => {
  const { runId, order } = history
  const unfit = workflow.workflowName !== history.workflow || workflow.version !== history.definitionVersion
  if (unfit) throw diverged(history, 0, unknownWorkflow(history, [workflow]))
  const { actor, position } = replayed(workflow, history)
  const reason = actor.parkReason
  if (reason !== undefined) throw diverged(history, position, reason)
  const outcome = history.outcome === null ? "open" : sameOutcome(history.outcome, actor.outcome) ? "same" : "different"
  return { runId, workflow: history.workflow, messages: order.length, outcome }
}

/** As far as it goes. */
const replayed = (workflow: AnyWorkflow, history: RecordedHistory) => {
  const { order } = history
  const runId = addressOf(history.runId, history.generation ?? 0)
  const inbox = new Map(history.messages.map((message) => [messageKey(message), message]))
  const actor = new Actor({ workflow, runId })
  for (const [position, entry] of order.entries()) {
    replayPortion(actor, [entry], inbox)
    if (actor.parked !== undefined) return { actor, position }
  }
  // An end is no command: where code that has changed would go on, it may.
  if (history.outcome === null) endReplay(actor, history)
  return { actor, position: order.length }
}

const sameOutcome = (recorded: Ending, now: Ending | undefined): boolean =>
  recorded.tag === now?.tag &&
  // Stacks of defects are those of the machine that wrote them.
  (recorded.tag === "died" || isDeepStrictEqual(fromPayload(recorded.payload), fromPayload(now.payload)))

const unknownWorkflow = ({ workflow, definitionVersion }: RecordedHistory, all: ReadonlyArray<AnyWorkflow>) => {
  const known = all.map(({ workflowName, version }) => `${workflowName}@${version}`)
  const message = `the history is of workflow ${workflow}, version ${definitionVersion}; given is ${list(known)}`
  return new UnknownWorkflow({ message, workflow, known })
}

const diverged = (
  { runId, workflow, order }: RecordedHistory,
  position: number,
  reason: ParkReason
): HistoryDiverged => {
  const before = order.slice(Math.max(0, position - 3), position)
  const where =
    position === 0
      ? "at the start"
      : `after ${position} of ${plural(order.length, "message")} (${position > 3 ? "..., " : ""}${before.join(", ")})`
  return new HistoryDiverged({
    message: `history of run ${runId}, workflow ${workflow}, ${where}: ${reason.message}`,
    runId,
    workflow,
    position,
    reason
  })
}

/**
 * Replays every history (`*.json`) in a directory: for the CI of an application, with histories of runs that are under way.
 *
 * Rejects with {@link HistoryDiverged} if one diverges, with an `AggregateError` of them if several do, with
 * {@link HistoryUnreadable} for a file that is none, and for a directory without any or that is not there.
 *
 * @example
 * test("runs under way survive this deployment", () => replayAll("test/histories", [fulfilOrder, packOrder]))
 */
export const replayAll = async (
  directory: string,
  workflows: ReadonlyArray<AnyWorkflow>
): Promise<ReadonlyArray<ReplayReport>> => {
  const files = (await filesIn(directory)).filter((file) => file.endsWith(".json")).sort()
  if (files.length === 0)
    throw new HistoryUnreadable({ message: `there is no history in ${directory}`, file: directory })
  const reports: Array<ReplayReport> = []
  const failures: Array<HistoryDiverged> = []
  for (const file of files) {
    try {
      reports.push(replayOneOf(await readHistory(join(directory, file)), workflows))
    } catch (error) {
      if (!(error instanceof HistoryDiverged)) throw error
      failures.push(error)
    }
  }
  if (failures.length > 1) {
    const lines = failures.map(({ message }) => `  ${message}`)
    throw new AggregateError(failures, `${failures.length} of ${files.length} histories diverge:\n${lines.join("\n")}`)
  }
  if (failures.length === 1) throw failures[0]
  return reports
}

const filesIn = async (directory: string): Promise<ReadonlyArray<string>> => {
  try {
    return await readdir(directory)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new HistoryUnreadable({ message: `no histories can be read from ${directory}: ${why}`, file: directory })
  }
}

const replayOneOf = (history: RecordedHistory, workflows: ReadonlyArray<AnyWorkflow>): ReplayReport => {
  const workflow = workflows.find(
    ({ workflowName, version }) => workflowName === history.workflow && version === history.definitionVersion
  )
  if (workflow === undefined) throw diverged(history, 0, unknownWorkflow(history, workflows))
  return replay(workflow, history)
}

/** Rejects with {@link HistoryUnreadable}. */
export const readHistory = async (file: string): Promise<RecordedHistory> => {
  const fail = (why: string) => new HistoryUnreadable({ message: `${file} is no recorded history: ${why}`, file })
  let json: unknown
  try {
    json = JSON.parse(await readFile(file, "utf8"))
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error))
  }
  const wrong = wrongWith(json)
  if (wrong !== undefined) throw fail(wrong)
  return json as RecordedHistory
}

const wrongWith = (json: unknown): string | undefined => {
  const exit = Schema.decodeUnknownExit(RecordedJson)(json)
  return Exit.isFailure(exit) ? String(Cause.squash(exit.cause)) : undefined
}

/** Writes `<workflow>-<run id>.json`, of a later generation `<workflow>-<run id>-<generation>.json`, and answers with its path. The directory is made if it is not there. */
export const writeHistory = async (directory: string, history: RecordedHistory): Promise<string> => {
  await mkdir(directory, { recursive: true })
  const { generation, runId, workflow } = history
  const name = `${workflow}-${runId.replace(/[^A-Za-z0-9_.-]/g, "_")}${generation === undefined ? "" : `-${generation}`}`
  const file = join(directory, `${name}.json`)
  await writeFile(file, `${JSON.stringify(history, null, 2)}\n`)
  return file
}

/**
 * The history of a run as its store has it now, of the newest generation or the one asked for. Payloads of the run are in it: mind what is secret.
 *
 * Fails with `RunNotFound`, with `PayloadUnreadable`, `PayloadMissing` or `PayloadAltered` if a large payload is not as it was, and
 * with `StoreUnavailable`.
 *
 * @example
 * const history = await Effect.runPromise(
 *   exportHistory("order-17").pipe(Effect.provide(sqliteStore({ filename: "runs.db" })))
 * )
 * await writeHistory("test/histories", history)
 */
export const exportHistory = Effect.fnUntraced(function* (
  runId: string,
  options: { readonly generation?: number } = {}
) {
  const { generation } = options
  const address = generation === undefined ? (yield* findNewest(runId)).address : addressOf(runId, generation)
  const stored = yield* readWholeRun(address)
  const { head } = stored
  if (head === undefined)
    return yield* new RunNotFound({ runId, message: `there is no run ${runId}, or it has not begun` })
  const messages = yield* Effect.forEach(stored.messages, resolveMessage, { concurrency: 8 })
  const history = { order: adoptedOrder(head, stored), open: head.open, abandoned: head.abandoned }
  const outcome = head.outcome && { tag: head.outcome.tag, payload: yield* load(head.outcome.payload) }
  return toRecordedHistory(address, history, messages, outcome)
})
