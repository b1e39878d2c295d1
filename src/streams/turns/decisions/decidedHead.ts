import { writeEntry } from "../../../actor/history/entry.ts"
import type { Head } from "../../../actor/history/head.ts"
import { messageKey, type StartMessage } from "../../../actor/history/message.ts"
import type { Outcome } from "../../../actor/history/outcome.ts"
import type { HeadCommit } from "../../../store/commits.ts"
import { adoptedOrder } from "../../../store/reading/wholeRun.ts"
import type { StoredRun } from "../../../store/runTable.ts"
import { freshHead } from "../../commits/parkedHead.ts"
import { spill } from "../../commits/spill.ts"
import type { Decided, Standing } from "./decisions.ts"

/** The head by what was decided, and the entries by which its history tells of it. Nothing else is adopted. */
export const decidedHead = (
  { head: before, segments: stored }: StoredRun,
  start: StartMessage,
  { by, rows }: Decided,
  at: number
): Pick<HeadCommit, "head" | "adopted" | "segments"> => {
  const base = before ?? freshHead(start, at)
  const adopted = rows.map((row) => writeEntry({ key: messageKey(row), isSetAside: true, time: undefined }))
  const order = [...adoptedOrder(base, { segments: stored }), ...adopted]
  const { segments, spilled, tail } = spill(order, before)
  const told = { version: base.version + 1, adopted: order.length, segments, tail }
  return { head: { ...standingHead(base, by, at), ...told }, adopted, segments: spilled }
}

const standingHead = (base: Head, by: Standing, at: number): Head => {
  const { paused: _, ...rest } = base
  switch (by._tag) {
    case "Paused": {
      const { since, reason } = by
      return { ...rest, status: "paused", paused: { since, reason }, updatedAt: Math.max(base.updatedAt, at) }
    }
    case "GoesOn":
      // Whether it can go on is for the turn to find out that follows.
      return { ...rest, status: base.parked === undefined ? "running" : "parked" }
    case "Terminated":
      return terminatedHead(rest, by.reason, at)
  }
}

/** It waits for nothing any more. What it has shown and answered stands. */
const terminatedHead = (
  { endless: _, parked: _1, sends: _2, signals: _3, updates: _4, ...kept }: Head,
  reason: string | null,
  at: number
): Head => ({
  ...kept,
  status: "terminated",
  outcome: { tag: "terminated", payload: { json: JSON.stringify(reason) } } satisfies Outcome,
  updatedAt: Math.max(kept.updatedAt, at),
  open: [],
  abandoned: [],
  fences: [],
  notices: true
})
