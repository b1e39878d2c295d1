import type { Run } from "../../definitions/run.ts"
import { parseAddress } from "../../history/generation.ts"
import type { Ledger } from "../../history/ledger.ts"
import type { StartMessage } from "../../history/message.ts"

/** What code is shown of a copied run: in the part that is copied, what it was shown. */
export class CopiedInfo implements Readonly<Run["Service"]> {
  readonly workflow: string
  readonly definitionVersion: string
  readonly startedAt: number
  readonly parentRunId: string | undefined
  private readonly ledger: Ledger

  constructor({ at, definitionVersion, from, workflow }: StartMessage, ledger: Ledger) {
    this.workflow = workflow
    this.definitionVersion = definitionVersion
    this.startedAt = from?.startedAt ?? at
    this.parentRunId = from?.parentRunId
    this.ledger = ledger
  }

  get runId(): string {
    return parseAddress(this.ledger.runId).runId
  }

  get generation(): number {
    return parseAddress(this.ledger.runId).generation
  }
}
