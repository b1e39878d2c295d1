import { isOver } from "../api/shapes.ts"
import type { RunAct } from "./runAct.ts"

export const deleteAct: RunAct = {
  id: "delete",
  label: "Delete…",
  what: "delete it with all that is stored of it (asks first)",
  isDangerous: true,
  fits: isOver,
  title: (which) => `Delete ${which}?`,
  says: (which, isMany) => (
    <>
      {which} {isMany ? "are" : "is"} deleted with everything that is stored of {isMany ? "them" : "it"}: history,
      values, streams, files. {isMany ? "Their ids are" : "Its id is"} taken for 14 days. Child runs stay.{" "}
      <strong>This cannot be undone.</strong>
    </>
  ),
  deed: "Delete the run",
  back: "Keep it",
  told: (which) => `${which} was deleted`,
  request: (runId) => ({ path: ["runs", runId, "delete"], body: {} })
}
