import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { PayloadUnreadable, UnknownWorkflow } from "../../actor/errors.ts"
import { isTerminal } from "../../actor/history/head.ts"
import { RunTable } from "../../store/runTable.ts"
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

/** One read of the run, and a replay where there is code for it. Of a long run both are kept for a moment: who reads a page reads the next one. */
export const readSource = Effect.fnUntraced(function* (runId: string, generation: number | undefined, code: Code) {
  const table = yield* RunTable
  const now = yield* Clock.currentTimeMillis
  const kept = keptOf(table)
  const key = `${generation ?? "newest"} ${runId}`
  const known = kept.get(key)
  if (known !== undefined && now - known.at < keptMs && isSameCode(known.code, code)) {
    const head = yield* table.readHead(known.source.history.address)
    if (head?.version === known.source.history.head?.version) return known.source
  }
  kept.delete(key)
  const history = yield* readHistory(runId, generation)
  const source = sourceOf(history, yield* replayRun(history, code), code)
  if (history.order.length >= keptFrom) {
    const [oldest] = kept.keys()
    if (kept.size >= mostKept && oldest !== undefined) kept.delete(oldest)
    kept.set(key, { source, code, at: now })
  }
  return source
})

interface Kept {
  readonly source: TimelineSource
  readonly code: Code
  readonly at: number
}

const keptMs = 5_000
/** Messages: what is shorter is read again in no time. */
const keptFrom = 500
const mostKept = 4

const keptByTable = new WeakMap<object, Map<string, Kept>>()

const keptOf = (table: object): Map<string, Kept> => {
  const kept = keptByTable.get(table) ?? new Map<string, Kept>()
  keptByTable.set(table, kept)
  return kept
}

const isSameCode = (a: Code, b: Code): boolean => a.workflows === b.workflows && a.steps === b.steps

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
