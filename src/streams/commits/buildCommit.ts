import * as Effect from "effect/Effect"
import type { Actor } from "../../actor/actor.ts"
import type { Command, SendCommand, StepCommand } from "../../actor/history/command.ts"
import type { Handover } from "../../actor/history/continuation.ts"
import { carriedRows, endingOf, isForTheRun, nextStart } from "../../actor/history/continuation.ts"
import { knownAtOf } from "../../actor/history/copying/copiedFrom.ts"
import { nextAddress, runIdOf } from "../../actor/history/generation.ts"
import { type Head, maxMessages, maxSignalNames, type RunStatus, type Sends } from "../../actor/history/head.ts"
import { type Message, messageKey, type StartMessage, type Trace, tracedBy } from "../../actor/history/message.ts"
import type { Ending } from "../../actor/history/outcome.ts"
import { nextEmitted } from "../../actor/history/output/emitted.ts"
import type { Payload } from "../../actor/values/payload.ts"
import type { HeadCommit, Notice } from "../../store/commits.ts"
import { isSurelySmall, offload, queueInlineLimitBytes } from "../../store/payloads.ts"
import { byArrival } from "../../store/reading/byArrival.ts"
import { offloadRow } from "../../store/reading/offloadRow.ts"
import type { StepRequest } from "../../store/stepQueue.ts"
import { publishedStates } from "./publishedStates.ts"
import { concludedOf } from "./repairing/concludedOf.ts"
import { repliesOf } from "./replies.ts"
import {
  awaitNotice,
  cancelNotice,
  childStart,
  describeSends,
  hasObject,
  isCancelled,
  lastNotices,
  ownNotice,
  signalNotice,
  statusOf
} from "./rowsForOthers.ts"
import { spill } from "./spill.ts"
import { taggedBy } from "./taggedBy.ts"
import { furtherTimers, timersOf } from "./timersOf.ts"

/** An actor that has moved on, and the head that it has moved on from. */
export interface Moved {
  readonly actor: Actor
  readonly head: Head | undefined
}

/**
 * What a turn asks of the world, from an actor that has moved on from its head. Takes the actor's fresh commands: if the
 * commit does not come to stand, the actor is thrown away with them.
 *
 * `inHand`: rows that the turn came with. Those that came as a generation ended go to the next one: with this turn their wake-up is spent.
 * `trace`: where in a trace the turn is, which goes with what it asks for.
 *
 * A part of the generator that calls it.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one commit from top to bottom; each generator that it called would cost every turn
export function* buildCommit(run: Moved, at: number, inHand: ReadonlyArray<Message>, trace?: Trace) {
  const { actor, head: before } = run
  const start = actor.start as StartMessage
  const continuation = actor.handover === undefined ? undefined : yield* continuationOf(actor.handover, actor.runId)
  const ending = continuation?.ending ?? actor.outcome
  const outcome =
    ending === undefined || isSurelySmall(ending.payload) ? ending : yield* offloadOutcome(ending, actor.runId)
  const own = actor.outcome
  const isConcluded = continuation !== undefined && own !== undefined && own.tag !== "continued"
  const concluded = isConcluded ? yield* concludedOf(actor.runId, statusOf(own) as RunStatus, own) : undefined
  const commands = actor.ledger.takeFresh()
  const steps: Array<StepRequest> = []
  for (const command of commands) {
    if (command.kind !== "step") continue
    const input = isSurelySmall(command.input)
      ? command.input
      : yield* offload(command.input, actor.runId, queueInlineLimitBytes)
    steps.push(stepRequest(actor, command, input, at, trace))
  }
  const notices = commands.some(isForOthers) ? yield* noticesOf(actor, commands, at, trace) : []
  const sends = sendsOf(actor, commands)
  if (outcome !== undefined)
    for (const notice of lastNotices(actor, start, concluded?.outcome ?? outcome, at))
      notices.push(hasObject(notice) ? yield* ownNotice(notice, (own ?? outcome).payload) : notice)
  const { replies, held } = actor.updates.hasReplies ? yield* repliesOf(actor, before) : answeredBefore(before)
  const base = spill(actor.order, before)
  const emitted = actor.emits.take()
  actor.tags.settle()
  const isLeft = (row: Message) => isForTheRun(messageKey(row)) && !actor.hasAdopted(messageKey(row))
  const hasEmitted = emitted.length > 0 || before?.emitted !== undefined
  const head: Writable<Head> = {
    version: (before?.version ?? 0) + 1,
    status: outcome === undefined ? "running" : statusOf(outcome),
    workflow: start.workflow,
    definitionVersion: start.definitionVersion,
    startedAt: actor.startedAt,
    updatedAt: outcome === undefined || outcome.tag === "continued" ? actor.now : Math.max(actor.now, at),
    adopted: actor.order.length,
    segments: base.segments,
    tail: base.tail,
    open: outcome === undefined ? actor.ledger.openRecords() : [],
    abandoned: outcome === undefined ? actor.ledger.abandonedRecords() : [],
    fences: before?.fences ?? [],
    notices: notices.length > 0 || continuation !== undefined,
    ...(outcome === undefined ? waitsOf(actor) : { outcome })
  }
  // What few heads have. A spread in a literal costs as much as ten of its fields, be there anything in it or not.
  if (concluded !== undefined) head.concluded = concluded
  if (start.continues?.since !== undefined) head.since = start.continues.since
  if (sends !== undefined) head.sends = sends
  if (start.parent !== undefined) head.parent = start.parent
  if (actor.states.size > 0) Object.assign(head, yield* publishedStates(actor.runId, actor.states, before))
  if (actor.tags.all !== undefined) head.tags = actor.tags.all
  if (held !== undefined) Object.assign(head, held)
  if (actor.troubles.length > 0) head.troubles = actor.troubles
  const unread = actor.signals.unreadCounts()
  // Also of a run that has ended: then nobody will ask for them any more.
  if (unread.length > 0) head.unread = unread.slice(0, maxSignalNames)
  if (hasEmitted) head.emitted = nextEmitted(before?.emitted ?? [], emitted)
  return {
    head,
    adopted: actor.order.slice(before?.adopted ?? 0),
    segments: base.spilled,
    steps,
    ...timersOf(actor.runId, commands),
    ...furtherTimers(actor, before),
    notices,
    ...(replies.length === 0 ? {} : { replies }),
    emitted,
    ...taggedBy(head, before, start),
    ...(continuation === undefined
      ? {}
      : {
          next: {
            address: nextAddress(actor.runId),
            rows: [
              ...continuation.carried,
              ...(yield* Effect.forEach(byArrival(inHand.filter(isLeft)), (row) => offloadRow(row, actor.runId))),
              nextStart(actor.runId, continuation.next, head, at, start.trace)
            ]
          }
        }),
    openIndexes: outcome === undefined ? actor.ledger.openIndexes() : []
  } satisfies HeadCommit
}

const isForOthers = ({ kind }: Command): boolean =>
  kind === "child" || kind === "cancelChild" || kind === "send" || kind === "await"

const noticesOf = Effect.fnUntraced(function* (
  actor: Actor,
  commands: ReadonlyArray<Command>,
  at: number,
  trace: Trace | undefined
) {
  const { ledger, runId } = actor
  const notices: Array<Notice> = []
  const sent = new Set<string>()
  for (const command of commands) {
    if (command.kind === "child") notices.push(yield* childStart(runId, command, at, trace))
    else if (command.kind === "cancelChild")
      notices.push(cancelNotice(command, at, ledger.outbox.before(command.runId), trace))
    else if (command.kind === "send") {
      // Of two with one id the first stands, as in the inbox of the other run.
      const id = `${command.runId} ${command.key}`
      if (!sent.has(id)) notices.push(yield* signalNotice(command, at, trace))
      sent.add(id)
    }
    // Of a run that ends in this very turn nobody waits any more.
    else if (command.kind === "await" && actor.outcome === undefined) notices.push(awaitNotice(runId, command, at))
  }
  return notices
})

/** What a turn that did not write this head has to replay for, if anything. */
const sendsOf = (actor: Actor, commands: ReadonlyArray<Command>): Sends | undefined => {
  const sends = commands.filter((command): command is SendCommand => command.kind === "send")
  const isLast = actor.outcome !== undefined
  const leaves = isLast && actor.ledger.openChildren().some(({ command }) => isCancelled(command))
  // A head without open commands does not tell of them.
  const starts = isLast && commands.some(({ kind }) => kind === "child")
  const parent = isLast ? actor.start?.parent : undefined
  const [toParent] = parent === undefined ? [] : (actor.ledger.outbox.before(runIdOf(parent.runId)).previous ?? [])
  if (sends.length === 0 && !leaves && !starts && toParent === undefined) return undefined
  return { ...describeSends(actor, sends), ...(toParent === undefined ? {} : { toParent }) }
}
const answeredBefore = (before: Head | undefined) => ({
  replies: [],
  held: before?.answered === undefined ? undefined : { answered: before.answered }
})

