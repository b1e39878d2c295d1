import { adoptedKey } from "../../actor/history/entry.ts"
import type { Paused } from "../../actor/history/head.ts"
import { isDecisionKey } from "../../actor/history/message.ts"
import type { StoredHistory } from "../replay/storedHistory.ts"
import type { Told } from "./parked.ts"
import { commandLine, momentText } from "./words.ts"

/** Somebody has said that it is to stand still: whatever it waits for, nothing is handed to it. */
export const whyPaused = (history: StoredHistory, { reason, since }: Paused, now: number): Told => {
  const { head, runId } = history
  const why = reason === null ? "" : ` ("${reason}")`
  const waiting = waitingOf(history)
  const has = waiting === 1 ? "message has come for it and waits" : "messages have come for it and wait"
  return {
    cause: "paused",
    sentences: [
      `It has been paused since ${momentText(since, now)}${why}: nothing is handed to it.`,
      ...(waiting === 0 ? [] : [`${waiting} ${has}.`]),
      ...(head?.parked === undefined ? [] : [`Before that it was parked: ${head.parked.message}`])
    ],
    todo: [
      `${commandLine("resume", runId)} lets it go on; ${commandLine("cancel", runId)} ends it with its compensations, ${commandLine("terminate", runId)} without them.`
    ]
  }
}

const waitingOf = ({ messages, order }: StoredHistory): number => {
  const adopted = new Set(order.map(adoptedKey))
  return [...messages.keys()].filter((key) => !adopted.has(key) && !isDecisionKey(key)).length
}
