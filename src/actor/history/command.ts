import type { Tags } from "../tags/tags.ts"
import { fingerprintText, longFingerprint } from "../values/json.ts"
import type { InlinePayload } from "../values/payload.ts"
import { parseAddress } from "./generation.ts"

/**
 * What a turn asks of the world. A command takes effect only if the commit of its turn stands (S3); inline steps are the one
 * exception, and say so.
 *
 * `key` is a stable name, `<name>#<occurrence>` or `<name>:<user key>` (`~1` and so on behind a repeated one): unique within its kind, and not moved by unrelated
 * commands. `index` is the number of messages that the run had adopted when the command was issued: it ties a queue message
 * to the commit that issued it (see `Fence`).
 */
export type Command =
  | StepCommand
  | TimerCommand
  | ChildCommand
  | AwaitCommand
  | CallbackCommand
  | CancelChildCommand
  | SendCommand
  | ClearTimerCommand

export interface StepCommand {
  readonly kind: "step"
  readonly key: string
  readonly name: string
  readonly fingerprint: string
  readonly index: number
  readonly input: InlinePayload
  readonly inline: boolean
}

export interface TimerCommand {
  readonly kind: "timer"
  readonly key: string
  readonly fingerprint: string
  readonly index: number
  readonly due: number
  /** At this very time, and not so long after it was set: it is never put off. */
  readonly isFixed?: true
}

export interface ChildCommand {
  readonly kind: "child"
  readonly key: string
  readonly fingerprint: string
  readonly index: number
  readonly workflow: string
  readonly definitionVersion: string
  readonly runId: string
  readonly inputFingerprint: string
  readonly input: InlinePayload
  /** What becomes of it when this run ends or is cancelled. No part of the fingerprint: nobody is bound to what it was. */
  readonly whenParentEnds: WhenParentEnds
  /** Of its start. */
  readonly tags?: Tags
}

/** The three things that can become of a child run whose parent ends, or is cancelled, before it. */
export type WhenParentEnds = "cancel" | "abandon" | "wait"

/**
 * Ask a run that somebody else has started to tell its outcome. Answered as a child run is, by a `child` message; its key begins
 * with {@link awaitMark}, which no name does.
 */
export interface AwaitCommand {
  readonly kind: "await"
  readonly key: string
  readonly fingerprint: string
  readonly index: number
  readonly workflow: string
  readonly runId: string
}

export const awaitMark = "@"

/**
 * Somebody outside has a token for it, and may answer once. Nothing is sent or written for it but its record in the head, by which
 * those who are asked to take an answer see that it is open.
 */
export interface CallbackCommand {
  readonly kind: "callback"
  readonly key: string
  /** When its token expires, epoch milliseconds; "0": never. */
  readonly fingerprint: string
  readonly index: number
}

/** Ask a child run to cancel. Its outcome still arrives as a `child` message. */
export interface CancelChildCommand {
  readonly kind: "cancelChild"
  readonly key: string
  readonly runId: string
  readonly index: number
}

/** A signal for another run: nobody answers it, and no record is kept. */
export interface SendCommand {
  readonly kind: "send"
  /** `<signal>/<id>`, for people. */
  readonly key: string
  readonly runId: string
  readonly name: string
  readonly id: string
  /** What it is for, if for one thing. */
  readonly for?: string
  readonly payload: InlinePayload
  /** Keys of the rows that the run has sent there just before. */
  readonly previous?: ReadonlyArray<string>
  /** Meant for the child run of this command's key: another run that has its id must not get it. */
  readonly toChild?: string
}

/** A timer nobody waits for any more: its schedule may be deleted. Best effort, a late firing is ignored. */
export interface ClearTimerCommand {
  readonly kind: "clearTimer"
  readonly key: string
  readonly due: number
}

/** Commands that are answered by a message. */
export type AnsweredCommand = StepCommand | TimerCommand | ChildCommand | AwaitCommand | CallbackCommand
/** As in the keys of rows and in records: there a run that is waited for is like a child. */
export type AnsweredKind = Exclude<AnsweredCommand["kind"], "await">

export const answeredKind = ({ kind }: AnsweredCommand): AnsweredKind => (kind === "await" ? "child" : kind)

/** The identity of an answered command within a run; also the prefix of the row that answers it. */
export const commandId = (kind: AnsweredKind, key: string): string => `${kind}/${key}`

/** What the head keeps of an issued command that no adopted message accounts for. */
export interface CommandRecord {
  readonly kind: AnsweredKind
  readonly key: string
  readonly fingerprint: string
  /** Of a child run whose id is not made of its parent's and its key. For people: the fingerprint covers it. */
  readonly childRunId?: string
}

/** Of a child run's command. Covers the run id as well: another child is another command. */
export const childFingerprint = (definitionVersion: string, runId: string, inputFingerprint: string): string =>
  fingerprintText(`${definitionVersion} ${runId} ${inputFingerprint}`)

/** Characters of a run's id, whoever gives it. */
export const mostRunId = 512

/**
 * The id of a child run that its parent gives no other. It can be taken apart from its end: a key of the user's holds no "#",
 * and no ":" here, so that no two commands of any two runs give one id. A later generation's ends in "@" and its number. One that would be too long for a run, as of children of
 * children of children, ends in "^" and a hash of the whole.
 */
export const defaultChildRunId = (address: string, key: string): string => {
  const { runId, generation } = parseAddress(address)
  const end = key.indexOf(":")
  const first =
    end < 0 ? `${runId}:${key}` : `${runId}:${key.slice(0, end)}:${key.slice(end + 1).replaceAll(":", "%3A")}`
  // No key holds "@".
  const id = generation === 0 ? first : `${first}@${generation}`
  // No key holds "^".
  return id.length <= mostRunId ? id : `${id.slice(0, 400).toWellFormed()}^${longFingerprint(id)}`
}

/** The name of the timer before whose time the body does not begin. */
export const beginTimer = "dynactor.begin"
