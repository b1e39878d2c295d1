import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { RepairMessage } from "../../../actor/history/copying/repairMessage.ts"
import type { Head } from "../../../actor/history/head.ts"
import type { Message } from "../../../actor/history/message.ts"
import type { Notice } from "../../../store/commits.ts"
import type { Payloads } from "../../../store/payloads.ts"
import type { RunTable, StoredRun } from "../../../store/runTable.ts"
import { repairCommit } from "../../../streams/commits/repairing/repairCommit.ts"

/** How a generation is left for an earlier message of it. */
interface Left {
  readonly head: Head
  readonly notices: ReadonlyArray<Notice>
  /** Of the next one, its start first. */
  readonly rows: ReadonlyArray<Message>
}

export const leaveRun = (
  address: string,
  { head: before, ...stored }: StoredRun,
  request: RepairMessage,
  at: number,
  services: Context.Context<RunTable | Payloads>
): Left => {
  if (before === undefined) throw new RangeError(`run ${address} has not begun`)
  const commit = Effect.runSync(
    Effect.provideContext(repairCommit(address, { ...stored, head: before }, request, at), services)
  )
  const { adopted, next, notices } = commit
  const head = { ...commit.head, segments: 0, tail: [...before.tail, ...adopted] }
  return { head, notices, rows: next.rows.toSorted((a, b) => rank(a) - rank(b)) }
}

const rank = ({ kind }: Message): number => (kind === "start" ? 0 : 1)
