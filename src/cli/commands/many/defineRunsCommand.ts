import type * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import type { RunStatus } from "../../../actor/history/head.ts"
import type { Target } from "../../targets/target.ts"
import type { CommandOptions } from "../defineCommand.ts"
import { type AnyCommand, type CommandServices, defineTargetCommand } from "../defineCommand.ts"
import { type ForEachRunOptions, forEachRun } from "./forEachRun.ts"
import { type Selection, selectionFlags, selectRuns } from "./selection.ts"

export interface RunsCommandOptions<Input extends Command.Command.Config>
  extends Omit<CommandOptions<Input, CommandServices | Target>, "run"> {
  /** Those of which runs that filters find, where `--status` does not say: `running` for what ends runs. `any`: all of them. */
  readonly elseStatus: RunStatus | "any"
  /** Reads what was given, once, and says what is to be done with each run. */
  readonly act: (
    input: Command.Command.Config.Infer<Input>
  ) => Effect.Effect<ForEachRunOptions<CommandServices | Target>, unknown, CommandServices | Target>
}

/**
 * A command that acts on runs: on those whose ids are given, or on those that filters find, after a question; with `--dry-run`, `--most`, `--yes`,
 * progress, and one run's failure holding up no other. JSON: that of `forEachRun`. Its own arguments come before the runs'.
 *
 * @example
 * export const cancel = defineRunsCommand("cancel", {
 *   summary: "Cancel runs", examples: [["cancel order-17", "One run"]], elseStatus: "running",
 *   input: { reason: reasonFlag },
 *   act: ({ reason }) => Effect.map(Target, ({ runs }) => ({
 *     done: "cancelled",
 *     question: (count) => `Cancel ${count}? That cannot be undone.`,
 *     each: (runId) => runs.cancel(runId, Option.getOrUndefined(reason))
 *   }))
 * })
 */
export const defineRunsCommand = <const Input extends Command.Command.Config>(
  name: string,
  { act, elseStatus, input, ...options }: RunsCommandOptions<Input>
): AnyCommand =>
  defineTargetCommand(name, {
    ...options,
    input: { own: input, selection: selectionFlags },
    run: Effect.fnUntraced(function* (given) {
      const { own, selection } = given as unknown as {
        readonly own: Command.Command.Config.Infer<Input>
        readonly selection: Selection
      }
      // Before any run is looked for: what was typed wrongly is told at once.
      const acts = yield* act(own)
      yield* forEachRun(yield* selectRuns(selection, elseStatus), selection, acts)
    })
  })
