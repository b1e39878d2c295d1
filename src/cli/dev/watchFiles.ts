import { createHash } from "node:crypto"
import { type FSWatcher, readFileSync, statSync, watch } from "node:fs"
import { dirname } from "node:path"

/** Tells of files whose content has changed, a moment after the last of a burst: editors write a file in several steps. */
export class FileWatch {
  private readonly folders = new Map<string, FSWatcher>()
  private readonly contents = new Map<string, string>()
  private readonly written = new Map<string, number>()
  private readonly changed: (files: ReadonlyArray<string>) => void
  private readonly watchFolder: typeof watch
  private readonly looking: NodeJS.Timeout
  private timer: NodeJS.Timeout | undefined

  constructor(changed: (files: ReadonlyArray<string>) => void, watchFolder: typeof watch = watch) {
    this.changed = changed
    this.watchFolder = watchFolder
    this.looking = setInterval(() => this.lookAnyway(), anywayMs)
  }

  /**
   * These as well. Folders are watched, and not files: an editor may put another file in the place of the one that was there.
   *
   * `readSince`: who names them has read them from then on, by epoch milliseconds. One that was written since may have been read as it was before.
   */
  add(files: ReadonlyArray<string>, readSince = Number.POSITIVE_INFINITY): void {
    for (const file of files) {
      if (this.contents.has(file)) continue
      const at = writtenAt(file)
      const isNewer = at + tickMs >= readSince
      this.written.set(file, at)
      this.contents.set(file, isNewer ? unknownContent : contentOf(file))
      if (isNewer) this.soon()
      const folder = dirname(file)
      if (this.folders.has(folder)) continue
      try {
        const watcher = this.watchFolder(folder, () => this.soon())
        watcher.on("error", () => this.folders.delete(folder))
        this.folders.set(folder, watcher)
      } catch {
        // A folder that is gone, or the system has no more to give to who watches: its files are looked at anyway.
      }
    }
  }

  close(): void {
    clearTimeout(this.timer)
    clearInterval(this.looking)
    for (const watcher of this.folders.values()) watcher.close()
  }

  private soon(): void {
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.look(), settleMs)
  }

  /** Not every file system tells of what others write: a folder of another machine, or one that is mounted into a container. */
  private lookAnyway(): void {
    let isWritten = false
    for (const [file, before] of this.written) {
      const at = writtenAt(file)
      if (at === before) continue
      this.written.set(file, at)
      isWritten = true
    }
    if (isWritten) this.soon()
  }

  private look(): void {
    const files = [...this.contents].flatMap(([file, before]) => {
      const now = contentOf(file)
      // Between two writes of an editor it may be empty, or not there.
      if (now === before || now === "") return []
      this.contents.set(file, now)
      return [file]
    })
    if (files.length > 0) this.changed(files)
  }
}

const settleMs = 80

const anywayMs = 1_000

/** File systems tell times by ticks of the kernel's clock, which is behind by up to ten milliseconds. */
const tickMs = 20

/** Of no file. */
const unknownContent = "unknown"

/** 0: there is no such file. */
const writtenAt = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0

const contentOf = (file: string): string => {
  try {
    const text = readFileSync(file)
    return text.length === 0 ? "" : createHash("sha256").update(text).digest("hex")
  } catch {
    return ""
  }
}
