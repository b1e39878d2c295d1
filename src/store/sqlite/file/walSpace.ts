import * as fs from "node:fs"

/** Pages after which SQLite copies its log into the database and begins to overwrite it. */
export const checkpointPages = 2_000

/** A page with its header, as the log holds it. */
const frameBytes = 4_096 + 24

/** A thousand pages: some 8 ms to write and flush, half of what the first result can spare. */
const chunkBytes = 1_000 * frameBytes

/** So much of it at a time stays in the processor's cache, and need not be fetched from memory that is fresh as well. */
const pieceBytes = chunkBytes / 25

/** A log of this size has its room, whoever made it: without an end, each opening of the file would add a chunk. */
const enoughBytes = checkpointPages * frameBytes

/** Room is taken where so many times as much is free: a small disk is for what is written, not for speed. */
const leastFreeChunks = 16

/** Transactions between two looks at the file. */
const lookEvery = 8

/**
 * Gives the write-ahead log room before it is written. A flush that also grows the file takes two and a half times one that
 * overwrites (ext4: 160 µs against 65), for the file system then has a journal of its own to write. SQLite begins its log anew
 * after each checkpoint, does not shorten it, and takes what lies behind the last frame for what it is: nothing.
 *
 * Zeros, not a hole: filling one costs as much as growing. (Closing the descriptor drops no lock of SQLite's: those are on the
 * other two files.)
 */
export class WalSpace {
  private readonly filename: string
  private reserved = 0
  private transactions = 0

  constructor(databaseFilename: string) {
    this.filename = `${databaseFilename}-wal`
  }

  /** Call it under the write lock: another process may be writing where the file seems to end. */
  ensure(): void {
    if (this.transactions++ % lookEvery !== 0) return
    try {
      const { size } = fs.statSync(this.filename)
      if (size > this.reserved && size < enoughBytes && this.isAmple()) this.reserve(size)
    } catch {
      // No room for it, or no such file: flushes take longer, nothing else.
      this.reserved = Number.POSITIVE_INFINITY
    }
  }

  private giveUp(file: number, size: number): void {
    this.reserved = Number.POSITIVE_INFINITY
    fs.ftruncateSync(file, size)
  }

  private isAmple(): boolean {
    const { bavail, bsize } = fs.statfsSync(this.filename)
    return bavail * bsize >= leastFreeChunks * chunkBytes
  }

  private reserve(size: number): void {
    const file = fs.openSync(this.filename, "r+")
    try {
      // A quota may leave less than the disk has free: what was got of it is given back, for SQLite to use.
      if (isWritten(file, size)) this.reserved = size + chunkBytes
      else this.giveUp(file, size)
    } finally {
      fs.closeSync(file)
    }
  }
}

const isWritten = (file: number, from: number): boolean => {
  try {
    const zeros = new Uint8Array(pieceBytes)
    for (let at = from; at < from + chunkBytes; at += pieceBytes)
      if (fs.writeSync(file, zeros, 0, pieceBytes, at) < pieceBytes) return false
    fs.fsyncSync(file)
    return true
  } catch {
    return false
  }
}
