import * as Effect from "effect/Effect"
import { awaitMark } from "../../history/command.ts"
import { fingerprintText, longFingerprint } from "../../values/json.ts"
import type { PortOptions } from "../portOptions.ts"

/** Done when that start of the run is over, whatever it came to, or is not there. As `outcomeOf`, for one who does not ask for the outcome. */
export const endOfRun = (
  { ledger }: PortOptions,
  workflow: string,
  runId: string,
  since: number
): Effect.Effect<void> =>
  Effect.callback((resume) => {
    const id = `${since} ${workflow} ${runId}`
    const fingerprint = fingerprintText(id)
    // Its head holds many: a short key for each.
    const key = ledger.nextUserKey("child", `${awaitMark}${workflow}`, longFingerprint(id), fingerprint)
    if (typeof key !== "string") throw new Error(key.why)
    ledger.issue({ kind: "await", key, fingerprint, index: ledger.index, workflow, runId }, () => resume(Effect.void))
  })
