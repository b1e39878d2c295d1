import * as Effect from "effect/Effect"
import { awaitMark, type CommandRecord, defaultChildRunId } from "../../actor/history/command.ts"
import type { Head } from "../../actor/history/head.ts"
import type { Notice } from "../../store/commits.ts"
import { RunTable } from "../../store/runTable.ts"
import { cancelNotice } from "./rowsForOthers.ts"

/**
 * The child runs of a run that ends without a replay, and that its end cancels: those that it waits for, or has dropped and that may not have been told.
 * What is to become of a child its own start row says. One that has none yet may get it: then it is looked at as one that is cancelled.
 */
export const childrenToCancel = Effect.fnUntraced(function* (address: string, { abandoned, open }: Head) {
  const table = yield* RunTable
  const children = [...open, ...abandoned].filter(isChild)
  return yield* Effect.filter(
    children,
    (record) =>
      Effect.map(
        table.readMessage(childRunIdOf(address, record), "start"),
        (start) => start?.kind !== "start" || start.whenParentEnds === undefined
      ),
    { concurrency: 8 }
  )
})

/** Of a run that was terminated: these stand in its head. */
export const cancelsOfLeft = (address: string, { open }: Pick<Head, "open">, at: number): ReadonlyArray<Notice> =>
  open.filter(isChild).map((record) => cancelNotice({ key: record.key, runId: childRunIdOf(address, record) }, at))

const isChild = ({ key, kind }: CommandRecord): boolean => kind === "child" && !key.startsWith(awaitMark)

const childRunIdOf = (address: string, { childRunId, key }: CommandRecord): string =>
  childRunId ?? defaultChildRunId(address, key)
