import { existsSync } from "node:fs"
import { join } from "node:path"
import * as Clock from "effect/Clock"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { notFound, wrongUse } from "../../framework/commandFailed.ts"
import { Screen } from "../../framework/screen.ts"
import { readConfigFile } from "../../targets/configFile.ts"
import { defineCommand } from "../defineCommand.ts"
import { stackFlag } from "../deploying/flags.ts"
import { durationFlag } from "../runs/arguments.ts"
import { followDevLog } from "./devLog.ts"
import { followStackLogs } from "./stackLogs.ts"

export const logs = defineCommand("logs", {
  summary: "Print the logs of a deployment, or of the dev server",
  description:
    "Prints what the functions of a stack have logged, from CloudWatch Logs, in the order of time; without --stack what `dev` has told, from .dynactor/dev.log. One line of CloudWatch may come some seconds late.",
  json: "each line as one of { at, group, message }; of the dev server its events",
  examples: [
    ["logs --stack bikes --since 1h", "The last hour of all functions"],
    ["logs --stack bikes --function step --run rental-17 --follow", "One run's steps, as they come"],
    ["logs --follow", "Of the dev server here"]
  ],
  input: {
    stack: stackFlag,
    function: Flag.Literals("function", ["stream", "step", "deadLetter", "sweep", "purge", "api"]).pipe(
      Flag.withDescription("Of a stack: only this function"),
      Flag.optional
    ),
    run: Flag.String("run").pipe(
      Flag.withMetavar("RUN"),
      Flag.withDescription("Only lines about this run"),
      Flag.optional
    ),
    since: durationFlag("since", "Lines of so long; default 10m of a stack, all of the dev server"),
    follow: Flag.Boolean("follow").pipe(
      Flag.withAlias("f"),
      Flag.withoutNegation,
      Flag.withDefault(false),
      Flag.withDescription("Go on until Ctrl-C")
    )
  },
  run: Effect.fnUntraced(function* (given) {
    const screen = yield* Screen
    const now = yield* Clock.currentTimeMillis
    const config = yield* readConfigFile(screen.directory)
    const file = join(screen.directory, ".dynactor", "dev.log")
    const stack = Option.getOrUndefined(given.stack) ?? (existsSync(file) ? undefined : config?.stack)
    const run = Option.getOrUndefined(given.run)
    if (given.follow) screen.endWellOnInterrupt()
    if (stack === undefined) {
      if (Option.isSome(given.function)) return yield* wrongUse("--function is of a stack.", "say --stack as well")
      if (!existsSync(file))
        return yield* notFound(
          `there is no ${file}: no dev server has run here.`,
          "dynactor dev starts one; of a deployment say --stack NAME"
        )
      const from = Option.isSome(given.since) ? now - given.since.value : 0
      return yield* followDevLog({ file, from, run, follow: given.follow })
    }
    const from = now - Option.getOrElse(given.since, () => 600_000)
    return yield* followStackLogs({
      stack,
      from,
      run,
      only: Option.getOrUndefined(given.function),
      follow: given.follow
    })
  })
})
