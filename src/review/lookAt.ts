import * as Effect from "effect/Effect"
import { Actor } from "../actor/actor.ts"
import { type ParkReason, UnknownWorkflow } from "../actor/errors.ts"
import { addressOf } from "../actor/history/generation.ts"
import { isTerminal } from "../actor/history/head.ts"
import { type Message, messageKey } from "../actor/history/message.ts"
import type { History } from "../actor/turn.ts"
import { endReplay, replayPortion } from "../actor/turn.ts"
import type { RecordedHistory } from "../inspection/history/recordedHistory.ts"
import { findNewest } from "../store/generations/newest.ts"
import { resolveMessage } from "../store/reading/resolveMessage.ts"
import { adoptedOrder, readWholeRun } from "../store/reading/wholeRun.ts"
import type { RunSummary } from "../store/runTable.ts"
import type { Registry } from "../streams/turns/registry.ts"

/** Which run it was. */
export type Named = Pick<RunSummary, "runId" | "workflow" | "definitionVersion">

/** What today's code makes of one run. */
export interface Looked {
  readonly run: Named
  readonly reason: ParkReason | undefined
  readonly patches: Actor["patches"]
  /** Of what was read, encoded. */
  readonly bytes: number
}

const noPatches: Actor["patches"] = { old: [], new: [], unknown: [] }

/** Replays a run under way, and changes nothing. Undefined: it is over by now. */
export const lookAt = Effect.fnUntraced(function* (run: RunSummary, registry: Registry) {
  // Generations that it has left behind are nobody's to replay any more.
  const { address } = yield* findNewest(run.runId, run.generation)
  const stored = yield* readWholeRun(address)
  const { head } = stored
  if (head === undefined || isTerminal(head.status)) return undefined
  const bytes = JSON.stringify(stored).length
  const workflow = registry.workflow(run.workflow, run.definitionVersion, address)
  const looked = (reason: ParkReason | undefined, patches = noPatches): Looked => ({
    run: { runId: run.runId, workflow: run.workflow, definitionVersion: run.definitionVersion },
    reason,
    patches,
    bytes
  })
  if (workflow instanceof UnknownWorkflow) return looked(workflow)
  const messages = yield* Effect.result(Effect.forEach(stored.messages, resolveMessage, { concurrency: 8 }))
  if (messages._tag === "Failure") {
    const { failure } = messages
    return failure._tag === "PayloadUnreadable" ? looked(failure) : yield* Effect.fail(failure)
  }
  const order = adoptedOrder(head, stored)
  const history = { order, open: head.open, abandoned: head.abandoned }
  const actor = new Actor({ workflow, runId: address, emitted: head.emitted ?? [] })
  replayAll(actor, history, messages.success)
  return looked(actor.parkReason, actor.patches)
})

const replayAll = (actor: Actor, history: History, messages: ReadonlyArray<Message>): void => {
  replayPortion(actor, history.order, new Map(messages.map((message) => [messageKey(message), message])))
  endReplay(actor, history)
}

/** The same of a history in hand. */
export const lookAtHistory = (history: RecordedHistory, registry: Registry): Looked => {
  const { definitionVersion, generation = 0, messages, runId, workflow: name } = history
  const address = addressOf(runId, generation)
  const workflow = registry.workflow(name, definitionVersion, address)
  const looked = { run: { runId, workflow: name, definitionVersion }, bytes: JSON.stringify(history).length }
  if (workflow instanceof UnknownWorkflow) return { ...looked, reason: workflow, patches: noPatches }
  const actor = new Actor({ workflow, runId: address })
  replayAll(actor, history, messages)
  return { ...looked, reason: actor.parkReason, patches: actor.patches }
}
