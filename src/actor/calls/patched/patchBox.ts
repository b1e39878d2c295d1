/**
 * The ways of one run at the patches of its code (S29). A patch that a live turn comes to first goes the new way, and the entry of
 * the order whose message led there says so (`history/entry.ts`). In a replay a patch of which no entry so far speaks goes the old
 * way: the code did not have it then. Once old, always old: two places of one patch must not go two ways in one run.
 */
export class PatchBox {
  isLive = false
  private readonly taken = new Set<string>()
  private readonly passed = new Set<string>()
  private readonly asked = new Set<string>()
  private fresh: Array<string> = []

  /** Does the run go the new way? */
  ask(id: string): boolean {
    this.asked.add(id)
    if (this.taken.has(id)) return true
    if (!this.isLive || this.passed.has(id)) {
      this.passed.add(id)
      return false
    }
    this.taken.add(id)
    this.fresh.push(id)
    return true
  }

  /** Of an entry that is replayed. */
  learn(ids: ReadonlyArray<string>): void {
    for (const id of ids) this.taken.add(id)
  }

  /** Taken since the last time, and on no record yet. */
  takeFresh(): ReadonlyArray<string> {
    if (this.fresh.length === 0) return this.fresh
    const ids = this.fresh
    this.fresh = []
    return ids
  }

  /** Patches that the run has come to. */
  get ways(): PatchWays {
    const isNew = (id: string) => this.taken.has(id)
    return {
      old: [...this.asked].filter((id) => !isNew(id)),
      new: [...this.asked].filter(isNew),
      unknown: [...this.taken].filter((id) => !this.asked.has(id))
    }
  }
}

export interface PatchWays {
  /** It went as the code did before. */
  readonly old: ReadonlyArray<string>
  readonly new: ReadonlyArray<string>
  /** Its history says that it went the new way, and the code has not asked. */
  readonly unknown: ReadonlyArray<string>
}
