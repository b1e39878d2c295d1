import * as Effect from "effect/Effect"
import type { Actor } from "../../actor/actor.ts"
import type { AwaitCommand, ChildCommand, SendCommand } from "../../actor/history/command.ts"
import { runIdOf } from "../../actor/history/generation.ts"
import type { HeadStatus, Sends } from "../../actor/history/head.ts"
import { type ParentLink, type StartMessage, type Trace, tracedBy } from "../../actor/history/message.ts"
import type { Ending, Outcome } from "../../actor/history/outcome.ts"
import { fingerprintText } from "../../actor/values/json.ts"
import { isReference, type Payload } from "../../actor/values/payload.ts"
import type { Notice } from "../../store/commits.ts"
import { answerTo } from "../../store/judgeNotice.ts"
import { copiedFor, offload } from "../../store/payloads.ts"

// Rows that a commit asks for in the inboxes of other runs.

export const childStart = (runId: string, command: ChildCommand, at: number, trace?: Trace) =>
  Effect.map(
    offload(command.input, command.runId),
    (input): Notice => ({
      runId: command.runId,
      message: {
        kind: "start",
        at,
        workflow: command.workflow,
        definitionVersion: command.definitionVersion,
        fingerprint: command.inputFingerprint,
        input,
        parent: { runId, key: command.key, fingerprint: command.fingerprint },
        ...(command.whenParentEnds === "cancel" ? {} : { whenParentEnds: command.whenParentEnds }),
        ...(command.tags === undefined ? {} : { tags: command.tags }),
        ...tracedBy(trace)
      }
    })
  )

/** With what the parent has sent there before, which comes before it. */
export const cancelNotice = ({ key, runId }: ChildOf, at: number, before: Before = {}, trace?: Trace): Notice => ({
  runId,
  toChild: key,
  message: {
    kind: "cancel",
    at,
    reason: "the parent run was cancelled, or no longer waits",
    ...before,
    ...tracedBy(trace)
  }
})

/** The command that a child run is of. */
type ChildOf = Pick<ChildCommand, "key" | "runId">
type Before = ReturnType<Actor["ledger"]["outbox"]["before"]>

export const signalNotice = (command: SendCommand, at: number, trace?: Trace) =>
  Effect.map(offload(command.payload, command.runId), (payload) => inlineSignalNotice(command, payload, at, trace))

export const inlineSignalNotice = (
  { id, name, for: correlation, previous, runId, toChild }: SendCommand,
  payload: Payload,
  at: number,
  trace?: Trace
): Notice => ({
  runId,
  message: {
    kind: "signal",
    at,
    name,
    id,
    ...(correlation === undefined ? {} : { for: correlation }),
    payload,
    ...(previous === undefined ? {} : { previous }),
    ...tracedBy(trace)
  },
  ...(toChild === undefined ? {} : { toChild })
})

export const statusOf = (outcome: Ending): HeadStatus => (outcome.tag === "died" ? "failed" : outcome.tag)

export const awaitNotice = (
  waiter: string,
  { fingerprint, key, runId, workflow }: AwaitCommand,
  at: number
): Notice => ({
  runId,
  message: { kind: "await", at, waiter: { runId: waiter, key, fingerprint } },
  workflow
})

/** Does the end of its parent cancel it? */
export const isCancelled = ({ whenParentEnds }: ChildCommand): boolean => whenParentEnds === "cancel"

/** The cancellations of children that a run leaves behind. */
export const lastCancels = ({ ledger }: Actor, at: number): ReadonlyArray<Notice> =>
  ledger
    .openChildren()
    .filter(({ command }) => isCancelled(command))
    .map(({ command }) => cancelNotice(command, at, ledger.outbox.before(command.runId)))

export const describeSends = ({ ledger, outcome }: Actor, sends: ReadonlyArray<SendCommand>): Sends => {
  const children = outcome === undefined ? [] : ledger.openChildren()
  const texts = [
    ...sends.map(({ key, payload, runId }) => `${runId} ${key} ${payload.json}`),
    ...children.map(({ command: { fingerprint, key, whenParentEnds } }) => `${key} ${fingerprint} ${whenParentEnds}`)
  ]
  return { count: sends.length, fingerprint: texts.length === 0 ? "" : fingerprintText(texts.join("\n")) }
}

/** How a run has ended, for one that waits for it. */
export const outcomeNotice = (waiter: ParentLink, outcome: Outcome, at: number, before: Before = {}): Notice => ({
  runId: waiter.runId,
  message: { ...answerTo(waiter, outcome, at), ...before }
})

/** Does it refer to an object, which is that of the run that tells it? */
export const hasObject = ({ message }: Notice): boolean =>
  message.kind === "child" && isReference(message.outcome.payload)

/** With an object of the receiver's own. `whole`: what is told, where it is in hand. */
export const ownNotice = Effect.fnUntraced(function* (notice: Notice, whole?: Payload) {
  const { message, runId } = notice
  if (message.kind !== "child" || !isReference(message.outcome.payload)) return notice
  const isInHand = whole !== undefined && !isReference(whole)
  const payload = yield* isInHand ? offload(whole, runId) : copiedFor(message.outcome.payload, runId)
  return { ...notice, message: { ...message, outcome: { ...message.outcome, payload } } } satisfies Notice as Notice
})

/**
 * The last commit of a run tells its parent and those who wait for it, and cancels the children that are not to go on. That of a generation
 * which the run leaves behind does the last alone: whoever waits is told by the one in which the run ends.
 */
export const lastNotices = (actor: Actor, start: StartMessage, outcome: Ending, at: number): ReadonlyArray<Notice> => {
  if (outcome.tag === "continued") return lastCancels(actor, at)
  const waiters = [...(start.parent === undefined ? [] : [start.parent]), ...actor.waiters.values()]
  return [
    ...lastCancels(actor, at),
    ...waiters.map((waiter) => outcomeNotice(waiter, outcome, at, actor.ledger.outbox.before(runIdOf(waiter.runId))))
  ]
}
