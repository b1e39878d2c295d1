import type { Head } from "../../actor/history/head.ts"
import { isSent, type Message, messageKey, type StartMessage } from "../../actor/history/message.ts"
import { lastSentWith, mostNamed } from "../reading/lastSent.ts"
import type { Database } from "./file/database.ts"
import { storable, storableText } from "./file/sqliteErrors.ts"
import { FreshRuns, mostKept } from "./freshRuns.ts"
import { type AfterCommit, GroupCommit } from "./groupCommit.ts"
import { giveBackClaims, openOrigins } from "./process/claims.ts"
import { nodeProcess, type SetTimer, type StoreProcess } from "./process/storeProcess.ts"
import { KeyedWatchers, Watchers } from "./watchers.ts"

/** What the adapters of one SQLite file share: the connection, the batches, and who in this process waits for what. */
export class Engine {
  readonly database: Database
  readonly process: StoreProcess
  readonly writes: GroupCommit
  /** Names this opening of the file. */
  readonly origin: string
  /** New inbox rows. */
  readonly rows: Watchers
  /** Queue messages that may be visible: all of them, and those that are prompt. */
  readonly messages: Watchers
  readonly promptMessages: Watchers
  /** Dead letters. */
  readonly deadMessages: Watchers
  /** Chunks of output, by stream. */
  readonly output: KeyedWatchers
  /** Heads, by run id. */
  readonly heads = new Map<string, Set<WakeByHead>>()
  /** The same, of those who wait for the next commit, whatever it is. */
  readonly commits = new Map<string, Set<WakeByHead>>()
  /** Those who are told of each commit of a head, and of nothing in particular when others have written. */
  readonly changes = new Set<(address: string | undefined) => void>()
  /** Doorbells that this process has rung and its feed has not read. */
  ownDoorbells: Array<{ readonly runId: string; readonly key: string }> = []
  readonly fresh = new FreshRuns()
  /** Those who are told of starts before they are put. */
  readonly listening = new Set<(runId: string, start: StartMessage) => void>()
  /** Starts that the transaction under way has put and no commit of it has adopted. */
  private readonly starts = new Map<string, StartMessage>()
  private lastDataVersion = -1
  private foreignTimer: SetTimer | undefined

  constructor(database: Database, process: StoreProcess = nodeProcess) {
    this.database = database
    this.process = process
    this.origin = process.newOrigin()
    this.rows = new Watchers(process)
    this.messages = new Watchers(process)
    this.promptMessages = new Watchers(process)
    this.deadMessages = new Watchers(process)
    this.output = new KeyedWatchers(process)
    const around = { begins: () => this.starts.clear(), ends: this.ringStarts }
    this.writes = new GroupCommit(database, process, around, () => {
      this.rows.tell()
      this.messages.tell()
      this.promptMessages.tell()
      this.deadMessages.tell()
    })
    openOrigins.add(this.origin)
  }

  /** Inside a transaction: put a row if absent, with its doorbell unless the same transaction adopts it. */
  insertRow(runId: string, message: Message, rings: boolean, afterCommit: AfterCommit): Message | undefined {
    const key = messageKey(message)
    storableText(runId, "the run id")
    storableText(key, "the key of a message for", runId)
    const at = storable(message.at, "the time of a message for", runId)
    const body = JSON.stringify(message)
    const { changes } = this.database
      .sql("insert or ignore into inbox (run, key, at, body) values (?, ?, ?, ?)")
      .run(runId, key, at, body)
    if (changes === 0) return this.selectRow(runId, key)
    this.fresh.forget(runId)
    if (isSent(message)) this.noteSent(runId, message)
    if (rings) this.ring(runId, key, afterCommit)
    return undefined
  }

  /**
   * As `insertRow`, for the start of a run. Its doorbell waits for the end of the transaction: if a commit adopts the row by then, nobody is to be
   * rung for it.
   */
  insertStart(runId: string, start: StartMessage, afterCommit: AfterCommit): Message | undefined {
    const existing = this.insertRow(runId, start, false, afterCommit)
    if (existing === undefined) {
      this.starts.set(runId, start)
      afterCommit(() => this.fresh.noteBegun(runId))
    }
    return existing
  }

