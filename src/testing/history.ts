import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import * as Schema from "effect/Schema"
import { Actor } from "../actor/actor.ts"
import { eachWorkflowOf } from "../actor/calls/many/eachWorkflow.ts"
import type { AnyStep, AnyWorkflow } from "../actor/definitions/definition.ts"
import { LibraryError } from "../actor/errorPages.ts"
import { ParkReason, UnknownWorkflow } from "../actor/errors.ts"
import type { Continuation } from "../actor/history/continuation.ts"
import { addressOf } from "../actor/history/generation.ts"
import { messageKey } from "../actor/history/message.ts"
import type { Ending } from "../actor/history/outcome.ts"
import { endReplay, replayPortion } from "../actor/turn.ts"
import { fromPayload } from "../actor/values/payload.ts"
import type { ExportedRun } from "../inspection/history/exportedRun.ts"
import { HistoryUnreadable, type RecordedHistory, wrongWith } from "../inspection/history/recordedHistory.ts"
import { assertWorkflow } from "./checkOptions.ts"
import { list, plural } from "./reports/text.ts"

/** Today's code does not come to the commands of a recorded history. `reason` is what the run would be parked with. */
export class HistoryDiverged extends LibraryError<HistoryDiverged>()("HistoryDiverged", {
  message: Schema.String,
  runId: Schema.String,
  workflow: Schema.String,
  /** Messages of the history that were replayed before. */
  position: Schema.Number,
  reason: ParkReason
}) {}

export interface ReplayReport {
  readonly runId: string
  readonly workflow: string
  /** Messages replayed. */
  readonly messages: number
  /** Does today's code end the run alike? `open` if the history had no end. A difference here breaks no run. */
  readonly outcome: "same" | "different" | "open"
}

/**
 * Replays a recorded history with today's code.
 *
 * Throws {@link HistoryUnreadable} if it is none. Throws {@link HistoryDiverged}, whose message names the first command that differs and how, if a run with this history could not go
 * on with this code. Given a step, it is the history of a child run of `forEachStep`. That a run which had ended would now go on, or end otherwise, breaks nothing and is reported.
 *
 * @example
 * replayHistory(fulfilOrder, JSON.parse(readFileSync("histories/order-17.json", "utf8")))
 */
export const replayHistory = (code: AnyWorkflow | AnyStep, history: RecordedHistory): ReplayReport => {
  const workflow = typeof code === "function" && "stepName" in code ? eachWorkflowOf(code) : (code as AnyWorkflow)
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
  const outcome = history.outcome === null ? "open" : endsTheSame(history, actor) ? "same" : "different"
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

/** Where another start came after it, how it ended itself stands in an exported run alone. */
const endsTheSame = (history: RecordedHistory & Partial<Pick<ExportedRun, "head">>, { outcome }: Actor): boolean => {
  const recorded = history.outcome as Ending
  const isRestarted =
    recorded.tag === "continued" && (fromPayload(recorded.payload) as unknown as Continuation).restart !== undefined
  if (!isRestarted) return sameOutcome(recorded, outcome)
  const concluded = history.head?.concluded?.outcome
  if (outcome === undefined || outcome.tag === "continued") return false
  return concluded === undefined || sameOutcome(concluded, outcome)
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
 * Replays every history (`*.json`) in a directory: for the CI of an application, with histories of runs that are under way. `steps`: those of
 * `forEachStep`, whose child runs are of no workflow of yours.
 *
 * Rejects with {@link HistoryDiverged} if one diverges, with an `AggregateError` of them if several do, with
 * {@link HistoryUnreadable} for a file that is none, and for a directory without any or that is not there.
 *
 * @example
 * test("runs under way survive this deployment", () => replayAll("test/histories", [fulfilOrder, packOrder], [pack]))
 */
export const replayAll = async (
  directory: string,
  workflows: ReadonlyArray<AnyWorkflow>,
  steps: ReadonlyArray<AnyStep> = []
): Promise<ReadonlyArray<ReplayReport>> => {
  const all = [...workflows, ...steps.map(eachWorkflowOf)]
  const files = (await filesIn(directory)).filter((file) => file.endsWith(".json")).sort()
  if (files.length === 0)
    throw new HistoryUnreadable({ message: `there is no history in ${directory}`, file: directory })
  const reports: Array<ReplayReport> = []
  const failures: Array<HistoryDiverged> = []
  for (const file of files) {
    try {
      reports.push(replayOneOf(await readHistory(join(directory, file)), all))
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

/** Writes `<workflow>-<run id>.json`, of a later generation `<workflow>-<run id>-<generation>.json`, and answers with its path. The directory is made if it is not there. */
export const writeHistory = async (directory: string, history: RecordedHistory): Promise<string> => {
  await mkdir(directory, { recursive: true })
  const { generation, runId, workflow } = history
  const name = `${workflow}-${runId.replace(/[^A-Za-z0-9_.-]/g, "_")}${generation === undefined ? "" : `-${generation}`}`
  const file = join(directory, `${name}.json`)
  await writeFile(file, `${JSON.stringify(history, null, 2)}\n`)
  return file
}
