import { parseAddress } from "../../src/actor/history/generation.ts"
import type { SeenByAll } from "../ground/ground.ts"
import type { World } from "../world/world.ts"
import type { Written } from "./written.ts"

/** What a transaction has deleted of runs, told to the tables that the invariants look at. */
export class Erasures {
  private readonly world: World
  private readonly mirrors: SeenByAll
  /** Of a run that is deleted, whose head has gone: its tombstone goes in the same transaction. */
  private headless: string | undefined

  constructor(world: World, mirrors: SeenByAll) {
    this.world = world
    this.mirrors = mirrors
  }

  /** A transaction is told. */
  checkWhole(): void {
    if (this.headless !== undefined)
      throw this.world.violate("S34", `the head of ${this.headless} goes, and its tombstone does not go with it`)
  }

  /** False: it is of nothing that is deleted. */
  tell({ a, b, c, what }: Written): boolean {
    const { callbacks, marks, output, payloads, replies, table } = this.mirrors
    const [run, key] = [String(a), String(b)]
    switch (what) {
      case "inbox gone":
        if (key === "start" && run === parseAddress(run).runId) this.tombstoneGone(run)
        else table.erase(run, "rows", key)
        return true
      case "runs gone":
        if (table.graves.of(run)?.address === run) this.headless = run
        else table.erase(run, "head")
        return true
      case "segments gone":
        table.erase(run, "segments", Number(b))
        return true
      case "marks gone":
        table.erase(run, "marks", key)
        return true
      case "replies gone":
        replies.erase(`${run} ${key} ${c}`)
        return true
      case "output gone":
        output.erase({ runId: run, name: key }, Number(c))
        return true
      case "step_marks gone":
        marks.erase(`${run} ${key}`)
        return true
      case "heartbeats gone":
        callbacks.erase(`${run} ${key}`)
        return true
      case "payloads gone":
        payloads.erase(run)
        return true
      default:
        return false
    }
  }

  private tombstoneGone(runId: string): void {
    const { headless } = this
    this.headless = undefined
    if (headless === undefined || parseAddress(headless).runId !== runId)
      throw this.world.violate("S34", `the tombstone of ${runId} goes, and its head does not go with it`)
    this.mirrors.table.removeBoth(headless)
  }
}
