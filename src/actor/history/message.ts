import type { Tags } from "../tags/tags.ts"
import { longFingerprint } from "../values/json.ts"
import type { Payload } from "../values/payload.ts"
import { awaitMark, type WhenParentEnds } from "./command.ts"
import type { CopiedFrom } from "./copying/copiedFrom.ts"
import { type RepairMessage, repairKey } from "./copying/repairMessage.ts"
import type { Outcome } from "./outcome.ts"

/**
 * An inbox row. Immutable: whoever writes it puts it if absent, and nothing rewrites, moves or deletes it. A row becomes
 * history when a head adopts its key.
 *
 * `at` is the writer's clock (epoch milliseconds). A run's logical time is the largest that its messages have brought: see
 * `messageTime`, and `OrderEntry` for those whose writer was ahead.
 */
export type Message =
  | StartMessage
  | StepMessage
  | TimerMessage
  | ChildMessage
  | CallbackMessage
  | SignalMessage
  | UpdateMessage
  | CancelMessage
  | AwaitMessage
  | DecisionMessage
  | RestartMessage
  | TombstoneMessage
  | RepairMessage

export interface StartMessage {
  readonly kind: "start"
  readonly at: number
  readonly workflow: string
  /** The version of the definition; a run stays with the version that it was started with. */
  readonly definitionVersion: string
  /** Of the input: tells a repeated start from a conflicting one. */
  readonly fingerprint: string
  readonly input: Payload
  /** Where the outcome goes, if another run waits for it. */
  readonly parent?: ParentLink
  /** Set if the run goes on with it: where this generation comes from. */
  readonly continues?: Continues
  /**
   * What becomes of it when its parent ends; absent: it is cancelled. For a parent that is terminated, of which there is no replay to ask. No
   * part of what the row says.
   */
  readonly whenParentEnds?: Exclude<WhenParentEnds, "cancel">
  /** Epoch milliseconds before which the body does not begin. Absent: at once. */
  readonly notBefore?: number
  /** Epoch milliseconds at which the body begins at the latest, whoever takes the place of this start by `debounce`. Absent: no start was asked for in that way. */
  readonly notAfter?: number
  /** The idempotency key of whoever asked for this start, if given one. */
  readonly request?: string
  /** Its first messages are those of another generation. */
  readonly from?: CopiedFrom
  /** What the run can be found by, until its body says otherwise. No part of which start it is. */
  readonly tags?: Tags
  readonly trace?: Trace
}

/**
 * Where in a trace its writer was, as `values/traceparent.ts` writes it: whoever starts a run, or sends it something, within a span. Absent: in none.
 * No part of what a row says: a second one that differs in nothing else is the same.
 */
export type Trace = string

export interface Continues {
  /** The generation before. */
  readonly generation: number
  /** Logical time at which the first generation started: that of the run. */
  readonly startedAt: number
  /** Logical time at which the generation before ended. The time of a run never goes back. */
  readonly endedAt: number
  /** The generation that what runs now was started with, by a start after the first. Absent: the first one. */
  readonly since?: number
}

export interface ParentLink {
  /** The address of the parent's generation: a later one has not asked for this run. */
  readonly runId: string
  /** The parent's child command. */
  readonly key: string
  /** Of that command: the answer carries it back. */
  readonly fingerprint: string
}

/** The outcome of a step, put by its worker or by the dead-letter consumer. The first one wins (S7). */
export interface StepMessage {
  readonly kind: "step"
  readonly at: number
  readonly key: string
  readonly fingerprint: string
  readonly outcome: Outcome
  /** Executions so far, as far as the last worker knew. */
  readonly attempts: number
  /** When the accepted execution began. */
  readonly startedAt: number
  /** The last few attempts that failed before it, oldest first. Absent: none, or not known. */
  readonly tries?: ReadonlyArray<FailedTry>
  /** Which execution it was, where that has emitted to a stream: of other executions nothing stands. */
  readonly execution?: string
  /** Run inside a turn. Such a row may belong to a turn that lost its race: see `Actor.deliver`. */
  readonly inline?: true
  /**
   * Set where `step/<key>` is taken by an inline outcome for another input, which a turn that lost its race has left: the
   * fingerprint is part of the row's key then.
   */
  readonly beside?: true
}

/** An attempt of a step that failed, and was followed by another. */
export interface FailedTry {
  readonly attempt: number
  /** When it failed, epoch milliseconds. */
  readonly at: number
  /** In few words: as in the log, without what typed errors carry. */
  readonly error: string
}

/** A step's failed attempts that its messages and its outcome tell of. */
export const mostTries = 3

