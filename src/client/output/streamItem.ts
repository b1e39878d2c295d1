/** A value of a stream, and what it came of. */
export interface StreamValue<A> {
  readonly _tag: "Value"
  /** How many values of the stream come before it. */
  readonly position: number
  readonly value: A
  /** When it was written, epoch milliseconds. */
  readonly at: number
  readonly source: StreamSource
}

export type StreamSource =
  | { readonly from: "body" }
  | {
      readonly from: "step"
      /** The step's key in its run, such as `answer#0`. */
      readonly step: string
      readonly attempt: number
      /** Tells executions of the step apart: another attempt, or the same one once more after a crash. */
      readonly execution: string
    }

/**
 * A try of a step was superseded: no value of that step that came before this note stands. The values of the try that stands follow,
 * if it has emitted any.
 */
export interface StreamSuperseded {
  readonly _tag: "Superseded"
  /** Of the item that follows. */
  readonly position: number
  readonly step: string
}

export type StreamItem<A> = StreamValue<A> | StreamSuperseded

export interface StreamReadOptions {
  /** The position to begin with. Negative: so many values before the end that there is now. Default 0. */
  readonly from?: number
  /**
   * What becomes of the values of a step's tries that do not stand (it was tried again, or begun again after a crash). `"standing"`: they
   * come as long as nothing else is known, and when another try takes over, a note says that they do not stand; of a run that
   * has ended, only what stands comes. `"all"`: everything, in the order in which it was written, without notes. Default `"standing"`.
   */
  readonly tries?: "standing" | "all"
  /** Wait for what is still to come, until the run has ended. False: end with what there is. Default true. */
  readonly live?: boolean
}
