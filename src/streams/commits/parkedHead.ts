import type { ParkReason } from "../../actor/errors.ts"
import type { Head } from "../../actor/history/head.ts"
import type { StartMessage } from "../../actor/history/message.ts"

/** A head that says why the run stands still. Nothing is adopted by it: what could not be taken stays in the inbox. */
export const parkedHead = (before: Head | undefined, start: StartMessage, reason: ParkReason, at: number): Head => {
  const fresh: Head = {
    version: 0,
    status: "parked",
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
    ...(start.parent === undefined ? {} : { parent: start.parent })
  }
  const base = before ?? fresh
  return {
    ...base,
    version: base.version + 1,
    status: "parked",
    updatedAt: Math.max(base.updatedAt, at),
    parked: reason
  }
}
