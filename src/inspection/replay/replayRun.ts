import * as Effect from "effect/Effect"
import { Actor } from "../../actor/actor.ts"
import type { AnyStep, AnyWorkflow } from "../../actor/definitions/definition.ts"
import { withPort } from "../../actor/definitions/withPort.ts"
import { type ParkReason, UnknownWorkflow } from "../../actor/errors.ts"
import { type Message, messageKey } from "../../actor/history/message.ts"
import { endReplay, replayPortion } from "../../actor/turn.ts"
import { resolveMessage } from "../../store/reading/resolveMessage.ts"
import { makeRegistry } from "../../streams/turns/registry.ts"
import { Learned } from "./learned.ts"
import type { StoredHistory } from "./storedHistory.ts"
import { learning, Watch } from "./watch.ts"

/** The code of today, as a host is given it. */
export interface Code {
  readonly workflows?: ReadonlyArray<AnyWorkflow>
  /** Needed only for the runtime's own child runs of `forEachStep`. */
  readonly steps?: ReadonlyArray<AnyStep>
}

/** What a replay has come to. */
export interface Replayed {
  readonly actor: Actor
  readonly watch: Watch
  readonly learned: Learned
  /** Entries that were replayed without trouble. */
  readonly replayed: number
  /** What the run would be parked with. */
  readonly reason: ParkReason | undefined
}

/** The workflow of a run, or why there is none. */
export const workflowOf = (
  { start }: Pick<StoredHistory, "start">,
  { steps = [], workflows = [] }: Code
): AnyWorkflow | UnknownWorkflow => makeRegistry(workflows, steps).workflow(start.workflow, start.definitionVersion, "")

/**
 * Replays a history and changes nothing. Answers with `UnknownWorkflow` or `PayloadUnreadable` where there is nothing to replay.
 */
export const replayRun = Effect.fnUntraced(function* (history: StoredHistory, code: Code) {
  const workflow = workflowOf(history, code)
  if (workflow instanceof UnknownWorkflow) return workflow
  const messages = yield* Effect.result(
    Effect.forEach([...history.messages.values()], resolveMessage, { concurrency: 8 })
  )
  if (messages._tag === "Failure") {
    const { failure } = messages
    return failure._tag === "PayloadUnreadable" ? failure : yield* Effect.fail(failure)
  }
  return replayMessages(history, messages.success, workflow)
})

/** The same with payloads in hand. */
export const replayMessages = (
  history: Pick<StoredHistory, "address" | "head" | "order">,
  messages: ReadonlyArray<Message>,
  workflow: AnyWorkflow
): Replayed => {
  const stepper = new Stepper(history, messages, workflow)
  while (stepper.step()) {}
  return stepper.finish()
}

/** A replay that goes on one message at a time. */
export class Stepper {
  readonly actor: Actor
  readonly watch: Watch
  private readonly learned: Learned
  private readonly inbox: ReadonlyMap<string, Message>
  private readonly history: Pick<StoredHistory, "address" | "head" | "order">
  /** Entries that were replayed without trouble: the next one has this position. */
  replayed = 0

  constructor(
    history: Pick<StoredHistory, "address" | "head" | "order">,
    messages: ReadonlyArray<Message>,
    workflow: AnyWorkflow,
    learned = new Learned()
  ) {
    this.learned = learned
    const { address, head, order } = history
    this.history = history
    this.learned.workflows.set(workflow.workflowName, workflow)
    this.actor = new Actor({
      workflow: withPort(workflow, learning(this.learned)),
      runId: address,
      emitted: order.length === 0 ? undefined : (head?.emitted ?? [])
    })
    this.watch = new Watch(this.actor)
    this.inbox = new Map(messages.map((message) => [messageKey(message), message]))
  }

  /** Replays the next message. False: there is none, or the run cannot go on by it. */
  step(): boolean {
    const entry = this.history.order[this.replayed]
    if (entry === undefined || this.isStuck) return false
    replayPortion(this.actor, [entry], this.inbox)
    this.watch.takeReplies()
    if (this.isStuck) return false
    this.replayed++
    return true
  }

  get isStuck(): boolean {
    return this.actor.parked !== undefined && !this.actor.endsByCancel
  }

  /** At the end of the history: does the code come to the commands on record? */
  finish(): Replayed {
    const { actor, history, learned, replayed, watch } = this
    const { head, order } = history
    if (head !== undefined && head.outcome === undefined && replayed === order.length)
      endReplay(actor, { order, open: head.open, abandoned: head.abandoned })
    return { actor, watch, learned, replayed, reason: actor.outcome === undefined ? actor.parkReason : undefined }
  }
}
