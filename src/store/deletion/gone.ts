import { lastMoment } from "../../actor/calls/sleep.ts"
import { RunNotFound } from "../../actor/errors.ts"
import type { Head } from "../../actor/history/head.ts"
import type { Message, TombstoneMessage } from "../../actor/history/message.ts"

/** What is known of a run that was deleted. */
export interface Gone {
  readonly deletedAt: number
  /** Until when its id is taken; a time that is over: until all of it is gone. */
  readonly takenUntil: number
}

export const goneBy = (tombstone: TombstoneMessage): Gone => ({
  deletedAt: tombstone.at,
  takenUntil: tombstone.until
})

/** By the head of a run that was deleted. */
export const goneByHead = ({ deletion, updatedAt }: Pick<Head, "deletion" | "updatedAt">): Gone => ({
  deletedAt: updatedAt,
  takenUntil: deletion?.until ?? updatedAt
})

/** `start`: what stands in the place of the run's start, if anything does. */
export const runGone = (runId: string, start?: Message, deleted?: Head): RunNotFound => {
  const gone = start?.kind === "deleted" ? goneBy(start) : deleted === undefined ? undefined : goneByHead(deleted)
  if (gone === undefined) return new RunNotFound({ runId, message: `there is no run ${runId}` })
  return new RunNotFound({ runId, ...gone, message: `there is no run ${runId} any more: it ${wasDeleted(gone)}` })
}

/** In words, behind the run. */
export const wasDeleted = ({ deletedAt, takenUntil }: Gone): string => {
  const when = `was deleted at ${timeText(deletedAt)}`
  return takenUntil <= deletedAt ? when : `${when}, and its id is taken until ${timeText(takenUntil)}`
}

export const timeText = (time: number): string => new Date(Math.min(time, lastMoment)).toISOString()
