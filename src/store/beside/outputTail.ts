import { type EmittedValues, maxValueLength } from "../../actor/history/output/emitted.ts"
import type { BodyCount, ChunkSource, OutputChunk } from "./outputChunks.ts"

/** Where a stream goes on. Follows from its last chunk alone. */
export interface OutputTail {
  readonly position: number
  readonly bodies: BodyCount
  readonly isEnded: boolean
}

const empty: OutputTail = { position: 0, bodies: { generation: 0, count: 0 }, isEnded: false }

export const tailAfter = (last: OutputChunk | undefined): OutputTail =>
  last === undefined
    ? empty
    : {
        position: last.position + last.values.length,
        bodies: last.bodies,
        isEnded: last.source.kind === "end"
      }

/** The next chunk: as many of the values as one holds. */
export const chunkAt = (
  { position, bodies }: OutputTail,
  source: ChunkSource,
  values: ReadonlyArray<string>,
  at: number
): OutputChunk => {
  const part = values.slice(0, fitting(values))
  const count = source.kind === "body" ? { generation: source.generation, count: source.index + part.length } : bodies
  return { position, at, values: part, source, bodies: count }
}

const fitting = (values: ReadonlyArray<string>): number => {
  let length = 0
  for (const [index, value] of values.entries()) {
    length += value.length
    if (index > 0 && length > maxValueLength) return index
  }
  return values.length
}

/** What of a body's values is not in the stream yet, as its next chunk. Undefined: all are there, or the stream is over. */
export const nextBodyChunk = (
  tail: OutputTail,
  generation: number,
  { from, values }: EmittedValues,
  at: number
): OutputChunk | undefined => {
  const { bodies } = tail
  // A later generation began only when all of this one's values were there.
  if (tail.isEnded || bodies.generation > generation) return undefined
  const there = bodies.generation === generation ? bodies.count : 0
  const missing = values.slice(Math.max(0, there - from))
  if (missing.length === 0) return undefined
  return chunkAt(tail, { kind: "body", generation, index: Math.max(from, there) }, missing, at)
}

/** Is it the same write? One whose answer was lost is asked again, perhaps with more values. */
export const isSameSource = (a: ChunkSource, b: ChunkSource): boolean => {
  if (a.kind === "body" && b.kind === "body") return a.generation === b.generation && a.index === b.index
  if (a.kind === "step" && b.kind === "step")
    return a.key === b.key && a.execution === b.execution && a.index === b.index
  return a.kind === "end" && b.kind === "end"
}
