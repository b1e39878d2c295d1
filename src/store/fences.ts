import type { Fence } from "../actor/history/head.ts"

/**
 * The fences of a new head. A fence answers for the messages whose index lies above the fence before it and not above its own
 * `upTo`; `checkFence` takes the first with `upTo >= index`.
 *
 * A commit's own commands have indexes above all that was adopted before it, so its fence, the last, is the first to cover
 * them. Dropping a fence can make no message valid: those it answered for fall to the next one, whose token is another. It
 * makes them stale, which is right only if nobody waits for them: hence `openIndexes`, and a fence that covers one of them
 * stays. So there are at most as many as commands are open.
 */
export const nextFences = (options: {
  readonly before: ReadonlyArray<Fence>
  /** Messages adopted with this commit. */
  readonly adopted: number
  /** Undefined if the commit sends no queue message: it needs no fence. */
  readonly token: string | undefined
  /** When it sends them. */
  readonly sentAt: number
  /** Of queued commands whose answer is still to come. */
  readonly openIndexes: ReadonlyArray<number>
}): ReadonlyArray<Fence> => {
  const { before, adopted, token, sentAt, openIndexes } = options
  const needed = new Set(openIndexes.map((index) => before.find((fence) => fence.upTo >= index)))
  const kept = before.filter((fence) => needed.has(fence))
  if (token === undefined) return kept
  return [...kept.filter((fence) => fence.upTo < adopted), { upTo: adopted, token, sentAt }]
}

/**
 * The token of a commit's messages: that of the last fence if no message was adopted since, as that fence covers their indexes
 * and would call any other token stale (lost commands). Two commits on the same messages issue the same commands, so a
 * message of the one that lost is at worst a second delivery of the same command.
 */
export const fenceToken = (before: ReadonlyArray<Fence>, adopted: number, fresh: string): string => {
  const last = before.at(-1)
  return last !== undefined && last.upTo === adopted ? last.token : fresh
}
