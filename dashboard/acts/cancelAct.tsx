import { isOver } from "../api/shapes.ts"
import type { RunAct } from "./runAct.ts"

export const cancelAct: RunAct = {
  id: "cancel",
  label: "Cancel…",
  keys: "x",
  what: "cancel it (asks first)",
  isDangerous: true,
  fits: (status) => !isOver(status),
  title: (which) => `Cancel ${which}?`,
  says: (which, isMany) => (
    <>
      {which} {isMany ? "are interrupted where they stand; their" : "is interrupted where it stands; its"} finalizers
      and compensations run, and {isMany ? "they end" : "it ends"} as cancelled. <strong>This cannot be undone.</strong>
    </>
  ),
  deed: "Cancel the run",
  back: "Leave it running",
  fields: [{ name: "reason", label: "Reason", hint: "Kept with the run; may be left empty" }],
  told: (which) => `Cancellation of ${which} is on its way`,
  request: (runId, { reason = "" }) => ({ path: ["runs", runId, "cancel"], body: reason === "" ? {} : { reason } })
}
