import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { printLine } from "../../../framework/output.ts"
import { shownOperations } from "../../../targets/target.ts"
import { defineTargetCommand } from "../../defineCommand.ts"
import { runIdArgument } from "../arguments.ts"
import { printPublished } from "./printPublished.ts"

export const stream = defineTargetCommand("stream", {
  summary: "Print what a run emits to an output stream",
  description:
    "Prints what the body and the steps of a run emit to a stream, live, until the run has ended. A text is printed as it is, any other value as JSON. Where a try of a step was superseded, a note on standard error says so.",
  json: "each value on a line, { _tag, position, value, at, source }, or { _tag, position, step } where a try was superseded",
  examples: [
    ["stream chat-17 tokens", "From the beginning, live"],
    ["stream chat-17 tokens --from -10 --no-follow", "The last ten values that there are"]
  ],
  input: {
    runId: runIdArgument,
    name: Argument.String("stream").pipe(Argument.withDescription("The stream's name")),
    from: Flag.Int("from").pipe(
      Flag.withDescription("The position to begin with; -10: so many before the end. Default: 0"),
      Flag.withDefault(0)
    ),
    tries: Flag.Literals("tries", ["standing", "all"]).pipe(
      Flag.withDescription("Only values of tries that stand, or those of all. Default: standing"),
      Flag.withDefault("standing" as const)
    ),
    follow: Flag.Boolean("follow").pipe(
      Flag.withAlias("f"),
      Flag.withDefault(true),
      Flag.withDescription("Go on until the run has ended; --no-follow: only what there is")
    )
  },
  run: Effect.fnUntraced(function* ({ runId, name, from, tries, follow }) {
    const runs = yield* shownOperations
    yield* printPublished({
      runId,
      kind: "stream",
      name,
      from,
      isLive: follow,
      values: runs.stream(runId, name, { from, tries, live: follow }),
      print: (item) =>
        printLine(item, (style) => {
          if (item._tag === "Value") return typeof item.value === "string" ? item.value : JSON.stringify(item.value)
          return style.dim(`(a try of step ${item.step} was superseded: what it has emitted does not stand)`)
        })
    })
  })
})
