import * as Schema from "effect/Schema"
import { type ExitCode, exitCodes } from "./exitCodes.ts"

/** A command ends without what it was asked for. What happened and why is the message; what to do, if there is more to say, `todo`. */
export class CommandFailed extends Schema.TaggedError<CommandFailed>()("CommandFailed", {
  message: Schema.String,
  exitCode: Schema.Literals(Object.values(exitCodes)),
  /** What programs call it: `error` of the JSON. */
  kind: Schema.String,
  todo: Schema.optionalKey(Schema.String),
  /** The message was printed before, or is no news: the exit code is all that is left to say. */
  isTold: Schema.optionalKey(Schema.Boolean)
}) {}

/** Of definitions. */
export const nameRule = "names are 1 to 64 letters, digits, _ . or -"

/** A flag or an argument is not as it must be. `todo`: what would be right. */
export const wrongUse = (message: string, todo: string): CommandFailed =>
  new CommandFailed({ kind: "WrongUse", message, exitCode: exitCodes.wrongUse, todo })

export const notFound = (message: string, todo: string): CommandFailed =>
  new CommandFailed({ kind: "NotFound", message, exitCode: exitCodes.notFound, todo })

/** All was said; only the exit code is left. */
export const endWith = (exitCode: ExitCode): CommandFailed =>
  new CommandFailed({ kind: "Ended", message: `ended with ${exitCode}`, exitCode, isTold: true })
