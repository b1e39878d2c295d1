import type { StartMessage } from "../../src/actor/history/message.ts"

/** The start of a run that takes null. */
export const startRow = (workflow: string): StartMessage => ({
  kind: "start",
  at: 1,
  workflow,
  definitionVersion: "1",
  fingerprint: "",
  input: { json: "null" }
})
