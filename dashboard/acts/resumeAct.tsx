import type { RunAct } from "./runAct.ts"

export const resumeAct: RunAct = {
  id: "resume",
  label: "Resume…",
  what: "let it go on (asks first)",
  fits: (status) => status === "paused",
  title: (which) => `Resume ${which}?`,
  says: (which, isMany) => (
    <>
      What has come for {which} meanwhile is handed to {isMany ? "them" : "it"} in its order, and what was due acts.
    </>
  ),
  deed: "Resume the run",
  back: "Leave it paused",
  told: (which) => `${which} goes on`,
  request: (runId, _, mark) => ({ path: ["runs", runId, "resume"], body: { id: mark } })
}
