import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { printResult } from "../../framework/output.ts"
import { shownOperations } from "../../targets/target.ts"
import { defineTargetCommand } from "../defineCommand.ts"
import { runIdArgument } from "./arguments.ts"
import { runText } from "./runText.ts"

export const get = defineTargetCommand("get", {
  summary: "Show a run",
  description: "Shows a run: its state, what it waits for, and what it has ended with. As of its last commit.",
  json: "the run, with its result once it has ended",
  examples: [
    ["get rental-17", "What it is at"],
    ["get rental-17 --json", "The same for a script"]
  ],
  input: { runId: runIdArgument },
  run: Effect.fnUntraced(function* ({ runId }) {
    const runs = yield* shownOperations
    const run = yield* runs.get(runId)
    const now = yield* Clock.currentTimeMillis
    yield* printResult(run, (style) => runText(run, style, now))
  })
})
