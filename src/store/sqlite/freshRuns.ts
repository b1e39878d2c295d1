import type { Message } from "../../actor/history/message.ts"
import type { StoredRun } from "../runTable.ts"

interface FreshRun {
  readonly stored: StoredRun
  /** SQLite's count of the commits of other connections, as it was when the row was put. */
  readonly dataVersion: number
  /** The transaction that put the row stands. */
  stands: boolean
}

/**
 * Runs that this process has put a moment ago and of which there is nothing but their start. Nearly all of them are turned next, by this process, and
 * the turn reads all of a run: three statements and their locks for the one row that is still in memory.
 *
 * As strong as a read of the file: whatever this process writes of the run takes it out of here, and if another connection has committed
 * anything at all, nobody believes what is here.
 */
export class FreshRuns {
  private readonly runs = new Map<string, FreshRun>()
  private readonly begun = new Set<string>()

  /** Inside a transaction: the run's first and only row was put. Answers with what is to be called when that stands. */
  note(runId: string, start: Message, dataVersion: number): () => void {
    for (const oldest of this.runs.keys()) {
      if (this.runs.size < mostRuns) break
      this.runs.delete(oldest)
    }
    const stored = { head: undefined, segments: [], messages: [start] }
    const run: FreshRun = { stored, dataVersion, stands: false }
    this.runs.set(runId, run)
    return () => {
      run.stands = true
    }
  }

  /** Inside a transaction: there is more of it now. Harmless if that does not come to stand: then the file is read. */
  forget(runId: string): void {
    this.runs.delete(runId)
  }

  /** Inside a transaction: statements of the user's may have written to any run. */
  forgetAll(): void {
    this.runs.clear()
    this.begun.clear()
  }

  /** Its start stands. Who waits for its end is told of it, and need not look whether it has come by then: see {@link goesOn}. */
  noteBegun(runId: string): void {
    for (const oldest of this.begun) {
      if (this.begun.size < mostBegun) break
      this.begun.delete(oldest)
    }
    this.begun.add(runId)
  }

  /** A head of it stands that is not that of a run which goes on. */
  noteStopped(runId: string): void {
    this.begun.delete(runId)
  }

  /** Another connection has written since it was last looked: it may have ended any run. */
  noteOthers(): void {
    this.begun.clear()
  }

  /**
   * This process has put the run and has not ended it, and nothing that others have written was noticed since. They may have ended it this very moment:
   * when that is noticed, all who wait are told.
   */
  goesOn(runId: string): boolean {
    return this.begun.has(runId)
  }

  /** All that there is of the run; undefined if the file has to be asked. */
  find(runId: string, dataVersion: () => number): StoredRun | undefined {
    const run = this.runs.get(runId)
    return run?.stands === true && run.dataVersion === dataVersion() ? run.stored : undefined
  }
}

/** Those of a process without a host are never turned by it. */
const mostRuns = 1_000

/** Those that begin and do not end soon make room for others, and are asked for in the file. */
const mostBegun = 10_000

/** Characters of a row beyond which it is read again: what is kept here is kept twice. */
export const mostKept = 4_096
