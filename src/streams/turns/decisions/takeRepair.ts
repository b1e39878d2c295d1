import * as Effect from "effect/Effect"
import { labelsOf, placeOfAddress } from "../../../actor/history/generation.ts"
import type { StartMessage } from "../../../actor/history/message.ts"
import { Commits } from "../../../store/commits.ts"
import { currentMillis } from "../../../store/currentMillis.ts"
import { repairCommit } from "../../commits/repairing/repairCommit.ts"
import { wakeForEnd } from "../../commits/wakeForEnd.ts"
import type { TurnOptions, Work } from "../work.ts"
import { putOwed } from "./putOwed.ts"
import type { RepairedRun } from "./repairedRun.ts"

export const takeRepair = Effect.fnUntraced(function* (
  runId: string,
  { request, stored }: RepairedRun,
  work: Work,
  options: TurnOptions
) {
  options.warm.evict(runId)
  const commits = yield* Commits
  const at = yield* currentMillis
  yield* putOwed(runId, startOf(stored), stored, options, false)
  const head = yield* repairCommit(runId, stored, request, at)
  if (!work.comesAgain && !commits.atomic) yield* wakeForEnd(runId, head.head, at)
  const result = yield* commits.commit({ runId, rows: work.rows, done: work.done, head })
  work.rows = []
  work.done = []
  if (result._tag !== "Committed") return "again" as const
  options.warm.finish(runId)
  options.underWay?.stopUnwanted(runId, () => false)
  const { workflow } = head.head
  const line = `run ${placeOfAddress(runId)} of workflow ${workflow} goes on from message ${request.from.count}, in its next generation`
  yield* Effect.annotateLogs(Effect.logInfo(line), { ...labelsOf(runId), workflow })
  return "settled" as const
})

const startOf = ({ messages }: RepairedRun["stored"]) =>
  messages.find((row): row is StartMessage => row.kind === "start") as StartMessage
