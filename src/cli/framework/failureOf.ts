import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import * as Terminal from "effect/Terminal"
import { CommandFailed } from "./commandFailed.ts"
import { type ExitCode, exitCodes } from "./exitCodes.ts"

/** Errors of the layers below, by their tags: with what a command ends, and what there is to do: each has something. */
const known: { readonly [tag: string]: { readonly exitCode: ExitCode; readonly todo: string } } = {
  RunNotFound: {
    exitCode: exitCodes.notFound,
    todo: "`dynactor list` shows the runs that there are; is it the right target?"
  },
  RunOfOtherWorkflow: {
    exitCode: exitCodes.notFound,
    todo: "look at the id: `dynactor get <run>` says of which workflow it is"
  },
  StateNotSet: { exitCode: exitCodes.notFound, todo: "look at the name; with --follow this waits for the first value" },
  PayloadMissing: {
    exitCode: exitCodes.notFound,
    todo: "bring the object back into the bucket, from its versions or a backup"
  },
  PayloadAltered: {
    exitCode: exitCodes.failed,
    todo: "bring back what was written, from the versions of the bucket or a backup"
  },
  PayloadUnreadable: {
    exitCode: exitCodes.failed,
    todo: "name the entry that has the codec and its keys by --entry; the message names the row"
  },
  ImportRefused: {
    exitCode: exitCodes.conflict,
    todo: "import it into another store, or leave the run that is there as it is"
  },
  OutcomeUnreadable: {
    exitCode: exitCodes.failed,
    todo: "name the entry that the run has ended with by --entry, or none: values are then shown as they are stored"
  },
  StateUnreadable: {
    exitCode: exitCodes.failed,
    todo: "name the entry that the run has by --entry, or none: values are then shown as they are stored"
  },
  StreamUnreadable: {
    exitCode: exitCodes.failed,
    todo: "name the entry that the run has by --entry, or none: values are then shown as they are stored"
  },
  InputInvalid: {
    exitCode: exitCodes.wrongUse,
    todo: "write it as the schema of the input encodes it to JSON; the message names the place"
  },
  StartInvalid: {
    exitCode: exitCodes.wrongUse,
    todo: "mend what the message names: --policy, --at, --delay, --max-delay or --request-id"
  },
  SignalInvalid: {
    exitCode: exitCodes.wrongUse,
    todo: "write it as the schema of the signal encodes it to JSON; the message names the place"
  },
  UpdateInvalid: {
    exitCode: exitCodes.wrongUse,
    todo: "write it as the schema of the update encodes it to JSON; the message names the place"
  },
  RunIdInvalid: { exitCode: exitCodes.wrongUse, todo: "take another id" },
  TagsInvalid: { exitCode: exitCodes.wrongUse, todo: "mend the tag that the message names" },
  PositionInvalid: { exitCode: exitCodes.wrongUse, todo: "begin at 0" },
  CursorInvalid: {
    exitCode: exitCodes.wrongUse,
    todo: "ask with the filters that it was given out for, or from the beginning, without --cursor"
  },
  RepairInvalid: { exitCode: exitCodes.wrongUse, todo: "mend what the message names" },
  RepairRefused: {
    exitCode: exitCodes.wrongUse,
    todo: "`dynactor get <run>` shows its state, `dynactor history <run>` its messages by number; where the message asks for a choice: --compensated rerun or keep, --at, --children"
  },
  CallbackInvalid: { exitCode: exitCodes.wrongUse, todo: "mend the value: the callback is still open" },
  CallbackForged: {
    exitCode: exitCodes.wrongUse,
    todo: "take the token as it was handed out, and the target where its run is; of a table, --callback-secret"
  },
  CallbackAltered: { exitCode: exitCodes.wrongUse, todo: "take the token whole, as it was handed out" },
  ScheduleNotFound: { exitCode: exitCodes.notFound, todo: "`dynactor schedules` shows those that there are" },
  ScheduleInvalid: { exitCode: exitCodes.wrongUse, todo: "mend the part that the message names" },
  ScheduleEnded: {
    exitCode: exitCodes.conflict,
    todo: "make it again (client.schedules.ensure with again), or take another name"
  },
  RunConflict: {
    exitCode: exitCodes.conflict,
    todo: "give another --id, or none; where the message names a request, another --request-id"
  },
  RunExists: { exitCode: exitCodes.conflict, todo: "give another --id, or another --policy" },
  RunDeleted: {
    exitCode: exitCodes.conflict,
    todo: "give another --id, or wait until the time that the message names"
  },
  RunNotEnded: {
    exitCode: exitCodes.conflict,
    todo: "end it first: `dynactor cancel <run>`, or `dynactor terminate <run>`, which compensates nothing"
  },
  RunFinished: {
    exitCode: exitCodes.conflict,
    todo: "nothing: it is over. `dynactor get <run>` shows what it has ended with"
  },
  SignalConflict: { exitCode: exitCodes.conflict, todo: "give another --id, or none" },
  UpdateConflict: { exitCode: exitCodes.conflict, todo: "give another --id, or none" },
  CallbackUsed: { exitCode: exitCodes.conflict, todo: "nothing: the first answer stands" },
  CallbackClosed: { exitCode: exitCodes.conflict, todo: "nothing: its run waits for it no longer" },
  CallbackExpired: { exitCode: exitCodes.conflict, todo: "nothing: its time is over, and its run was told so" },
  // Of an HTTP API, which knows its definitions.
  BadRequest: {
    exitCode: exitCodes.wrongUse,
    todo: "mend what the message names; are the server and this command of the same version"
  },
  RequestTooLarge: { exitCode: exitCodes.wrongUse, todo: "keep the value elsewhere, and pass its name" },
  ValueNotFound: { exitCode: exitCodes.notFound, todo: "take one of the values that `dynactor history <run>` shows" },
  WorkflowUnknown: {
    exitCode: exitCodes.notFound,
    todo: "deploy it, or take one that is there: `dynactor dashboard` shows them, as GET /definitions does"
  },
  SignalUnknown: {
    exitCode: exitCodes.notFound,
    todo: "take one that the server has, or add it to the signals that its entry exports"
  },
  StateUnknown: {
    exitCode: exitCodes.notFound,
    todo: "take one that the server has, or add it to the states that its entry exports"
  },
  UpdateUnknown: {
    exitCode: exitCodes.notFound,
    todo: "take one that the server has, or add it to the updates that its entry exports"
  },
  StreamUnknown: {
    exitCode: exitCodes.notFound,
    todo: "take one that the server has, or add it to the streams that its entry exports"
  },
  Unauthorized: { exitCode: exitCodes.away, todo: "set DYNACTOR_KEY, or say --key" },
  KeyReadsOnly: { exitCode: exitCodes.away, todo: "take a key that may do more than read" },
  HostRefused: {
    exitCode: exitCodes.away,
    todo: "ask by a name that the server goes by, or add this one to its hosts"
  },
  OriginRefused: { exitCode: exitCodes.away, todo: "add the site to the origins of the server, if it is yours" },
  RateExceeded: { exitCode: exitCodes.away, todo: "try again in a moment" },
  TooManyWaits: { exitCode: exitCodes.away, todo: "try again in a moment" },
  RouteUnknown: { exitCode: exitCodes.away, todo: "are the server and this command of the same version" },
  InternalError: { exitCode: exitCodes.failed, todo: "the server's log says why" },
  UpdateFailed: { exitCode: exitCodes.failed, todo: "`dynactor why <run>` says how the run stands" },
  RunParked: { exitCode: exitCodes.notYet, todo: "`dynactor why <run>` says what to do about it" },
  StoreUnavailable: {
    exitCode: exitCodes.away,
    todo: "try again: what was asked may have been done, and is not done twice with the same --id"
  },
  StoreRefused: {
    exitCode: exitCodes.away,
    todo: "the message says what the service wants; `dynactor doctor` looks at the rest"
  }
}