export interface TimerMessage {
  readonly kind: "timer"
  readonly at: number
  readonly key: string
  /** Epoch milliseconds; part of the row's key, so a firing can be checked against the timer it was meant for (S9). */
  readonly due: number
}

/** The outcome of a child run, or of a run that this one waits for, put by that run's last turn (S10). */
export interface ChildMessage {
  readonly kind: "child"
  readonly at: number
  readonly key: string
  readonly fingerprint: string
  readonly outcome: Outcome
  /** What that run has sent to this one before: its signals come before its end. */
  readonly previous?: ReadonlyArray<string>
}

/** The answer to a callback, put by whoever has shown its token. The first one wins. */
export interface CallbackMessage {
  readonly kind: "callback"
  readonly at: number
  readonly key: string
  /** The answerer's idempotency key, or a fresh id: tells an answer that is sent again from a second one. */
  readonly id: string
  /** `succeeded` or `failed`. What it holds was seen by no schema of the run's. */
  readonly outcome: Outcome
  readonly trace?: Trace
}

export interface SignalMessage {
  readonly kind: "signal"
  readonly at: number
  readonly name: string
  /** The sender's idempotency key, or a fresh id. */
  readonly id: string
  /** What it is for, if for one thing: see `Channel`. */
  readonly for?: string
  readonly payload: Payload
  readonly previous?: ReadonlyArray<string>
  readonly trace?: Trace
}

/** A request that is answered by a `Reply`. Set aside, if it was refused. */
export interface UpdateMessage {
  readonly kind: "update"
  readonly at: number
  readonly name: string
  /** The sender's idempotency key, or a fresh id. */
  readonly id: string
  readonly payload: Payload
  readonly previous?: ReadonlyArray<string>
  readonly trace?: Trace
}

/** What clients send to a run that goes on. */
export type SentMessage = SignalMessage | UpdateMessage | CancelMessage | RestartMessage

export const isSent = (message: Message): message is SentMessage =>
  message.kind === "signal" || message.kind === "update" || message.kind === "cancel" || message.kind === "restart"

export interface CancelMessage {
  readonly kind: "cancel"
  readonly at: number
  readonly reason: string | null
  readonly previous?: ReadonlyArray<string>
  readonly trace?: Trace
}

/**
 * Another run asks to be told how this one ends. Set aside in whatever order it comes: it is not for the workflow. The last turn
 * answers it with a `child` message (S25), and so does whoever finds it in a run that has ended.
 */
export interface AwaitMessage {
  readonly kind: "await"
  readonly at: number
  readonly waiter: ParentLink
}

/**
 * What somebody who looks after runs has decided about this one. It is for the runtime: a turn acts on it by head and rows, before any replay and
 * whatever state the run is in, and sets it aside in the order. It brings no time.
 */
export type DecisionMessage = TerminateMessage | PauseMessage | ResumeMessage

/** The run ends as it stands. Its code is not asked. */
export interface TerminateMessage {
  readonly kind: "terminate"
  readonly at: number
  readonly reason: string | null
  readonly trace?: Trace
}

/** From here on nothing is handed to the body, until a `resume` or a cancellation. */
export interface PauseMessage {
  readonly kind: "pause"
  readonly at: number
  /** The caller's idempotency key, or a fresh id. */
  readonly id: string
  readonly reason: string | null
  readonly trace?: Trace
}

export interface ResumeMessage {
  readonly kind: "resume"
  readonly at: number
  readonly id: string
  readonly trace?: Trace
}

export const isDecision = (message: Message): message is DecisionMessage =>
  message.kind === "terminate" || message.kind === "pause" || message.kind === "resume"

/** By the key of a row. */
export const isDecisionKey = (key: string): boolean => key === "terminate" || /^(?:pause|resume)\//.test(key)

/**
 * The run is to be started once more, under its id. `replace` is a cancellation as well, and comes before all that was asked for so far;
 * `afterFinish` is set aside, and has its turn when what runs, and what was asked for before it, is over. The last turn of the generation that ends
 * by then begins the next one with it; of a run that has ended whoever is rung by it does. `debounce` is as `replace` where the body has not begun, because its time
 * has not come, and otherwise as `afterFinish`, but that a later one takes its place.
 */
export interface RestartMessage {
  readonly kind: "restart"
  readonly at: number
  /** The asker's idempotency key, or a fresh id. */
  readonly id: string
  readonly policy: RestartPolicy
  readonly workflow: string
  readonly definitionVersion: string
  /** Of the input. */
  readonly fingerprint: string
  readonly input: Payload
  readonly notBefore?: number
  readonly notAfter?: number
  readonly tags?: Tags
  readonly previous?: ReadonlyArray<string>
  readonly trace?: Trace
}

