// What runs cost in request units and calls, beside the price list.

/** Request units of one of each: `npm run units`, on the wire. */
export const units = {
  start: { write: 3, read: 1 },
  queuedStep: { write: 2, read: 1 },
  /** That another follows. */
  failedAttempt: { write: 1, read: 0 },
  /** Of a run with a hundred of them, without its start. */
  parallelStep: { write: (110 - 3) / 100, read: 2 },
  inlineStep: { write: 1, read: 0 },
  sleep: { write: 2, read: 1 },
  signal: { write: 2.458, read: 0.292 },
  /**
   * The entry in the listing moves to another status: an index takes two writes for that
   * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html). The server that `npm run units` asks counts one.
   */
  end: { write: 2, read: 0 }
} as const

/** What nobody has measured in an account yet. `npm run cost` prints it. */
export const assumptions = {
  /** A function that takes a step out of the queue, asks for the fence, puts the outcome and turns the run. */
  stepOverheadMs: 60,
  /** A function that is rung for a row that was adopted already, and finds nothing left to do. */
  doorbellMs: 20,
  /** A turn in a function that does not know the run: it reads the partition, and more of it the longer the run is. */
  readUnitsOfColdTurn: 2,
  /** Lambda's own lines of an invocation, in JSON: start, end, report. The construct leaves them out of those that went well. */
  systemLogBytesPerInvocation: 700,
  /** Metrics in lines of the log, of an event with a turn and a step in it. */
  metricsBytesPerTurn: 800,
  /** Row or head, with names and an answer of a few hundred bytes. */
  bytesPerRow: 400,
  /** A checkpoint of a durable function. */
  checkpointMs: 10,
  /** Send, receive and delete. */
  requestsPerMessage: 3
} as const
