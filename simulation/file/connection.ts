import { DatabaseSync, type StatementSync } from "node:sqlite"
import type { Database } from "../../src/store/sqlite/file/database.ts"
import type { Life } from "../world/machine.ts"
import { isWriting, pointOf } from "./points.ts"
import type { Trouble } from "./trouble.ts"
import { type Written, watchWrites } from "./written.ts"

export interface ConnectionOptions {
  readonly life: Life
  readonly trouble: Trouble
  /** Between two statements others may do something. */
  readonly interleave: () => void
  /** In the moment in which it stands. */
  readonly onCommit: (written: ReadonlyArray<Written>) => void
}

/** What runs on in a process that has died runs for nobody. */
class Died extends Error {
  override readonly name = "Died"
}

/** Of so many statements one is a chance for a fault, and of so many one has others between itself and the one before. */
const chances = 0.25
const meetings = 0.08

/** A connection of one life of a machine. Each statement of it may be the last, may fail, and may come behind something of another process. */
export class Connection implements Database {
  readonly path: string
  readonly raw: DatabaseSync
  private readonly real: DatabaseSync
  private readonly options: ConnectionOptions
  private readonly takeWritten: () => ReadonlyArray<Written>
  private readonly statements = new Map<string, StatementSync>()
  private isDead = false
  /** Whoever waits for the lock gets it. */
  private isWaiting = false

  constructor(path: string, options: ConnectionOptions) {
    this.path = path
    this.options = options
    this.real = new DatabaseSync(path)
    this.real.exec("pragma synchronous = off; pragma busy_timeout = 0")
    this.takeWritten = watchWrites(this.real)
    this.raw = {
      prepare: (text: string) => this.prepare(text),
      exec: (text: string) => this.exec(text),
      close: () => this.die()
    } as unknown as DatabaseSync
  }

  readonly sql = (text: string): StatementSync => {
    const known = this.statements.get(text)
    if (known !== undefined) return known
    const statement = this.prepare(text)
    this.statements.set(text, statement)
    return statement
  }

  readonly begin = (): void => void this.sql("begin immediate").run()

  readonly waitingForLock = <A>(use: () => A): A => {
    this.isWaiting = true
    try {
      return use()
    } finally {
      this.isWaiting = false
    }
  }

  /** Nothing of it is finished: what was not committed is rolled back. */
  die(): void {
    if (this.isDead) return
    this.isDead = true
    this.real.close()
  }

  private prepare(text: string): StatementSync {
    this.checkAlive()
    const real = this.real.prepare(text)
    const on =
      (how: "run" | "get" | "all") =>
      (...values: ReadonlyArray<never>) =>
        this.reach(text, () => real[how](...values))
    return { run: on("run"), get: on("get"), all: on("all") } as unknown as StatementSync
  }

  private exec(text: string): void {
    this.checkAlive()
    this.real.exec(text)
  }

  private checkAlive(): void {
    if (this.isDead) throw new Died("simulated: the process is dead")
  }

  private reach<A>(text: string, use: () => A): A {
    const { interleave, life, trouble } = this.options
    const { world } = life
    const { draw, faults } = world
    this.checkAlive()
    if (!faults.isCalm && draw.chance(meetings)) interleave()
    this.checkAlive()
    if (text === "begin immediate" && !this.isWaiting && trouble.lock !== undefined) throw trouble.lock
    const room = isWriting(text) ? trouble.room : undefined
    if (room !== undefined) throw this.rolledBack(room)
    const point = pointOf(text)
    const fault = life.isFaulty && draw.chance(chances) ? faults.atAwait(point) : undefined
    if (fault === undefined) return this.run(text, use)
    world.note(life.name, () => `${fault.kind} (${fault.forMs} ms) at ${text.slice(0, 60)}`)
    if (fault.kind === "crashBefore") this.crash(fault.forMs)
    if (fault.kind === "refused") this.fail(text, fault.forMs)
    const answer = this.run(text, use)
    if (fault.kind === "crashAfter" || fault.kind === "lostAnswer") this.crash(fault.forMs)
    // Nothing of a process goes on while its thread waits for a disk.
    life.pause(fault.forMs)
    return answer
  }

  private crash(forMs: number): never {
    this.options.life.crash(forMs)
    throw new Died("simulated: the process dies")
  }

  /** Each of the three at times; a lock stands in the way of writers alone. */
  private fail(text: string, forMs: number): void {
    const { life, trouble } = this.options
    life.world.faults.coverage.set("StepQueue.renew refused", 1)
    if (text === "begin immediate") throw trouble.begin("locked", forMs)
    if (isWriting(text) && life.world.draw.chance(0.5)) throw this.rolledBack(trouble.begin("full", forMs))
    throw this.rolledBack(trouble.begin("broken", forMs))
  }

  /** Source: https://www.sqlite.org/lang_transaction.html, "response to errors within a transaction": it may be rolled back as a whole. */
  private rolledBack(error: Error): Error {
    if (this.real.isTransaction && this.options.life.world.draw.chance(0.5)) this.real.exec("rollback")
    return error
  }

  private run<A>(text: string, use: () => A): A {
    if (text !== "commit") {
      const answer = use()
      // By itself, without a transaction around it.
      if (isWriting(text) && !this.real.isTransaction) this.tell(this.takeWritten())
      return answer
    }
    const written = this.takeWritten()
    const answer = use()
    this.tell(written)
    return answer
  }

  private tell(written: ReadonlyArray<Written>): void {
    if (written.length > 0) this.options.onCommit(written)
  }
}
