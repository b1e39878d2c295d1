import type * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as CliConfig from "effect/cli/CliConfig"
import * as CliError from "effect/cli/CliError"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as TerminalCapabilities from "effect/cli/TerminalCapabilities"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { errorPage } from "../actor/errorPages.ts"
import { type ExitCode, exitCodes } from "./framework/exitCodes.ts"
import { type Failure, failureOf } from "./framework/failureOf.ts"
import { makeOutput, Output } from "./framework/output.ts"
import { packageVersion } from "./framework/packageVersion.ts"
import { hasColours, Screen } from "./framework/screen.ts"
import { root } from "./root.ts"
import { wrapHelp } from "./wrapHelp.ts"

/** Runs one command line and answers with its exit code. Fails never: what goes wrong is told on the screen. */
export const runCommandLine = (
  args: ReadonlyArray<string>,
  screen: Screen["Service"]
): Effect.Effect<ExitCode, never, Command.Environment> =>
  Effect.gen(function* () {
    // Asked before anything is parsed: wrong use is told as JSON, too.
    const isJson = args.includes("--json")
    const output = makeOutput({ isJson }, screen)
    const services = Layer.mergeAll(
      Layer.succeed(Screen, screen),
      Layer.succeed(Output, output),
      Layer.succeed(Console.Console, screenConsole(screen)),
      Layer.succeed(CliOutput.Presenter, presenterOn(screen)),
      Layer.succeed(TerminalCapabilities.TerminalCapabilities, {
        canColor: hasColours(screen.isOutTerminal, screen.environment),
        canAnimate: screen.isErrorTerminal,
        canPrompt: screen.isInputTerminal && screen.isOutTerminal
      }),
      CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version] }),
      Logger.layer([])
    )
    const exit = yield* Effect.exit(
      Effect.scoped(Command.runWith(root, { version: packageVersion() })(args)).pipe(Effect.provide(services))
    )
    yield* output.progress(undefined)
    if (Exit.isSuccess(exit)) return exitCodes.done
    return yield* tell(exit.cause, output)
  })

const tell = Effect.fnUntraced(function* (cause: Cause.Cause<unknown>, output: Output["Service"]) {
  const wrongUse = helpShown(cause)
  // The presenter has said it.
  if (wrongUse !== undefined) {
    if (wrongUse.length === 0) return exitCodes.done
    if (output.isJson) yield* output.result(jsonOf({ kind: "WrongUse", message: wrongUse.join(" ") }), () => "")
    return exitCodes.wrongUse
  }
  const failure = failureOf(cause)
  if (failure.isTold === true) return failure.exitCode
  if (output.isJson) yield* output.result(jsonOf(failure), () => "")
  yield* output.warn((style) => `${style.red("error:")} ${failureText(failure)}`)
  return failure.exitCode
})

const jsonOf = ({ kind, message, stack, todo }: Pick<Failure, "kind" | "message" | "stack" | "todo">) => ({
  error: kind,
  message,
  ...(todo === undefined ? {} : { todo }),
  // No page is there for what nobody has foreseen.
  ...(stack === undefined ? { help: errorPage(kind) } : {})
})

const failureText = ({ kind, message, stack, todo }: Failure): string =>
  [
    message,
    ...(todo === undefined ? [] : [`What to do: ${todo}${todo.endsWith("?") ? "" : "."}`]),
    ...(stack === undefined ? [`See ${errorPage(kind)} in the package dynactor.`] : ["", stack])
  ].join("\n")

/** What was wrong with the command line; empty where help was asked for. Undefined: it is something else. */
const helpShown = (cause: Cause.Cause<unknown>): ReadonlyArray<string> | undefined => {
  const found = cause.reasons.find((reason) => reason._tag === "Fail" && CliError.isCliError(reason.error))
  if (found?._tag !== "Fail") return undefined
  const error = found.error as CliError.CliError
  return error._tag === "ShowHelp" ? error.errors.map(({ message }) => message) : [error.message]
}

const presenterOn = (screen: Screen["Service"]): CliOutput.Presenter => {
  const formatter = (isTerminal: boolean) =>
    CliOutput.defaultFormatter({ colors: hasColours(isTerminal, screen.environment) })
  return {
    present: (event) =>
      Effect.sync(() => {
        switch (event._tag) {
          case "Help": {
            const help = formatter(screen.isOutTerminal).formatHelpDoc(event.helpDoc)
            return screen.out(`${screen.isOutTerminal ? wrapHelp(help, screen.columns()) : help}\n`)
          }
          case "Version":
            return screen.out(`${event.version}\n`)
          case "InvalidInvocation": {
            const messages = [...new Set(event.errors.map(({ message }) => message))]
            return screen.error(`error: ${messages.join("\n       ")}\n\nSee ${event.commandPath.join(" ")} --help.\n`)
          }
        }
      })
  }
}

/** Effect's own modules write to the console. */
const screenConsole = (screen: Screen["Service"]): Console.Console => {
  const out = (...args: ReadonlyArray<unknown>) => screen.out(`${args.map(String).join(" ")}\n`)
  const error = (...args: ReadonlyArray<unknown>) => screen.error(`${args.map(String).join(" ")}\n`)
  return Object.assign(Object.create(globalThis.console) as Console.Console, {
    log: out,
    info: out,
    error,
    warn: error,
    debug: error
  })
}
