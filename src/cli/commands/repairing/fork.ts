import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { misfitOf } from "../../../actor/values/misfit.ts"
import { Outcomes } from "../../../http/definition/bodies.ts"
import { wrongUse } from "../../framework/commandFailed.ts"
import { readJson } from "../../framework/jsonInput.ts"
import { Target } from "../../targets/target.ts"
import { defineRunsCommand } from "../many/defineRunsCommand.ts"
import { byNumberFlag, checkCutOfMany } from "./cutOfMany.ts"
import { forkIdOf, isOfMany, sourceOf } from "./forkIds.ts"
import { atFlag, childrenFlag, cutOf, whyFlag } from "./repairFlags.ts"
import { planText } from "./repairText.ts"
import { tellRepair } from "./tellRepair.ts"

export const fork = defineRunsCommand("fork", {
  summary: "Begin other runs with what runs have been through",
  description:
    "Another run that has been through the same up to message --at, with other outcomes if you like. The run itself is left as it is; steps of the new one have idempotency keys of their own. Prints the new run's id. By ids, or by filters: then of those that have failed, unless --status says otherwise, and after a question. Of many --at is the key of a message, and --id says their ids by {run}, so that the same command again makes none twice. Needs the code of the workflow (--entry; an HTTP API has its own).",
  json: "{ how, runId, generation, requestId?, isNew, at, dropped, taken, asked, again }, of many { runIds, done, failed, answers }; --dry-run: { how, runId, generation, requestId?, isNew, at, dropped, taken, asked, again }, of many { runIds, dryRun, plans, failed }",
  examples: [
    ["fork rental-17 --at 5 --id rental-17-b --entry src/workflows.ts", "Under an id of your own"],
    [
      'fork rental-17 --at 5 --outcomes \'{"step/charge#0":{"succeeded":"by hand"}}\' --entry src/workflows.ts',
      "A step has come to something else"
    ],
    [
      "fork --workflow rentBike --newer-than 2h --at step/charge#0 --id '{run}-again'",
      "Of all that have failed since then"
    ]
  ],
  elseStatus: "failed",
  input: {
    at: atFlag,
    byNumber: byNumberFlag,
    id: Flag.String("id").pipe(
      Flag.withMetavar("RUN"),
      Flag.withDescription(
        "Of the new run: makes it idempotent. {run} in it stands for the id of the run that is forked: needed of many. Default: a fresh one"
      ),
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
    reason: whyFlag
  },
  act: Effect.fnUntraced(function* ({ at, byNumber, generation, id, outcomes, ...given }, _last, isOne) {
    yield* checkCutOfMany(at, isOne, byNumber)
    const template = Option.getOrUndefined(id)
    if (!isOne && (template === undefined || !isOfMany(template))) return yield* noIds
    const { runs } = yield* Target
    const options = {
      at,
      ...cutOf(given),
      ...(Option.isNone(generation) ? {} : { generation: generation.value }),
      ...(Option.isNone(outcomes) ? {} : { outcomes: yield* readOutcomes(outcomes.value) })
    }
    const forked = (runId: string, dryRun: boolean) =>
      runs.repairs.fork(runId, {
        ...options,
        dryRun,
        ...(template === undefined ? {} : { runId: forkIdOf(template, runId) })
      })
    if (template === undefined || isOne)
      return {
        done: "forked",
        each: (runId) => forked(runId, false),
        whole: Effect.fnUntraced(function* (runId, { dryRun }) {
          yield* tellRepair(yield* forked(runId, dryRun), runId, dryRun)
        })
      }
    return {
      done: "forked",
      question: (count) => `Fork ${count}, as ${template}?`,
      // A fork that has failed in its turn would be forked by the next call. Another run may have such an id by chance.
      leavesOut: (runId) => {
        const source = sourceOf(template, runId)
        return source === undefined
          ? Effect.succeed(false)
          : Effect.map(runs.repairs.forkedFrom(runId), (from) => from === source)
      },
      hasAnswers: true,
      each: (runId) => Effect.map(forked(runId, false), (repair) => ({ source: runId, ...repair })),
      plan: (runId) =>
        Effect.map(forked(runId, true), (repair) => ({
          plan: { source: runId, ...repair },
          text: (style) => `${style.dim("as")} ${repair.runId}\n${planText(repair, style)}`
        }))
    }
  })
})

const noIds = wrongUse(
  "of many runs each fork needs an id that is told by its run's: else the same command again would fork them all once more.",
  "say --id with {run} in it, such as --id '{run}-again'"
)

const decodeOutcomes = Schema.decodeUnknownResult(Outcomes, { onExcessProperty: "error" })

const readOutcomes = Effect.fnUntraced(function* (text: string) {
  const decoded = decodeOutcomes(yield* readJson("--outcomes", text))
  if (Result.isSuccess(decoded)) return decoded.success
  return yield* wrongUse(
    `--outcomes does not fit: ${misfitOf(decoded.failure)}`,
    'write {"<key of a message>": {"succeeded": <JSON>}}, or {"failed": <JSON>}; `dynactor history` shows the keys'
  )
})
