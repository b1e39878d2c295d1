import { Actor } from "./actor.ts"
import type { ActorOptions } from "./actorOptions.ts"
import { NonDeterminismError, type ParkReason, PayloadUnreadable } from "./errors.ts"
import type { Command, CommandRecord, StepCommand } from "./history/command.ts"
import { commandId } from "./history/command.ts"
import { adoptedKey } from "./history/entry.ts"
import { isCancelling, type Message, messageKey, placeOf } from "./history/message.ts"
import { notIssued, notRecorded, otherInput } from "./history/mismatch/mismatch.ts"
import type { Ending } from "./history/outcome.ts"
import { type Parts, toEnd } from "./runtime/parts.ts"

/** What a head remembers, as replay needs it: adopted keys in order, and the commands that no adopted message accounts for. */
export interface History {
  readonly order: ReadonlyArray<string>
  readonly open: ReadonlyArray<CommandRecord>
  readonly abandoned: ReadonlyArray<CommandRecord>
}

export const emptyHistory: History = { order: [], open: [], abandoned: [] }

/**
 * Rebuild an actor: a new one, given the adopted messages in adopted order, must come to the commands that are on record
 * (S5). A parked actor says which command differs.
 */
export const replay = (options: ActorOptions, history: History, messages: ReadonlyMap<string, Message>): Actor => {
  const actor = new Actor(options)
  toEnd(replayInParts(actor, history.order, messages))
  endReplay(actor, history)
  return actor
}

/**
 * As `replay`, but pauses after each message and timer, for shells that limit how long code runs at a stretch and not how long
 * a history is.
 */
export function* replayInParts(
  actor: Actor,
  order: ReadonlyArray<string>,
  messages: ReadonlyMap<string, Message>
): Parts<void> {
  for (const entry of order) {
    const message = messages.get(adoptedKey(entry))
    const ends = message !== undefined && isCancelling(message) && actor.endsByCancel
    if (actor.parked !== undefined && !ends) return actor.lose()
    if (message === undefined) actor.parked = missing(entry)
    else yield* replayOne(actor, entry, message)
    yield
  }
}

/** All of the order has been replayed: are the commands those on record? */
export const endReplay = (actor: Actor, history: History): void => {
  actor.cut?.pass()
  actor.emits.endReplay()
  actor.updates.endReplay()
  if (actor.parked !== undefined) return endStuckReplay(actor, history)
  actor.states.settle()
  actor.tags.settle()
  // Inline steps stay: those without an outcome are run again. Queued ones were sent with the commit that issued them.
  actor.ledger.endReplay()
  actor.parked = compareRecords(actor, history)
}

/** A run that is parked at the end of its history ends by a cancellation, if it is this history's run. */
const endStuckReplay = (actor: Actor, history: History): void => {
  if (!actor.endsByCancel) return
  actor.ledger.endReplay()
  if (compareRecords(actor, history) !== undefined) actor.lose()
}

function* replayOne(actor: Actor, entry: string, message: Message): Parts<void> {
  if (yield* actor.replayInParts(entry, message)) return
  if (actor.parked !== undefined) return
  // Adopted for someone who waited then; nobody does now.
  actor.parked =
    message.kind === "timer" || message.kind === "step" || message.kind === "child"
      ? notIssued(
          {
            kind: message.kind,
            key: message.key,
            fingerprint: message.kind === "timer" ? String(message.due) : message.fingerprint
          },
          actor.ledger.openRecords()
        )
      : new NonDeterminismError({
          message: `history goes on with ${placeOf(message)}, the code has ended before it`,
          command: entry,
          recorded: entry,
          issued: null
        })
}

/** Some of the order at once. */
export const replayPortion = (
  actor: Actor,
  order: ReadonlyArray<string>,
  messages: ReadonlyMap<string, Message>
): void => toEnd(replayInParts(actor, order, messages))

const missing = (entry: string): ParkReason =>
  new PayloadUnreadable({ message: `the row ${entry} is in the adopted order and not in the inbox`, row: entry })