  private readonly ringStarts = (afterCommit: AfterCommit): void => {
    for (const [runId, start] of this.starts) {
      this.ring(runId, "start", afterCommit)
      // A row may have come before its run's start: then the run is read.
      if (JSON.stringify(start).length <= mostKept && !this.hasOthers(runId))
        afterCommit(this.fresh.note(runId, start, this.readDataVersion()))
    }
  }

  /** Inside a transaction. */
  standsAlone(runId: string, start: StartMessage): boolean {
    const isThere =
      this.starts.get(runId) === start || JSON.stringify(this.selectRow(runId, "start")) === JSON.stringify(start)
    return isThere && !this.hasOthers(runId)
  }

  private hasOthers(runId: string): boolean {
    return this.database.sql("select 1 from inbox where run = ? and key <> 'start' limit 1").get(runId) !== undefined
  }

  /** Inside a transaction: the row is adopted, and needs no doorbell any more. */
  silence(runId: string, key: string): void {
    if (key === "start" && this.starts.delete(runId)) return
    this.database.sql("delete from doorbells where run = ? and key = ?").run(runId, key)
  }

  private noteSent(runId: string, message: Message): void {
    const keys = lastSentWith(this.lastSent(runId), message).slice(-mostNamed)
    this.database.sql("insert or replace into last_sent (run, keys) values (?, ?)").run(runId, JSON.stringify(keys))
  }

  lastSent(runId: string): ReadonlyArray<string> {
    const row = this.database.sql("select keys from last_sent where run = ?").get(runId)
    return row === undefined ? [] : JSON.parse((row as { keys: string }).keys)
  }

  selectRow(runId: string, key: string): Message | undefined {
    const row = this.database.sql("select body from inbox where run = ? and key = ?").get(runId, key)
    return row === undefined ? undefined : JSON.parse((row as { body: string }).body)
  }

  /** The row has landed and needs a turn. */
  ring(runId: string, key: string, afterCommit: AfterCommit): void {
    this.recordDoorbell(runId, key)
    afterCommit(() => {
      this.ownDoorbells.push({ runId, key })
      this.rows.hasNews = true
    })
  }

  /** As `ring`, for a row that this process already holds in a warm actor: it rings after a restart only. */
  recordDoorbell(runId: string, key: string): void {
    this.database
      .sql("insert or ignore into doorbells (origin, run, key) values (?, ?, ?)")
      .run(this.origin, runId, key)
  }

  /** Those who wait for a run wait for its end; a head on the way there would only make them look. */
  headWritten(runId: string, head: Head): void {
    wakeAll(this.commits.get(runId), head)
    if (head.status !== "running") {
      this.fresh.noteStopped(runId)
      wakeAll(this.heads.get(runId), head)
    }
    for (const tell of this.changes) tell(runId)
  }

  /**
   * Other processes may write to the same file. SQLite counts their commits in `data_version`, cheap enough to look at often.
   */
  watchForeign(intervalMs: number): void {
    this.foreignTimer = this.process.repeat(() => {
      const version = this.dataVersion()
      if (version === this.lastDataVersion) return
      this.lastDataVersion = version
      this.fresh.noteOthers()
      this.rows.notifyForeign()
      this.messages.notifyForeign()
      this.promptMessages.notifyForeign()
      this.deadMessages.notifyForeign()
      for (const waiting of [...this.heads.values(), ...this.commits.values()]) wakeAll(waiting)
      this.output.tellAll()
      for (const tell of this.changes) tell(undefined)
    }, intervalMs)
  }

  /** The last one if it cannot be read: those who read and write next are told why. */
  private dataVersion(): number {
    try {
      return this.readDataVersion()
    } catch {
      return this.lastDataVersion
    }
  }

  readonly readDataVersion = (): number =>
    (this.database.sql("pragma data_version").get() as { data_version: number }).data_version

  close(): void {
    this.process.stop(this.foreignTimer)
    openOrigins.delete(this.origin)
    this.writes.flushLast()
    this.handBackClaims()
    this.writes.close()
  }

  /** What was claimed for this process and never taken up need not wait for its visibility to end. */
  private handBackClaims(): void {
    try {
      this.database.waitingForLock(() => giveBackClaims(this.database, this.origin))
    } catch {
      // The file is busy: they become visible by themselves.
    }
  }
}

/** With the head that was written, if this process has written it. */
type WakeByHead = (head?: Head) => void

const wakeAll = (waiting: Iterable<WakeByHead> | undefined, head?: Head): void => {
  if (waiting !== undefined) for (const wake of [...waiting]) wake(head)
}
