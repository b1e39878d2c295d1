import * as Flag from "effect/cli/Flag"
import * as Prompt from "effect/cli/Prompt"
import * as Effect from "effect/Effect"
import { CommandFailed } from "./commandFailed.ts"
import { exitCodes } from "./exitCodes.ts"
import { hasColours, Screen } from "./screen.ts"

/** Answers the question of a command before it is asked. */
export const yesFlag = Flag.Boolean("yes").pipe(
  Flag.withAlias("y"),
  Flag.withoutNegation,
  Flag.withDefault(false),
  Flag.withDescription("Do not ask")
)

/**
 * Asks before what cannot be undone. Fails where the answer is no, and where there is nobody to ask: then `--yes` has to say it.
 */
export const confirm = Effect.fnUntraced(function* (message: string, isYes: boolean) {
  if (isYes) return
  const screen = yield* Screen
  if (!screen.isInputTerminal || !screen.isOutTerminal) {
    return yield* new CommandFailed({
      kind: "NotConfirmed",
      message: `${message} There is no terminal to ask on, and nothing was done.`,
      exitCode: exitCodes.wrongUse,
      todo: "say --yes"
    })
  }
  const colors = hasColours(true, screen.environment)
  const isConfirmed = yield* Prompt.run(Prompt.Confirm({ message, initial: false, theme: { colors } }))
  if (!isConfirmed)
    return yield* new CommandFailed({
      kind: "NotConfirmed",
      message: "nothing was done",
      exitCode: exitCodes.interrupted
    })
})
