import type { ParkReason } from "../../actor/errors.ts"
import type { Head } from "../../actor/history/head.ts"
import type { StartMessage } from "../../actor/history/message.ts"

/** A head that says why the run stands still. Nothing is adopted by it: what could not be taken stays in the inbox. */
export const parkedHead = (before: Head | undefined, start: StartMessage, reason: ParkReason, at: number): Head => {
  const base = before ?? freshHead(start, at)
  return {
    ...base,
    version: base.version + 1,
    // One that stands still because somebody has said so goes on standing still.
    status: base.status === "paused" ? "paused" : "parked",
    updatedAt: Math.max(base.updatedAt, at),
    parked: reason
  }
}

/** Of a run that was started and of which no turn was taken. */
export const freshHead = (start: StartMessage, at: number): Head => ({
  version: 0,
  status: "running",
  workflow: start.workflow,
  definitionVersion: start.definitionVersion,
  // A turn to come takes it from here: what a client's clock says may be hours ahead.
  startedAt: start.continues?.startedAt ?? Math.min(start.at, at),
  updatedAt: at,
  adopted: 0,
  segments: 0,
  tail: [],
  open: [],
  abandoned: [],
  fences: [],
  notices: false,
  ...(start.parent === undefined ? {} : { parent: start.parent }),
  ...(start.tags === undefined ? {} : { tags: start.tags }),
  ...sinceOf(start)
})

/** Which start of the run this is. */
export const sinceOf = ({ continues }: StartMessage): Pick<Head, "since"> =>
  continues?.since === undefined ? first : { since: continues.since }

const first = {}
