import { jsonOf } from "../../kit/jsonField.tsx"
import type { RunAct } from "../runAct.ts"

export const forkAct: RunAct = {
  id: "fork",
  label: "Fork…",
  what: "begin another run with what it has been through",
  isForOne: true,
  fits: (status) => status !== "continued",
  title: (which) => `Fork ${which}`,
  says: (which) => (
    <>
      Another run begins with the same messages, by the code of this deployment. {which} is left as it is. Its steps
      take effect for the new run as well, under keys of their own.
    </>
  ),
  deed: "Fork the run",
  fields: [
    {
      name: "at",
      label: "Message",
      kind: "number",
      isRequired: true,
      hint: "Those before it are kept: its number in Messages"
    },
    { name: "newId", label: "Id of the new run", isRequired: true },
    {
      name: "outcomes",
      label: "Other outcomes",
      kind: "json",
      hint: 'By the keys of messages that are kept: {"step/charge#0": {"succeeded": "r-17"}}; may be left empty'
    }
  ],
  told: (which, { newId = "" }) => `${newId} begins with what ${which} has been through`,
  request: (runId, { at = "", newId = "", outcomes = "" }) => {
    const edited = jsonOf(outcomes)
    return {
      path: ["runs", runId, "fork"],
      body: { at: Number(at), runId: newId, ...(edited === undefined ? {} : { outcomes: edited }) }
    }
  }
}
