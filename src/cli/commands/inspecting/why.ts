import * as Effect from "effect/Effect"
import type { Why, WhyWait } from "../../../inspection/shapes/why.ts"
import { whyRun } from "../../../inspection/why/whyRun.ts"
import { printResult } from "../../framework/output.ts"
import { type Style, statusStyle } from "../../framework/style.ts"
import { Target } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"
import { runIdArgument } from "../runs/arguments.ts"

export const why = defineTargetCommand("why", {
  summary: "Say why a run stands where it stands, and what to do",
  description:
    "Says in sentences how a run is, what it waits for and until when, what is wrong with it, and what to do. Told is what the table knows (of a file its queue as well); a guess is said to be one. With --entry also whether that code would go on with it.",
  json: "{ runId, generation, workflow, definitionVersion, status, sentences, waits, todo, causes }",
  examples: [
    ["why rental-17", "Why does it not go on?"],
    ["why rental-17 --entry src/workflows.ts", "And would the code at hand go on with it?"]
  ],
  input: { runId: runIdArgument },
  run: Effect.fnUntraced(function* ({ runId }) {
    const target = yield* Target
    const definitions = yield* target.definitions
    const code = definitions === undefined ? {} : { workflows: definitions.workflows, steps: definitions.steps }
    const told = yield* target.withStore(whyRun(runId, code))
    yield* printResult(told, (style) => whyText(told, style))
  })
})

const whyText = (
  { definitionVersion, generation, runId, sentences, status, todo, waits, workflow }: Why,
  style: Style
): string => {
  const of = generation === 0 ? "" : `, generation ${generation}`
  const told = sentences.slice(0, sentences.length - waits.length)
  return [
    `${style.bold(runId)}  ${workflow}, version ${definitionVersion}${of}  ${statusStyle(style, status)(status)}`,
    ...told,
    ...waits.flatMap((wait) => waitLines(wait, style)),
    ...(todo.length === 0 ? [] : ["", style.bold("What to do:"), ...todo.map((one) => `- ${one}`)])
  ].join("\n")
}

const waitLines = ({ because = [], sentence }: WhyWait, style: Style): ReadonlyArray<string> => [
  `- ${sentence}`,
  ...because.map((one) => `    ${style.dim(one)}`)
]
