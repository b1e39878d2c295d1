import { isOver } from "../api/shapes.ts"
import type { RunAct } from "./runAct.ts"

export const pauseAct: RunAct = {
  id: "pause",
  label: "Pause…",
  what: "let it stand still (asks first)",
  fits: (status) => !isOver(status) && status !== "paused",
  title: (which) => `Pause ${which}?`,
  says: (which, isMany) => (
    <>
      Nothing is handed to {which} any more; what comes for {isMany ? "them" : "it"} waits. Steps under way come to
      their ends.
    </>
  ),
  deed: "Pause the run",
  back: "Let it go on",
  fields: [{ name: "reason", label: "Reason", hint: "Shown while it is paused; may be left empty" }],
  told: (which) => `Pause of ${which} is on its way`,
  request: (runId, { reason = "" }, mark) => ({
    path: ["runs", runId, "pause"],
    body: reason === "" ? { id: mark } : { id: mark, reason }
  })
}
