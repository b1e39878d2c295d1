import * as Effect from "effect/Effect"
import { type CopiedFrom, editsOf } from "../../../actor/history/copying/copiedFrom.ts"
import { adoptedKey, adoptedTime, type OrderEntry, readEntry, writeEntry } from "../../../actor/history/entry.ts"
import { isDecision, type Message, messageKey, type StartMessage } from "../../../actor/history/message.ts"
import { isReference } from "../../../actor/values/payload.ts"
import { offload } from "../../../store/payloads.ts"
import { resolveMessage } from "../../../store/reading/resolveMessage.ts"
import { adoptedOrder } from "../../../store/reading/wholeRun.ts"
import type { StoredRun } from "../../../store/runTable.ts"

/** What a copy begins with. */
export interface Copied {
  readonly order: ReadonlyArray<string>
  /** With payloads in hand, its own start among them. */
  readonly messages: ReadonlyMap<string, Message>
  /** To be put: all but the start, and behind them the answers to what is open by then. */
  readonly rows: ReadonlyArray<Message>
}

/**
 * Of its source. What was asked of that generation itself (how it ends, to pause, to start once more) is none of the copy's business, nor is what a step
 * came to for nobody: in its place, and at its time, stands a timer that nobody has set. Undefined: the source does not have so much.
 */
export const copiedRows = Effect.fnUntraced(function* (
  runId: string,
  start: StartMessage,
  from: CopiedFrom,
  source: StoredRun
) {
  const { head } = source
  const kept = head === undefined ? [] : adoptedOrder(head, source).slice(0, from.count)
  // The head of one that was deleted says how much there was, and has none of it.
  if (kept.length < from.count) return undefined
  const byKey = new Map(source.messages.map((row) => [messageKey(row), row]))
  const order: Array<string> = []
  const found: Array<Message> = []
  for (const [index, text] of kept.entries()) {
    const row = byKey.get(adoptedKey(text))
    if (row === undefined) return undefined
    const [entry, copy] =
      adoptedKey(text) === "start"
        ? [firstEntry(text), start]
        : isOfSource(row, readEntry(text))
          ? left(row, text, index)
          : [text, row]
    order.push(entry)
    found.push(copy)
  }
  const keys = from.pieces.at(-1)?.taken ?? []
  const late = keys.flatMap((key) => byKey.get(key) ?? [])
  if (late.length < keys.length) return undefined
  const edits = editsOf(from)
  const edited = (row: Message): Message => withEdit(row, edits[messageKey(row)])
  const whole = yield* Effect.forEach([...found, ...late].map(edited), resolveMessage, { concurrency: 8 })
  const others = whole.filter(({ kind }) => kind !== "start")
  const rows = yield* Effect.forEach(others, (row) => storedAt(runId, row), { concurrency: 8 })
  return {
    order,
    messages: new Map(whole.slice(0, order.length).map((row) => [messageKey(row), row])),
    rows
  } satisfies Copied as Copied
})

/** Its time is in the start row of the copy. */
const firstEntry = (text: string): string => writeEntry({ ...readEntry(text), time: undefined })

/**
 * An outcome of a step that was set aside was of another input than that of the code which met it. The copy's code may ask for just that one, and then the
 * answer needs the key.
 */
const isOfSource = (row: Message, { isSetAside }: OrderEntry): boolean =>
  row.kind === "await" ||
  row.kind === "repair" ||
  isDecision(row) ||
  // What it has left out itself has the number of another message there.
  (row.kind === "timer" && row.key.startsWith(leftName)) ||
  (isSetAside && (row.kind === "restart" || row.kind === "step"))

const leftName = "dynactor.left#"

const left = (row: Message, text: string, index: number): readonly [string, Message] => {
  const time = adoptedTime(text, row)
  const timer: Message = { kind: "timer", at: time, key: `${leftName}${index}`, due: time }
  // Its time may have led the run to patches: what slept until then went on.
  const { patches = [] } = readEntry(text)
  return [writeEntry({ key: messageKey(timer), isSetAside: true, time: undefined, patches }), timer]
}

const withEdit = (row: Message, edit: ReturnType<typeof editsOf>[string] | undefined): Message => {
  if (edit === undefined || !("outcome" in row)) return row
  return { ...row, outcome: { tag: edit.tag, payload: { json: edit.json } } }
}

/** Large values are objects of the run that has them. */
const storedAt = Effect.fnUntraced(function* (address: string, row: Message) {
  if ("outcome" in row)
    return { ...row, outcome: { ...row.outcome, payload: yield* offload(row.outcome.payload, address) } }
  if ("payload" in row) return { ...row, payload: yield* offload(row.payload, address) }
  if (row.kind === "restart" && !isReference(row.input)) return { ...row, input: yield* offload(row.input, address) }
  return row
})
