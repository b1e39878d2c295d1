import { adoptedKey, adoptedTime } from "../../../src/actor/history/entry.ts"
import type { Head } from "../../../src/actor/history/head.ts"
import { type Message, payloadOf } from "../../../src/actor/history/message.ts"
import type { EndingTag } from "../../../src/actor/history/outcome.ts"
import { isReference } from "../../../src/actor/values/payload.ts"
import type { SimulatedTable } from "../../services/simulatedTable.ts"
import { maxSkewMs } from "../../world/machine.ts"
import type { World } from "../../world/world.ts"
import type { CopyInvariants } from "../copies/copyInvariants.ts"

interface On {
  readonly world: World
  readonly table: SimulatedTable
  readonly copies?: Pick<CopyInvariants, "isOrphan"> | undefined
}

interface Written {
  readonly before: Head | undefined
  readonly head: Head
  readonly order: ReadonlyArray<string>
  /** Why the run was ever parked; this adds to it. */
  readonly parked: Set<string>
}

/** S13: what the head says of the run is a fold of its history. */
export const checkFold = (on: On, runId: string, { before, head, order, parked }: Written): void => {
  const { world, table } = on
  const start = table.row(runId, "start")
  if (start?.kind !== "start") throw world.violate("S1", `${runId} has a head, and no start`)
  const begun = order.find((entry) => adoptedKey(entry) === "start")
  const isOfStart =
    head.workflow === start.workflow &&
    head.definitionVersion === start.definitionVersion &&
    (start.continues !== undefined
      ? head.startedAt === start.continues.startedAt
      : begun === undefined
        ? // Not adopted yet, though decisions about the run may be.
          head.startedAt <= start.at
        : start.from !== undefined
          ? // Its body goes on by the time of its source.
            head.startedAt === start.at
          : head.startedAt === adoptedTime(begun, start)) &&
    head.parent?.runId === start.parent?.runId &&
    head.parent?.key === start.parent?.key
  if (!isOfStart) throw world.violate("S13", `the head of ${runId} does not tell what its start does`)
  if (head.outcome !== undefined && head.status !== statusOf(head.outcome.tag))
    throw world.violate("S13", `${runId} is ${head.status}, and its outcome is ${head.outcome.tag}`)
  if (head.status === "parked") {
    const { _tag = "", message = "" } = head.parked ?? {}
    parked.add(`${_tag}: ${message}`)
    if (head.adopted !== (before?.adopted ?? 0)) throw world.violate("S5", `${runId} adopts as it is parked`)
    checkUnreadable(on, runId, head)
    return
  }
  if (head.parked !== undefined) throw world.violate("S13", `${runId} is ${head.status}, and says why it is parked`)
  const time = order.reduce(
    (last, entry) => Math.max(last, adoptedTime(entry, table.row(runId, adoptedKey(entry)) as Message)),
    0
  )
  // When it has ended is told by the clock: it may have been parked for weeks before.
  const isEnd = head.outcome !== undefined && head.outcome.tag !== "continued"
  // A run that was paused and goes on tells when that was, until it takes something again.
  const isOfPause = head.adopted === before?.adopted && head.updatedAt === before.updatedAt
  const isSo = isEnd
    ? head.updatedAt >= time && head.updatedAt <= Math.max(time, world.now + maxSkewMs)
    : head.updatedAt === time || isOfPause
  if (!isSo) throw world.violate("S13", `the head of ${runId} tells ${head.updatedAt}, and its messages ${time}`)
}

/** L2: nobody parks a run for want of a row that is there, as it was read before the head that names it. */
const checkUnreadable = ({ copies, world, table }: On, runId: string, { parked }: Head): void => {
  if (parked?._tag !== "PayloadUnreadable") return
  // Of a fork, what it is a copy of was deleted, and all that it is to begin with.
  if (copies?.isOrphan(runId) === true) return
  const row = table.row(runId, adoptedKey(parked.row))
  const payload = row === undefined ? undefined : payloadOf(row)
  // What stands in an object of its own may be unreadable.
  if (row === undefined || (payload !== undefined && isReference(payload))) return
  throw world.violate("L2", `${runId} is parked, and ${parked.row} is in its inbox: ${parked.message}`)
}

const statusOf = (tag: EndingTag): Head["status"] => (tag === "died" ? "failed" : tag)
