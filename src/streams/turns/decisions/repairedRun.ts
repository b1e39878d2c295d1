import type { RepairMessage } from "../../../actor/history/copying/repairMessage.ts"
import type { Head } from "../../../actor/history/head.ts"
import type { StoredRun } from "../../../store/runTable.ts"

/** A run that has not ended, and that is to go on from an earlier message. What its body is at is dropped, as it stands. */
export interface RepairedRun {
  readonly _tag: "Repaired"
  readonly request: RepairMessage
  readonly stored: StoredRun & { readonly head: Head }
}
