import * as Effect from "effect/Effect"
import { scheduleWorkflow } from "../actor/calls/schedules/scheduleWorkflow.ts"
import { parseAddress } from "../actor/history/generation.ts"
import type { Head, HeadStatus } from "../actor/history/head.ts"
import { type Message, messageKey, type StartMessage } from "../actor/history/message.ts"
import type { InlinePayload } from "../actor/values/payload.ts"
import type { PutResult, RunPage, RunSummary, RunTable } from "../store/runTable.ts"
import type { VirtualRun } from "./world/virtualRun.ts"
import type { VirtualWorld } from "./world/virtualWorld.ts"

type Table = RunTable["Service"]

/** The runs of a virtual world as far as clients of callbacks and of schedules look at them. Whatever is put is in hand, and comes to its run in its turn. */
export const tableOf = (engine: VirtualWorld): Table => {
  const known = tables.get(engine)
  if (known !== undefined) return known
  const table = newTable(engine)
  tables.set(engine, table)
  return table
}

const tables = new WeakMap<VirtualWorld, Table>()

const newTable = (engine: VirtualWorld): Table => {
  const marks = new Map<string, number>()
  const table: Pick<Table, "readHead" | "readMessage" | "readMark" | "raiseMark" | "put" | "list"> = {
    readHead: (runId) => Effect.sync(() => headOf(engine, engine.runs.get(runId))),
    readMessage: (runId, key) => Effect.sync(() => engine.runs.get(runId)?.inbox.get(key)),
    readMark: (runId, name) => Effect.sync(() => marks.get(`${runId} ${name}`)),
    raiseMark: (runId, name, { above, to }) =>
      Effect.sync(() => {
        const there = marks.get(`${runId} ${name}`)
        if (there !== undefined && there > above) return there
        marks.set(`${runId} ${name}`, to)
        return to
      }),
    put: (runId, message) => Effect.sync(() => put(engine, runId, message)),
    list: ({ workflow }) => Effect.sync(() => pageOf(engine, workflow))
  }
  return table as Table
}

const put = (engine: VirtualWorld, runId: string, message: Message): PutResult => {
  const there = engine.runs.get(runId)?.inbox.get(messageKey(message))
  if (there !== undefined) return { _tag: "Exists", message: there }
  // Of schedules: a test starts its own runs by itself.
  if (message.kind === "start") start(engine, runId, message)
  else if (message.kind === "restart") engine.restart(scheduleWorkflow, runId, message)
  else {
    engine.run(runId).put(message)
    engine.send(runId, message)
  }
  return { _tag: "Inserted" }
}

const start = (engine: VirtualWorld, runId: string, { fingerprint, input }: StartMessage): void =>
  engine.start(scheduleWorkflow, runId, { fingerprint, payload: input as InlinePayload })

/** All of them, the newest first. */
const pageOf = (engine: VirtualWorld, workflow: string | undefined): RunPage => {
  const runs = [...engine.runs.values()].reverse().flatMap(({ runId, workflow: of }) => {
    if (parseAddress(runId).generation > 0 || of.workflowName !== workflow) return []
    return [{ runId, status: statusOf(engine, engine.newest(runId)) } as RunSummary]
  })
  return { runs } as RunPage
}

/** As much of it as those clients look at. */
const headOf = (engine: VirtualWorld, run: VirtualRun | undefined): Head | undefined => {
  if (run === undefined || run.commits.length === 0) return undefined
  const { history, parked, runId, states, workflow } = run
  const parent = engine.family.parentOf(runId)
  return {
    status: statusOf(engine, run),
    workflow: workflow.workflowName,
    adopted: history.order.length,
    open: history.open,
    states,
    ...(parent === undefined ? {} : { parent }),
    ...(parked === undefined ? {} : { parked })
  } as Head
}

const statusOf = (engine: VirtualWorld, run: VirtualRun): HeadStatus => {
  const { outcome, parked, runId } = run
  if (engine.newest(runId) !== run) return "continued"
  if (outcome !== undefined) return outcome.tag === "died" ? "failed" : outcome.tag
  if (engine.paused.has(runId)) return "paused"
  return parked === undefined ? "running" : "parked"
}
