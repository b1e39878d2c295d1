import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Output } from "../framework/output.ts"
import type { Screen } from "../framework/screen.ts"
import { openTarget, type TargetOptions } from "../targets/openTarget.ts"
import type { Target } from "../targets/target.ts"
import { type TargetFlags, targetFlags } from "../targets/targetFlags.ts"

/** What every command has at hand. Questions need `Command.Environment`, files and child processes as well. */
export type CommandServices = Output | Screen | Command.Environment | Scope.Scope

export interface CommandOptions<Input extends Command.Command.Config, Services> {
  /** In the list of commands: one line, no full stop. */
  readonly summary: string
  /** On the command's own page. Sentences. Default: the summary. */
  readonly description?: string
  /**
   * What stands in the help on what it prints with `--json`: the keys of the document, `{ runs, cursor? }`. Behind a semicolon what an action or
   * a flag prints instead: `list: { letters }; --dry-run: { letters, dryRun }`. A test holds each answer to it.
   */
  readonly json: string
  /** At least one, as it would be typed, without `dynactor`. */
  readonly examples: ReadonlyArray<readonly [command: string, description: string]>
  readonly input: Input
  /** Fails with a `CommandFailed`, or with an error of the client's, which `failureOf` knows. Anything else is reported as a bug. */
  readonly run: (input: Command.Command.Config.Infer<Input>) => Effect.Effect<void, unknown, Services>
}

// biome-ignore lint/complexity/noBannedTypes: Effect says it so of a command that hands nothing on
export type AnyCommand = Command.Command<string, any, {}, unknown, CommandServices>

/**
 * A command that needs no runs.
 *
 * @example
 * export const outputs = defineCommand("outputs", { summary, json, examples, input: { stack: stackFlag }, run: ({ stack }) => ... })
 */
export const defineCommand = <const Input extends Command.Command.Config>(
  name: string,
  options: CommandOptions<Input, CommandServices>
): AnyCommand => withWords(Command.make(name, options.input, (input) => options.run(input)) as AnyCommand, options)

/**
 * A command about the runs of a target: takes `--file`, `--table`, `--stack`, `--url` and so on, and has the `Target` at hand.
 *
 * @example
 * export const get = defineTargetCommand("get", {
 *   summary: "Show a run", json: "the run", examples: [["get order-17", "..."]], input: { runId: runIdArgument },
 *   run: ({ runId }) => Effect.gen(function* () {
 *     const { runs } = yield* Target
 *     const run = yield* runs.get(runId)
 *     yield* printResult(run, (style) => runText(run, style))
 *   })
 * })
 */
export const defineTargetCommand = <const Input extends Command.Command.Config>(
  name: string,
  options: CommandOptions<Input, CommandServices | Target> & TargetOptions
): AnyCommand => {
  const command = Command.make(name, { own: options.input, target: targetFlags }, (input) => {
    const { own, target } = input as unknown as {
      readonly own: Command.Command.Config.Infer<Input>
      readonly target: TargetFlags
    }
    return Effect.provide(options.run(own), openTarget(target, options))
  })
  return withWords(command as unknown as AnyCommand, options)
}

const withWords = (
  command: AnyCommand,
  {
    summary,
    description = `${summary}.`,
    json,
    examples
  }: Pick<CommandOptions<never, never>, "summary" | "description" | "json" | "examples">
): AnyCommand =>
  command.pipe(
    Command.withShortDescription(summary),
    Command.withDescription(`${description} With --json: ${json}.`),
    Command.withExamples(examples.map(([example, told]) => ({ command: `dynactor ${example}`, description: told })))
  )
