import * as Command from "effect/cli/Command"
import { completionsOf } from "./commands/completions.ts"
import type { AnyCommand } from "./commands/defineCommand.ts"
import { bootstrap } from "./commands/deploying/bootstrap.ts"
import { deploy } from "./commands/deploying/deploy.ts"
import { outputs } from "./commands/deploying/outputs.ts"
import { teardown } from "./commands/deploying/teardown.ts"
import { check } from "./commands/inspecting/check.ts"
import { cost } from "./commands/inspecting/cost.ts"
import { dashboard } from "./commands/inspecting/dashboard.ts"
import { doctor } from "./commands/inspecting/doctor.ts"
import { exportCommand, importCommand } from "./commands/inspecting/files.ts"
import { history } from "./commands/inspecting/history.ts"
import { replay } from "./commands/inspecting/replay.ts"
import { why } from "./commands/inspecting/why.ts"
import { limits } from "./commands/limits/limits.ts"
import { dev } from "./commands/making/dev.ts"
import { devWorker } from "./commands/making/devWorker.ts"
import { init } from "./commands/making/init.ts"
import { deadLetters } from "./commands/operations/deadLetters.ts"
import { logs } from "./commands/operations/logs.ts"
import { purgeCommand } from "./commands/operations/purge.ts"
import { sweep } from "./commands/operations/sweep.ts"
import { deleteCommand } from "./commands/repairing/delete.ts"
import { fork } from "./commands/repairing/fork.ts"
import { pause } from "./commands/repairing/pause.ts"
import { reset } from "./commands/repairing/reset.ts"
import { resume } from "./commands/repairing/resume.ts"
import { retry } from "./commands/repairing/retry.ts"
import { terminate } from "./commands/repairing/terminate.ts"
import { complete, fail, heartbeat } from "./commands/runs/answers.ts"
import { cancel } from "./commands/runs/cancel.ts"
import { get } from "./commands/runs/get.ts"
import { list } from "./commands/runs/list.ts"
import { state } from "./commands/runs/published/state.ts"
import { stream } from "./commands/runs/published/stream.ts"
import { signal } from "./commands/runs/signal.ts"
import { start } from "./commands/runs/start.ts"
import { update } from "./commands/runs/update.ts"
import { wait } from "./commands/runs/wait.ts"
import { schedules } from "./commands/schedules/schedules.ts"
import { jsonFlag } from "./framework/globalFlags.ts"

/** All commands. */
export const root: AnyCommand = Command.make("dynactor").pipe(
  Command.withDescription("Durable workflow runs: start, watch and mend them; write, try and deploy them."),
  Command.withGlobalFlags([jsonFlag]),
  Command.withSubcommands([
    {
      group: "Runs",
      commands: [
        start,
        get,
        wait,
        list,
        signal,
        update,
        state,
        stream,
        cancel,
        terminate,
        pause,
        resume,
        retry,
        reset,
        fork,
        deleteCommand,
        complete,
        fail,
        heartbeat
      ]
    },
    { group: "Schedules and limits", commands: [schedules, limits] },
    {
      group: "Looking at runs",
      commands: [history, why, dashboard, replay, check, cost, exportCommand, importCommand]
    },
    { group: "Making", commands: [init, dev, devWorker] },
    { group: "AWS", commands: [bootstrap, deploy, outputs, teardown] },
    { group: "Operations", commands: [doctor, deadLetters, sweep, purgeCommand, logs] },
    { group: "This command line", commands: [completionsOf(() => root)] }
  ])
) as unknown as AnyCommand
