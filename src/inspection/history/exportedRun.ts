import type { Head } from "../../actor/history/head.ts"
import type { Message } from "../../actor/history/message.ts"
import type { Reply } from "../../actor/history/reply.ts"
import type { OutputChunk } from "../../store/beside/outputChunks.ts"
import type { StepMark } from "../../store/beside/stepMarks.ts"
import type { RecordedHistory } from "./recordedHistory.ts"

/** What a store has of one generation: its history, and its head but for the order. */
export interface ExportedGeneration extends RecordedHistory {
  /** Payloads in hand. */
  readonly head: Omit<Head, "tail" | "segments">
  /** Of open steps: who has begun them last. Absent: of none. */
  readonly marks?: ReadonlyArray<{ readonly step: string; readonly mark: StepMark }>
  /** Of open callbacks: when they were last heard of, epoch milliseconds. Absent: of none. */
  readonly beats?: ReadonlyArray<{ readonly id: string; readonly at: number }>
}

/** One output stream, whole. */
export interface ExportedStream {
  readonly name: string
  /** The generation with which the start began whose stream it is. Absent: the first. */
  readonly since?: number
  readonly chunks: ReadonlyArray<OutputChunk>
}

/** What stands beside the inboxes of a run, whatever the generation. Of files of earlier versions nothing does. */
export interface ExportedBeside {
  readonly streams?: ReadonlyArray<ExportedStream>
  /** Answers to updates. */
  readonly replies?: ReadonlyArray<Reply>
  /** Texts of the payload store to which values of the run refer, by their hashes: pages of `forEachStep`. */
  readonly objects?: { readonly [sha256: string]: string }
}

/**
 * A run as a file. It is a recorded history of its newest generation, so that `replayHistory` takes it, and has beside that what a store
 * needs to have the run again. Values are as they are stored, secrets among them.
 */
export interface ExportedRun extends ExportedGeneration, ExportedBeside {
  /** Generations before, oldest first. */
  readonly earlier: ReadonlyArray<ExportedGeneration>
  /** Rows of the generation to come, which has no head yet. Absent: there are none. */
  readonly ahead?: ReadonlyArray<Message>
  /** When, epoch milliseconds. */
  readonly exportedAt: number
  /** Of all but itself: what was changed in between is found out. */
  readonly seal: string
}
