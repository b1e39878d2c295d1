import * as Effect from "effect/Effect"
import { printResult } from "../../framework/output.ts"
import { Screen } from "../../framework/screen.ts"
import { fieldLines } from "../../framework/textTable.ts"
import { readStack } from "../../targets/stackPlace.ts"
import { defineCommand } from "../defineCommand.ts"
import { stackFlag, stackOf } from "./flags.ts"

export const outputs = defineCommand("outputs", {
  summary: "Show the outputs of a stack",
  description: "Shows where a deployment's table, queues and HTTP API are, as CloudFormation has it.",
  json: "{ stack, status, outputs }",
  examples: [["outputs --stack bikes --json", "For a script"]],
  input: { stack: stackFlag },
  run: Effect.fnUntraced(function* (given) {
    const { environment } = yield* Screen
    const found = yield* readStack(yield* stackOf(given.stack), environment)
    yield* printResult(found, (style) =>
      [
        `${style.bold(found.stack)}  ${style.dim(found.status)}`,
        fieldLines(Object.entries(found.outputs).map(([name, value]) => [`  ${style.dim(name)}`, value]))
      ].join("\n")
    )
  })
})
