import type { RunAct } from "../runAct.ts"

export const resetAct: RunAct = {
  id: "reset",
  label: "Reset…",
  what: "let it go on from an earlier message (asks first)",
  isDangerous: true,
  isForOne: true,
  fits: (status) => status !== "continued",
  title: (which) => `Reset ${which}?`,
  says: (which) => (
    <>
      {which} goes on from an earlier message, by the code of this deployment. What came behind that is dropped as it
      stands: <strong>nothing is compensated</strong>, and steps that had succeeded there may take effect again.
    </>
  ),
  deed: "Reset the run",
  back: "Leave it as it is",
  fields: [
    {
      name: "at",
      label: "Message",
      kind: "number",
      isRequired: true,
      hint: "Those before it are kept: its number in Messages"
    },
    { name: "reason", label: "Reason", hint: "Kept with the run; may be left empty" }
  ],
  told: (which, { at = "" }) => `${which} is to go on from message ${at}`,
  request: (runId, { at = "", reason = "" }, mark) => ({
    path: ["runs", runId, "reset"],
    body: { at: Number(at), requestId: mark, ...(reason === "" ? {} : { reason }) }
  })
}
