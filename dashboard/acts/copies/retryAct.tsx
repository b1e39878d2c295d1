import type { RunAct } from "../runAct.ts"

export const retryAct: RunAct = {
  id: "retry",
  label: "Retry…",
  what: "let it go on from its failure",
  fits: (status) => status === "failed" || status === "cancelled" || status === "terminated",
  title: (which) => `Retry ${which}?`,
  says: (which, isMany) => (
    <>
      {which} {isMany ? "go on from their failures" : "goes on from its failure"}, by the code of this deployment: what
      had succeeded is kept, and what failed is asked for anew.
    </>
  ),
  deed: "Retry the run",
  back: "Leave it as it is",
  fields: [
    { name: "reason", label: "Reason", hint: "Kept with the run; may be left empty" },
    {
      name: "compensated",
      label: "If it was compensated",
      options: ["rerun", "keep"],
      hint: "rerun: what was undone runs once more. keep: it counts as done. Empty: then it is refused"
    }
  ],
  told: (which) => `${which} is to go on from its failure`,
  request: (runId, { reason = "", compensated = "" }, mark) => ({
    path: ["runs", runId, "retry"],
    body: {
      requestId: mark,
      ...(reason === "" ? {} : { reason }),
      ...(compensated === "" ? {} : { compensated })
    }
  })
}
