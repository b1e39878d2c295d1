import { createHook } from "node:async_hooks"
import { placeIn } from "./place.ts"

/** Whose code it is that goes on asynchronously. */
export interface Owner {
  /** It was to be through by now. */
  readonly isOver: () => boolean
  /** What must not change any more. Default: that it goes on is enough. */
  readonly show?: () => string
  /** Told once for each place: where the call was begun. */
  readonly onStray: (place: string) => void
}

interface Begun {
  readonly owner: Owner
  readonly error: Error
}

/** By the id of an asynchronous call. */
const begun = new Map<number, Begun>()
/** More than the code of one schedule has under way. */
const mostBegun = 20_000

let current: Owner | undefined
/** Of the callbacks that are running, which may be nested. */
const running: Array<{ readonly before: Owner | undefined; readonly shown: string | undefined }> = []

const hook = createHook({
  init: (id, type) => {
    if (current !== undefined && (current.show !== undefined || type === "PROMISE") && begun.size < mostBegun)
      begun.set(id, { owner: current, error: new Error() })
  },
  before: (id) => {
    const owner = begun.get(id)?.owner
    running.push({ before: current, shown: owner?.isOver() === true ? owner.show?.() : undefined })
    current = owner
  },
  after: (id) => {
    const { before, shown } = running.pop() ?? {}
    current = before
    const found = begun.get(id)
    if (found === undefined || !found.owner.isOver()) return
    const { owner, error } = found
    if (owner.show !== undefined && (shown === undefined || owner.show() === shown)) return
    owner.onStray(placeIn(error.stack))
  }
})

let watchers = 0

/** Every promise of the process costs a little more meanwhile. Answers with what ends it. */
export const watchStrays = (): (() => void) => {
  if (watchers++ === 0) hook.enable()
  return () => {
    if (--watchers > 0) return
    hook.disable()
    begun.clear()
  }
}

/** What `code` begins and does not end belongs to this owner. */
export const owning = <A>(owner: Owner, code: () => A): A => {
  if (watchers === 0) return code()
  const before = current
  current = owner
  try {
    return code()
  } finally {
    current = before
  }
}

// A test may have put timers of its own there.
const hostSetImmediate = setImmediate

/** Lets what has been begun go on for a turn of the event loop. */
export const letStraysGoOn = async (): Promise<void> => {
  if (begun.size > 0) await new Promise((resolve) => hostSetImmediate(resolve))
  // Nearly all of them have ended by then. What goes on for longer is met again in later schedules.
  if (begun.size > mostBegun / 2) begun.clear()
}
