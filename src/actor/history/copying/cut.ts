import type { Ledger } from "../ledger.ts"
import type { StartMessage } from "../message.ts"
import type { CopiedPiece } from "./copiedFrom.ts"

/** Where a run leaves what was copied, piece by piece. A pure function of its start and of how many messages it has adopted. */
export class Cut {
  private readonly runId: string
  private readonly startedAt: number
  private readonly pieces: ReadonlyArray<CopiedPiece>
  private readonly ledger: Ledger
  private readonly program: { readonly runAs: (address: string) => void }
  /** Messages of its own that it had adopted before. */
  private readonly before: number
  private piece = 0

  /** `adopted`: messages, the start among them. */
  constructor(runId: string, { at, from }: StartMessage, adopted: number, ledger: Ledger, program: Cut["program"]) {
    this.before = adopted - 1 - (from?.before ?? 0)
    this.runId = runId
    this.startedAt = at
    this.pieces = from?.pieces ?? []
    this.ledger = ledger
    this.program = program
    const [first] = this.pieces
    if (first === undefined) return
    ledger.runAs(first.address)
    program.runAs(first.address)
  }

  /** With so many messages adopted, at this logical time. */
  pass(adopted: number, now: number): void {
    for (;;) {
      const ended = this.pieces[this.piece]
      if (ended === undefined || adopted - this.before < ended.upTo) return
      const address = this.pieces[++this.piece]?.address ?? this.runId
      const laterMs = Math.max(0, (ended.goesOnAt ?? this.startedAt) - now)
      this.ledger.goOnAt(address, laterMs, new Set(ended.taken))
      this.program.runAs(address)
    }
  }
}