export interface Failure {
  readonly exitCode: ExitCode
  /** For programs: the tag of an error of the client, or `CommandFailed.kind`. */
  readonly kind: string
  readonly message: string
  readonly todo?: string
  readonly isTold?: boolean
  /** Of what nobody has foreseen. */
  readonly stack?: string
}

/** What there is to do about errors of one tag, of which many may be told. */
export const todoOf = (tag: string): string | undefined => known[tag]?.todo

/** What a command ends with, whatever it failed with. */
export const failureOf = (cause: Cause.Cause<unknown>): Failure => {
  const error = Option.getOrUndefined(Cause.findErrorOption(cause))
  if (error === undefined && Cause.hasInterrupts(cause) && !Cause.hasDies(cause)) return interrupted
  if (error instanceof CommandFailed) {
    const { exitCode, isTold, kind, message, todo } = error
    return {
      exitCode,
      kind,
      message,
      ...(todo === undefined ? {} : { todo }),
      ...(isTold === undefined ? {} : { isTold })
    }
  }
  if (Terminal.isQuitError(error)) return interrupted
  const { _tag: tag, message } = taggedFrom(error)
  const told = tag === undefined ? undefined : known[tag]
  if (tag !== undefined && told !== undefined)
    return { exitCode: told.exitCode, kind: tag, message: inFlags(tag, message), todo: told.todo }
  return {
    exitCode: exitCodes.bug,
    kind: tag ?? "Bug",
    message: `dynactor came upon what it should not have: ${message || Cause.pretty(cause).split("\n")[0]}`,
    todo: "this is a bug; please report it with the lines below",
    stack: Cause.pretty(cause)
  }
}

/** What a repair may be told says the client in its own words: here these are flags. */
const inFlags = (tag: string, message: string): string =>
  tag !== "RepairRefused"
    ? message
    : message
        .replace('compensated: "rerun"', "--compensated rerun")
        .replace(', or "keep" if', ", or --compensated keep if")
        .replace('children: "again"', "--children")
        .replace(/, with at$/, ", with --at")

const interrupted: Failure = {
  exitCode: exitCodes.interrupted,
  kind: "Interrupted",
  message: "interrupted",
  isTold: true
}

const taggedFrom = (error: unknown): { readonly _tag?: string; readonly message: string } => {
  if (typeof error !== "object" || error === null) return { message: error === undefined ? "" : String(error) }
  const { _tag, message } = error as { readonly _tag?: unknown; readonly message?: unknown }
  return {
    ...(typeof _tag === "string" ? { _tag } : {}),
    message: typeof message === "string" ? message : JSON.stringify(error)
  }
}
