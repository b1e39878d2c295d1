import type { RunCancelled, RunDied, RunNotFound, RunTerminated } from "../actor/errors.ts"
import type { PayloadAltered, PayloadMissing, StoreRefused, StoreUnavailable } from "../store/errors.ts"
import type {
  OutcomeUnreadable,
  PositionInvalid,
  RunFinished,
  RunParked,
  StateUnreadable,
  StreamUnreadable,
  UpdateConflict,
  UpdateFailed,
  UpdateInvalid
} from "./errors.ts"

// What calls of the client may fail with, together.

export type WaitError<Err> =
  | Err
  | RunDied
  | RunCancelled
  | RunTerminated
  | RunNotFound
  | RunParked
  | OutcomeUnreadable
  | PayloadMissing
  | PayloadAltered
  | StoreRefused
  | StoreUnavailable

export type StateError =
  | RunNotFound
  | StateUnreadable
  | PayloadMissing
  | PayloadAltered
  | StoreRefused
  | StoreUnavailable

export type SendUpdateError =
  | UpdateInvalid
  | UpdateConflict
  | RunNotFound
  | RunFinished
  | StoreUnavailable
  | StoreRefused

export type UpdateAnswerError<Err> =
  | Err
  | RunNotFound
  | UpdateFailed
  | RunParked
  | OutcomeUnreadable
  | PayloadMissing
  | PayloadAltered
  | StoreUnavailable
  | StoreRefused
export type StreamError = RunNotFound | StreamUnreadable | PositionInvalid | StoreRefused | StoreUnavailable
