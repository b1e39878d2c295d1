import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import * as Terminal from "effect/Terminal"
import { CommandFailed } from "./commandFailed.ts"
import { type ExitCode, exitCodes } from "./exitCodes.ts"

/** Errors of the layers below, by their tags: with what a command ends, and what there is to do beside what the message says. */
const known: { readonly [tag: string]: { readonly exitCode: ExitCode; readonly todo?: string } } = {
  RunNotFound: {
    exitCode: exitCodes.notFound,
    todo: "`dynactor list` shows the runs that there are; is it the right target?"
  },
  RunOfOtherWorkflow: { exitCode: exitCodes.notFound },
  StateNotSet: { exitCode: exitCodes.notFound },
  PayloadMissing: { exitCode: exitCodes.notFound },
  PayloadAltered: { exitCode: exitCodes.failed },
  PayloadUnreadable: { exitCode: exitCodes.failed },
  ImportRefused: { exitCode: exitCodes.conflict },
  OutcomeUnreadable: { exitCode: exitCodes.failed },
  StateUnreadable: { exitCode: exitCodes.failed },
  StreamUnreadable: { exitCode: exitCodes.failed },
  InputInvalid: { exitCode: exitCodes.wrongUse },
  SignalInvalid: { exitCode: exitCodes.wrongUse },
  UpdateInvalid: { exitCode: exitCodes.wrongUse },
  RunIdInvalid: { exitCode: exitCodes.wrongUse },
  TagsInvalid: { exitCode: exitCodes.wrongUse },
  PositionInvalid: { exitCode: exitCodes.wrongUse },
  CursorInvalid: { exitCode: exitCodes.wrongUse },
  RepairInvalid: { exitCode: exitCodes.wrongUse },
  CallbackInvalid: { exitCode: exitCodes.wrongUse },
  CallbackForged: { exitCode: exitCodes.wrongUse },
  CallbackAltered: { exitCode: exitCodes.wrongUse },
  ScheduleNotFound: { exitCode: exitCodes.notFound, todo: "`dynactor schedules` shows those that there are" },
  ScheduleInvalid: { exitCode: exitCodes.wrongUse },
  ScheduleEnded: { exitCode: exitCodes.conflict },
  RunConflict: { exitCode: exitCodes.conflict, todo: "give another --id, or none" },
  RunExists: { exitCode: exitCodes.conflict, todo: "give another --id, or another --policy" },
  RunFinished: { exitCode: exitCodes.conflict },
  SignalConflict: { exitCode: exitCodes.conflict },
  UpdateConflict: { exitCode: exitCodes.conflict },
  CallbackUsed: { exitCode: exitCodes.conflict },
  CallbackClosed: { exitCode: exitCodes.conflict },
  CallbackExpired: { exitCode: exitCodes.conflict },
  // Of an HTTP API, which knows its definitions.
  BadRequest: { exitCode: exitCodes.wrongUse },
  RequestTooLarge: { exitCode: exitCodes.wrongUse },
  WorkflowUnknown: { exitCode: exitCodes.notFound },
  SignalUnknown: { exitCode: exitCodes.notFound },
  StateUnknown: { exitCode: exitCodes.notFound },
  UpdateUnknown: { exitCode: exitCodes.notFound },
  StreamUnknown: { exitCode: exitCodes.notFound },
  Unauthorized: { exitCode: exitCodes.away, todo: "set DYNACTOR_KEY, or say --key" },
  KeyReadsOnly: { exitCode: exitCodes.away, todo: "take a key that may do more than read" },
  HostRefused: { exitCode: exitCodes.away },
  OriginRefused: { exitCode: exitCodes.away },
  RateExceeded: { exitCode: exitCodes.away, todo: "try again in a moment" },
  TooManyWaits: { exitCode: exitCodes.away, todo: "try again in a moment" },
  RouteUnknown: { exitCode: exitCodes.away, todo: "are the server and this command of the same version" },
  InternalError: { exitCode: exitCodes.failed, todo: "the server's log says why" },
  UpdateFailed: { exitCode: exitCodes.failed },
  RunParked: { exitCode: exitCodes.notYet, todo: "`dynactor why <run>` says what to do about it" },
  StoreUnavailable: { exitCode: exitCodes.away },
  StoreRefused: { exitCode: exitCodes.away }
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
    return { exitCode: told.exitCode, kind: tag, message, ...(told.todo === undefined ? {} : { todo: told.todo }) }
  return {
    exitCode: exitCodes.bug,
    kind: tag ?? "Bug",
    message: `dynactor came upon what it should not have: ${message || Cause.pretty(cause).split("\n")[0]}`,
    todo: "this is a bug; please report it with the lines below",
    stack: Cause.pretty(cause)
  }
}

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
