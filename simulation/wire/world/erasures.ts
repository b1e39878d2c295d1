import { addressOf, parseAddress } from "../../../src/actor/history/generation.ts"
import { headKey, isAttemptKey, parseOrderKey, parseRunPartition } from "../../../src/store/aws/table/keys.ts"
import type { Mirrors } from "../../ground/ground.ts"
import type { World } from "../../world/world.ts"

/** What is deleted of a table, item by item, told to the tables that the invariants look at. */
export class Erasures {
  private readonly world: World
  private readonly mirrors: Mirrors
  /** Of a run that is deleted, whose head has gone: its tombstone goes in the same transaction. */
  private headless: string | undefined

  constructor(world: World, mirrors: Mirrors) {
    this.world = world
    this.mirrors = mirrors
  }

  /** Behind a request no run is without its head and has its tombstone. */
  checkWhole(): void {
    if (this.headless !== undefined)
      throw this.world.violate("S34", `the head of ${this.headless} goes, and its tombstone does not go with it`)
  }

  gone(hash: string, range: string, by: string): void {
    const { callbacks, marks, output, replies, table } = this.mirrors
    const rest = (suffix: string) => parseRunPartition(hash.slice(0, -suffix.length))
    if (hash.endsWith("~streams")) return
    if (hash.endsWith("~tags"))
      return table.erase(rest("~tags")?.runId ?? "", "marks", `tag ${range.slice("tag/".length)}`)
    if (hash.endsWith("~steps")) {
      const { generation = 0, runId = "" } = rest("~steps") ?? {}
      const key = isAttemptKey(range) ? range : range.slice("begun/".length)
      return marks.erase(`${addressOf(runId, generation)} ${key}`)
    }
    if (hash.endsWith("/~replies")) {
      const [, update = "", ...id] = range.split("/")
      return replies.erase(`${rest("/~replies")?.runId} ${update} ${id.join("/")}`)
    }
    const stream = /^[^/]*\/(.*)\/~([^/]+)$/su.exec(hash)
    if (stream !== null) return output.erase({ runId: stream[1] as string, name: stream[2] as string }, Number(range))
    const run = parseRunPartition(hash)
    if (run === undefined) throw this.world.violate("wire", `${by} deletes ${range} of ${hash}, which is no partition`)
    const address = addressOf(run.runId, run.generation)
    if (range.startsWith("heartbeat/")) return callbacks.erase(`${address} ${range.slice("heartbeat/".length)}`)
    this.ofRun(address, range)
  }

  private ofRun(address: string, range: string): void {
    const { table } = this.mirrors
    const { runId } = parseAddress(address)
    const grave = table.graves.of(address)
    const order = parseOrderKey(range)
    if (range === headKey && grave?.address === address) this.headless = address
    else if (range === headKey) table.erase(address, "head")
    else if (order !== undefined) table.erase(address, "segments", order)
    else if (range.startsWith("mark/")) table.erase(address, "marks", range.slice("mark/".length))
    else if (range === "start" && address === runId) this.tombstoneGone(runId)
    else table.erase(address, "rows", range)
  }

  private tombstoneGone(runId: string): void {
    const { headless } = this
    this.headless = undefined
    if (headless === undefined || parseAddress(headless).runId !== runId)
      throw this.world.violate("S34", `the tombstone of ${runId} goes, and its head does not go with it`)
    this.mirrors.table.removeBoth(headless)
  }
}
