import { limiterRunId, readPlaceChannel } from "../../actor/calls/limits/limitNames.ts"
import { placeGiven } from "../../actor/calls/limits/limitParts.ts"
import { lastMoment } from "../../actor/calls/sleep.ts"
import { awaitMark, type CommandRecord, defaultChildRunId } from "../../actor/history/command.ts"
import { readChannel } from "../../actor/values/channel.ts"
import { toldText } from "../../actor/values/sealed.ts"

/**
 * What a run waits for, for people and programs: one shape for the client, the HTTP API (where dates are ISO strings) and
 * `TestRuntime`. As old as the run's last commit.
 */
export type WaitingFor =
  | WaitingForStep
  /** A sleep or a time-out, until when. */
  | { readonly kind: "timer"; readonly key: string; readonly due: Date }
  | {
      readonly kind: "child"
      /** `<workflow>#<occurrence>`, or `<workflow>:<your key>`. */
      readonly key: string
      readonly workflow: string
      readonly runId: string
    }
  /** The end of a run that it has not started. */
  | { readonly kind: "run"; readonly workflow: string; readonly runId: string }
  | {
      readonly kind: "callback"
      /** `<name>#<occurrence>`, or `<name>:<your key>`. */
      readonly key: string
      readonly name: string
      /** Of its token. Absent: it is good for as long as the run waits. */
      readonly expires?: Date
    }
  /** `for`: what the signal has to be for, where it has to be for one thing. */
  | { readonly kind: "signal"; readonly name: string; readonly for?: string }
  | WaitingForPlace
  /** It takes this update, and answers. */
  | { readonly kind: "update"; readonly name: string }
  /** `Effect.sleep("Infinity")`: only a cancellation ends it. */
  | { readonly kind: "cancellation" }

/** A place of a limit, before the body begins or a step is asked for. */
export interface WaitingForPlace {
  readonly kind: "limit"
  /** `<limit>/<key>`, the key in visible ASCII; of a long one the beginning and a hash. */
  readonly place: string
  /** The run that gives these places. */
  readonly runId: string
  /** Which place this generation of the run asks of the limit, from 0. */
  readonly number: number
  /** 1: the next. Absent: unknown, or behind the first thirty or so. */
  readonly position?: number
  /** How many wait. With `position`, as of the limiter's last commit. */
  readonly queued?: number
  /** How many hold one. */
  readonly held?: number
  /** Until when the limit's rate lets nobody have one. */
  readonly until?: Date
}

export interface WaitingForStep {
  readonly kind: "step"
  /** `<name>#<occurrence>`, or `<name>:<your key>`. */
  readonly key: string
  readonly name: string
  /**
   * The execution that is under way or comes next, from 1. SQS shows its messages to nobody: there it is what is noted in the table when an attempt has failed, and one behind
   * where that could not be written. Absent: the store has no record of attempts.
   */
  readonly attempt?: number
  /** How the attempt before it failed: as in the log, without what typed errors carry. Absent for the first, or if unknown. */
  readonly lastError?: string
  /** When the attempt may begin, if the one before it failed. Past: it is under way, or is about to be. */
  readonly nextTry?: Date
  /**
   * Who has the attempt in hand, at work or waiting for a free place: on SQLite the process id, on AWS `<host>/<process id>`, and of a Lambda function its log stream.
   * Absent: nobody, or it is not known. On SQS others know it once it has been in hand for ten seconds or so, and for up to five minutes after a process has died.
   */
  readonly worker?: string
}

/** A step that has failed and is tried again, or that somebody has in hand, as far as a store knows. */
export interface StepRetry {
  readonly key: string
  readonly attempt: number
  readonly lastError?: string | undefined
  /** Epoch milliseconds. */
  readonly notBefore: number
  /** Who has it in hand. */
  readonly worker?: string | undefined
}

export interface Waits {
  readonly open: ReadonlyArray<CommandRecord>
  readonly signals?: ReadonlyArray<string> | undefined
  readonly updates?: ReadonlyArray<string> | undefined
  readonly endless?: boolean | undefined
}

/** `retries`: undefined where nobody knows of them. */
export const waitingFor = (
  runId: string,
  { open, signals = [], updates = [], endless = false }: Waits,
  retries: ReadonlyArray<StepRetry> | undefined
): ReadonlyArray<WaitingFor> => [
  ...open.map((record) => describeRecord(runId, record, retries)),
  ...signals.map(waitOfChannel),
  ...updates.map((name) => ({ kind: "update" as const, name })),
  ...(endless ? [{ kind: "cancellation" as const }] : [])
]

/** `, 3rd of 17`. Nothing where it is not known. */
export const lineText = ({ position, queued }: WaitingForPlace): string => {
  if (queued === undefined || queued === 0) return ""
  return position === undefined ? `, one of ${queued} that wait` : `, ${ordinal(position)} of ${queued}`
}

const ordinal = (position: number): string => {
  const last = position % 100
  const ending = last >= 11 && last <= 13 ? "th" : (["th", "st", "nd", "rd"][position % 10] ?? "th")
  return `${position}${ending}`
}

const waitOfChannel = (channel: string): WaitingFor => {
  const signal = readChannel(channel)
  if (signal.name !== placeGiven.name || signal.for === undefined) return { kind: "signal", ...signal }
  const { n, place } = readPlaceChannel(signal.for)
  return { kind: "limit", place, runId: limiterRunId(place), number: Number(n) }
}

const describeRecord = (
  runId: string,
  { kind, key, fingerprint, childRunId }: CommandRecord,
  retries: ReadonlyArray<StepRetry> | undefined
): WaitingFor => {
  switch (kind) {
    case "timer":
      return { kind, key, due: dateOf(Number(fingerprint)) }
    case "callback": {
      const expiresAt = Number(fingerprint)
      return { kind, key, name: nameOf(key), ...(expiresAt === 0 ? {} : { expires: dateOf(expiresAt) }) }
    }
    case "child":
      if (key.startsWith(awaitMark)) return { kind: "run", workflow: nameOf(key.slice(1)), runId: childRunId ?? "" }
      return { kind, key, workflow: nameOf(key), runId: childRunId ?? defaultChildRunId(runId, key) }
    case "step": {
      const step = { kind, key, name: nameOf(key) }
      if (retries === undefined) return step
      const retry = retries.find((one) => one.key === key)
      if (retry === undefined) return { ...step, attempt: 1 }
      const { attempt, lastError, notBefore, worker } = retry
      return {
        ...step,
        attempt,
        ...(lastError === undefined ? {} : { lastError: toldText(lastError) }),
        ...(attempt === 1 ? {} : { nextTry: dateOf(notBefore) }),
        ...(worker === undefined ? {} : { worker })
      }
    }
  }
}

/** The name at the beginning of a command's key: names hold neither `#` nor `:`, one of which comes next. */
const nameOf = (key: string): string => key.replace(/[#:].*$/s, "")

/** The last moment that a `Date` holds stands for all after it. */
const dateOf = (time: number): Date => new Date(Math.min(time, lastMoment))
