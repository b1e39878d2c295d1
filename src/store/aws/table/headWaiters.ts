import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { type HeadStatus, isTerminal } from "../../../actor/history/head.ts"

/**
 * Those in this process who wait for a run to end or to be parked. What this process commits it tells them; commits of others
 * are found by looking. So a wait is a hint, and how long it takes between two looks depends on who drives the run.
 */
export interface HeadWaiters {
  /**
   * Until the run ends or is parked here, or for `timeoutMs`: for {@link leastWaitMs} at least if this process drives the
   * run, and not at all if the run has just ended, perhaps since the caller looked. With `beyond`: until it is committed here beyond that version.
   */
  readonly wait: (runId: string, timeoutMs: number, beyond?: number) => Effect.Effect<void>
  /** A commit of this version is about to be written here. */
  readonly committing: (runId: string, version: number) => void
  readonly committed: (runId: string, status: HeadStatus, version?: number) => Effect.Effect<void>
  /** This version of the head was read. If it was not written here, another process drives the run as well. */
  readonly seen: (runId: string, version: number) => Effect.Effect<void>
}

/** Between two looks at a run that this process drives: for what is lost all the same, such as the answer to its last commit. */
export const leastWaitMs = 1_000

/** How long a run counts as just ended, and how long this process counts as one of several once another's commit was seen. */
const rememberedMs = 60_000

interface Driven {
  /** The latest that this process tried to commit. */
  version: number
  /** Of its last commit that stands; undefined before the first. */
  status: HeadStatus | undefined
  /** The latest that this process has committed; 0 before the first. */
  committed: number
  at: number
}

export const makeHeadWaiters = (options: { readonly maxRuns?: number } = {}): HeadWaiters => {
  const { maxRuns = 10_000 } = options
  const waiters = new Map<string, Set<() => void>>()
  /** Those who wait for the next commit, whatever it is. */
  const followers = new Map<string, Set<() => void>>()
  /** The runs that this process drives, the one committed last at the end. */
  const runs = new Map<string, Driven>()
  let foreignSeenAt = Number.NEGATIVE_INFINITY

  const woken = (runId: string, now: number, beyond: number | undefined) =>
    Effect.callback<void>((resume) => {
      const run = runs.get(runId)
      // It may have happened since the caller looked: from here on nothing can come in between.
      const hasHappened =
        run !== undefined &&
        (beyond === undefined ? isOver(run.status) && now - run.at < rememberedMs : run.committed > beyond)
      if (hasHappened) return resume(Effect.void)
      const wake = () => resume(Effect.void)
      const all = beyond === undefined ? waiters : followers
      const others = all.get(runId) ?? new Set()
      all.set(runId, others.add(wake))
      return Effect.sync(() => {
        others.delete(wake)
        if (others.size === 0 && all.get(runId) === others) all.delete(runId)
      })
    })

  const wake = (all: typeof waiters, runId: string): void => {
    const woken = all.get(runId)
    all.delete(runId)
    for (const wake of woken ?? []) wake()
  }

  const isDrivenHere = (runId: string, now: number): boolean =>
    runs.get(runId)?.status === "running" && now - foreignSeenAt >= rememberedMs

  /** The first commit may come in the course of a wait. */
  const pause = Effect.fnUntraced(function* (runId: string, timeoutMs: number) {
    if (timeoutMs < leastWaitMs && !isDrivenHere(runId, yield* Clock.currentTimeMillis)) {
      yield* Effect.sleep(timeoutMs)
      if (!isDrivenHere(runId, yield* Clock.currentTimeMillis)) return
      return yield* Effect.sleep(leastWaitMs - timeoutMs)
    }
    yield* Effect.sleep(Math.max(timeoutMs, leastWaitMs))
  })

  return {
    wait: (runId, timeoutMs, beyond) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) =>
        Effect.raceFirst(woken(runId, now, beyond), pause(runId, timeoutMs))
      ),
    committing: (runId, version) => {
      const run = runs.get(runId) ?? { version, status: undefined, committed: 0, at: 0 }
      run.version = Math.max(run.version, version)
      runs.delete(runId)
      runs.set(runId, run)
      if (runs.size > maxRuns) runs.delete(runs.keys().next().value as string)
    },
    committed: (runId, status, version = 0) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const run = runs.get(runId)
        if (run !== undefined) run.committed = Math.max(run.committed, version)
        // Answers of two commits may come in the other order: a run that is over stays over.
        if (run !== undefined && !isOver(run.status)) Object.assign(run, { status, at: now })
        wake(followers, runId)
        if (status !== "running") wake(waiters, runId)
      }),
    seen: (runId, version) => {
      const run = runs.get(runId)
      if (run === undefined || version <= run.version) return Effect.void
      return Effect.map(Clock.currentTimeMillis, (now) => {
        foreignSeenAt = now
      })
    }
  }
}

const isOver = (status: HeadStatus | undefined): boolean => status !== undefined && isTerminal(status)
