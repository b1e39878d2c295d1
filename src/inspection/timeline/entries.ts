import { awaitMark } from "../../actor/history/command.ts"
import { type CopiedFrom, editsOf } from "../../actor/history/copying/copiedFrom.ts"
import { adoptedKey, readEntry } from "../../actor/history/entry.ts"
import { parseAddress, runIdOf } from "../../actor/history/generation.ts"
import { isDecision, type Message, messageKey, messageTime, type StepMessage } from "../../actor/history/message.ts"
import type { Outcome } from "../../actor/history/outcome.ts"
import { toldText } from "../../actor/values/sealed.ts"
import { byArrival } from "../../store/reading/byArrival.ts"
import type { Schemas } from "../replay/codecs.ts"
import type { StoredHistory } from "../replay/storedHistory.ts"
import { nameOf } from "../replay/watch.ts"
import type { TimelineEntry } from "../shapes/timeline.ts"
import { type ShowOptions, showError, showValue } from "../values/showValue.ts"

/** A message with its place. */
export interface Placed {
  readonly message: Message
  /** As it stands in the order; undefined: not adopted. */
  readonly text: string | undefined
  readonly position: number | null
}

/** Adopted ones in their order, and then the others as they came. Of rows that the order names and that are not there, nothing. */
export const placedMessages = ({ messages, order }: StoredHistory): ReadonlyArray<Placed> => {
  const adopted = order.flatMap((text, position): ReadonlyArray<Placed> => {
    const message = messages.get(adoptedKey(text))
    return message === undefined ? [] : [{ message, text, position }]
  })
  const keys = new Set(order.map(adoptedKey))
  const others = byArrival([...messages.values()].filter((message) => !keys.has(messageKey(message))))
  return [...adopted, ...others.map((message) => ({ message, text: undefined, position: null }))]
}

/** One message for people. */
export const entryOf = ({ message, position, text }: Placed, schemas: Schemas, options: ShowOptions): TimelineEntry => {
  const key = messageKey(message)
  const entry = text === undefined ? undefined : readEntry(text)
  return {
    position,
    key,
    kind: message.kind === "deleted" ? "start" : message.kind,
    at: entry?.time ?? (isDecision(message) || message.kind === "repair" ? message.at : messageTime(message)),
    writtenAt: message.at,
    ...(entry?.isSetAside === true ? { setAside: true as const } : {}),
    ...(entry?.patches === undefined ? {} : { patches: entry.patches }),
    ...contentOf(message, key, schemas, options)
  }
}

type Content = Partial<TimelineEntry>

const contentOf = (message: Message, key: string, schemas: Schemas, options: ShowOptions): Content => {
  const ref = `message/${key}`
  switch (message.kind) {
    // Of a run that was deleted there is nothing to show.
    case "deleted":
      return {}
    case "start": {
      const parent = message.parent === undefined ? {} : { fromRunId: runIdOf(message.parent.runId) }
      const copy = message.from === undefined ? {} : { copy: copyOf(message.from) }
      return {
        name: message.workflow,
        value: showValue(message.input, schemas.input, ref, options),
        ...parent,
        ...copy
      }
    }
    case "step":
      return { ...stepContent(message), ...outcomeContent(message.outcome, schemas, ref, options) }
    case "child": {
      const kind = message.key.startsWith(awaitMark) ? "run" : "child"
      const told = { name: nameOf(message.key), answers: `${kind}/${message.key}` }
      return { ...told, ...outcomeContent(message.outcome, schemas, ref, options) }
    }
    case "callback": {
      const told = { name: nameOf(message.key), answers: `callback/${message.key}`, id: message.id }
      return { ...told, ...outcomeContent(message.outcome, schemas, ref, options) }
    }
    case "timer":
      return { name: message.key, answers: `timer/${message.key}`, due: message.due }
    case "signal": {
      const correlation = message.for === undefined ? {} : { for: message.for }
      const value = showValue(message.payload, schemas.input, ref, options)
      return { name: message.name, id: message.id, ...correlation, value }
    }
    case "update": {
      const value = showValue(message.payload, schemas.input, ref, options)
      return { name: message.name, id: message.id, value }
    }
    case "cancel":
    case "terminate":
      return { reason: toldReason(message.reason) }
    case "pause":
      return { reason: toldReason(message.reason), id: message.id }
    case "resume":
      return { id: message.id }
    case "await":
      return { fromRunId: runIdOf(message.waiter.runId) }
    case "restart": {
      const value = showValue(message.input, schemas.input, ref, options)
      return { name: message.workflow, id: message.id, reason: message.policy, value }
    }
    case "repair":
      return { id: message.id, copy: copyOf(message.from) }
  }
}

const copyOf = (from: CopiedFrom): NonNullable<Content["copy"]> => ({
  how: from.how,
  ...parseAddress(from.address),
  at: from.count,
  edited: Object.keys(editsOf(from)),
  taken: from.pieces.at(-1)?.taken ?? [],
  ...(from.reason === undefined ? {} : { reason: toldText(from.reason) })
})

const toldReason = (reason: string | null): string | null => (reason === null ? null : toldText(reason))

/** What is known of a step's executions. */
export const stepContent = (message: StepMessage): Content => {
  const { attempts, inline, key, startedAt, tries } = message
  return {
    name: nameOf(key),
    answers: `step/${key}`,
    attempts,
    startedAt,
    ...(tries === undefined ? {} : { tries }),
    ...(inline === undefined ? {} : { inline })
  }
}

type OutcomeContent = Partial<Pick<TimelineEntry, "error" | "outcome" | "value">>

/** A value, or an error with its causes. */
export const outcomeContent = (
  outcome: Outcome,
  schemas: Schemas,
  ref: string,
  options: ShowOptions
): OutcomeContent =>
  outcome.tag === "succeeded"
    ? { outcome: outcome.tag, value: showValue(outcome.payload, schemas.output, ref, options) }
    : { outcome: outcome.tag, error: showError(outcome, schemas.error, ref, options) }
