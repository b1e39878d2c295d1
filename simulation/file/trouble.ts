import type { World } from "../world/world.ts"

/** As Node says it of an error of SQLite's. */
const sqliteError = (errcode: number, errstr: string): Error =>
  Object.assign(new Error(errstr), { code: "ERR_SQLITE_ERROR", errcode, errstr })

const busy = () => sqliteError(5, "database is locked")
const full = () => sqliteError(13, "database or disk is full")
const broken = () => sqliteError(10, "disk I/O error")

/** Longer is no use: writers are told of it after five seconds. */
const longestMs = 12_000

/** What goes wrong with the file and its disk, for all processes at once. */
export class Trouble {
  private readonly world: World
  private lockedUntil = 0
  private fullUntil = 0

  constructor(world: World) {
    this.world = world
  }

  /** Source: https://www.sqlite.org/rescode.html. Another connection takes the lock; the disk is full; it cannot be written or read this once. */
  begin(kind: "locked" | "full" | "broken", forMs: number): Error {
    const { world } = this
    const until = world.now + Math.min(forMs, longestMs)
    if (kind === "locked") this.lockedUntil = until
    if (kind === "full") this.fullUntil = until
    return kind === "locked" ? busy() : kind === "full" ? full() : broken()
  }

  /** Of whoever wants the lock of writers. */
  get lock(): Error | undefined {
    return this.isNow(this.lockedUntil) ? busy() : undefined
  }

  /** Of a statement that takes room. What is small may find some all the same. */
  get room(): Error | undefined {
    return this.isNow(this.fullUntil) && this.world.draw.chance(0.7) ? full() : undefined
  }

  private isNow(until: number): boolean {
    return !this.world.faults.isCalm && this.world.now < until
  }
}
