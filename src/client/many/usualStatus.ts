import type { RunStatus } from "../../actor/history/head.ts"

/** Of what can be done to many runs: those in which state are meant, where nobody says. */
export const usualStatus = {
  cancel: "running",
  terminate: "parked",
  pause: "running",
  resume: "paused",
  retry: "failed",
  reset: "failed",
  delete: "succeeded"
} as const satisfies Readonly<Record<string, RunStatus>>
