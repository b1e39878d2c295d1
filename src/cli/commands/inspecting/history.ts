import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { addressOf } from "../../../actor/history/generation.ts"
import type { Timeline } from "../../../inspection/shapes/timeline.ts"
import { readTimeline } from "../../../inspection/timeline/readTimeline.ts"
import { RunTable } from "../../../store/runTable.ts"
import { wrongUse } from "../../framework/commandFailed.ts"
import { printLine, printNote, printResult } from "../../framework/output.ts"
import { type Style, statusStyle } from "../../framework/style.ts"
import { Target } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"
import { runIdArgument } from "../runs/arguments.ts"
import { entryText, errorLines, valueText } from "./timelineText.ts"

export const history = defineTargetCommand("history", {
  summary: "Show what has happened in a run",
  description:
    "Shows the messages of a run in the order in which it took them, with values, attempts and errors. With --entry values are read by their schemas, and what is Redacted there is not shown; without, values are not shown unless --values says so.",
  json: "the page of the history; --follow: each message on a line",
  examples: [
    ["history rental-17 --entry src/workflows.ts", "All messages, values by their schemas"],
    ["history rental-17 --follow", "And those to come, until the run has ended"],
    ["history rental-17 --from -20", "The last twenty"],
    ["history rental-17 --json", "With the commands of the workflow, for a script"]
  ],
  input: {
    runId: runIdArgument,
    follow: Flag.Boolean("follow").pipe(
      Flag.withAlias("f"),
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("Go on with what comes, until the run has ended")
    ),
    from: Flag.Int("from").pipe(
      Flag.withDescription("The first message, from 0; negative: from the end"),
      Flag.withDefault(0)
    ),
    limit: Flag.Int("limit").pipe(
      Flag.withAlias("n"),
      Flag.withDescription("So many messages at most. Default: all"),
      Flag.optional
    ),
    generation: Flag.Int("generation").pipe(
      Flag.withDescription("Of a run that has continued as new, from 0. Default: the newest"),
      Flag.optional
    ),
    values: Flag.Boolean("values").pipe(
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("Show values of which no schema is known as they are stored, secrets among them")
    )
  },
  run: Effect.fnUntraced(function* ({ runId, follow, from, limit, generation, values }) {
    const target = yield* Target
    const definitions = yield* target.definitions
    const code = definitions === undefined ? {} : { workflows: definitions.workflows, steps: definitions.steps }
    const read = (first: number, of: Option.Option<number>, most: number) =>
      target.withStore(
        readTimeline(runId, {
          ...code,
          from: first,
          limit: most,
          ...(Option.isSome(of) ? { generation: of.value } : {}),
          ...(values ? { values: "stored" as const } : {})
        })
      )
    if (!follow) {
      const most = Option.getOrElse(limit, () => Number.MAX_SAFE_INTEGER)
      if (most < 1) return yield* wrongUse(`--limit ${most} shows nothing.`, "say 1 or more")
      const timeline = yield* read(from, generation, most)
      return yield* printResult(timeline, (style) => timelineText(timeline, style))
    }
    yield* followRun(runId, from, generation, (first, of) => read(first, of, pageSize))
  })
})

const pageSize = 500

type Read = (first: number, generation: Option.Option<number>) => Effect.Effect<Timeline, any, any>

/** Until the run has ended, through all its generations from the one asked for on. */
const followRun = Effect.fnUntraced(function* (runId: string, from: number, asked: Option.Option<number>, read: Read) {
  const target = yield* Target
  let generation = asked
  let first = from
  for (;;) {
    const page = yield* read(first, generation)
    // Of an earlier read those that were not adopted may stand elsewhere now: they are told when they have their place.
    const adopted = page.entries.filter(({ position }) => position !== null)
    for (const entry of adopted) yield* printLine(entry, (style) => entryText(entry, page.startedAt, style))
    first = page.from + adopted.length
    generation = Option.some(page.generation)
    if (adopted.length === pageSize) continue
    if (page.outcome === "continued") {
      generation = Option.some(page.generation + 1)
      first = 0
      yield* printNote((style) => style.dim(`the run goes on with its generation ${page.generation + 1}`))
      continue
    }
    if (page.outcome !== undefined) return yield* printNote((style) => endText(page, style))
    yield* target.withStore(
      Effect.flatMap(RunTable, (table) => table.headChanged(addressOf(runId, page.generation), 1_000, page.version))
    )
  }
})

const timelineText = (timeline: Timeline, style: Style): string => {
  const { entries, from, generation, newestGeneration, runId, startedAt, total, workflow } = timeline
  const of = newestGeneration === 0 ? "" : `, generation ${generation} of ${newestGeneration}`
  const shown = entries.length === total ? "" : `, ${from} to ${from + entries.length - 1}`
  return [
    `${style.bold(runId)}  ${workflow}${of}  ${statusStyle(style, timeline.status)(timeline.status)}  ${style.dim(`${total} messages${shown}`)}`,
    ...entries.map((entry) => entryText(entry, startedAt, style)),
    ...(timeline.outcome === undefined ? [] : [endText(timeline, style)])
  ].join("\n")
}

const endText = ({ error, outcome, output }: Timeline, style: Style): string => {
  const told = outcome === "succeeded" ? style.green(outcome) : style.red(outcome ?? "")
  const value = output === undefined ? "" : `  ${valueText(output, style)}`
  return [`${told}${value}`, ...(error === undefined ? [] : errorLines(error, style))].join("\n")
}
