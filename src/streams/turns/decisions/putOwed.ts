import * as Effect from "effect/Effect"
import { placeOfAddress } from "../../../actor/history/generation.ts"
import type { StartMessage } from "../../../actor/history/message.ts"
import { Commits } from "../../../store/commits.ts"
import type { StoredRun } from "../../../store/runTable.ts"
import { putNoticesAgain } from "../../commits/notices.ts"
import { appendAgain, lackingOutput } from "../../commits/outputAgain.ts"
import { replayed } from "../finishedRun.ts"
import type { LoadOptions } from "../loadRun.ts"

/**
 * Before a run is left as it stands: what its last commit has asked for, and whoever made that may not have put. It stands in the history, so it is owed,
 * whatever becomes of the run: signals, values of output streams, and child runs, so that those can be told of the end. Where today's code does not come
 * to where the run is (it may be parked for that), nobody knows what they were.
 */
export const putOwed = Effect.fnUntraced(function* (
  runId: string,
  start: StartMessage,
  stored: StoredRun,
  options: LoadOptions,
  isOver: boolean
) {
  const { head } = stored
  const commits = yield* Commits
  if (commits.atomic || head === undefined) return
  const hasChildren = [...head.open, ...head.abandoned].some(({ kind }) => kind === "child")
  const hasNotices = head.notices && (hasChildren || head.sends !== undefined)
  // Of a run that is over its next turn appends what is missing, and ends the streams.
  const lacking = isOver ? [] : yield* lackingOutput(runId, head)
  if (!hasNotices && lacking.length === 0) return
  const actor = yield* replayed(runId, { head, start, stored }, options)
  if (actor === undefined) return
  if (hasNotices) yield* putNoticesAgain.running(runId, actor, head)
  const less = yield* appendAgain(runId, actor, lacking)
  if (less !== undefined) yield* Effect.logError(`run ${placeOfAddress(runId)} is left, and ${less.message}`)
})
