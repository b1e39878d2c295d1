import { awaitMark } from "../../../src/actor/history/command.ts"
import { adoptedKey, readEntry } from "../../../src/actor/history/entry.ts"
import type { Head } from "../../../src/actor/history/head.ts"
import { isDecisionKey } from "../../../src/actor/history/message.ts"
import type { World } from "../../world/world.ts"

/** Was this head written for what somebody has decided, and not by a turn of the run's code? */
export const isDecided = (before: Head | undefined, head: Head, order: ReadonlyArray<string>): boolean =>
  head.status === "paused" ||
  head.status === "terminated" ||
  before?.status === "paused" ||
  order.slice(before?.adopted ?? 0).some((entry) => isDecisionKey(adoptedKey(entry)))

/**
 * S30: a paused run adopts nothing for its body, and neither does the commit that pauses it or lets it go on; what it shows and waits for stays as it is.
 * S31: a run that is terminated was to be; it ends once, with nothing on record but the children that its end cancels.
 */
export const checkDecided = (
  { world }: { readonly world: World },
  runId: string,
  before: Head | undefined,
  head: Head,
  order: ReadonlyArray<string>
): void => {
  const entries = order.slice(before?.adopted ?? 0)
  const handed = entries.find((entry) => !isDecisionKey(adoptedKey(entry)) || !readEntry(entry).isSetAside)
  if (handed !== undefined) throw world.violate("S30", `${runId} is ${head.status} by a commit that adopts ${handed}`)
  if (kept(before) !== undefined && kept(before) !== kept(head))
    throw world.violate("S30", `v${head.version} of ${runId}, of a decision, shows something else than the one before`)
  if (head.status === "terminated") return checkTerminated(world, runId, head, order)
  if (head.outcome !== undefined) throw world.violate("S30", `${runId} ends by a commit of a decision`)
  if (before !== undefined && waits(before) !== waits(head))
    throw world.violate("S30", `v${head.version} of ${runId}, of a decision, waits for something else than before`)
}

const kept = (head: Head | undefined) =>
  head === undefined ? undefined : JSON.stringify([head.states, head.emitted, head.replies, head.startedAt])

const waits = ({ abandoned, fences, open, signals, updates }: Head) =>
  JSON.stringify([open, abandoned, fences.map(({ token }) => token), signals, updates])

const checkTerminated = (world: World, runId: string, head: Head, order: ReadonlyArray<string>): void => {
  if (head.outcome?.tag !== "terminated" || !order.some((entry) => adoptedKey(entry) === "terminate"))
    throw world.violate("S31", `${runId} is terminated, and its history does not tell of it`)
  const isChild = ({ key, kind }: Head["open"][number]) => kind === "child" && !key.startsWith(awaitMark)
  if (!head.open.every(isChild) || head.abandoned.length > 0 || head.fences.length > 0)
    throw world.violate("S31", `${runId} is terminated, and waits for more than its children`)
}