/** Commands on record and commands issued again must be the same, one by one. */
const compareRecords = (actor: Actor, history: History): ParkReason | undefined => {
  // When the code ends it settles what was open: then the record may lack commands. But every command on record must be issued again.
  if (actor.outcome !== undefined) {
    const issued = [...actor.ledger.openRecords(), ...actor.ledger.abandonedRecords()]
    return firstMissing([...history.open, ...history.abandoned], byId(issued), issued)
  }
  return (
    compareSets(history.open, actor.ledger.openRecords()) ??
    compareSets(history.abandoned, actor.ledger.abandonedRecords())
  )
}

const compareSets = (
  recorded: ReadonlyArray<CommandRecord>,
  issued: ReadonlyArray<CommandRecord>
): ParkReason | undefined => {
  const left = byId(issued)
  const missing = firstMissing(recorded, left, issued)
  if (missing !== undefined) return missing
  for (const record of recorded) left.delete(idOf(record))
  for (const record of left.values()) return notRecorded(record)
  return undefined
}

/** The first command on record that is not issued, or with another input. */
const firstMissing = (
  recorded: ReadonlyArray<CommandRecord>,
  known: ReadonlyMap<string, CommandRecord>,
  issued: ReadonlyArray<CommandRecord>
): ParkReason | undefined => {
  for (const record of recorded) {
    const found = known.get(idOf(record))
    if (found === undefined) return notIssued(record, issued)
    if (found.fingerprint !== record.fingerprint) return otherInput(record, found.fingerprint)
  }
  return undefined
}

const idOf = ({ kind, key }: CommandRecord): string => commandId(kind, key)

const byId = (records: ReadonlyArray<CommandRecord>): Map<string, CommandRecord> =>
  new Map(records.map((record) => [idOf(record), record]))

/** What one turn comes to. A parked one comes to nothing: its history is that which it began with, so that no trace is left. */
export interface Turn {
  /** Keys adopted by this turn, in order. */
  readonly adopted: ReadonlyArray<string>
  /** Those still wanted at the end of the turn: none while there are inline steps to run. */
  readonly commands: ReadonlyArray<Command>
  /** Inline steps that the turn waits for: run them, deliver their outcomes, then take the turn again. */
  readonly inlineSteps: ReadonlyArray<StepCommand>
  /** Its order is the actor's own, and grows with it. */
  readonly history: History
  readonly outcome: Ending | undefined
  readonly parked: ParkReason | undefined
}

/** Deliver what is new, in the order given, to be adopted at `now` (default: any time), and hand over what the run asks for. */
export const advance = (actor: Actor, messages: ReadonlyArray<Message>, now?: number): Turn => {
  const before = actor.order.length
  const { open, abandoned } = recordsOf(actor)
  for (const message of messages) actor.deliver(message, now)
  for (let early = actor.takeEarly(); early.length > 0; early = actor.takeEarly()) {
    for (const message of early) actor.deliver(message, now)
  }
  if (actor.parked !== undefined)
    return parkedTurn({ order: actor.order.slice(0, before), open, abandoned }, actor.parked)
  const inlineSteps = actor.takeInlineSteps()
  return {
    adopted: actor.order.slice(before),
    commands: inlineSteps.length > 0 ? [] : actor.ledger.takeFresh(),
    inlineSteps,
    history: { order: actor.order, ...recordsOf(actor) },
    outcome: actor.outcome,
    parked: undefined
  }
}

const recordsOf = ({ ledger }: Actor) => ({ open: ledger.openRecords(), abandoned: ledger.abandonedRecords() })

const parkedTurn = (history: History, parked: ParkReason): Turn => ({
  adopted: [],
  commands: [],
  inlineSteps: [],
  history,
  outcome: undefined,
  parked
})

/** A turn as a function: replay `history`, then deliver `messages`. The shells keep actors warm and call the parts. */
export const turn = (
  options: ActorOptions & {
    readonly history: History
    readonly inbox: ReadonlyArray<Message>
    readonly messages: ReadonlyArray<Message>
  }
): Turn => {
  const actor = replay(
    options,
    options.history,
    new Map(options.inbox.map((message) => [messageKey(message), message]))
  )
  return actor.parked === undefined ? advance(actor, options.messages) : parkedTurn(options.history, actor.parked)
}