export type RestartPolicy = "replace" | "afterFinish" | "debounce"

/**
 * What is left of a run that was deleted, in the place of its first start row: whoever puts a start meets it, and whatever comes late for the run is
 * for nobody. It holds nothing of what the run was about.
 */
export interface TombstoneMessage {
  readonly kind: "deleted"
  /** When it was deleted, epoch milliseconds. */
  readonly at: number
  /** Until when the id is taken. */
  readonly until: number
  /** The newest there was: its head says what is still to be done. */
  readonly generation: number
}

/** Does it interrupt the body, whatever that has come to? */
export const isCancelling = (message: Message): boolean =>
  message.kind === "cancel" || (message.kind === "restart" && message.policy === "replace")

/** Keys of the rows that its sender had put into this run just before. Those rows name theirs in turn, so all of them are found. */
export const previousOf = (message: Message): ReadonlyArray<string> =>
  "previous" in message ? (message.previous ?? none) : none

const none: ReadonlyArray<string> = []

/** The field of a row, left out where there is no trace. */
export const tracedBy = (trace: Trace | undefined): { readonly trace?: Trace } =>
  trace === undefined ? untraced : { trace }

const untraced = {}

export const traceOf = (message: Message): Trace | undefined => ("trace" in message ? message.trace : undefined)

/** The sort key of the row: its identity within the run. */
export const messageKey = (message: Message): string => {
  switch (message.kind) {
    case "start":
    case "cancel":
    case "terminate":
      return message.kind
    case "deleted":
      return "start"
    case "pause":
    case "resume":
      return `${message.kind}/${message.id}`
    case "step":
      return message.beside === true ? `step/${message.key}@${message.fingerprint}` : `step/${message.key}`
    case "child":
    case "callback":
      return `${message.kind}/${message.key}`
    case "timer":
      return `timer/${message.key}@${message.due}`
    case "signal":
      return `signal/${message.name}/${message.id}`
    case "await":
      // A run's id may be longer than what a key has room for.
      return `await/${longFingerprint(`${message.waiter.runId}\n${message.waiter.key}`)}`
    case "update":
      return `update/${message.name}/${message.id}`
    case "restart":
      return restartKey(message.id)
    case "repair":
      return repairKey(message.id)
  }
}

export const restartKey = (id: string): string => `restart/${id}`

/** A row in words, for messages: people do not know our keys. */
export const placeOf = (message: Message): string => {
  switch (message.kind) {
    case "start":
      return `the input of workflow ${message.workflow}`
    case "deleted":
      return "what is left of a run that was deleted"
    case "cancel":
      return "the cancellation"
    case "terminate":
      return "the termination"
    case "pause":
      return "the pause"
    case "resume":
      return "the end of the pause"
    case "step":
      return `the answer of step ${message.key}`
    case "child":
      return `the answer of ${message.key.startsWith(awaitMark) ? `run ${message.key.slice(1)}` : `child run ${message.key}`}`
    case "callback":
      return `the answer of callback ${message.key}`
    case "timer":
      return `timer ${message.key}`
    case "signal":
      return `the payload of signal ${message.name}`
    case "await":
      return `the question of run ${message.waiter.runId}`
    case "update":
      return `the input of update ${message.name}`
    case "restart":
      return `the input of the start that is to follow (${message.policy})`
    case "repair":
      return `the ${message.from.how}`
  }
}

/**
 * The time that a message brings to the run, up to the clock of the host that adopts it. A timer put ahead of its time counts as arriving when it is
 * due; a decision moves the run by nothing, its clock included.
 */
export const messageTime = (message: Message): number => {
  if (message.kind === "timer") return Math.max(message.at, message.due)
  if (message.kind === "start") return message.from?.at ?? message.at
  return isDecision(message) || message.kind === "repair" ? 0 : message.at
}

/** A generation begins no earlier than the one before it ended, whatever its host's clock shows; but for a copy, which begins when its source did. */
export const leastTime = (message: Message): number =>
  message.kind === "start" && message.from === undefined ? (message.continues?.endedAt ?? 0) : 0

/** What it hands over. */
export const payloadOf = (message: Message): Payload | undefined => {
  switch (message.kind) {
    case "start":
    case "restart":
      return message.input
    case "signal":
    case "update":
      return message.payload
    case "step":
    case "child":
    case "callback":
      return message.outcome.payload
    default:
      return undefined
  }
}
