import { SimulatedStream } from "../services/simulatedStream.ts"

/** What the invariants know of doorbells: those of the file, which say by themselves when they are spent. */
export class DoorbellMirror extends SimulatedStream {
  override ring(): void {}

  override trim(): void {}

  override get heldUpMs(): number {
    return 0
  }
}
