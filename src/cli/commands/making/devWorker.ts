import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import type { WorkerOptions } from "../../dev/workerOptions.ts"
import { defineCommand } from "../defineCommand.ts"

/** What `dev` starts: nobody types it. */
export const devWorker = defineCommand("dev-worker", {
  summary: "The process of dev that works",
  json: "what it hears and says goes by a channel of its own",
  examples: [["dev-worker '{}'", "Started by dev"]],
  input: { options: Argument.String("options") },
  run: ({ options }) =>
    Effect.gen(function* () {
      // Loaded here, and not with all other commands.
      const { runWorker } = yield* Effect.promise(() => import("../../dev/devWorker.ts"))
      yield* runWorker(JSON.parse(options) as WorkerOptions)
    })
}).pipe(Command.unlisted)
