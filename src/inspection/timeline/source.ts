import * as Effect from "effect/Effect"
import { PayloadUnreadable, UnknownWorkflow } from "../../actor/errors.ts"
import { isTerminal } from "../../actor/history/head.ts"
import { Codecs } from "../replay/codecs.ts"
import { Learned } from "../replay/learned.ts"
import { type Code, type Replayed, replayRun } from "../replay/replayRun.ts"
import { readHistory, type StoredHistory } from "../replay/storedHistory.ts"
import type { WatchedCommand } from "../replay/watchedCommand.ts"
import { commandsOfRows } from "./commandsOfRows.ts"

/** What a timeline is made from. */
export interface TimelineSource {
  readonly history: StoredHistory
  readonly commands: ReadonlyArray<WatchedCommand>
  readonly codecs: Codecs
  /** Set if the code of today does not fit, or is not there: why. */
  readonly withoutCode: string | undefined
}

/** One read of the run, and a replay where there is code for it. */
export const readSource = Effect.fnUntraced(function* (runId: string, generation: number | undefined, code: Code) {
  const history = yield* readHistory(runId, generation)
  const replayed = yield* replayRun(history, code)
  return sourceOf(history, replayed, code)
})

const sourceOf = (
  history: StoredHistory,
  replayed: Replayed | UnknownWorkflow | PayloadUnreadable,
  code: Code
): TimelineSource => {
  const rows = (withoutCode: string, learned = new Learned()) => ({
    history,
    commands: commandsOfRows(history),
    codecs: new Codecs(learned, code),
    withoutCode
  })
  if (replayed instanceof UnknownWorkflow)
    return rows((code.workflows ?? []).length === 0 ? "no workflows were given to replay it with" : replayed.message)
  if (replayed instanceof PayloadUnreadable) return rows(replayed.message)
  const { actor, learned, reason, watch } = replayed
  if (reason !== undefined && !isTheParkedPlace(history, replayed)) return rows(reason.message, learned)
  const isOver = history.head !== undefined && isTerminal(history.head.status)
  if (isOver && actor.outcome === undefined) return rows("this code does not end where the run has ended", learned)
  return { history, commands: watch.commands, codecs: new Codecs(learned, code), withoutCode: undefined }
}

/** A run that was parked for what its code did has replayed as far as it has come: all that it has asked for is known. */
const isTheParkedPlace = ({ head, order }: StoredHistory, { reason, replayed }: Replayed): boolean =>
  head?.status === "parked" && reason?._tag === "DeterminismViolation" && replayed === order.length
