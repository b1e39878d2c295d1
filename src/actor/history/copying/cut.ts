import type { Ledger } from "../ledger.ts"
import type { StartMessage } from "../message.ts"
import type { CopiedPiece } from "./copiedFrom.ts"

/** What of a run has a part in it. */
interface Copied {
  readonly runId: string
  readonly order: ReadonlyArray<string>
  readonly now: number
  readonly ledger: Ledger
  readonly program: { readonly runAs: (address: string) => void; readonly askForPlaces: () => void }
}

/** Where a run leaves what was copied, piece by piece. A pure function of its start and of how many messages it has adopted. */
export class Cut {
  private readonly run: Copied
  private readonly startedAt: number
  private readonly pieces: ReadonlyArray<CopiedPiece>
  /** Messages of its own that it had adopted before. */
  private readonly before: number
  private piece = 0
  /** When it has gone on last: what was asked for anew then has not run since an earlier message. */
  private wentOnAt = 0

  /** Of a run that has just adopted its start. */
  constructor({ at, from }: StartMessage, run: Copied) {
    this.run = run
    this.before = run.order.length - 1 - (from?.before ?? 0)
    this.startedAt = at
    this.pieces = from?.pieces ?? []
    const [first] = this.pieces
    if (first === undefined) return
    run.ledger.runAs(first.address)
    run.program.runAs(first.address)
  }

  /** Asked before each message, and at the end of a history. */
  pass(): void {
    const { ledger, now, order, program, runId } = this.run
    for (;;) {
      const ended = this.pieces[this.piece]
      if (ended === undefined || order.length - this.before < ended.upTo) return
      const address = this.pieces[++this.piece]?.address ?? runId
      const goesOnAt = ended.goesOnAt ?? this.startedAt
      const laterMs = Math.max(0, goesOnAt - Math.max(now, this.wentOnAt))
      this.wentOnAt = Math.max(this.wentOnAt, goesOnAt)
      ledger.goOnAt(address, laterMs, new Set(ended.taken))
      program.runAs(address)
      if (ended.places === true) program.askForPlaces()
    }
  }
}
