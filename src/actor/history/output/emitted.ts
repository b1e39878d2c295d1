import { EmitInvalid, EmitTooLarge, StreamEnded, StreamFull } from "../../errors.ts"
import { isA } from "../../values/defect.ts"

/**
 * What the bodies of a run have emitted to one stream, as the head has it. Values are numbered from 0 in the order in which the
 * body emits them, so that a turn which makes good what another left undone knows each of them again.
 */
export interface EmittedRecord {
  readonly stream: string
  /** Values up to this commit. */
  readonly count: number
  /** Values up to the commit before it: those from here to `count` follow this commit, and may not be in the stream yet. */
  readonly from: number
}

/** Values for one stream, one after the other. */
export interface EmittedValues {
  readonly stream: string
  /** The number of the first. */
  readonly from: number
  /** JSON texts. */
  readonly values: ReadonlyArray<string>
}

/** What the next head says of emitted values: `fresh` follows its commit, all else has followed one before. */
export const nextEmitted = (
  before: ReadonlyArray<EmittedRecord>,
  fresh: ReadonlyArray<EmittedValues>
): ReadonlyArray<EmittedRecord> => {
  const records = new Map(before.map(({ stream, count }) => [stream, { stream, count, from: count }]))
  for (const { stream, from, values } of fresh) records.set(stream, { stream, count: from + values.length, from })
  return [...records.values()]
}

/** Does the commit of this head have values to follow it? */
export const hasUnsettled = (emitted: ReadonlyArray<EmittedRecord> = []): boolean =>
  emitted.some(({ count, from }) => from < count)

/** JSON characters of one value, and of all that stand in one chunk. A chunk is a row, and a row has 400 KB at most. */
export const maxValueLength = 65_536

/** Values of one stream of one run. */
export const maxStreamValues = 1_000_000

/** Values that bodies of one run emit to one stream. A body cannot be told how long the stream is, only how much of it is its own. */
export const maxBodyValues = 100_000

/** JSON characters that a body emits before it waits for something again: they are in memory until they follow a commit. */
export const maxEmittedAtOnce = 1_048_576

/** Why a value is not taken. Nothing of it is in the stream. */
export type EmitError = EmitInvalid | EmitTooLarge | StreamFull | StreamEnded

export const isEmitError = (error: unknown): error is EmitError =>
  isA(EmitInvalid, error) || isA(EmitTooLarge, error) || isA(StreamFull, error) || isA(StreamEnded, error)

export const emitUnfit = (stream: string, why: string): EmitInvalid =>
  new EmitInvalid({ stream, message: `a value for stream ${stream} does not fit its schema: ${why}` })

export const emitTooLong = (stream: string, length: number, most: number): EmitTooLarge =>
  new EmitTooLarge({
    stream,
    message: `a value for stream ${stream} has ${length} characters of JSON, the most is ${most}: emit it in parts, or put it elsewhere and emit its name`
  })
