import { isOver } from "../api/shapes.ts"
import { jsonOf } from "../kit/jsonField.tsx"
import type { RunAct } from "./runAct.ts"

export const signalAct: RunAct = {
  id: "signal",
  label: "Signal…",
  keys: "s",
  what: "send a signal",
  fits: (status) => !isOver(status),
  title: (which) => (which === "this run" ? "Send a signal" : `Send a signal to ${which}`),
  says: (_, isMany) => (isMany ? "Each of them gets it once, and keeps it until its workflow receives it." : undefined),
  deed: "Send",
  fields: [
    { name: "name", label: "Signal", isRequired: true, offers: "signals" },
    { name: "payload", label: "Payload", kind: "json", hint: "JSON; empty is null" },
    { name: "for", label: "For", hint: "Only who waits for this receives it; mostly empty" }
  ],
  told: (which, { name }) => `Signal ${name} is in the inbox of ${which}`,
  request: (runId, { name = "", payload = "", for: what = "" }, mark) => {
    const value = jsonOf(payload)
    return {
      path: ["runs", runId, "signals", name],
      body: { id: mark, ...(value === undefined ? {} : { payload: value }), ...(what === "" ? {} : { for: what }) }
    }
  }
}
