import * as Argument from "effect/cli/Argument"
import type * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import type { RunStatus } from "../../../actor/history/head.ts"
import { wrongUse } from "../../framework/commandFailed.ts"
import type { Target } from "../../targets/target.ts"
import type { CommandOptions } from "../defineCommand.ts"
import { type AnyCommand, type CommandServices, defineTargetCommand } from "../defineCommand.ts"
import { type ForEachRunOptions, forEachRun } from "./forEachRun.ts"
import { isFiltered, type Selection, selectionFlags, selectRuns } from "./selection.ts"

export interface RunsCommandOptions<Input extends Command.Command.Config>
  extends Omit<CommandOptions<Input, CommandServices | Target>, "run"> {
  /** What is named behind the runs, as the last argument: a `signal`. Default: nothing. */
  readonly last?: { readonly name: string; readonly description: string }
  /** Those of which runs that filters find, where `--status` does not say: `running` for what ends runs. `any`: all of them. */
  readonly elseStatus: RunStatus | "any"
  /**
   * Reads what was given, once, and says what is to be done with each run. `last`: what was named behind the runs; without that option empty. `isOne`: a
   * single run was named, by itself.
   */
  readonly act: (
    input: Command.Command.Config.Infer<Input>,
    last: string,
    isOne: boolean
  ) => Effect.Effect<ForEachRunOptions<CommandServices | Target>, unknown, CommandServices | Target>
}

/**
 * A command that acts on runs: on those whose ids are given, or on those that filters find, after a question; with `--dry-run`, `--most`, `--yes`,
 * progress, and one run's failure holding up no other. JSON: that of `forEachRun`. Runs come first.
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
  { act, elseStatus, input, last, ...options }: RunsCommandOptions<Input>
): AnyCommand =>
  defineTargetCommand(name, {
    ...options,
    input: {
      own: input,
      selection: last === undefined ? selectionFlags : { ...selectionFlags, runIds: runsThen(last) }
    },
    run: Effect.fnUntraced(function* (typed) {
      const given = typed as unknown as {
        readonly own: Command.Command.Config.Infer<Input>
        readonly selection: Selection
      }
      const { own } = given
      const { runIds } = given.selection
      if (last !== undefined && runIds.length === 1 && !isFiltered(given.selection))
        return yield* wrongUse(
          `nothing says which run, or which ${last.name}: ${runIds[0]} is all that there is.`,
          `name both: dynactor ${name} <run> <${last.name}>`
        )
      const selection = last === undefined ? given.selection : { ...given.selection, runIds: runIds.slice(0, -1) }
      // Before any run is looked for: what was typed wrongly is told at once.
      const isOne = selection.runIds.length === 1 && selection.runIds[0] !== "-"
      const acts = yield* act(own, last === undefined ? "" : (runIds.at(-1) ?? ""), isOne)
      yield* forEachRun(yield* selectRuns(selection, elseStatus, acts.leavesOut), selection, acts)
    })
  })

/** One argument, as what follows one of any length is never reached. */
const runsThen = ({ description, name }: { readonly name: string; readonly description: string }) =>
  Argument.String(`runs-then-${name}`).pipe(
    Argument.withDescription(
      `Ids of runs (- reads them from standard input, one a line; none: by filters), and last ${description}`
    ),
    Argument.variadic({ min: 1 })
  )
