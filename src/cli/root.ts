import * as Command from "effect/cli/Command"
import { get } from "./commands/runs/get.ts"
import { list } from "./commands/runs/list.ts"
import { start } from "./commands/runs/start.ts"
import { wait } from "./commands/runs/wait.ts"
import { jsonFlag } from "./framework/globalFlags.ts"

/** All commands. */
export const root = Command.make("dynactor").pipe(
  Command.withDescription("Durable workflow runs: start, watch and mend them; write, try and deploy them."),
  Command.withGlobalFlags([jsonFlag]),
  Command.withSubcommands([{ group: "Runs", commands: [start, get, wait, list] }])
)
