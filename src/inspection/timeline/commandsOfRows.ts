import { awaitMark, type CommandRecord, defaultChildRunId } from "../../actor/history/command.ts"
import { readEntry } from "../../actor/history/entry.ts"
import type { Message } from "../../actor/history/message.ts"
import { messageTime } from "../../actor/history/message.ts"
import { readChannel } from "../../actor/values/channel.ts"
import type { StoredHistory } from "../replay/storedHistory.ts"
import { nameOf } from "../replay/watch.ts"
import type { WatchedCommand } from "../replay/watchedCommand.ts"

/** What can be told of a run's commands without its code: those that a row has answered, and those that its head has on record. */
export const commandsOfRows = ({ address, head, messages, order }: StoredHistory): ReadonlyArray<WatchedCommand> => {
  const answered = order.flatMap((text, position) => {
    const entry = readEntry(text)
    const message = messages.get(entry.key)
    if (message === undefined) return []
    const command = answeredCommand(message, entry.time ?? messageTime(message), position, entry.isSetAside)
    return command === undefined ? [] : [command]
  })
  const open = (head?.open ?? []).map((record) => recordedCommand(address, record, "open"))
  const abandoned = (head?.abandoned ?? []).map((record) => recordedCommand(address, record, "abandoned"))
  const signals = (head?.signals ?? []).map((channel, index): WatchedCommand => {
    const { for: correlation, name } = readChannel(channel)
    const more = correlation === undefined ? {} : { for: correlation }
    const key = `${channel}#${index}`
    return { ...unknown, id: `receive/${key}`, kind: "receive", key, name, state: "open", ...more }
  })
  return [...answered, ...open, ...abandoned, ...signals]
}

const unknown = { by: undefined, issuedAt: undefined }

const answeredCommand = (
  message: Message,
  at: number,
  position: number,
  isSetAside: boolean
): WatchedCommand | undefined => {
  const ended = { ...unknown, state: "done" as const, answeredBy: position, endedAt: at }
  switch (message.kind) {
    case "step": {
      const { inline, key, outcome } = message
      const more = inline === undefined ? {} : { inline }
      return { ...ended, id: `step/${key}`, kind: "step", key, name: nameOf(key), outcome, ...more }
    }
    case "child": {
      const { key, outcome } = message
      const kind = key.startsWith(awaitMark) ? ("run" as const) : ("child" as const)
      return { ...ended, id: `${kind}/${key}`, kind, key, name: nameOf(key), outcome }
    }
    case "callback": {
      const { key, outcome } = message
      // Somebody came too late.
      if (isSetAside) return undefined
      return { ...ended, id: `callback/${key}`, kind: "callback", key, name: nameOf(key), outcome }
    }
    case "timer": {
      const { due, key } = message
      const state = isSetAside ? "abandoned" : "done"
      return { ...ended, state, id: `timer/${key}@${due}`, kind: "timer", key, name: key, dueAt: due }
    }
    default:
      return undefined
  }
}

const recordedCommand = (address: string, record: CommandRecord, state: "open" | "abandoned"): WatchedCommand => {
  const { childRunId, fingerprint, key, kind } = record
  const plain = { ...unknown, id: `${kind}/${key}`, kind, key, name: nameOf(key), state }
  switch (kind) {
    case "timer":
      return { ...plain, name: key, dueAt: Number(fingerprint) }
    case "callback":
      return { ...plain, ...(fingerprint === "0" ? {} : { expiresAt: Number(fingerprint) }) }
    case "child":
      if (key.startsWith(awaitMark)) return { ...plain, id: `run/${key}`, kind: "run", runId: childRunId ?? "" }
      return { ...plain, runId: childRunId ?? defaultChildRunId(address, key) }
    default:
      return plain
  }
}
