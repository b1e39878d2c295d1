import type { Head } from "../../actor/history/head.ts"
import type { RecordedHistory } from "./recordedHistory.ts"

/** What a store has of one generation: its history, and its head but for the order. */
export interface ExportedGeneration extends RecordedHistory {
  /** Payloads in hand. */
  readonly head: Omit<Head, "tail" | "segments">
}

/**
 * A run as a file. It is a recorded history of its newest generation, so that `replayHistory` takes it, and has beside that what a store
 * needs to have the run again. Values are as they are stored, secrets among them.
 */
export interface ExportedRun extends ExportedGeneration {
  /** Generations before, oldest first. */
  readonly earlier: ReadonlyArray<ExportedGeneration>
  /** When, epoch milliseconds. */
  readonly exportedAt: number
  /** Of all but itself: what was changed in between is found out. */
  readonly seal: string
}
