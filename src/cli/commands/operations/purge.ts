import * as Context from "effect/Context"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { RunEraser } from "../../../store/deletion/runEraser.ts"
import { purge } from "../../../streams/retention/purge.ts"
import { endWith } from "../../framework/commandFailed.ts"
import { exitCodes } from "../../framework/exitCodes.ts"
import { printNote, printResult } from "../../framework/output.ts"
import { confirm, yesFlag } from "../../framework/question.ts"
import { Target } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"
import { durationFlag } from "../runs/arguments.ts"

export const purgeCommand = defineTargetCommand("purge", {
  summary: "Delete runs that are older than they are to be kept",
  description:
    "One pass, as hosts and the function `purge` make by themselves: deletes runs that ended longer ago than their workflow keeps them, after a question; finishes what a deletion has left unfinished; and frees ids whose time is over. How long runs are kept is in the code: without an entry, and for workflows that it does not name, nothing is deleted by age. On AWS it needs the rights of the function `purge`, to delete items of the table and objects of the bucket.",
  json: "{ deleted, finished, freed, failed, complete }",
  examples: [
    ["purge --dry-run", "How many runs it would delete; nothing is deleted"],
    ["purge --yes", "One pass, without a question"],
    ["purge --retention 90d", "Runs of workflows that do not say how long are kept for 90 days"]
  ],
  mayDelete: true,
  input: {
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("Delete nothing, and count what would be")
    ),
    retention: durationFlag("retention", "How long runs are kept whose workflow does not say; default: for ever"),
    yes: yesFlag
  },
  run: Effect.fnUntraced(function* ({ dryRun, retention, yes }) {
    const target = yield* Target
    const known = yield* target.definitions
    const options = { workflows: known?.workflows ?? [], retentionMs: Option.getOrUndefined(retention) }
    const pass = (isDry: boolean) => target.withStore(passWith({ ...options, dryRun: isDry }))
    if (known === undefined)
      yield* printNote((style) =>
        style.dim("no entry is given: nothing is deleted by age (say --entry src/workflows.ts)")
      )
    const old = dryRun || (known !== undefined && !yes) ? yield* pass(true) : undefined
    if (old !== undefined && !dryRun && old.deleted > 0)
      yield* confirm(`Delete ${runs(old.deleted)}, with everything that is stored of them? That cannot be undone.`, yes)
    const result = dryRun && old !== undefined ? old : yield* pass(false)
    const failed = result.failed === 0 ? "" : `, ${runs(result.failed)} not deleted yet`
    yield* printResult(result, () =>
      dryRun
        ? `would delete ${runs(result.deleted)}`
        : `deleted ${runs(result.deleted)}; finished ${result.finished} deletions, freed ${result.freed} ids${failed}`
    )
    if (result.failed > 0) return yield* endWith(exitCodes.failed)
  })
})

/** A store that can be opened to a command with `mayDelete` has what deletes. */
const passWith = (options: Parameters<typeof purge>[0]) =>
  Effect.gen(function* () {
    const eraser = Context.getOption((yield* Effect.context<never>()) as Context.Context<RunEraser>, RunEraser)
    if (Option.isNone(eraser)) return yield* Effect.die("the store was opened without what deletes")
    return yield* Effect.provideService(purge(options), RunEraser, eraser.value)
  })

const runs = (count: number): string => (count === 1 ? "1 run" : `${count} runs`)
