/**
 * Schedules of one scratch copy, until something is wrong that is not wrong without the bug. Says which one it begins, so that whoever waits can tell a
 * schedule that does not end from one that takes its time.
 */
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import type { Plan } from "../../simulation/plan.ts"
import type { WorkerMessage } from "./trial.ts"

const [folder, schedulesText, seedText, flag] = process.argv.slice(2) as [string, string, string, string]
const schedules = Number(schedulesText)

const loadFrom = (root: string, file: string) => import(pathToFileURL(path.join(root, "simulation", file)).href)

/** What runs a schedule by the source in a folder. */
const runnerOf = async (root: string) => {
  const { runSchedule } = (await loadFrom(root, "simulation.ts")) as typeof import("../../simulation/simulation.ts")
  const { groundOf } = (await loadFrom(root, "grounds.ts")) as typeof import("../../simulation/grounds.ts")
  const ground = await groundOf(flag)
  return (plan: Plan) => runSchedule(plan, { ground }).violation
}

const { chunkLength, chunkOf } = (await loadFrom(folder, "search.ts")) as typeof import("../../simulation/search.ts")
const run = await runnerOf(folder)

const send = (message: WorkerMessage): void => {
  process.send?.(message)
}

const seedOf = (schedule: number): number => Number(seedText) + Math.floor(schedule / chunkLength)

const chunkAt = (schedule: number): ReadonlyArray<Plan> =>
  chunkOf(seedOf(schedule), Math.min(chunkLength, schedules - (schedule - (schedule % chunkLength))))

/** Promises go on only outside of others: so each search begins in a task of its own. */
const searchFrom = (first: number, tell: (message: WorkerMessage) => void): void => {
  let chunk = first < schedules ? chunkAt(first) : []
  for (let schedule = first; schedule < schedules; schedule++) {
    const index = schedule % chunkLength
    if (index === 0) chunk = chunkAt(schedule)
    const plan = chunk[index] as Plan
    send({ kind: "begins", schedule: schedule + 1 })
    const violation = run(plan)
    if (violation === undefined) continue
    const { invariant, message } = violation
    const at = `${seedOf(schedule)}:${index}`
    return whenKnown(plan, (isThereWithout) =>
      isThereWithout
        ? searchFrom(schedule + 1, tell)
        : tell({ kind: "caught", schedule: schedule + 1, invariant, message, at })
    )
  }
  tell({ kind: "survived" })
}

/** What the source itself does with a plan: a find of it that is open (docs/simulation.md) is not the bug's. */
const whenKnown = (plan: Plan, tell: (isThereWithout: boolean) => void): void => {
  void runnerOf(path.join(import.meta.dirname, "..", "..")).then((runSource) =>
    setImmediate(() => tell(runSource(plan) !== undefined))
  )
}

setImmediate(() => searchFrom(0, (message) => process.send?.(message, () => process.exit(0))))
