import { type Head, segmentLength } from "../../actor/history/head.ts"
import type { HeadCommit } from "../../store/commits.ts"

/**
 * The tail of the order that stays in the head. Only keys that an earlier commit has adopted are spilled: a segment is put
 * before the head and stands even if this commit does not, so its content must be settled already.
 */
export const spill = (
  order: ReadonlyArray<string>,
  before: Pick<Head, "segments" | "adopted"> | undefined
): { readonly segments: number; readonly spilled: HeadCommit["segments"]; readonly tail: ReadonlyArray<string> } => {
  const spilled: Array<HeadCommit["segments"][number]> = []
  let segments = before?.segments ?? 0
  while ((segments + 1) * segmentLength <= (before?.adopted ?? 0)) {
    spilled.push({ index: segments, keys: order.slice(segments * segmentLength, (segments + 1) * segmentLength) })
    segments++
  }
  return { segments, spilled, tail: order.slice(segments * segmentLength) }
}
