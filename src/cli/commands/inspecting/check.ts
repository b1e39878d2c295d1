import { appendFile, readFile } from "node:fs/promises"
import { resolve } from "node:path"
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type RecordedHistory, wrongWith } from "../../../inspection/history/recordedHistory.ts"
import { type LiveReplay, type ReplayedRun, replayHistories, replayLive } from "../../../review/replayLive.ts"
import { replayText } from "../../../review/replayText.ts"
import { isOutlived } from "../../../review/reviewText.ts"
import { endWith, wrongUse } from "../../framework/commandFailed.ts"
import { exitCodes } from "../../framework/exitCodes.ts"
import { printNote, printResult, showProgress } from "../../framework/output.ts"
import { Screen } from "../../framework/screen.ts"
import { Target } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"
import { readRunFile } from "./files.ts"

export const check = defineTargetCommand("check", {
  summary: "Say whether the runs under way fit this code",
  description:
    "Replays every run under way with the code of --entry and changes nothing: which runs it would go on with, those that it would not by cause, and which way they go at its patches. Says first how much there is to be read, in read units of DynamoDB. Exit code 1 if a run would be parked: for CI, before a deployment. With files of export, or of recorded histories, those are replayed, and no store is read.",
  json: "what was replayed, and unfit, one for each run that would be parked",
  examples: [
    ["check --stack Prod --entry src/workflows.ts", "Would this code go on with what is under way?"],
    ["check --stack Prod --progress check.ndjson --parallel 32", "Many runs: where it stops, the same command goes on"],
    ["check exports/*.json --entry src/workflows.ts", "And with these?"],
    ["check --entry src/workflows.ts --patch newPrices", "Can this patch be deprecated, or removed?"]
  ],
  input: {
    paths: Argument.String("path").pipe(
      Argument.withDescription("Files that export or writeHistory have written. Default: the runs under way"),
      Argument.variadic()
    ),
    patch: Flag.String("patch").pipe(
      Flag.withMetavar("ID"),
      Flag.withDescription("Exit code 1 unless this patch can be deprecated, or its deprecatePatch removed"),
      Flag.optional
    ),
    parallel: Flag.Int("parallel").pipe(
      Flag.withMetavar("N"),
      Flag.withDescription("Runs that are read and replayed side by side"),
      Flag.withDefault(8)
    ),
    progress: Flag.String("progress").pipe(
      Flag.withMetavar("PATH"),
      Flag.withDescription(
        "A file of what is done, a line a run. Where it is there, the runs in it are not read again: for the same code only"
      ),
      Flag.optional
    )
  },
  run: Effect.fnUntraced(function* ({ parallel, patch, paths, progress }) {
    const target = yield* Target
    if (parallel < 1) return yield* wrongUse(`--parallel ${parallel} reads none.`, "say 1 or more")
    const { steps, workflows } = yield* target.code
    const [replay, unfit, what] =
      paths.length > 0
        ? yield* Effect.map(Effect.forEach(paths, readHistoryFile), (histories) => {
            const told = replayHistories(histories, workflows, { steps })
            return [told, unfitOf(told), "histories"] as const
          })
        : yield* Effect.map(replayAll(target, { steps, workflows, parallel, progress }), ({ replay, runs }) => {
            const would = runs.flatMap(({ cause, ...run }) =>
              cause === undefined ? [] : [{ ...named(run), reason: cause.reason, message: cause.message }]
            )
            return [replay, would, "runs under way"] as const
          })
    const review = { ...replay, unfit }
    const outlived = Option.map(patch, (id) => isOutlived(review, id))
    const json = Option.isSome(outlived) ? { ...review, isOutlived: outlived.value } : review
    yield* printResult(json, () =>
      [
        replayText(replay, what),
        ...(Option.isSome(outlived)
          ? [
              `patch ${Option.getOrElse(patch, () => "")}: ${outlived.value ? "safe to deprecate, or, where it is deprecated everywhere, to remove" : "not yet"}`
            ]
          : [])
      ].join("\n")
    )
    const isFine = Option.getOrElse(outlived, () => replay.groups.length === 0)
    if (!isFine) return yield* endWith(exitCodes.failed)
  })
})

const named = ({ definitionVersion, runId, workflow }: Omit<ReplayedRun, "cause">) => ({
  runId,
  workflow,
  definitionVersion
})

const unfitOf = ({ groups }: LiveReplay) =>
  groups.flatMap(({ definitionVersion, message, reason, runIds, workflow }) =>
    runIds.map((runId) => ({ runId, workflow, definitionVersion, reason, message }))
  )

const readHistoryFile = Effect.fnUntraced(function* (path: string) {
  const json = yield* readRunFile(path)
  const wrong = wrongWith(json)
  return wrong === undefined
    ? (json as RecordedHistory)
    : yield* wrongUse(`${path} holds no history: ${wrong}`, "name files that export or writeHistory has written")
})

interface Pass {
  readonly workflows: Parameters<typeof replayLive>[0]
  readonly steps: NonNullable<NonNullable<Parameters<typeof replayLive>[1]>["steps"]>
  readonly parallel: number
  readonly progress: Option.Option<string>
}

const replayAll = Effect.fnUntraced(function* (
  { withStore }: Target["Service"],
  { parallel, progress, steps, workflows }: Pass
) {
  const { directory } = yield* Screen
  const file = Option.map(progress, (path) => resolve(directory, path))
  const done = Option.isSome(file) ? yield* readProgress(file.value) : []
  const runs: Array<ReplayedRun> = [...done]
  let expected = 0
  const replay = yield* withStore(
    replayLive(workflows, {
      steps,
      parallel,
      done,
      onPlan: (plan) => {
        expected = plan.runs
        const before = plan.done === 0 ? "" : `, ${plan.done} of which were done before`
        return printNote(
          () =>
            `${counted(plan.runs, "run")} under way${before}. About ${counted(plan.units, "read unit")} to read them (by ${plan.sampled} of them); nothing is written.`
        )
      },
      onRun: (run) =>
        Effect.gen(function* () {
          runs.push(run)
          if (Option.isSome(file)) yield* Effect.promise(() => appendFile(file.value, `${JSON.stringify(run)}\n`))
          yield* showProgress(`${runs.length} of ${expected === 0 ? "?" : expected}`)
        })
    })
  )
  yield* showProgress(undefined)
  return { replay, runs }
})

const counted = (count: number, what: string): string => (count === 1 ? `1 ${what}` : `${count} ${what}s`)

/** A line that was cut short is one that is done again. */
const readProgress = Effect.fnUntraced(function* (file: string) {
  const text = yield* Effect.promise(() => readFile(file, "utf8").catch(() => ""))
  return text.split("\n").flatMap((line): ReadonlyArray<ReplayedRun> => {
    try {
      const run = JSON.parse(line) as ReplayedRun
      return typeof run.runId === "string" && Array.isArray(run.patches?.old) ? [run] : []
    } catch {
      return []
    }
  })
})