type Writable<A> = { -readonly [Key in keyof A]: A[Key] }

/** What the run waits for stands in the head, because readers have no actor that they could ask. */
const waitsOf = (actor: Actor): Pick<Head, "signals" | "updates" | "endless"> => {
  const { signals, updates, endless } = actor.waitsBeside
  if (signals.length === 0 && updates.length === 0 && !endless) return {}
  return {
    ...(signals.length === 0 ? {} : { signals: signals.slice(0, maxSignalNames) }),
    ...(updates.length === 0 ? {} : { updates: updates.slice(0, maxSignalNames) }),
    ...(endless ? { endless } : {})
  }
}

const offloadOutcome = (outcome: Ending, runId: string) =>
  Effect.map(offload(outcome.payload, runId), (payload) => ({ tag: outcome.tag, payload }))

/** What the next generation begins with: in the outcome, for whoever has to make it good, and as rows. */
const continuationOf = Effect.fnUntraced(function* ({ next: asked, unread }: Handover, runId: string) {
  const next = { ...asked, input: yield* offload(asked.input, runId) }
  const carried: Array<Message> = []
  for (const row of carriedRows(unread)) carried.push(yield* offloadRow(row, runId))
  return { next, carried, ending: endingOf(next, unread) }
})

export const stepRequest = (
  { runId, start, workflow }: Actor,
  { key, name, fingerprint, index }: StepCommand,
  input: Payload,
  at: number,
  trace?: Trace
): StepRequest => ({
  kind: "step",
  runId,
  key,
  name,
  fingerprint,
  index,
  token: null,
  input,
  attempt: 1,
  notBefore: at,
  workflow: workflow.workflowName,
  ...(start?.from === undefined ? {} : { knownAt: knownAtOf(start.from, runId, key) }),
  ...tracedBy(trace)
})

/** Has the run reached what a generation may hold? A cancelled one may go on a little, to compensate. */
export const isHistoryFull = (actor: Actor): boolean =>
  actor.order.length >= (wasCancelled(actor) ? maxMessages * 1.2 : maxMessages)

export const wasCancelled = (actor: Actor): boolean => actor.hasAdopted("cancel") || actor.restarts.isReplaced
