import { parseAddress, runIdOf } from "../../../src/actor/history/generation.ts"
import type { Head } from "../../../src/actor/history/head.ts"
import type { TombstoneMessage } from "../../../src/actor/history/message.ts"
import type { Partition } from "./partition.ts"

/** Told of all that becomes of a run from the moment in which its head says that it is deleted. */
export interface DeletionObserver {
  readonly marked: (grave: Grave, before: Head, head: Head, by: string) => void
  /** It is not deleted after all. */
  readonly unmarked: (grave: Grave) => void
  /** From here on nothing is taken back. */
  readonly entombed: (runId: string, grave: Grave | undefined, tombstone: TombstoneMessage) => void
  /** Something of it is taken away. */
  readonly erased: (runId: string, grave: Grave | undefined, what: string) => void
  /** Somebody has come to the end of taking it away, or has taken it up. */
  readonly headWritten: (grave: Grave, head: Head) => void
  /** Its tombstone and its head are taken away: whoever starts it from here on starts another run. */
  readonly removed: (runId: string, grave: Grave | undefined) => void
  /** A head was written where all is deleted. */
  readonly lateHead: (grave: Grave, what: string, by: string) => void
}

/** A run as it was when its head said that it is deleted. */
export interface Grave {
  readonly runId: string
  /** Of its newest generation. */
  readonly address: string
  readonly last: Head
  readonly partitions: Map<string, Partition>
  /** What was put since. */
  readonly late: Set<string>
  /** When it was deleted, as its head says, and until when its id is taken. */
  readonly at: number
  readonly until: number
  /** Its head says that it is not taken back any more. */
  isSettled: boolean
  /** Its tombstone stands. */
  isDecided: boolean
  /** What has come before that: it is for somebody if the run is not deleted after all, and was never there if it is. */
  held: Array<Held>
}

export interface Held {
  readonly tell: () => void
  readonly drop: () => void
}

/** Of a generation before the newest of a run that is deleted: nothing of what it was about. */
export const isBlank = ({ concluded, deletion, emitted, open, outcome, status, tags = {}, tail }: Head): boolean =>
  status === "continued" &&
  deletion !== undefined &&
  deletion.isSettled !== true &&
  concluded === undefined &&
  outcome === undefined &&
  emitted === undefined &&
  open.length + tail.length + Object.keys(tags).length === 0

/** Said, before the tombstone, in the head of a generation that the run had left behind; and later nothing else. */
export const isOfDeletion = ({ isDecided, isSettled }: Grave, before: Head, head: Head): boolean => {
  if (isBlank(head)) return isDecided
  const { deletion, version: _, ...rest } = head
  const { version: __, ...was } = before
  return isSettled && deletion !== undefined && JSON.stringify(rest) === JSON.stringify(was)
}

/** Whoever looks at what a run came to finds it here when the run is deleted; services hold nothing of it any more. */
export class Graves {
  private readonly graves = new Map<string, Grave>()
  private readonly observers: Array<Partial<DeletionObserver>> = []

  observe(observer: Partial<DeletionObserver>): void {
    this.observers.push(observer)
  }

  of(address: string): Grave | undefined {
    return this.graves.size === 0 ? undefined : this.graves.get(runIdOf(address))
  }

  all(): Iterable<Grave> {
    return this.graves.values()
  }

  /** The run, or one that it has started, was deleted, and that is not taken back any more. */
  touches(runId: string): boolean {
    for (const [id, { isDecided, isSettled }] of this.graves)
      if ((isDecided || isSettled) && (id === runId || id.startsWith(`${runId}:`))) return true
    return false
  }

  /** `partitions`: all that there is. */
  mark(
    address: string,
    { before, by, head, partitions }: Marking & { readonly partitions: ReadonlyMap<string, Partition> }
  ): void {
    const { runId } = parseAddress(address)
    const own = [...partitions].filter(([other]) => runIdOf(other) === runId)
    const grave: Grave = {
      runId,
      address,
      last: before,
      partitions: new Map(
        own.map(([other, { head: there, marks, rows, segments }]) => [
          other,
          {
            head: other === address ? before : there,
            marks: new Map(marks),
            rows: new Map(rows),
            segments: new Map(segments)
          }
        ])
      ),
      late: new Set(),
      at: head.updatedAt,
      until: head.deletion?.until ?? 0,
      isSettled: false,
      isDecided: false,
      held: []
    }
    this.graves.set(runId, grave)
    for (const observer of this.observers) observer.marked?.(grave, before, head, by)
  }

  unmark(grave: Grave): void {
    this.graves.delete(grave.runId)
    for (const observer of this.observers) observer.unmarked?.(grave)
    for (const { tell } of grave.held) tell()
  }

  entomb(runId: string, tombstone: TombstoneMessage): void {
    const grave = this.of(runId)
    for (const observer of this.observers) observer.entombed?.(runId, grave, tombstone)
    if (grave === undefined) return
    grave.isDecided = true
    for (const { drop } of grave.held) drop()
    grave.held = []
  }

  erased(address: string, what: string): void {
    for (const observer of this.observers) observer.erased?.(runIdOf(address), this.of(address), what)
  }

  headWritten(grave: Grave, head: Head): void {
    grave.isSettled ||= head.deletion?.isSettled === true
    for (const observer of this.observers) observer.headWritten?.(grave, head)
  }

  removed(runId: string): void {
    for (const observer of this.observers) observer.removed?.(runId, this.of(runId))
    this.graves.delete(runId)
  }

  /** Something was put. While nobody can say yet whether its run is deleted, that is told when it is not. */
  put(address: string, what: string, tell: () => void, drop: () => void = () => undefined): void {
    const grave = this.of(address)
    if (grave === undefined) return tell()
    grave.late.add(what)
    if (!grave.isDecided) grave.held.push({ tell, drop })
  }

  /** A row of this key has come for a run since its head said that it is deleted: it is for nobody, if that stands, and is there for as long as it takes to find it. */
  hasLate(runId: string, key: string): boolean {
    return [...(this.of(runId)?.late ?? [])].some((what) => what.startsWith(`rows ${key} of `))
  }

  lateHead(grave: Grave, what: string, by: string): void {
    for (const observer of this.observers) observer.lateHead?.(grave, what, by)
  }
}

interface Marking {
  readonly before: Head
  readonly head: Head
  readonly by: string
  readonly now: number
}
