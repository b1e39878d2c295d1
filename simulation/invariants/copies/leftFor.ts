import { awaitMark } from "../../../src/actor/history/command.ts"
import { repairKey } from "../../../src/actor/history/copying/repairMessage.ts"
import { readEntry } from "../../../src/actor/history/entry.ts"
import type { Head } from "../../../src/actor/history/head.ts"
import type { SimulatedPayloads } from "../../services/simulatedPayloads.ts"
import type { SimulatedTable } from "../../services/simulatedTable.ts"
import type { World } from "../../world/world.ts"
import { continuationIn } from "../starts/continuationIn.ts"

/** Was this head written because a run that had not ended is to go on from an earlier message? */
export const isLeftForEarlier = (head: Head, payloads: SimulatedPayloads): boolean =>
  head.status === "continued" && head.concluded === undefined && continuationIn(head, payloads)?.copy !== undefined

interface On {
  readonly world: World
  readonly table: SimulatedTable
  readonly payloads: SimulatedPayloads
}

/**
 * S37: what the run is at is dropped as it stands: nothing is handed to it, what it has shown stays, and of what it waits for nothing is on record but the
 * children that are cancelled with it. What came behind the request is for who goes on.
 */
export const checkLeft = (
  { payloads, table, world }: On,
  address: string,
  before: Head | undefined,
  head: Head,
  order: ReadonlyArray<string>
): void => {
  const violate = (what: string) => world.violate("S37", `v${head.version} of ${address}, which is left, ${what}`)
  const adopted = order.slice(before?.adopted ?? 0).map(readEntry)
  const handed = adopted.find(({ isSetAside }) => !isSetAside)
  if (handed !== undefined) throw violate(`adopts ${handed.key}`)
  const asked = repairKey(continuationIn(head, payloads)?.copy?.id ?? "")
  if (adopted.at(-1)?.key !== asked) throw violate(`does not end with ${asked}`)
  const askedAt = table.row(address, asked)?.at ?? 0
  const later = adopted.find(({ key }) => key !== asked && (table.row(address, key)?.at ?? 0) > askedAt)
  if (later !== undefined) throw violate(`sets ${later.key} aside, which came behind ${asked}`)
  if (before === undefined || shown(before) !== shown(head)) throw violate("shows something else than the one before")
  const isChild = ({ key, kind }: Head["open"][number]) => kind === "child" && !key.startsWith(awaitMark)
  if (!head.open.every(isChild) || head.abandoned.length > 0 || head.fences.length > 0)
    throw violate("waits for more than its children")
}

const shown = ({ emitted, replies, startedAt, states, tags }: Head) =>
  JSON.stringify([states, emitted, replies, startedAt, tags])
