import type * as Tracer from "effect/Tracer"
import type { Tags } from "../tags/tags.ts"
import type { InlinePayload, Payload } from "../values/payload.ts"
import { derivedTrace, readTraceparent } from "../values/traceparent.ts"
import type { CopiedFrom } from "./copying/copiedFrom.ts"
import { addressOf, parseAddress, runIdOf } from "./generation.ts"
import type { Head } from "./head.ts"
import {
  isDecisionKey,
  isSent,
  type Message,
  messageKey,
  type ParentLink,
  type StartMessage,
  type Trace,
  tracedBy
} from "./message.ts"
import type { Ending } from "./outcome.ts"

/**
 * What a generation hands to the next one. The payload of its outcome, so that whoever meets its head can make good what its last
 * commit had still to put, without the workflow's code.
 */
export interface Continuation {
  readonly workflow: string
  readonly definitionVersion: string
  /** Of the input. */
  readonly fingerprint: string
  readonly input: Payload
  /** Keys of the rows that were adopted and that nobody has read, in the order in which the next generation is to have them. */
  readonly carried: ReadonlyArray<string>
  /** It is another start, which was asked for: nothing of the one before goes over to it, but what came behind the request. */
  readonly restart?: Restart
  /** It begins with messages of the one before, which is left for an earlier one of them. */
  readonly copy?: NextCopy
}

export interface NextCopy extends Restart {
  readonly from: CopiedFrom
  /** The one before had ended: it is another start of the run. */
  readonly isStart: boolean
}

export interface Restart {
  /** Of the request: its idempotency key. */
  readonly id: string
  readonly notBefore?: number
  readonly notAfter?: number
  readonly tags?: Tags
  readonly trace?: Trace
}

/** The same as the body asks for it. */
export interface Next extends Omit<Continuation, "carried"> {
  readonly input: InlinePayload
}

/** How a generation ends that hands this over. */
export const endingOf = (next: Omit<Continuation, "carried">, unread: ReadonlyArray<Message>): Ending => {
  const continuation: Continuation = { ...next, carried: unread.map(messageKey) }
  return { tag: "continued", payload: { json: JSON.stringify(continuation) } }
}

/** The first row of the next generation. */
export const nextStart = (
  address: string,
  { workflow, copy, definitionVersion, fingerprint, input, restart = copy }: Omit<Continuation, "carried">,
  before: Pick<Head, "startedAt" | "updatedAt" | "parent" | "since" | "tags">,
  at: number,
  trace: Trace | undefined
): StartMessage => {
  const begun = Math.max(at, before.updatedAt)
  const { generation } = parseAddress(address)
  const row = { kind: "start", at: begun, workflow, definitionVersion, fingerprint, input } as const
  const continues = { generation, startedAt: before.startedAt, endedAt: before.updatedAt }
  const goesOn = before.since === undefined ? continues : { ...continues, since: before.since }
  const parent = before.parent === undefined ? {} : { parent: before.parent }
  if (restart !== undefined) {
    const { id, notAfter, notBefore, tags, trace } = restart
    const told = {
      ...row,
      ...(notBefore === undefined ? {} : { notBefore }),
      ...(notAfter === undefined ? {} : { notAfter }),
      request: id,
      ...(tags === undefined ? {} : { tags }),
      ...(copy === undefined ? {} : { from: copy.from }),
      ...tracedBy(trace)
    }
    // Who had asked for one that has ended, and waits for it, has been told how that ended.
    return copy?.isStart === false
      ? { ...told, ...parent, continues: goesOn }
      : { ...told, continues: { ...continues, startedAt: begun, since: generation + 1 } }
  }
  return {
    ...row,
    ...parent,
    continues: goesOn,
    ...(before.tags === undefined ? {} : { tags: before.tags }),
    // All generations of a run are one trace.
    ...tracedBy(trace)
  }
}

/** Where in a trace a run is: below what has started it, or in a trace of its own that all of its generations share. */
export const placeInTrace = (address: string, start: StartMessage): Tracer.ExternalSpan =>
  readTraceparent(start.trace) ?? derivedTrace(runIdOf(address), start.continues?.startedAt ?? start.at)

/** Is a row of this key acted on before any replay? */
export const isForRuntime = (key: string): boolean => isDecisionKey(key) || key.startsWith("repair/")

/** May a row of this key be for a later generation, if the one that it was sent to is over? Others answer what that one has asked for. */
export const isForTheRun = (key: string): boolean =>
  key === "cancel" || isDecisionKey(key) || /^(?:signal|update|await|restart)\//.test(key)

/**
 * Rows that were adopted and not read, as rows of the next generation: with their ids and times, each behind the one before it. What
 * else they were sent behind has been adopted with them.
 */
export const carriedRows = (rows: ReadonlyArray<Message>): ReadonlyArray<Message> =>
  rows.map((row, index) => {
    if (!isSent(row)) return row
    const { previous: _, ...rest } = row
    const before = rows[index - 1]
    return before === undefined ? rest : { ...rest, previous: [messageKey(before)] }
  })

/** The generation that a head has left the run to. */
export const successorOf = (address: string, head: Pick<Head, "status"> | undefined): string | undefined => {
  if (head?.status !== "continued") return undefined
  const { runId, generation } = parseAddress(address)
  return addressOf(runId, generation + 1)
}

/** What a generation of a run leaves to the next one. */
export interface Handover {
  readonly next: Next
  /** What nobody has received, and those who wait for the run to end. */
  readonly unread: ReadonlyArray<Message>
  readonly ending: Ending
}

export const handoverOf = (
  next: Next,
  unread: ReadonlyArray<Message>,
  waiters: Iterable<ParentLink>,
  at: number
): Handover => {
  const questions = Array.from(waiters, (waiter): Message => ({ kind: "await", at, waiter }))
  const all = [...unread, ...questions]
  return { next, unread: all, ending: endingOf(next, all) }
}
