import * as Effect from "effect/Effect"
import { costOfRun } from "../../../inspection/cost/costOfRun.ts"
import type { RunCost } from "../../../inspection/shapes/cost.ts"
import { printResult } from "../../framework/output.ts"
import type { Style } from "../../framework/style.ts"
import { fieldLines } from "../../framework/textTable.ts"
import { Target } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"
import { runIdArgument } from "../runs/arguments.ts"

export const cost = defineTargetCommand("cost", {
  summary: "Say what a run has cost so far",
  description:
    "Counts what a run has used of DynamoDB, SQS, Scheduler, S3 and Lambda by its rows, and what that costs in us-east-1. Of a run in a file: what it would have cost there.",
  json: "{ runId, generations, messages, commits, units, calls, dollars, basis, pricesOf }",
  examples: [["cost rental-17", "Units and dollars"]],
  input: { runId: runIdArgument },
  run: Effect.fnUntraced(function* ({ runId }) {
    const { withStore } = yield* Target
    const told = yield* withStore(costOfRun(runId))
    yield* printResult(told, (style) => costText(told, style))
  })
})

const costText = (
  { basis, calls, commits, dollars, generations, messages, pricesOf, runId, units }: RunCost,
  style: Style
): string => {
  const used = (amount: number, text: string) =>
    amount === 0 ? undefined : `${dollarText(amount)}  ${style.dim(text)}`
  return [
    style.bold(
      `${runId}: ${dollarText(dollars.total)}, or ${dollarText(dollars.total * 1_000_000)} for a million such runs`
    ),
    fieldLines([
      [
        "DynamoDB",
        `${dollarText(dollars.dynamodb)}  ${style.dim(`${units.write} write units, ${units.read} read units; ${messages} messages, ${commits} commits${generations === 1 ? "" : `, ${generations} generations`}`)}`
      ],
      ["Lambda", used(dollars.lambda, `${calls.invocations} invocations, if it runs there`)],
      ["SQS", used(dollars.sqs, `${calls.sqs} requests`)],
      ["Scheduler", used(dollars.scheduler, `${calls.schedules} schedules`)],
      ["S3", used(dollars.s3, `${calls.objects} objects`)],
      ["kept", `${dollarText(dollars.storagePerMonth)}  ${style.dim("a month, until somebody deletes it")}`]
    ]),
    "",
    ...basis.map((one) => style.dim(one)),
    style.dim(`Prices of ${pricesOf}.`)
  ].join("\n")
}

/** Small amounts by two digits that say something. */
const dollarText = (amount: number): string =>
  `$${amount === 0 || amount >= 1 ? amount.toFixed(2) : Number(amount.toPrecision(2)).toFixed(Math.max(2, 1 - Math.floor(Math.log10(amount))))}`
