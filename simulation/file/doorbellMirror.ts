import { SimulatedStream } from "../services/simulatedStream.ts"
import type { World } from "../world/world.ts"

/** A file has no shards: of the faults that split one, one in so many stands for a time without hosts. */
const seldom = 6

/** What the invariants know of doorbells: those of the file, which say by themselves when they are spent. */
export class DoorbellMirror extends SimulatedStream {
  private readonly at: World

  constructor(world: World) {
    super(world)
    this.at = world
  }

  override ring(): void {
    if (this.at.faults.of("splitShard", ({ forMs }) => forMs % seldom === 0) !== undefined) this.onOutage()
  }

  override trim(): void {}

  override get heldUpMs(): number {
    return 0
  }
}
