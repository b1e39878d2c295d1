import { shardEnd } from "../../../src/store/aws/feed/feedCheckpoints.ts"
import { isInboxKey, partitionAddress } from "../../../src/store/aws/table/keys.ts"
import { SimulatedStream } from "../../services/simulatedStream.ts"
import { waitsForChild } from "../../world/faults.ts"
import type { World } from "../../world/world.ts"
import type { Change } from "../dynamodb/table.ts"
import type { Shards, WireRecord } from "../streams/shards.ts"

/** What the invariants know of the stream: whose doorbells are spent. They are once a checkpoint stands behind them. */
export class StreamMirror extends SimulatedStream {
  private readonly onWire: () => Shards
  private readonly at: World

  constructor(world: World, shards: () => Shards) {
    super(world)
    this.at = world
    this.onWire = shards
  }

  private readonly spentTo = new Map<string, string>()

  /** The wire rings by itself. */
  override ring(): void {
    if (this.at.faults.of("trimmedRecords", (fault) => !waitsForChild(fault)) !== undefined) this.onOutage()
  }

  override trim(): void {
    const shards = this.onWire()
    shards.trim()
    this.trimmed = shards.trimmed
  }

  /** A reader that dies leaves nothing in its hands: the next one reads from the checkpoint. But it lists the shards again so often. */
  override get heldUpMs(): number {
    return this.holdsUpMs
  }

  holdsUpMs = 30_000

  /** A reader has written its place down. */
  checkpoint({ range: shardId, after }: Change): void {
    const place = after?.q?.S
    const shard = this.onWire().find(shardId)
    if (place === undefined || shard === undefined) return
    const from = this.spentTo.get(shardId) ?? ""
    const to = place === shardEnd ? (shard.records.at(-1)?.sequence ?? "") : place
    if (to > from) this.spentTo.set(shardId, to)
    for (const { eventName, hash, range: key, sequence } of shard.records) {
      if (sequence > from && sequence <= to) this.done({ eventName, hash, range: key })
    }
  }

  /** A record that will not come again. */
  done({ eventName, hash, range: key }: Pick<WireRecord, "eventName" | "hash" | "range">): void {
    if (eventName === "REMOVE" || !isInboxKey(key)) return
    const runId = partitionAddress("", hash)
    if (runId !== undefined) this.onSpent({ runId, key })
  }
}
