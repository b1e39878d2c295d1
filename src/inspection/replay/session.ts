import * as Effect from "effect/Effect"
import { UnknownWorkflow } from "../../actor/errors.ts"
import { adoptedKey } from "../../actor/history/entry.ts"
import { addressOf } from "../../actor/history/generation.ts"
import type { Head, PresentHead } from "../../actor/history/head.ts"
import { type Message, messageKey } from "../../actor/history/message.ts"
import { resolveMessage } from "../../store/reading/resolveMessage.ts"
import { divergenceOf } from "../comparison/compareRun.ts"
import type { RecordedHistory } from "../history/recordedHistory.ts"
import type { Comparison } from "../shapes/comparison.ts"
import type { TimelineCommand, TimelineEntry } from "../shapes/timeline.ts"
import { commandOf } from "../timeline/commands.ts"
import { entryOf } from "../timeline/entries.ts"
import type { ShowOptions } from "../values/showValue.ts"
import { Codecs } from "./codecs.ts"
import { Learned } from "./learned.ts"
import { type Code, Stepper, workflowOf } from "./replayRun.ts"
import { readHistory, type StoredHistory } from "./storedHistory.ts"

/** What one message has done. */
export interface StepTaken {
  readonly position: number
  readonly entry: TimelineEntry
  /** What the workflow has asked for by it. */
  readonly commands: ReadonlyArray<TimelineCommand>
  /** Where the code parts from the history, if it does at this message. */
  readonly divergence?: NonNullable<Comparison["divergence"]>
}

/** How a replay has ended. */
export interface ReplayEnd {
  readonly verdict: "fits" | "diverges"
  readonly replayed: number
  readonly total: number
  readonly divergence?: NonNullable<Comparison["divergence"]>
  /** How the code has ended the run, if it has. */
  readonly outcome?: string
}

/** Goes through a run's history with the code of today, message by message. */
export class ReplaySession {
  readonly runId: string
  readonly workflow: string
  readonly definitionVersion: string
  readonly startedAt: number
  readonly total: number
  private readonly stepper: Stepper
  private readonly history: StoredHistory
  private readonly codecs: Codecs
  private readonly options: ShowOptions
  private told = 0
  private ended: ReplayEnd | undefined

  constructor(history: StoredHistory, code: Code, options: ShowOptions) {
    const workflow = workflowOf(history, code)
    if (workflow instanceof UnknownWorkflow) throw workflow
    this.history = history
    this.options = options
    this.runId = history.runId
    this.workflow = history.start.workflow
    this.definitionVersion = history.start.definitionVersion
    this.startedAt = history.head?.startedAt ?? history.start.at
    this.total = history.order.length
    const learned = new Learned()
    this.codecs = new Codecs(learned, code)
    this.stepper = new Stepper(history, [...history.messages.values()], workflow, learned)
  }

  /** Of the message that comes next. */
  get position(): number {
    return this.stepper.replayed
  }

  /** The message that comes next, by the key of its row; undefined: all are through, or the run cannot go on. */
  get next(): string | undefined {
    const entry = this.history.order[this.position]
    return entry === undefined || this.stepper.isStuck ? undefined : adoptedKey(entry)
  }

  /** The next message, in hand: for a debugger. */
  get message(): Message | undefined {
    return this.next === undefined ? undefined : this.history.messages.get(this.next)
  }

  /** Replays the next message. Undefined: there is none. */
  step(): StepTaken | undefined {
    const { history, options, position } = this
    const text = history.order[position]
    if (text === undefined || this.next === undefined) return undefined
    const went = this.stepper.step()
    const message = history.messages.get(adoptedKey(text))
    const reason = went ? undefined : this.stepper.actor.parkReason
    return {
      position,
      entry:
        message === undefined
          ? { position, key: adoptedKey(text), kind: "start", at: this.startedAt, writtenAt: this.startedAt }
          : entryOf({ message, position, text }, this.codecs.ofMessage(message), options),
      commands: this.takeCommands(),
      ...(reason === undefined ? {} : { divergence: divergenceOf(reason, position, history.order) })
    }
  }

  private takeCommands(): ReadonlyArray<TimelineCommand> {
    const { commands } = this.stepper.watch
    const fresh = commands.slice(this.told)
    this.told = commands.length
    return fresh.map((command) => commandOf(command, this.history, this.codecs.ofCommand(command), [], this.options))
  }

  /** To be asked when all messages are through, or none can be taken any more. */
  get end(): ReplayEnd {
    this.ended ??= this.finish()
    return this.ended
  }

  private finish(): ReplayEnd {
    const { actor, reason, replayed } = this.stepper.finish()
    const { order } = this.history
    return {
      verdict: reason === undefined ? "fits" : "diverges",
      replayed,
      total: order.length,
      ...(reason === undefined ? {} : { divergence: divergenceOf(reason, replayed, order) }),
      ...(actor.outcome === undefined ? {} : { outcome: actor.outcome.tag })
    }
  }
}

/**
 * Of a run in a store. Fails with `UnknownWorkflow` without code for it, with `RunNotFound`, `PayloadUnreadable`, `StoreUnavailable` or
 * `StoreRefused`.
 */
export const replaySession = Effect.fnUntraced(function* (
  runId: string,
  options: Code & ShowOptions & { readonly generation?: number }
) {
  const stored = yield* readHistory(runId, options.generation)
  const messages = yield* Effect.forEach([...stored.messages.values()], resolveMessage, { concurrency: 8 })
  return yield* open({ ...stored, messages: byKey(messages) }, options)
})

/** Of a file: a recorded history, or an exported run. Fails with `UnknownWorkflow`. */
export const replaySessionOf = (
  recorded: RecordedHistory & { readonly head?: unknown },
  options: Code & ShowOptions
): Effect.Effect<ReplaySession, UnknownWorkflow> => {
  const { generation = 0, messages, order, runId } = recorded
  const start = messages.find((message) => message.kind === "start")
  if (start === undefined)
    return Effect.fail(
      new UnknownWorkflow({ message: "the history has no start", workflow: recorded.workflow, known: [] })
    )
  const head = headOf(recorded) as PresentHead
  const address = addressOf(runId, generation)
  const stored = { runId, generation, newestGeneration: generation, address, head, start, order }
  return open({ ...stored, messages: byKey(messages) }, options)
}

const open = (history: StoredHistory, options: Code & ShowOptions) =>
  Effect.suspend((): Effect.Effect<ReplaySession, UnknownWorkflow> => {
    const workflow = workflowOf(history, options)
    if (workflow instanceof UnknownWorkflow) return Effect.fail(workflow)
    return Effect.succeed(new ReplaySession(history, options, options))
  })

const byKey = (messages: ReadonlyArray<Message>) =>
  new Map(messages.map((message) => [messageKey(message), message] as const))

/** What a replay asks of a head. */
const headOf = ({ abandoned, definitionVersion, messages, open, order, outcome, workflow }: RecordedHistory): Head => ({
  version: 1,
  status: outcome === null ? "running" : outcome.tag === "continued" ? "continued" : "succeeded",
  workflow,
  definitionVersion,
  startedAt: messages.find(({ kind }) => kind === "start")?.at ?? 0,
  updatedAt: messages.reduce((latest, { at }) => Math.max(latest, at), 0),
  adopted: order.length,
  segments: 0,
  tail: order,
  open,
  abandoned,
  fences: [],
  notices: false,
  ...(outcome === null ? {} : { outcome })
})
