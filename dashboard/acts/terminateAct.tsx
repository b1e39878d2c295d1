import { isOver } from "../api/shapes.ts"
import type { RunAct } from "./runAct.ts"

export const terminateAct: RunAct = {
  id: "terminate",
  label: "Terminate…",
  what: "end it by force (asks first)",
  isDangerous: true,
  fits: (status) => !isOver(status),
  title: (which) => `Terminate ${which}?`,
  says: (which, isMany) => (
    <>
      {which} {isMany ? "end as they stand" : "ends as it stands"}, whatever{" "}
      {isMany ? "their states are" : "its state is"}. The code is not asked: <strong>nothing is compensated</strong>,
      and what steps have done stays done. <strong>This cannot be undone.</strong>
    </>
  ),
  deed: "Terminate the run",
  back: "Leave it as it is",
  fields: [{ name: "reason", label: "Reason", hint: "Kept with the run; may be left empty" }],
  told: (which) => `Termination of ${which} is on its way`,
  request: (runId, { reason = "" }) => ({ path: ["runs", runId, "terminate"], body: reason === "" ? {} : { reason } })
}
