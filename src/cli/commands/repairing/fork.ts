import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { misfitOf } from "../../../actor/values/misfit.ts"
import { Outcomes } from "../../../http/definition/bodies.ts"
import { wrongUse } from "../../framework/commandFailed.ts"
import { readJson } from "../../framework/jsonInput.ts"
import { printNote, printResult } from "../../framework/output.ts"
import { Target } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"
import { runIdArgument } from "../runs/arguments.ts"
import { atFlag, childrenFlag, cutOf, dryRunFlag, whyFlag } from "./repairFlags.ts"
import { doneText, planText } from "./repairText.ts"

export const fork = defineTargetCommand("fork", {
  summary: "Begin another run with what a run has been through",
  description:
    "Another run that has been through the same up to message --at, with other outcomes if you like. The run itself is left as it is; steps of the new one have idempotency keys of their own. Prints the new run's id. Needs the code of the workflow (--entry; an HTTP API has its own).",
  json: "{ how, runId, generation, requestId?, isNew, at, dropped, taken, asked, again }",
  examples: [
    ["fork rental-17 --at 5 --id rental-17-b --entry src/workflows.ts", "Under an id of your own"],
    [
      'fork rental-17 --at 5 --outcomes \'{"step/charge#0":{"succeeded":"by hand"}}\' --entry src/workflows.ts',
      "A step has come to something else"
    ]
  ],
  input: {
    run: runIdArgument,
    at: atFlag,
    id: Flag.String("id").pipe(
      Flag.withMetavar("RUN"),
      Flag.withDescription("Of the new run: makes it idempotent. Default: a fresh one"),
      Flag.optional
    ),
    generation: Flag.Int("generation").pipe(
      Flag.withDescription("Of a run that has continued as new, from 0. Default: the newest"),
      Flag.optional
    ),
    outcomes: Flag.String("outcomes").pipe(
      Flag.withMetavar("JSON"),
      Flag.withDescription(
        'What steps, child runs and callbacks came to, instead, by keys of messages that are kept: {"step/charge#0":{"succeeded":"r-17"}}, or {"failed":...}. As JSON, as @file, or - for standard input'
      ),
      Flag.optional
    ),
    children: childrenFlag,
    reason: whyFlag,
    dryRun: dryRunFlag
  },
  run: Effect.fnUntraced(function* ({ at, dryRun, generation, id, outcomes, run, ...given }) {
    const { runs } = yield* Target
    const repair = yield* runs.repairs.fork(run, {
      at,
      dryRun,
      ...cutOf(given),
      ...(Option.isNone(id) ? {} : { runId: id.value }),
      ...(Option.isNone(generation) ? {} : { generation: generation.value }),
      ...(Option.isNone(outcomes) ? {} : { outcomes: yield* readOutcomes(outcomes.value) })
    })
    yield* printResult(repair, (style) => (dryRun ? planText(repair, style) : repair.runId))
    yield* printNote((style) => style.dim(dryRun ? "nothing was done (--dry-run)" : doneText(repair, run)))
  })
})

const decodeOutcomes = Schema.decodeUnknownResult(Outcomes, { onExcessProperty: "error" })

const readOutcomes = Effect.fnUntraced(function* (text: string) {
  const decoded = decodeOutcomes(yield* readJson("--outcomes", text))
  if (Result.isSuccess(decoded)) return decoded.success
  return yield* wrongUse(
    `--outcomes does not fit: ${misfitOf(decoded.failure)}`,
    'write {"<key of a message>": {"succeeded": <JSON>}}, or {"failed": <JSON>}; `dynactor history` shows the keys'
  )
})
