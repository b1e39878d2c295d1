import * as Argument from "effect/cli/Argument"
import type * as Command from "effect/cli/Command"
import * as Completions from "effect/cli/Completions"
import * as Effect from "effect/Effect"
import { Screen } from "../framework/screen.ts"
import { type AnyCommand, defineCommand } from "./defineCommand.ts"

/** Of the whole command line, which is not there yet where this is declared. */
export const completionsOf = (root: () => Command.Command.Any): AnyCommand =>
  defineCommand("completions", {
    summary: "Print a script that completes command lines",
    description: "Prints a script for a shell, which completes commands and flags.",
    json: "the script all the same",
    examples: [
      ["completions bash >> ~/.bashrc", "For bash"],
      ["completions zsh > ~/.zfunc/_dynactor", "For zsh: a folder of its fpath"],
      ["completions fish > ~/.config/fish/completions/dynactor.fish", "For fish"]
    ],
    input: {
      shell: Argument.Literals("shell", ["bash", "zsh", "fish", "powershell"]).pipe(
        Argument.withDescription("bash, zsh, fish or powershell")
      )
    },
    run: Effect.fnUntraced(function* ({ shell }) {
      const screen = yield* Screen
      const script = Completions.generate("dynactor", shell, Completions.fromCommand(root()))
      yield* Effect.sync(() => screen.out(`${script}\n`))
    })
  })
