import { randomInt } from "node:crypto"
import { isAlive, newOrigin } from "./claims.ts"

/** A timer that is set. */
export type SetTimer = NodeJS.Timeout | object

/** What the adapters take from the process that they are in: this one's own, or one whose time is not that of the machine. */
export interface StoreProcess {
  /** On a clock that nobody sets, in milliseconds. */
  readonly now: () => number
  /** Behind all that is under way: in the next turn of the event loop. */
  readonly soon: (call: () => void) => void
  readonly after: (call: () => void, delayMs: number) => SetTimer
  /** Holds no process up that has nothing else to do. */
  readonly repeat: (call: () => void, intervalMs: number) => SetTimer
  /** Of `after` or `repeat`; does nothing if there is none, or if it is over. */
  readonly stop: (timer: SetTimer | undefined) => void
  /** A name for an opening of the file, which no other has or had. */
  readonly newOrigin: () => string
  /** Is whoever opened the file under this name still there, as far as can be told? */
  readonly isAlive: (origin: string) => boolean
  /** Where an opening begins to count. */
  readonly firstNonce: () => number
}

/** A timer of Node's that is set for longer goes off at once. */
const longestTimerMs = 2 ** 31 - 1

export const nodeProcess: StoreProcess = {
  now: () => performance.now(),
  soon: setImmediate,
  after: (call, delayMs) => setTimeout(call, Math.min(delayMs, longestTimerMs)),
  repeat: (call, intervalMs) => setInterval(call, intervalMs).unref(),
  stop: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
  newOrigin,
  isAlive,
  firstNonce: () => randomInt(2 ** 47)
}
