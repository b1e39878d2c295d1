import * as Effect from "effect/Effect"
import { scheduleWorkflow } from "../actor/calls/schedules/scheduleWorkflow.ts"
import { parseAddress } from "../actor/history/generation.ts"
import type { RunStatus } from "../actor/history/head.ts"
import { type Message, messageKey, type StartMessage } from "../actor/history/message.ts"
import type { InlinePayload } from "../actor/values/payload.ts"
import type { PutResult, RunPage, RunSummary, RunTable } from "../store/runTable.ts"
import { statusIn, storedRun } from "./world/copying/storedRun.ts"
import type { VirtualWorld } from "./world/virtualWorld.ts"

type Table = RunTable["Service"]

/**
 * The runs of a virtual world as far as clients of callbacks, of schedules and of repairs look at them. Whatever is put is in hand, and comes to its run in its
 * turn; but for a retry or reset, by which the run goes on in its next generation at once.
 */
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
  const table: Pick<Table, "readRun" | "readHead" | "readMessage" | "readMark" | "raiseMark" | "put" | "list"> = {
    readRun: (runId) => Effect.sync(() => storedRun(engine, engine.runs.get(runId))),
    readHead: (runId) => Effect.sync(() => storedRun(engine, engine.runs.get(runId)).head),
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
  // Of schedules, and forks: a test starts its other runs by itself.
  if (message.kind === "start") start(engine, runId, message)
  else if (message.kind === "restart") engine.restart(scheduleWorkflow, runId, message)
  else if (message.kind === "repair") engine.repair(runId, message)
  else {
    engine.run(runId).put(message)
    engine.send(runId, message)
  }
  return { _tag: "Inserted" }
}

const start = (
  engine: VirtualWorld,
  runId: string,
  { fingerprint, from, input, notBefore, tags }: StartMessage
): void =>
  engine.start(
    from === undefined ? scheduleWorkflow : engine.run(from.address).workflow,
    runId,
    { fingerprint, payload: input as InlinePayload },
    undefined,
    {
      ...(from === undefined ? {} : { from }),
      ...(notBefore === undefined ? {} : { notBefore }),
      ...(tags === undefined ? {} : { tags })
    }
  )

/** All of them, the newest first. */
const pageOf = (engine: VirtualWorld, workflow: string | undefined): RunPage => {
  const runs = [...engine.runs.values()].reverse().flatMap(({ runId, workflow: of }) => {
    if (parseAddress(runId).generation > 0 || of.workflowName !== workflow) return []
    return [{ runId, status: statusIn(engine, engine.newest(runId)) as RunStatus } as RunSummary]
  })
  return { runs } as RunPage
}
