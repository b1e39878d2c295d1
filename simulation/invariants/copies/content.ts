import { readEntry } from "../../../src/actor/history/entry.ts"
import { isDecision, type Message, payloadOf } from "../../../src/actor/history/message.ts"
import { isReference } from "../../../src/actor/values/payload.ts"
import { objectName } from "../../../src/store/deletion/payloadNames.ts"
import type { SimulatedPayloads } from "../../services/simulatedPayloads.ts"

/** All that a row says, with large values as what they are. `edit`: JSON of an outcome in place of its own. */
export const contentOf = (row: Message, payloads: SimulatedPayloads, edit?: string): string => {
  const payload = payloadOf(row)
  const text = payload === undefined ? "" : isReference(payload) ? payloads.get(objectName(payload)) : payload.json
  const { input: _, outcome, payload: _1, ...rest } = row as Message & Record<string, unknown>
  const tag = (outcome as { readonly tag: string } | undefined)?.tag
  const { json = text, tag: told = tag } = edit === undefined ? {} : JSON.parse(edit)
  return JSON.stringify([Object.entries(rest).sort(), told, json])
}

/** It was asked of this very generation: how it is to end, to stand still, to be left, or who waits for it. */
const isOfSourceAlone = (row: Message): boolean =>
  row.kind === "await" || row.kind === "repair" || row.kind === "restart" || isDecision(row)

/** Or it is what a step came to for nobody, or was left out by the source itself: the copy has the time of it, and no more. */
export const isLeftOut = (row: Message, entry: string): boolean =>
  isOfSourceAlone(row) ||
  (row.kind === "step" && readEntry(entry).isSetAside) ||
  (row.kind === "timer" && row.key.startsWith("dynactor.left#"))
